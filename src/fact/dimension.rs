//! Dimensions: figures of a part of the company: a segment, a region, a product.
//!
//! A table breaks revenue or operating income down where its rows make the statements' figure, or where it
//! says so: by a label or a caption over rows that are named after parts, by a part's name over rows that are
//! named after figures, or by parts' names over its columns.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::check::{Check, Group};
use super::item::{is_item, normal};
use super::period::Period;
use super::table::Table;
use super::unit::Unit;
use super::{Entity, Fact};
use crate::pattern::compiled;
use crate::pdf::table::grid::Column;
use crate::statement::Statement;

/// What divides the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    Segment,
    Geography,
    Product,
}

impl Axis {
    pub const ALL: [Axis; 3] = [Axis::Segment, Axis::Geography, Axis::Product];

    pub fn as_str(self) -> &'static str {
        match self {
            Axis::Segment => "segment",
            Axis::Geography => "geography",
            Axis::Product => "product",
        }
    }

    /// The axis of a name that `as_str` gave.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|axis| axis.as_str() == name)
    }
}

/// A part of the company.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimension {
    pub axis: Axis,
    /// As printed.
    pub member: String,
}

/// Figures that companies break down, by their elements.
const MEASURES: [&str; 2] = ["Revenues", "OperatingIncomeLoss"];

/// The figure that a text names: a label, or a caption.
fn measure(text: &str) -> Option<&'static str> {
    static REVENUE: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"\b(?:net sales|sales|revenues?)\b"));
    static NOT_REVENUE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"\bcosts?\b|deferred|unearned|percent|marketing|\b(?:as )?a? ?% of|intersegment|inter segment|same store|comparable|growth|per |backlog|remaining performance|tax|receivable|change in|proceeds|purchases|maturities|held for sale|available for sale|securities",
        )
    });
    static INCOME: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"\b(?:operating (?:income|profit|earnings|loss|results)|(?:income|earnings|loss|profit)(?: loss| earnings| income)? from operations|segment (?:operating )?(?:income|profit|earnings|loss|results)|(?:earnings|income|loss)(?: loss)? before interest and taxes|ebit|profit loss|operating profit loss)\b",
        )
    });
    static NOT_INCOME: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"adjusted|core|percent|margin|growth|before income taxes|non ?gaap|discontinued|unconsolidated|affiliates|share of|joint venture|equity method|investee|acquisition related",
        )
    });
    let text = normal(text);
    if INCOME.is_match(&text) && !NOT_INCOME.is_match(&text) {
        return Some("OperatingIncomeLoss");
    }
    (REVENUE.is_match(&text) && !NOT_REVENUE.is_match(&text)).then_some("Revenues")
}

/// The figure that a label is the name of, with nothing beside it.
fn whole_measure(label: &str) -> Option<&'static str> {
    static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"^(?:total |segment |external |third party |consolidated |operating )*(?:net )?(?:operating )?(?:sales|revenues?)(?: net)?(?: from external customers| to external customers| to unaffiliated customers| from customers)?$",
        )
    });
    static INCOME: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"^(?:total |segment )*(?:operating (?:income|profit|earnings|loss)(?: loss| income)?|(?:income|earnings|loss|profit)(?: loss| earnings)? from operations|(?:segment )?(?:income|profit|earnings|results)(?: loss)?|(?:earnings|income) before interest and taxes|ebit)$",
        )
    });
    let text = normal(label);
    if PLAIN.is_match(&text) {
        return Some("Revenues");
    }
    let is_segment = text.contains("segment")
        || text.contains("operati")
        || text.contains("before interest")
        || text == "ebit";
    (INCOME.is_match(&text) && is_segment).then_some("OperatingIncomeLoss")
}

/// A part's name without what says that it is a sum or of what: `Total Digital Media revenue` is `Digital Media`.
fn member(label: &str) -> Option<String> {
    static EDGES: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)^total\s+|\s+(?:net\s+)?(?:revenues?|sales|segment|operating (?:income|profit|loss))$|\s*\([0-9a-z]{1,2}\)|[®™*†]|:$",
        )
    });
    let mut text = label.trim().to_owned();
    loop {
        let shorter = EDGES.replace_all(&text, "").trim().to_owned();
        if shorter == text {
            break;
        }
        text = shorter;
    }
    let text = text.trim_start_matches("Net sales of ");
    // The number of a note behind a word, as raised as it may have been.
    static NOTE: LazyLock<Regex> = LazyLock::new(|| compiled(r"([a-z]{5,})\d$"));
    let text = NOTE.replace(text, "$1").into_owned();
    let plain = normal(&text);
    let words = plain.split(' ').count();
    let is_name =
        text.chars().any(char::is_alphabetic) && words <= 12 && (words < 4 || !text.ends_with('.'));
    let first = text.chars().next()?;
    let is_upper = first.is_uppercase()
        || first.is_ascii_digit()
        || text.starts_with('i')
        || text.starts_with("non");
    (is_name && is_upper && !IS_NONE.is_match(&plain) && !is_item(&plain)).then_some(text)
}

/// What no part of a company is called: sums of parts, what lies between them and the whole, figures.
static IS_NONE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"^$|^(?:total|operating|low|high|range|midpoint|guidance.*|outlook.*|target.*|forecast.*|estimated?.*|actual|budget|consolidated.*|(?:net )?(?:revenues?|sales) by.*|gaap|non gaap|subtotal|company|as reported|net|segments?|reportable segments?|operating segments?|all segments|revenues?|net sales|sales|group|year|years?|fiscal.*|q[1-4].*|[1-4](?:st|nd|rd|th)(?: quarter)?|totals?|reportable|first.*|second.*|third quarter.*|fourth.*|thereafter|present value.*|(?:january|february|march|april|may|june|july|august|september|october|november|december)\b.*|.* (?:january|february|march|april|june|july|august|september|october|november|december) \d+)$|\b(?:january|february|march|april|may|june|july|august|september|october|november|december) \d{1,2} (?:19|20)\d\d\b|\b(?:costs?|expenses?|income|loss|losses|profit|margin|tax|taxes|interest|assets|liabilities|cash|earnings|shares?|depreciation|amortization|adjustments?|reconcil\w*|eliminations?|unallocated|connections|additions|subscribers|subscriptions|volumes?|stores|employees|expenditures|impact|effect|increase|decrease|change|receivables?|payments?|contracts?|percent|total revenues?|reportable segments?|basis points|ended|months|weeks|compensation|gain|gains|charges|balance|impairment|restructuring|dividends?|number of|average)\b",
    )
});

/// Finds the breakdowns of a document's tables and marks their facts.
pub fn assign(tables: &[Table], facts: &mut [Fact], groups: &[Group]) {
    let whole = consolidated(facts);
    let others = by_sum(tables, facts, groups, &whole);
    let mut start = 0;
    while start < facts.len() {
        let table = facts[start].table;
        let length = facts[start..]
            .iter()
            .take_while(|f| f.table == table)
            .count();
        let range = start..start + length;
        let first = &facts[start];
        if first.statement.is_none_or(|s| s == Statement::Segment) || first.entity == Entity::Other
        {
            let is_other = |at: usize| others.contains(&(start + at));
            of_table(&tables[table], &mut facts[range.clone()], &whole, &is_other);
        }
        tell_apart(&mut facts[range]);
        start += length;
    }
    drop_lesser(facts);
}

/// Takes the part off figures that another table, which makes the statements' figure, has otherwise: they are of
/// something less than the company.
fn drop_lesser(facts: &mut [Fact]) {
    type Key = (String, Option<&'static str>, Option<Period>);
    let key = |fact: &Fact| -> Option<Key> {
        let dimension = fact.dimension.as_ref()?;
        Some((normal(&dimension.member), fact.item, fact.period))
    };
    let mut whole: HashMap<Key, Vec<f64>> = HashMap::new();
    for fact in facts.iter().filter(|fact| fact.passed.has(Check::Whole)) {
        if let Some(key) = key(fact) {
            whole.entry(key).or_default().push(fact.value);
        }
    }
    for fact in facts
        .iter_mut()
        .filter(|fact| !fact.passed.has(Check::Whole))
    {
        let room = 0.006 * fact.value.abs() + fact.scale;
        let known = key(fact).and_then(|key| whole.get(&key));
        let is_near = |value: &f64| (value - fact.value).abs() <= room;
        if known.is_some_and(|values| !values.iter().any(is_near)) {
            (fact.dimension, fact.item) = (None, None);
        }
    }
}

/// Parts of one name under several labels of a table are called after these as well: "Domestic: Services".
fn tell_apart(facts: &mut [Fact]) {
    let mut overs: HashMap<String, HashSet<Option<String>>> = HashMap::new();
    for fact in facts.iter() {
        if let Some(dimension) = &fact.dimension {
            let over = fact.over.last().cloned();
            overs
                .entry(dimension.member.clone())
                .or_default()
                .insert(over);
        }
    }
    for fact in facts {
        let over = fact.over.last().and_then(|label| member(label));
        if let (Some(dimension), Some(over)) = (&mut fact.dimension, over)
            && overs
                .get(&dimension.member)
                .is_some_and(|all| all.len() > 1)
            && !dimension.member.contains(": ")
            && !normal(&dimension.member).contains(&normal(&over))
        {
            dimension.member = format!("{over}: {}", dimension.member);
        }
    }
}

type Whole = BTreeMap<(&'static str, Period), f64>;

/// What the issuer's own statements have of each measure.
fn consolidated(facts: &[Fact]) -> Whole {
    let own = facts
        .iter()
        .filter(|f| f.entity == Entity::Consolidated && f.statement == Some(Statement::Income));
    let known = own.filter_map(|f| {
        let item = f.item.filter(|item| MEASURES.contains(item))?;
        Some(((item, f.period?), f.value))
    });
    known.collect()
}

/// The measure that a row is all of, in each of its columns.
fn is_whole(facts: &[Fact], row: &[usize], whole: &Whole) -> Option<&'static str> {
    MEASURES.into_iter().find(|measure| {
        let mut known = row.iter().filter_map(|at| {
            let fact = &facts[*at];
            let value = whole.get(&(*measure, fact.period?))?;
            Some((fact.value - value).abs() <= 1.5 * fact.scale)
        });
        known.next() == Some(true) && known.all(|holds| holds)
    })
}

/// Rows that make the statements' figure, rows that make one of these, and rows that make the total of a part
/// that is named. Returned are those of other totals: what they are parts of is not known.
fn by_sum(tables: &[Table], facts: &mut [Fact], groups: &[Group], whole: &Whole) -> HashSet<usize> {
    // From the outermost total inwards: a part may be a total itself.
    let mut known: HashMap<usize, Known> = HashMap::new();
    let mut others: HashSet<usize> = HashSet::new();
    let rivals = Rivals::of(facts, groups, whole);
    for group in groups.iter().rev() {
        let Some(&first) = group.total.first() else {
            continue;
        };
        let label = &facts[first].label;
        let all = is_whole(facts, &group.total, whole).map(Known::of_company);
        let inner = known.get(&first).copied();
        let named =
            measure(label).filter(|_| member(label).is_some() && facts[first].statement.is_none());
        let named = named.map(Known::of_part);
        // The parts of a part are parts of the whole as well, but not all of what is called so.
        let Some(total) = all.or(inner).or(named) else {
            if facts[first].statement.is_none() && measure(label).is_some()
                || others.contains(&first)
            {
                others.extend(group.parts.iter().flatten());
            }
            continue;
        };
        let part_of = member(label).filter(|_| all.is_none());
        let name = |row: &Vec<usize>| {
            let name = member(&facts[*row.first()?].label)?;
            let is_doubtful = |at: &usize| rivals.has(&facts[*at], total.is_of_company);
            Some(match &part_of {
                Some(whole) if row.iter().any(is_doubtful) => format!("{whole}: {name}"),
                _ => name,
            })
        };
        let names: Vec<Option<String>> = group.parts.iter().map(name).collect();
        // Rows that are figures of the whole are no parts of it.
        let named = names.iter().flatten().count();
        if named * 2 < names.len() || named < 2 {
            continue;
        }
        let axis = axis(&tables[facts[first].table], facts, &group.parts);
        for (row, name) in group.parts.iter().zip(names) {
            known.extend(row.first().map(|at| (*at, total)));
            let Some(name) = name else { continue };
            for at in row {
                set(&mut facts[*at], total.measure, axis, &name);
                if all.is_some() {
                    facts[*at].passed.add(Check::Whole);
                }
            }
        }
    }
    others
}

/// A total of which it is known what it is.
#[derive(Clone, Copy)]
struct Known {
    measure: &'static str,
    /// The statements' figure, or a part of it; else of a part of which it is not known how it makes the whole.
    is_of_company: bool,
}

impl Known {
    fn of_company(measure: &'static str) -> Self {
        Self {
            measure,
            is_of_company: true,
        }
    }

    fn of_part(measure: &'static str) -> Self {
        Self {
            measure,
            is_of_company: false,
        }
    }
}

/// Rows of a document by what they are called: those of one name that have other figures of the same period are parts
/// of different things.
struct Rivals {
    /// Those that stand under revenue.
    all: Named,
    /// Those that make the statements' figure.
    of_company: Named,
}

type Named = HashMap<(String, Period), Vec<f64>>;

impl Rivals {
    fn of(facts: &[Fact], groups: &[Group], whole: &Whole) -> Self {
        let is_revenue = |text: &String| measure(text) == Some("Revenues");
        let is_under = |fact: &&Fact| {
            fact.unit == Unit::Money && fact.statement.is_none() && fact.over.iter().any(is_revenue)
        };
        let is_of_company = |group: &&Group| is_whole(facts, &group.total, whole).is_some();
        let is_of_revenue = |group: &&Group| {
            let total = group.total.first().map(|at| &facts[*at]);
            total.is_some_and(|f| f.statement.is_none() && is_revenue(&f.label))
        };
        let parts = |is_meant: &dyn Fn(&&Group) -> bool| {
            let own = groups.iter().filter(|group| is_meant(group));
            let rows = own.flat_map(|group| group.parts.iter().flatten());
            rows.map(|at| &facts[*at]).collect::<Vec<_>>()
        };
        let of_company = parts(&is_of_company);
        let of_revenue = parts(&is_of_revenue)
            .into_iter()
            .chain(facts.iter().filter(is_under));
        Self {
            all: by_name(of_revenue.chain(of_company.iter().copied())),
            of_company: by_name(of_company.into_iter()),
        }
    }

    /// True where a row of this one's name has another figure than it: of a part of the company one that makes the
    /// whole.
    fn has(&self, fact: &Fact, is_of_company: bool) -> bool {
        let rivals = if is_of_company {
            &self.of_company
        } else {
            &self.all
        };
        let name = normal(&fact.label);
        let known = fact.period.and_then(|period| rivals.get(&(name, period)));
        let room = 0.006 * fact.value.abs() + fact.scale;
        known.is_some_and(|values| values.iter().any(|value| (value - fact.value).abs() > room))
    }
}

fn by_name<'a>(facts: impl Iterator<Item = &'a Fact>) -> Named {
    let mut out = Named::new();
    for fact in facts {
        if let Some(period) = fact.period {
            let name = normal(&fact.label);
            out.entry((name, period)).or_default().push(fact.value);
        }
    }
    out
}

fn set(fact: &mut Fact, measure: &'static str, axis: Axis, member: &str) {
    if fact.unit == Unit::Money && fact.dimension.is_none() {
        fact.item = Some(measure);
        fact.dimension = Some(Dimension {
            axis,
            member: member.to_owned(),
        });
    }
}

/// What divides the company in a table.
fn axis(table: &Table, facts: &[Fact], rows: &[Vec<usize>]) -> Axis {
    static PLACE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?:united states|u\.s\.|north america|americas?|europe|asia|china|japan|emea|apac|canada|mexico|international|domestic|latin america|middle east|africa|germany|france|united kingdom|u\.k\.|india|korea|brazil|australia|oceania|rest of world|foreign|apla)\b",
        )
    });
    static GEOGRAPHY: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)geograph|countr|region"));
    static SEGMENT: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)segment"));
    let labels: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.first().map(|at| facts[*at].label.as_str()))
        .collect();
    let places = labels.iter().filter(|label| PLACE.is_match(label)).count();
    let around = caption(table);
    if GEOGRAPHY.is_match(&around) || !labels.is_empty() && places * 2 > labels.len() {
        Axis::Geography
    } else if SEGMENT.is_match(&around) {
        Axis::Segment
    } else {
        Axis::Product
    }
}

/// Words of a caption over a breakdown.
static BREAKDOWN: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bby\b|segment|geograph|region|countr|product|categor|division|brand|disaggregat|channel|business unit|each of|for each|major source|revenue stream|service line|operating group|markets?\b",
    )
});

/// What leads to a table.
fn caption(table: &Table) -> String {
    let above = table.grid.above.iter().rev().take(3).rev();
    let texts: Vec<&str> = std::iter::once(&table.grid.caption)
        .chain(above)
        .chain(&table.grid.stub)
        .map(String::as_str)
        .collect();
    texts.join(" ")
}

/// Breakdowns that a table says itself; `is_other` knows rows of totals that are of something else.
fn of_table(table: &Table, facts: &mut [Fact], whole: &Whole, is_other: &dyn Fn(usize) -> bool) {
    // What is expected is no figure of the company yet.
    static EXPECTED: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"(?i)\bguidance\b|\boutlook\b|\bforecasts?\b"));
    let heads = table.grid.columns.iter().flat_map(|c| &c.heads);
    let mut over = table
        .grid
        .above
        .iter()
        .rev()
        .take(3)
        .chain(&table.grid.stub)
        .chain(heads);
    if over.any(|text| EXPECTED.is_match(text)) {
        return;
    }
    let periods: Vec<Period> = table.periods.iter().flatten().copied().collect();
    let distinct: HashSet<Period> = periods.iter().copied().collect();
    if distinct.len() <= 1 && (periods.is_empty() || table.grid.columns.len() > 2) {
        by_columns(table, facts, whole, distinct.into_iter().next());
        return;
    }
    // Columns of one year each for several figures: "Net sales", "Long-lived assets".
    let columns = measures_of_columns(table);
    let by_column = columns.iter().any(Option::is_some);
    let caption = caption(table);
    let is_breakdown = caption.split_whitespace().count() <= 40 && BREAKDOWN.is_match(&caption);
    let said = measure(&caption).filter(|_| is_breakdown);
    // One label over a figure's name may be anything; several are parts.
    let over = |fact: &Fact| {
        fact.over
            .last()
            .and_then(|label| member(label).filter(|_| measure(label).is_none()))
    };
    let named = facts
        .iter()
        .filter(|fact| whole_measure(&fact.label).is_some());
    let parts: HashSet<String> = named.filter_map(over).collect();
    let axis = axis(table, facts, &rows(facts));
    for (at, fact) in facts.iter_mut().enumerate() {
        if fact.period.is_none()
            || fact.unit != Unit::Money
            || fact.dimension.is_some()
            || is_other(at)
        {
            continue;
        }
        // A part's name over rows of figures.
        let own = whole_measure(&fact.label);
        if let (Some(measure), Some(over)) = (own, over(fact)) {
            let is_total = normal(&fact.label).starts_with("total");
            if parts.len() > 1 && !is_total {
                set(fact, measure, Axis::Segment, &over);
            }
            continue;
        }
        // A figure's name over rows of parts, or over the column. Another figure's name between says that
        // they are of that.
        let labelled = fact
            .over
            .iter()
            .rev()
            .find_map(|label| whole_measure(label));
        let mut nearer = fact
            .over
            .iter()
            .rev()
            .take_while(|label| whole_measure(label).is_none());
        if nearer.any(|label| measure(label).is_none() && IS_NONE.is_match(&normal(label))) {
            continue;
        }
        let meant = if by_column {
            columns[fact.column]
        } else {
            labelled.or(said)
        };
        if let (Some(measure), Some(name), None) = (meant, member(&fact.label), own) {
            set(fact, measure, axis, &name);
        }
    }
}

/// The figure that stands over each column: a head over several columns stands in the middle of them, and is that of
/// all until a period comes again.
fn measures_of_columns(table: &Table) -> Vec<Option<&'static str>> {
    let columns = &table.grid.columns;
    let own = |c: &Column| measure(&c.heads.join(" "));
    let is_bare = |c: &Column| {
        !c.heads
            .iter()
            .any(|head| head.chars().any(char::is_alphabetic))
    };
    let mut out: Vec<Option<&'static str>> = columns.iter().map(own).collect();
    let mut start = 0;
    while start < columns.len() {
        let mut seen = HashSet::new();
        let is_new = |at: &usize| table.periods[*at].is_none_or(|period| seen.insert(period.end));
        let end = start + (start..columns.len()).take_while(is_new).count();
        let headed: Vec<usize> = (start..end).filter(|at| out[*at].is_some()).collect();
        if let [only] = headed[..] {
            for at in (start..end).filter(|at| is_bare(&columns[*at])) {
                out[at] = out[only];
            }
        }
        start = end.max(start + 1);
    }
    out
}

/// The rows of a table's facts, each by their places.
fn rows(facts: &[Fact]) -> Vec<Vec<usize>> {
    let mut out: Vec<(usize, Vec<usize>)> = Vec::new();
    for (at, fact) in facts.iter().enumerate() {
        match out.last_mut() {
            Some((row, places)) if *row == fact.row => places.push(at),
            _ => out.push((fact.row, vec![at])),
        }
    }
    out.into_iter().map(|(_, places)| places).collect()
}

/// Parts over the columns, figures in the rows; the period stands over the rows or over the table.
fn by_columns(table: &Table, facts: &mut [Fact], whole: &Whole, of_all: Option<Period>) {
    // What stands over all columns is no part's name.
    let columns = &table.grid.columns;
    let is_common = |text: &&String| columns.iter().all(|c| c.heads.contains(text));
    let head = |c: &Column| {
        c.heads
            .iter()
            .filter(|text| !is_common(text))
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let heads: Vec<Option<String>> = columns
        .iter()
        .map(|c| member(&head(c)).filter(|_| !is_total(&head(c))))
        .collect();
    if heads.iter().flatten().count() < 2 {
        return;
    }
    let rows = rows(facts);
    for row in &rows {
        let first = &facts[row[0]];
        let over = first.over.iter().rev().chain(table.grid.above.iter().rev());
        let period = of_all.or_else(|| over.take(6).find_map(|text| table.period_of(text)));
        let Some(measure) = whole_measure(&first.label) else {
            continue;
        };
        let Some(period) = period else {
            continue;
        };
        // The column of all parts says whether they are of the statements' figure.
        let is_all = |at: &&usize| {
            let fact = &facts[**at];
            let known = whole.get(&(measure, period));
            heads[fact.column].is_none()
                && known.is_some_and(|value| (fact.value - value).abs() <= 1.5 * fact.scale)
        };
        let total = row.iter().find(is_all).copied();
        for at in row {
            let Some(name) = &heads[facts[*at].column] else {
                continue;
            };
            facts[*at].period = Some(period);
            set(&mut facts[*at], measure, Axis::Segment, name);
            if total.is_some() {
                facts[*at].passed.add(Check::Whole);
            }
        }
        // Rows over a total of everything are parts too, in the column of everything.
        if let Some(total) = total {
            parts_in_column(
                facts,
                &rows,
                (total, measure, period),
                axis(table, facts, &rows),
            );
        }
    }
}

/// The rows above a total, in its column and down to the next total, that make it.
fn parts_in_column(
    facts: &mut [Fact],
    rows: &[Vec<usize>],
    (total, measure, period): (usize, &'static str, Period),
    axis: Axis,
) {
    let (column, value, scale) = (facts[total].column, facts[total].value, facts[total].scale);
    let Some(at) = rows.iter().position(|row| row.contains(&total)) else {
        return;
    };
    let mut sum = 0.0;
    let mut parts = Vec::new();
    for row in rows[..at].iter().rev() {
        if whole_measure(&facts[row[0]].label).is_some() {
            break;
        }
        let Some(cell) = row.iter().copied().find(|at| facts[*at].column == column) else {
            continue;
        };
        sum += facts[cell].value;
        parts.push(cell);
    }
    if parts.len() < 2 || (sum - value).abs() > 2.1 * scale {
        return;
    }
    for cell in parts {
        if let Some(name) = member(&facts[cell].label) {
            facts[cell].period = Some(period);
            set(&mut facts[cell], measure, axis, &name);
            facts[cell].passed.add(Check::Whole);
        }
    }
}

/// A head over the column of all parts.
fn is_total(head: &str) -> bool {
    let plain = normal(head);
    plain.starts_with("total") || plain.starts_with("consolidated")
}
