//! Dimensions: figures of a part of the company: a segment, a region, a product.
//!
//! A table breaks revenue or operating income down where its rows make the statements' figure, or where it
//! says so: by a label or a caption over rows that are named after parts, by a part's name over rows that are
//! named after figures, or by parts' names over its columns.

mod name;
mod said;
mod total;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::check::Group;
use super::item::normal;
use super::table::Table;
use super::unit::Unit;
use super::{Entity, Fact};
use crate::pattern::compiled;
use crate::statement::Statement;
use name::member;
use said::of_table;
use total::{by_segment_total, by_sum, consolidated, drop_lesser};

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
    by_segment_total(facts, groups);
    drop_lesser(facts);
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

fn set(fact: &mut Fact, measure: &'static str, axis: Axis, member: &str) {
    if fact.unit == Unit::Money && fact.dimension.is_none() {
        fact.item = Some(measure);
        fact.dimension = Some(Dimension {
            axis,
            member: member.to_owned(),
        });
    }
}

/// True where a part is called after a place.
pub fn is_place(name: &str) -> bool {
    static PLACE: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?:united states|u\.s\.|north america|americas?|europe|asia|china|japan|emea|apac|canada|mexico|international|domestic|latin america|middle east|africa|germany|france|united kingdom|u\.k\.|india|korea|brazil|australia|oceania|rest of world|foreign|apla)\b",
        )
    });
    PLACE.is_match(name)
}

/// What divides the company in a table.
fn axis(table: &Table, facts: &[Fact], rows: &[Vec<usize>]) -> Axis {
    static SAID: LazyLock<[(Axis, Regex); 3]> = LazyLock::new(|| {
        [
            (Axis::Geography, r"(?i)geograph|countr|region"),
            (Axis::Segment, r"(?i)segment"),
            (
                Axis::Product,
                r"(?i)product|service offering|categor|channel",
            ),
        ]
        .map(|(axis, said)| (axis, compiled(said)))
    });
    let labels: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.first().map(|at| facts[*at].label.as_str()))
        .collect();
    let places = labels.iter().filter(|label| is_place(label)).count();
    if !labels.is_empty() && places * 2 > labels.len() {
        return Axis::Geography;
    }
    // What stands nearest says it.
    let above = table.grid.above.iter().rev().take(CAPTION);
    let mut around = table
        .grid
        .stub
        .iter()
        .chain(above)
        .chain([&table.grid.caption]);
    let said = |text: &String| {
        let mut own = SAID.iter().filter(|(_, said)| said.is_match(text));
        own.next().map(|(axis, _)| *axis)
    };
    around.find_map(said).unwrap_or(Axis::Product)
}

/// Lines over a table that may say what it is of.
const CAPTION: usize = 3;

/// What leads to a table.
fn caption(table: &Table) -> String {
    let above = table.grid.above.iter().rev().take(CAPTION).rev();
    let texts: Vec<&str> = std::iter::once(&table.grid.caption)
        .chain(above)
        .chain(&table.grid.stub)
        .map(String::as_str)
        .collect();
    texts.join(" ")
}
