//! A row: a line of a table as the facts have it, its label with those over it and its figures with their periods.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::LazyLock;

use regex::Regex;

use super::super::Result;
use super::asked::Asked;
use crate::fact::{Check, Fact, Unit};
use crate::index::lexical::tokens;
use crate::metadata::calendar::Calendar;
use crate::pattern::compiled;
use crate::retrieve::{Hit, Retriever};
use crate::statement::{figure, table};
use crate::units::counted_in;

/// A label or a head that says what its figures are counted in.
/// Labels that say what their figures are counted in, or that they are of one thing each.
static UNIT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:in|of) (?:thousand|million|billion)s?\b|\((?:[$€£]\s*)?(?:thousand|million|billion|bn|mm|[bmk])s?\)|\bper (?:\w+ )?share\b|\(['’‘]?000s?\)|\bper (?:available room|day|unit|package|pound|shipment|barrel|user|subscriber|member)\b|\b(?:REVPAR|ADR|ARPU|ratio|average (?:price|rate|daily rate))\b",
    )
});

/// A line of a table.
#[derive(Debug, Clone)]
pub struct Row {
    pub line: usize,
    pub page: u32,
    /// In the order of the columns.
    pub facts: Vec<Fact>,
    /// Whether each figure is of a period that is asked for; none where nobody can tell.
    pub is_asked: Vec<Option<bool>>,
    /// Its columns are changes from one year to the next, as a head over them says.
    pub has_changes: bool,
    /// What its amounts are counted in: as its passage says, else as the statement does.
    unit: Option<f64>,
    /// What each figure is of, as it is told: `FY2022`, `2022-09-24`, what stands over the column.
    heads: Vec<String>,
}

/// The rows of the hits, by the hit's place among them.
pub fn of_hits(retriever: &Retriever, hits: &[&Hit], asked: &Asked) -> Result<Vec<Vec<Row>>> {
    let mut facts: HashMap<i64, Vec<Fact>> = HashMap::new();
    for hit in hits {
        let id = hit.chunk.document_id;
        if let Entry::Vacant(place) = facts.entry(id) {
            let pages = hits.iter().filter(|other| other.chunk.document_id == id);
            let pages = pages.flat_map(|other| other.chunk.page..=other.chunk.page_last);
            let pages: Vec<u32> = pages.collect();
            let mut own = retriever.store().facts_on(id, &pages)?;
            // What OCR is not sure of is no answer.
            own.retain(|fact| !fact.failed.has(Check::Legible));
            place.insert(own);
        }
    }
    let calendars = retriever.directory().calendars();
    let rows = hits.iter().enumerate().map(|(at, hit)| {
        let id = hit.chunk.document_id;
        let mut rows = of_hit(&facts[&id], hit, asked, calendars.of_document(id));
        // What stands on the page beside the passage counts where it says all that the question names.
        let is_elsewhere = |row: &Row| {
            let mut others = hits.iter().enumerate();
            others.any(|(other, own)| {
                let is_of = own.chunk.document_id == id;
                is_of && (has(own, row) && other != at || other < at && is_on_page(own, row))
            })
        };
        rows.retain(|row| {
            has(hit, row)
                || asked.wants_number && asked.is_all_named(&row.own_words()) && !is_elsewhere(row)
        });
        rows
    });
    let mut rows: Vec<Vec<Row>> = rows.collect();
    for (hit, rows) in hits.iter().zip(&mut rows) {
        let document = &hit.chunk.document;
        for row in rows.iter_mut().filter(|row| row.is_timeless()) {
            let page = retriever.store().page(document, row.page)?;
            let lines = page.into_iter().flat_map(|own| own.page.lines);
            let lines: Vec<String> = lines.map(|line| line.text).collect();
            row.has_changes = has_changes(&lines, row.line);
        }
    }
    Ok(rows)
}

/// True where a passage has the row.
fn has(hit: &Hit, row: &Row) -> bool {
    let chunk = &hit.chunk;
    let first = (chunk.page, chunk.line_first as usize);
    let last = (chunk.page_last, chunk.line_last as usize);
    (first..=last).contains(&(row.page, row.line))
}

fn is_on_page(hit: &Hit, row: &Row) -> bool {
    (hit.chunk.page..=hit.chunk.page_last).contains(&row.page)
}

fn of_hit(facts: &[Fact], hit: &Hit, asked: &Asked, calendar: Option<&Calendar>) -> Vec<Row> {
    let chunk = &hit.chunk;
    // A text beside a table may count otherwise than the statements do.
    // A unit that a row's label names, "Square footage (in thousands)", is of that row alone.
    let mut lines = chunk.text.lines().filter(|line| !table::is_row(line));
    let said = lines.find_map(figure::unit);
    let mut out: Vec<Row> = Vec::new();
    for fact in facts {
        if !(chunk.page..=chunk.page_last).contains(&fact.page) {
            continue;
        }
        match out.last_mut() {
            Some(row) if (row.page, row.line) == (fact.page, fact.line) => {
                row.facts.push(fact.clone());
            }
            _ => out.push(Row {
                line: fact.line,
                page: fact.page,
                facts: vec![fact.clone()],
                unit: None,
                is_asked: Vec::new(),
                has_changes: false,
                heads: Vec::new(),
            }),
        }
    }
    name_shares(&mut out);
    for row in &mut out {
        let fact = &row.facts[0];
        let of_table = Some(fact.scale).filter(|_| fact.statement.is_some());
        row.unit = said.filter(|_| has(hit, row)).or(of_table);
        row.is_asked = row
            .facts
            .iter()
            .map(|fact| asked.is_of(fact.period, calendar))
            .collect();
        row.heads = heads(&row.facts, calendar);
    }
    out
}

/// Puts the label of the row before it over a row that says of what it is a share, and not whose: `(as a % of net sales)`.
fn name_shares(rows: &mut [Row]) {
    static SHARE: LazyLock<Regex> =
        LazyLock::new(|| compiled(r"(?i)^\W*(?:as an? )?(?:%|percent(?:age)?) (?:of|to) "));
    let mut whose: Option<(u32, String)> = None;
    for row in rows {
        let label = row.first().label.clone();
        if !SHARE.is_match(&label) {
            whose = Some((row.page, label)).filter(|(_, label)| !label.is_empty());
            continue;
        }
        let Some((_, own)) = whose.as_ref().filter(|(page, _)| *page == row.page) else {
            continue;
        };
        for fact in &mut row.facts {
            fact.over.push(own.clone());
        }
    }
}

/// True where one of the lines over a line of a page is a head of changes.
fn has_changes(page: &[String], line: usize) -> bool {
    /// Lines over a row among which its table's head stands.
    const OVER: usize = 8;
    static CHANGES: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?:year[- ]over[- ]year|period[- ]to[- ]period)\s+changes?\b|^\s*(?:\$|%|percent(?:age)?|amount of)?\s*changes?(?:\s+(?:from|in|over)\b.*)?\s*$|\bshows (?:the )?changes in\b",
        )
    });
    let mut over = page.iter().take(line).skip(line.saturating_sub(OVER));
    over.any(|line| CHANGES.is_match(line))
}

/// What each figure is of: its period, and what stands over its column where several are of one period.
fn heads(facts: &[Fact], calendar: Option<&Calendar>) -> Vec<String> {
    let of = |fact: &Fact| {
        let head = fact.head.trim();
        let Some(period) = fact.period else {
            return head.to_owned();
        };
        let name = period.name(calendar);
        let shares = facts.iter().filter(|other| other.period == fact.period);
        match head {
            "" => name,
            head if shares.count() > 1 => format!("{head}, {name}"),
            _ => name,
        }
    };
    facts.iter().map(of).collect()
}

impl Row {
    fn first(&self) -> &Fact {
        &self.facts[0]
    }

    /// True where none of its columns has a period.
    fn is_timeless(&self) -> bool {
        self.facts.iter().all(|fact| fact.period.is_none())
    }

    /// What stands over its columns.
    pub fn heads(&self) -> String {
        self.heads.join(" ")
    }

    /// Its figures of a period that is asked for.
    pub fn asked(&self) -> impl Iterator<Item = &Fact> {
        let all = self.facts.iter().zip(&self.is_asked);
        all.filter(|(_, is_asked)| **is_asked == Some(true))
            .map(|(fact, _)| fact)
    }

    /// True where one of its columns is headed by one of these months.
    pub fn is_headed_by(&self, months: &[String]) -> bool {
        let has = |fact: &Fact| months.iter().any(|month| fact.head.contains(month));
        self.facts.iter().any(has)
    }

    /// The label behind the last one over it.
    pub fn label(&self) -> String {
        let fact = self.first();
        let over = fact
            .over
            .last()
            .filter(|over| over.chars().count() <= 80 && **over != fact.label);
        match over {
            Some(over) if fact.label.is_empty() => over.trim_end_matches(':').to_owned(),
            Some(over) => format!("{}: {}", over.trim_end_matches(':'), fact.label),
            None => fact.label.clone(),
        }
    }

    /// Stems of its labels and of what they stand under.
    pub fn own_words(&self) -> Vec<String> {
        tokens(&format!("{} {}", self.label(), self.context()))
    }

    /// All labels over the row, and the part of the company that its figures are of.
    pub fn context(&self) -> String {
        let fact = self.first();
        let mut out = fact.over.join(" ");
        for fact in &self.facts {
            if let Some(dimension) = &fact.dimension {
                out.push(' ');
                out.push_str(&dimension.member);
            }
            out.push(' ');
            out.push_str(&fact.head);
        }
        out
    }

    /// False where its figures are of other periods than the one that is asked for.
    pub fn may_answer(&self) -> bool {
        // A figure that was taken for a label names nothing.
        if !self.label().contains(char::is_alphabetic) {
            return false;
        }
        let may = |(asked, fact): (&Option<bool>, &Fact)| match asked {
            // A change between two periods is of neither.
            None => fact.period.is_some() || fact.unit != Unit::Percent,
            Some(is_asked) => *is_asked,
        };
        let mut all = self.is_asked.iter().zip(&self.facts);
        let is_of_others = self.is_asked.contains(&Some(false));
        !is_of_others && !self.is_asked.is_empty() || all.any(may)
    }

    /// True where one of its figures is surely of a period that is asked for.
    pub fn is_of_period(&self) -> bool {
        self.is_asked.contains(&Some(true))
    }

    /// The figures that are told: those of the periods asked for, or all.
    fn told(&self) -> impl Iterator<Item = (&Fact, &str)> {
        let is_of_period = self.is_of_period();
        let all = self.facts.iter().zip(&self.heads).zip(&self.is_asked);
        all.filter(move |(_, asked)| !is_of_period || **asked == Some(true))
            .map(|((fact, head), _)| (fact, head.as_str()))
    }

    /// The figures that answer, as printed; none where no period is asked for.
    pub fn marks(&self) -> Vec<String> {
        let told = self.told().filter(|_| self.is_of_period());
        told.map(|(fact, _)| fact.printed.clone()).collect()
    }

    /// Left and right edge of each of these.
    pub fn places(&self) -> Vec<(f32, f32)> {
        let told = self.told().filter(|_| self.is_of_period());
        told.map(|(fact, _)| fact.place).collect()
    }

    /// The row as a passage would have it, for the encoder.
    pub fn as_text(&self) -> String {
        let figures: Vec<&str> = self.facts.iter().map(|f| f.printed.as_str()).collect();
        format!("{}   {}", self.label(), figures.join("   "))
    }

    /// `Net sales: 11,303 (FY2020), 11,503 (FY2019), in millions`.
    pub fn in_words(&self) -> String {
        let figure = |(fact, head): (&Fact, &str)| match head {
            "" => fact.printed.clone(),
            head => format!("{} ({head})", fact.printed),
        };
        let figures: Vec<String> = self.told().map(figure).collect();
        let is_counted = |fact: &&Fact| matches!(fact.unit, Unit::Money | Unit::Shares);
        let unit = self
            .unit
            .filter(|_| self.facts.iter().any(|fact| is_counted(&fact)));
        // "R&D ($B)" says it already.
        let says_unit = |text: &str| UNIT.is_match(text);
        let mut told = self.told();
        let is_said = says_unit(&self.label()) || told.any(|(_, head)| says_unit(head));
        let unit = unit.filter(|_| !is_said).and_then(counted_in);
        let unit = unit.map_or(String::new(), |name| format!(", in {name}s"));
        format!("{}: {}{unit}", self.label(), figures.join(", "))
    }
}
