//! Which of a company's parts are compared: those of one breakdown, none of them missing. Of parts that overlap, or of
//! which some are not known, none is the first.

use std::sync::LazyLock;

use regex::Regex;

use super::super::Result;
use super::told::Wants;
use crate::book::grid::{Kind as RowKind, Row};
use crate::book::{Book, Breakdown, breakdowns, companies, is_same_name};
use crate::fact::{Axis, Dimension, is_place};
use crate::pattern::compiled;
use crate::query::lexicon::{Lexicon, Named};
use crate::query::word::words;
use crate::retrieve::Retriever;
use crate::statement::period::Period;

/// What stands among the parts and is none.
static NO_PART: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:eliminations?|corporate|unallocated|inter-?segment|reconciling|total|adjustments?)\b|^(?:all )?others?(?: (?:countr|area|region|segment|product|business|operation|revenue|sale|international|foreign)\w*)*(?: \(.*\))?$",
    )
});
/// What sells, not what is sold.
static CHANNEL: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:wholesale|retail|direct|online|stores?|customers?|channels?|distributors?)\b",
    )
});
/// How much of a breakdown must be of the kind.
const FIT: f64 = 0.7;
/// What sells less of the whole grows by chance.
const TINY: f64 = 0.01;
/// Parts without the figure may have this share of the sales, and are told.
const SMALL: f64 = 0.02;

/// What sells everywhere.
static BRAND: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)\b(?:brands?|divisions)\b"));
/// More than a country.
static REGION: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^(?:total )?(?:(?:north|latin|south|central|asia|eastern|western|rest of|other) )?(?:the )?(?:americas?|europe|asia|africa|pacific|middle east|emea|apac|apla|latam|amea|amesa|international|world|foreign)\b",
    )
});

/// What parts are called in a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Segment,
    Region,
    Country,
    Product,
}

/// What divides the company, by the word that a question has for it.
pub fn kind(word: &str) -> Kind {
    let word = word.to_lowercase();
    let begins = |names: &[&str]| names.iter().any(|name| word.starts_with(name));
    if begins(&["countr"]) {
        Kind::Country
    } else if begins(&["region", "geograph", "area"]) {
        Kind::Region
    } else if begins(&["product", "categor", "line", "brand"]) {
        Kind::Product
    } else {
        Kind::Segment
    }
}

impl Kind {
    /// True for a part that may be the first of its kind.
    fn is_part(self, part: &Dimension) -> bool {
        let is_named = !NO_PART.is_match(&part.member);
        match self {
            Kind::Segment => is_named,
            Kind::Product => is_named && !BRAND.is_match(&part.member),
            // A brand's own row among the regions is none.
            Kind::Region => {
                let is_place = part.axis == Axis::Geography || is_place(&part.member);
                is_named && is_place && !BRAND.is_match(&part.member)
            }
            Kind::Country => is_named && !REGION.is_match(&part.member),
        }
    }
}

/// The parts of one breakdown, and what is to be said of those that are left out.
pub struct Parts<'a> {
    pub rows: Vec<&'a Row>,
    pub notes: Vec<String>,
}

/// Which parts are compared, and by what.
pub struct Sought<'a> {
    pub company: &'a str,
    pub kind: Kind,
    pub period: Period,
    pub wants: Wants,
    /// The parts' operating income, by which segments are known.
    pub profits: Vec<Row>,
}

/// The rows of the parts that a question asks about, whose sales together are those of the company.
pub fn all_of<'a>(
    retriever: &Retriever,
    sought: &Sought<'_>,
    rows: &'a [Row],
) -> Result<Option<Parts<'a>>> {
    let (store, directory, lexicon) = (
        retriever.store(),
        retriever.directory(),
        retriever.lexicon()?,
    );
    let (wanted, period) = (sought.kind, sought.period);
    let company = [sought.company.to_owned()];
    let (Some(sales), Ok(own)) = (sales(lexicon), companies(directory, &company)) else {
        return Ok(None);
    };
    let book = Book::new(store, directory, lexicon);
    let documents = own.iter().flat_map(|own| own.rows.iter().copied());
    let documents: Vec<_> = documents.collect();
    let all = breakdowns(&book, &documents, sales, period)?;
    let Some(breakdown) = asked_for(&all, wanted, &sought.profits, period) else {
        return Ok(None);
    };
    let (mut found, mut lacking) = (Vec::new(), 0.0);
    let (mut without, mut tiny): (Vec<&str>, Vec<&str>) = Default::default();
    let parts = breakdown.parts.iter();
    for (part, share) in parts.filter(|(part, _)| wanted.is_part(part)) {
        match row_of(rows, part, period) {
            Some(row) if *share < TINY && is_ratio(row, sought) => tiny.push(&part.member),
            Some(row) => found.push(row),
            None => {
                without.push(&part.member);
                lacking += share.abs();
            }
        }
    }
    let note = |why: &str, parts: &[&str]| {
        (!parts.is_empty()).then(|| format!("{why}: {}", parts.join(", ")))
    };
    let notes = [
        note("no such figure is printed of some of them", &without),
        note("left out as less than 1 % of the sales", &tiny),
    ];
    Ok((lacking <= SMALL).then(|| Parts {
        rows: found,
        notes: notes.into_iter().flatten().collect(),
    }))
}

/// True for what the tiniest part may have most of by chance: a growth, a margin.
fn is_ratio(row: &Row, sought: &Sought<'_>) -> bool {
    sought.wants == Wants::Growth || row.kind != RowKind::Amount
}

/// Sales, among the line items.
fn sales(lexicon: &Lexicon) -> Option<usize> {
    match lexicon.find(&words("revenue")).into_iter().next()? {
        (_, Named::Item(index)) => Some(index),
        (_, Named::Measure(_)) => None,
    }
}

/// The breakdown by what a question calls the parts. Segments are what the company says its profit of.
fn asked_for<'a>(
    all: &'a [Breakdown],
    wanted: Kind,
    profits: &[Row],
    period: Period,
) -> Option<&'a Breakdown> {
    let of_segments = |own: &Breakdown| {
        let has = |(part, _): &&(Dimension, f64)| row_of(profits, part, period).is_some();
        let parts = own
            .parts
            .iter()
            .filter(|(part, _)| !NO_PART.is_match(&part.member));
        let parts: Vec<&(Dimension, f64)> = parts.collect();
        parts.iter().filter(|part| has(part)).count() as f64 / parts.len().max(1) as f64
    };
    let is_channel = |own: &Breakdown| {
        let sells = |(part, _): &&(Dimension, f64)| CHANNEL.is_match(&part.member);
        2 * own.parts.iter().filter(sells).count() >= own.parts.len()
    };
    let has_profits = profits.iter().any(|row| has_figure(row, period));
    let fit = |own: &Breakdown| match wanted {
        Kind::Segment if has_profits => of_segments(own),
        Kind::Segment => own.share_of(Axis::Segment),
        Kind::Region => own.share_of(Axis::Geography),
        Kind::Country => {
            let is_country = |(part, _): &&(Dimension, f64)| {
                part.axis == Axis::Geography && wanted.is_part(part)
            };
            own.parts.iter().filter(is_country).count() as f64 / own.parts.len() as f64
        }
        Kind::Product if is_channel(own) || own.share_of(Axis::Geography) >= 0.5 => 0.0,
        // Two brands are no categories.
        Kind::Product
            if own
                .parts
                .iter()
                .filter(|(part, _)| wanted.is_part(part))
                .count()
                < 3 =>
        {
            0.5
        }
        // A brand may be a segment, and its table call it so.
        Kind::Product => own
            .share_of(Axis::Product)
            .max(0.9 - 0.5 * of_segments(own)),
    };
    // A row that is no part to us and is none of what is eliminated is a part that is missing.
    let is_whole = |own: &&Breakdown| {
        let mut rest = own.rest.iter();
        !rest.any(|(label, share)| share.abs() > SMALL && !NO_PART.is_match(label))
    };
    let fitting = all.iter().filter(|own| fit(own) >= FIT).filter(is_whole);
    // Of equals the first.
    fitting.reduce(|best, own| if fit(own) > fit(best) { own } else { best })
}

fn has_figure(row: &Row, period: Period) -> bool {
    let mut cells = row.cells.iter();
    cells.any(|cell| cell.period == period && cell.value.is_some())
}

/// The row of a part that has a figure of the period; none where two may be meant.
fn row_of<'a>(rows: &'a [Row], part: &Dimension, period: Period) -> Option<&'a Row> {
    let has_figure = |row: &&Row| has_figure(row, period);
    let is_named = |row: &&Row| {
        let mut members = row.members.iter();
        members.any(|own| is_same_name(&own.member, &part.member))
    };
    let named: Vec<&Row> = rows.iter().filter(has_figure).filter(is_named).collect();
    match named.as_slice() {
        [one] => Some(one),
        several => several
            .iter()
            .copied()
            .find(|row| row.members.contains(part)),
    }
}
