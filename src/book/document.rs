//! The facts of one document, asked by line item and fiscal period.

use super::Meant;
use super::part::is_rest_name;
use crate::fact::{Check, Entity, Fact, Unit, is_summed};
use crate::metadata::calendar::Calendar;
use crate::query::lexicon::{Item, Lexicon, Named};
use crate::query::word::words;
use crate::statement::Statement;
use crate::statement::period::{Period, Span};

/// Days by which a column's end may differ from the end of the month that the fiscal calendar names.
pub const NEAR: i64 = 21;

/// What is asked of a document's facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Wanted {
    pub period: Period,
    /// How things stood at the end of it: a flow is none, unless a year ends there.
    pub is_day: bool,
    /// A flow is that of the twelve months which end with the period, whatever its span.
    pub is_trailing: bool,
}

impl Wanted {
    pub fn of(self, period: Period) -> Self {
        Self { period, ..self }
    }
}

/// A document's facts.
#[derive(Debug)]
pub struct DocumentFacts {
    pub facts: Vec<Fact>,
    pub calendar: Calendar,
}

/// True where two figures may be one, rounded.
fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 0.0006 * a.abs() + 1.0
}

/// A fact by its number in its document, and its value with the sign that formulas mean.
pub type Found = (usize, f64);

impl DocumentFacts {
    /// The last fiscal year of which its statements have figures.
    pub fn last_year(&self) -> Option<i32> {
        let own = self.facts.iter().filter(|fact| fact.is_certain());
        let ends =
            own.filter_map(|fact| fact.period.filter(|period| matches!(period.months, 0 | 12)));
        let years = ends.filter_map(|period| self.calendar.period_of(period.end));
        years
            .filter(|(_, quarter)| *quarter == 4)
            .map(|(year, _)| year)
            .max()
    }

    /// True where the document has a statement of this kind with a column of the period.
    pub fn covers(&self, statement: Statement, wanted: Wanted) -> bool {
        let is_here = |fact: &&Fact| {
            fact.statement == Some(statement)
                && fact.entity == Entity::Consolidated
                && self.is_of(fact, statement, wanted)
        };
        self.facts.iter().any(|fact| is_here(&fact))
    }

    /// The facts that make an item in a period, one as a rule; empty where no row is surely that item's.
    pub fn find(&self, lexicon: &Lexicon, index: usize, wanted: Wanted) -> Vec<Found> {
        let item = &lexicon.items[index];
        let mut found = Vec::new();
        // Of what others have in them with more, a row of its own comes first.
        if item.is_within_others() {
            let own = self.by_label(lexicon, index, wanted);
            found.extend(own.filter(|(at, _)| self.is_named(lexicon, index, *at)));
        }
        if found.is_empty() {
            found = self.by_element(item, wanted);
        }
        if found.is_empty() {
            found.extend(self.by_label(lexicon, index, wanted));
        }
        if found.is_empty() {
            found = self.parts(item, wanted);
        }
        if let ([(_, value)], Some(like)) = (found.as_mut_slice(), &item.like) {
            let near = like.value(wanted.period.year, &mut |index, year, _| {
                let found = self.by_element(
                    &lexicon.items[index],
                    wanted.of(wanted.period.of_year(year)),
                );
                found.first().map(|(_, value)| *value)
            });
            if near.is_ok_and(|near| (*value + near).abs() <= ALIKE * near.abs()) {
                *value = -*value;
            }
        }
        found
    }

    /// The facts of an item in the part of the company that `meant` knows most surely.
    pub(super) fn meant(
        &self,
        item: &Item,
        wanted: Wanted,
        meant: &Meant<'_>,
    ) -> Vec<(usize, &Fact)> {
        let is_here = |(_, fact): &(usize, &Fact)| {
            fact.dimension.is_some()
                && fact.entity == Entity::Consolidated
                && !fact.is_adjusted
                && fact.item.is_some_and(|own| item.elements.contains(&own))
                && self.is_of(fact, Statement::Income, wanted)
        };
        let here = self.facts.iter().enumerate().filter(is_here);
        let ranked: Vec<(u8, (usize, &Fact))> = here
            .filter_map(|(at, fact)| Some((meant(fact)?, (at, fact))))
            .collect();
        let surest = ranked.iter().map(|(rank, _)| *rank).max();
        let found = ranked.into_iter().filter(|(rank, _)| Some(*rank) == surest);
        found.map(|(_, found)| found).collect()
    }

    /// True where the part may be what is left over of segments or of regions, which are two things of one name.
    pub fn is_of_two_rests(&self, item: &Item, wanted: Wanted, meant: &Meant<'_>) -> bool {
        let found = self.meant(item, wanted, meant);
        let mut rests = found.iter().filter_map(|(_, fact)| {
            let dimension = fact.dimension.as_ref()?;
            is_rest_name(&dimension.member).then_some((dimension.axis, fact.value))
        });
        let Some((axis, value)) = rests.next() else {
            return false;
        };
        rests.any(|(other, own)| other != axis && !is_same(own, value))
    }

    /// The fact of an item in the part of the company that `meant` knows most surely; none where several are
    /// and they differ.
    pub fn of_part(&self, item: &Item, wanted: Wanted, meant: &Meant<'_>) -> Option<Found> {
        let mut found = self.meant(item, wanted, meant);
        // A breakdown of the statements' own figure counts before one of something less.
        if found.iter().any(|(_, fact)| fact.passed.has(Check::Whole)) {
            found.retain(|(_, fact)| fact.passed.has(Check::Whole));
        }
        let alike = |fact: &Fact| {
            let others = found.iter();
            others
                .filter(|(_, other)| is_same(fact.value, other.value))
                .count()
        };
        // Of two figures by one name the one that most tables have, of equals neither.
        let (at, best) = *found.iter().rev().max_by_key(|(_, fact)| alike(fact))?;
        let is_rival = |(_, fact): &(usize, &Fact)| {
            !is_same(best.value, fact.value) && alike(fact) == alike(best)
        };
        (!found.iter().any(is_rival)).then_some((at, best.value))
    }

    /// True where a fact is of the period: of a balance sheet at its end, of another statement over it.
    pub fn is_of(
        &self,
        fact: &Fact,
        statement: Statement,
        Wanted { period, is_day, .. }: Wanted,
    ) -> bool {
        let Some(own) = fact.period else { return false };
        let (quarter, months) = period.span.end();
        let months = match statement {
            Statement::Balance => 0,
            _ if is_day && period.span != Span::Year => return false,
            _ => months,
        };
        own.months == months && self.calendar.ends_at(period.year, quarter, own.end)
    }

    /// True where a fact's period ends with the one that is wanted, however long it is.
    pub fn is_at_end(&self, fact: &Fact, Wanted { period, .. }: Wanted) -> bool {
        let (quarter, _) = period.span.end();
        let own = fact.period;
        own.is_some_and(|own| self.calendar.ends_at(period.year, quarter, own.end))
    }

    fn by_element(&self, item: &Item, wanted: Wanted) -> Vec<Found> {
        for element in &item.elements {
            let is_here = |(_, fact): &(usize, &Fact)| {
                fact.item == Some(*element)
                    && may_stand_for(item, element, fact)
                    && fact.dimension.is_none()
                    && fact.is_certain()
                    && fact.statement == Some(item.statement)
                    && self.is_of(fact, item.statement, wanted)
            };
            let mut found: Vec<(usize, &Fact)> =
                self.facts.iter().enumerate().filter(is_here).collect();
            let Some((_, first)) = found.first().copied() else {
                continue;
            };
            let is_sum = is_summed(element);
            found.retain(|(_, fact)| {
                fact.run == first.run
                    && (is_sum || fact.row == first.row && fact.table == first.table)
            });
            if !is_sum {
                found.truncate(1);
            }
            return found
                .into_iter()
                .map(|(at, fact)| (at, fact.value))
                .collect();
        }
        Vec::new()
    }

    /// The row of the issuer's own statement whose label is the item's name and no more.
    fn by_label(&self, lexicon: &Lexicon, index: usize, wanted: Wanted) -> Option<Found> {
        let item = &lexicon.items[index];
        let is_here = |(_, fact): &(usize, &Fact)| {
            fact.statement == Some(item.statement)
                && fact.entity == Entity::Consolidated
                && fact.dimension.is_none()
                && fact.failed.is_empty()
                && !fact.is_nil
                && self.is_of(fact, item.statement, wanted)
        };
        let rated = self
            .facts
            .iter()
            .enumerate()
            .filter(is_here)
            .filter_map(|(at, fact)| {
                // What is known to be another item is not this one.
                let is_other = fact.item.is_some_and(|own| !item.elements.contains(&own))
                    && !item.elements.is_empty();
                let certainty = certainty(lexicon, index, &fact.label)?;
                (certainty >= SURE && !is_other).then_some((certainty, at))
            });
        let best = rated.reduce(|best, next| if next.0 > best.0 { next } else { best });
        let sign = |value: f64| if item.unsigned { value.abs() } else { value };
        let (_, at) = best.filter(|(_, at)| !self.is_of_group(*at))?;
        Some((at, sign(self.facts[at].value)))
    }

    /// True for a fact whose label is the item's name and no more.
    pub fn is_named(&self, lexicon: &Lexicon, index: usize, at: usize) -> bool {
        certainty(lexicon, index, &self.facts[at].label).is_some_and(|rank| rank >= EXACT)
    }

    /// True for a fact whose label is the item's name, and what may stand behind it.
    pub fn is_sure(&self, lexicon: &Lexicon, index: usize, at: usize) -> bool {
        certainty(lexicon, index, &self.facts[at].label).is_some_and(|rank| rank >= SURE)
    }

    /// Another row of the statement that may be the item, where a row is taken for it by its label alone: `Notes
    /// payable, noncurrent` beside `Notes payable, current`.
    pub fn rival(
        &self,
        lexicon: &Lexicon,
        index: usize,
        wanted: Wanted,
        taken: &Fact,
    ) -> Option<&Fact> {
        if certainty(lexicon, index, &taken.label)? >= EXACT {
            return None;
        }
        let statement = lexicon.items[index].statement;
        let is_rival = |fact: &&Fact| {
            fact.run == taken.run
                && fact.label != taken.label
                && !fact.is_nil
                && self.is_of(fact, statement, wanted)
                && certainty(lexicon, index, &fact.label).is_some_and(|rank| rank >= BEGUN)
        };
        self.facts.iter().find(is_rival)
    }

    /// True for a line of a balance sheet that stands there once more under another label: each is of a group.
    fn is_of_group(&self, at: usize) -> bool {
        let own = &self.facts[at];
        own.statement == Some(Statement::Balance)
            && self.facts.iter().any(|other| {
                (other.run, other.period, &other.label) == (own.run, own.period, &own.label)
                    && other.over.last() != own.over.last()
                    && (other.table, other.row) != (own.table, own.row)
            })
    }

    /// The rows that an item is the sum of, where it has no row of its own: `Cost of products` and
    /// `Cost of services`.
    fn parts(&self, item: &Item, wanted: Wanted) -> Vec<Found> {
        let Some(begins) = &item.sum_of else {
            return Vec::new();
        };
        let is_part = |(_, fact): &(usize, &Fact)| {
            fact.statement == Some(item.statement)
                && fact.entity == Entity::Consolidated
                && fact.unit == Unit::Money
                && fact.label.to_lowercase().starts_with(begins.as_str())
                && self.is_of(fact, item.statement, wanted)
        };
        let found = self.facts.iter().enumerate().filter(is_part);
        found.map(|(at, fact)| (at, fact.value.abs())).collect()
    }
}

/// Diluted earnings per share are the basic ones where one row says that it is both.
fn may_stand_for(item: &Item, element: &str, fact: &Fact) -> bool {
    item.elements.first() == Some(&element)
        || element != "EarningsPerShareDiluted"
        || fact.whole_label().to_lowercase().contains("basic")
}

/// As a share of what a figure comes to as a rule, what it may differ by where it has the other sign.
const ALIKE: f64 = 0.02;

/// Certainty of a label that is an item's name and no more, that is its name before a comma or a bracket, and that
/// begins with it or is it by half.
const EXACT: f64 = 3.0;
const SURE: f64 = 2.0;
const BEGUN: f64 = 0.5;

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
        return Some(EXACT);
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
