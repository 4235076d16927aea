//! Line items: the facts of one document, asked by line item and fiscal period.

use super::Result;
use crate::fact::{Check, Entity, Fact, Unit, is_summed};
use crate::metadata::calendar::Calendar;
use crate::query::lexicon::{Item, Lexicon, Named};
use crate::query::word::words;
use crate::retrieve::Retriever;
use crate::statement::Statement;
use crate::statement::period::{Period, Span};
use crate::store::{DocumentRow, Which};

/// Days by which a column's end may differ from the end of the month that the fiscal calendar names.
const NEAR: i64 = 21;

/// A figure of a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub document: String,
    pub page: u32,
    /// The line of the page, from 0, and its text.
    pub line: usize,
    pub row: String,
    /// What the row is called there.
    pub label: String,
    /// As printed, and what stands over its column.
    pub printed: String,
    pub head: String,
    /// In single units, with the sign that formulas mean.
    pub value: f64,
    /// What the printed figure is counted in: 1,000,000 of millions.
    pub unit: f64,
    /// What it counts.
    pub counts: Unit,
    /// The part of the company that it is of, as printed.
    pub member: Option<String>,
    /// The chunk that holds the row.
    pub chunk_id: String,
}

/// What is asked of a document's facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Wanted {
    pub period: Period,
    /// How things stood at the end of it: a flow is none, unless a year ends there.
    pub is_day: bool,
}

/// A document's facts.
pub struct LineItems<'a> {
    retriever: &'a Retriever,
    row: &'a DocumentRow,
    facts: Vec<Fact>,
    calendar: Calendar,
}

impl<'a> LineItems<'a> {
    /// Reads the facts of `row` from the store.
    pub fn read(retriever: &'a Retriever, row: &'a DocumentRow) -> Result<Self> {
        let known = retriever.directory().calendar(row.id).copied();
        let own = || Calendar::learn(std::iter::once(&row.metadata));
        Ok(Self {
            retriever,
            row,
            facts: retriever.store().facts(row.id, Which::All)?,
            calendar: known.or_else(own).unwrap_or_default(),
        })
    }

    /// The last fiscal year of which its statements have figures.
    pub fn last_year(&self) -> Option<i32> {
        let own = self.facts.iter().filter(|fact| fact.is_certain());
        let ends = own.filter_map(|fact| fact.period.filter(|period| matches!(period.months, 0 | 12)));
        let years = ends.filter_map(|period| self.calendar.period_of(period.end));
        years.filter(|(_, quarter)| *quarter == 4).map(|(year, _)| year).max()
    }

    /// True where the document has a statement of this kind with a column of the period.
    pub fn covers(&self, statement: Statement, wanted: Wanted) -> bool {
        let is_here = |fact: &&Fact| {
            fact.statement == Some(statement) && fact.entity == Entity::Consolidated && self.is_of(fact, statement, wanted)
        };
        self.facts.iter().any(|fact| is_here(&fact))
    }

    /// The figures that make an item in a period, one as a rule; empty where no row is surely that item's.
    pub fn find(&self, lexicon: &Lexicon, index: usize, wanted: Wanted) -> Result<Vec<Entry>> {
        let item = &lexicon.items[index];
        let mut found: Vec<(&Fact, f64)> = self.by_element(item, wanted);
        if found.is_empty() {
            found.extend(self.by_label(lexicon, index, wanted));
        }
        if found.is_empty() {
            found = self.parts(item, wanted);
        }
        if let ([(_, value)], Some(like)) = (found.as_mut_slice(), &item.like) {
            let near = like.value(wanted.period.year, &mut |index, year, _| {
                let wanted = Wanted {
                    period: wanted.period.of_year(year),
                    ..wanted
                };
                let found = self.by_element(&lexicon.items[index], wanted);
                found.first().map(|(_, value)| *value)
            });
            if near.is_some_and(|near| (*value + near).abs() < (*value - near).abs()) {
                *value = -*value;
            }
        }
        found.into_iter().map(|(fact, value)| self.entry(fact, value)).collect()
    }

    /// The figure of an item in the part of the company that `is_meant` knows; none where several are.
    pub fn of_part(&self, item: &Item, wanted: Wanted, is_meant: &dyn Fn(&Fact) -> bool) -> Result<Vec<Entry>> {
        let is_here = |fact: &&Fact| {
            fact.dimension.is_some()
                && fact.entity == Entity::Consolidated
                && !fact.is_adjusted
                && fact.item.is_some_and(|own| item.elements.contains(&own))
                && self.is_of(fact, Statement::Income, wanted)
                && is_meant(fact)
        };
        let mut found: Vec<&Fact> = self.facts.iter().filter(is_here).collect();
        // A breakdown of the statements' own figure counts before one of something less.
        if found.iter().any(|fact| fact.passed.has(Check::Whole)) {
            found.retain(|fact| fact.passed.has(Check::Whole));
        }
        let is_same = |a: &Fact, b: &Fact| (a.value - b.value).abs() <= 0.0006 * a.value.abs() + 1.0;
        let alike = |fact: &&Fact| found.iter().filter(|other| is_same(fact, other)).count();
        // Of two figures by one name the one that most tables have, of equals neither.
        let Some(best) = found.iter().rev().max_by_key(|fact| alike(fact)) else {
            return Ok(Vec::new());
        };
        let is_rival = |fact: &&&Fact| !is_same(best, fact) && alike(fact) == alike(best);
        if found.iter().any(|fact| is_rival(&fact)) {
            return Ok(Vec::new());
        }
        Ok(vec![self.entry(best, best.value)?])
    }

    /// True where a fact is of the period: of a balance sheet at its end, of another statement over it.
    fn is_of(&self, fact: &Fact, statement: Statement, Wanted { period, is_day }: Wanted) -> bool {
        let Some(own) = fact.period else { return false };
        let (quarter, months) = period.span.end();
        let months = match statement {
            Statement::Balance => 0,
            _ if is_day && period.span != Span::Year => return false,
            _ => months,
        };
        let end = self.calendar.quarter_end(period.year, quarter);
        own.months == months && (own.end - end).whole_days().abs() <= NEAR
    }

    fn by_element(&self, item: &Item, wanted: Wanted) -> Vec<(&Fact, f64)> {
        for element in &item.elements {
            let is_here = |fact: &&Fact| {
                fact.item == Some(*element)
                    && fact.dimension.is_none()
                    && fact.is_certain()
                    && fact.statement == Some(item.statement)
                    && self.is_of(fact, item.statement, wanted)
            };
            let mut found: Vec<&Fact> = self.facts.iter().filter(is_here).collect();
            let Some(first) = found.first().copied() else {
                continue;
            };
            let is_sum = is_summed(element);
            found.retain(|fact| fact.run == first.run && (is_sum || fact.row == first.row && fact.table == first.table));
            if !is_sum {
                found.truncate(1);
            }
            return found.into_iter().map(|fact| (fact, fact.value)).collect();
        }
        Vec::new()
    }

    /// The row of the issuer's own statement whose label is the item's name and no more.
    fn by_label(&self, lexicon: &Lexicon, index: usize, wanted: Wanted) -> Option<(&Fact, f64)> {
        let item = &lexicon.items[index];
        let is_here = |fact: &&Fact| {
            fact.statement == Some(item.statement)
                && fact.entity == Entity::Consolidated
                && fact.dimension.is_none()
                && fact.failed.is_empty()
                && !fact.is_nil
                && self.is_of(fact, item.statement, wanted)
        };
        let rated = self.facts.iter().filter(is_here).filter_map(|fact| {
            // What is known to be another item is not this one.
            let is_other = fact.item.is_some_and(|own| !item.elements.contains(&own)) && !item.elements.is_empty();
            let certainty = certainty(lexicon, index, &fact.label)?;
            (certainty >= SURE && !is_other).then_some((certainty, fact))
        });
        let best = rated.reduce(|best, next| if next.0 > best.0 { next } else { best });
        let sign = |value: f64| if item.unsigned { value.abs() } else { value };
        best.map(|(_, fact)| (fact, sign(fact.value)))
    }

    /// The rows that an item is the sum of, where it has no row of its own: `Cost of products` and
    /// `Cost of services`.
    fn parts(&self, item: &Item, wanted: Wanted) -> Vec<(&Fact, f64)> {
        let Some(begins) = &item.sum_of else {
            return Vec::new();
        };
        let is_part = |fact: &&Fact| {
            fact.statement == Some(item.statement)
                && fact.entity == Entity::Consolidated
                && fact.unit == Unit::Money
                && fact.label.to_lowercase().starts_with(begins.as_str())
                && self.is_of(fact, item.statement, wanted)
        };
        let found = self.facts.iter().filter(is_part);
        found.map(|fact| (fact, fact.value.abs())).collect()
    }

    fn entry(&self, fact: &Fact, value: f64) -> Result<Entry> {
        let store = self.retriever.store();
        let page = store.page(&self.row.path, fact.page)?;
        let line = page.and_then(|page| page.page.lines.into_iter().nth(fact.line));
        let labels = fact.over.last().filter(|_| fact.label.split(' ').count() < 2).into_iter();
        let labels: Vec<&str> = labels.map(String::as_str).chain([fact.label.as_str()]).collect();
        Ok(Entry {
            document: self.row.path.clone(),
            page: fact.page,
            line: fact.line,
            row: line.map(|line| line.text).unwrap_or_default(),
            label: labels.join(" — "),
            printed: fact.printed.clone(),
            head: fact.head.clone(),
            value,
            unit: fact.scale,
            counts: fact.unit,
            member: fact.dimension.as_ref().map(|dimension| dimension.member.clone()),
            chunk_id: store.chunk_at(self.row.id, fact.page, fact.line)?.unwrap_or_default(),
        })
    }
}

/// Certainty of a label that is an item's name, or its name before a comma or a bracket.
const SURE: f64 = 2.0;

/// How surely a label is that of an item: 3 its name and no more, 2 its name before a comma or a
/// bracket, 1 and less where more follows or goes before. None where it is another's.
fn certainty(lexicon: &Lexicon, index: usize, label: &str) -> Option<f64> {
    let plain = without_brackets(label);
    let all = words(&plain);
    let is_named = |(range, named): (std::ops::Range<usize>, Named)| {
        (named == Named::Item(index)).then_some(range)
    };
    let range = lexicon.find(&all).into_iter().find_map(is_named)?;
    if range.len() == all.len() {
        return Some(3.0);
    }
    // `Accounts receivable, net` stands under the gross figure, `Net property` over it.
    let last = all.last().is_some_and(|w| w.stem == "net");
    if last && range == (0..all.len() - 1) {
        return Some(3.5);
    }
    let head = plain.split(',').next().unwrap_or_default();
    let more = all[..range.start].iter().chain(&all[range.end..]);
    let is_part = more
        .map(|w| w.text.to_lowercase())
        .any(|w| PART.contains(&w.as_str()));
    let whole = if is_part { 0.5 } else { 1.0 };
    let share = whole * range.len() as f64 / all.len() as f64;
    let opens = range.start == 0 || all[..range.start].iter().all(|w| w.stem == "total");
    if opens && !is_part && words(head).len() == range.end {
        Some(2.0 + share)
    } else if opens {
        Some(whole + share)
    } else {
        (share >= 0.5).then_some(share)
    }
}

/// Words that make of an item a part of it, or what it is before something is taken off.
const PART: [&str; 11] = [
    "basic",
    "other",
    "continuing",
    "discontinued",
    "before",
    "excluding",
    "including",
    "noncontrolling",
    "affiliates",
    "investees",
    "redeemable",
];

/// `Net income attributable` for `Net (loss) income attributable`.
fn without_brackets(text: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}
