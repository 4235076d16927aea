//! Parts of a company: what its documents call one segment, region or product, in capitals here, cut off there,
//! under a heading elsewhere, put together.

use std::collections::HashMap;

use super::catalog::Chosen;
use crate::fact::{Axis, Dimension};
use crate::metadata::compact;
use crate::query::word::words;
use time::Date;

/// A part of a company, by all that it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// In the spelling that is easiest to read.
    pub name: String,
    pub members: Vec<String>,
    pub axis: Axis,
    /// Its words, in lower case.
    key: Vec<String>,
}

impl Part {
    pub fn is_of(&self, dimension: &Dimension) -> bool {
        self.axis == dimension.axis && self.members.contains(&dimension.member)
    }

    /// The same part, by its name, of other figures.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.axis, &self.key) == (other.axis, &other.key)
    }
}

/// Figures of a member by the period's end and months.
type Figures = HashMap<(Date, u8), f64>;

/// The parts that facts of one item are of, by name. Names of the same words are one part; one that begins or ends
/// another is the same part where all figures that both have agree. The company itself is no part.
pub fn parts(facts: &[Chosen<'_>], company: &str) -> Vec<Part> {
    let mut found: Vec<(Part, Figures)> = Vec::new();
    for fact in facts.iter().map(|chosen| &chosen.fact) {
        let (Some(dimension), Some(period)) = (&fact.dimension, fact.period) else {
            continue;
        };
        let key: Vec<String> = words(&dimension.member)
            .into_iter()
            .map(|word| word.text.to_lowercase())
            .collect();
        if key.is_empty()
            || compact(&dimension.member).starts_with(&compact(company)) && is_legal(&key)
        {
            continue;
        }
        let at = found
            .iter()
            .position(|(part, _)| part.axis == dimension.axis && part.key == key);
        let at = at.unwrap_or_else(|| {
            let part = Part {
                name: dimension.member.clone(),
                members: Vec::new(),
                axis: dimension.axis,
                key,
            };
            found.push((part, Figures::new()));
            found.len() - 1
        });
        let (part, figures) = &mut found[at];
        if !part.members.contains(&dimension.member) {
            part.members.push(dimension.member.clone());
        }
        if is_plainer(&dimension.member, &part.name) {
            part.name.clone_from(&dimension.member);
        }
        figures.insert((period.end, period.months), fact.value);
    }
    let mut out = united(found);
    out.sort_by_key(|part| (part.axis.as_str(), part.name.to_lowercase()));
    out
}

/// True for a name that ends as companies' names do.
fn is_legal(key: &[String]) -> bool {
    let ends = [
        "inc",
        "corp",
        "corporation",
        "co",
        "company",
        "ltd",
        "plc",
        "llc",
        "ag",
        "se",
        "sa",
        "nv",
        "group",
    ];
    key.last().is_some_and(|last| ends.contains(&last.as_str()))
}

/// Lower case is easier to read than capitals.
fn is_plainer(name: &str, than: &str) -> bool {
    let capitals = |text: &str| text.chars().filter(|c| c.is_uppercase()).count();
    capitals(name) < capitals(than)
}

/// Puts parts together of which one's name begins or ends the other's and whose figures agree.
fn united(mut found: Vec<(Part, Figures)>) -> Vec<Part> {
    // Longer names first: what is cut off joins what is whole.
    found.sort_by_key(|(part, _)| std::cmp::Reverse(part.key.len()));
    let mut out: Vec<(Part, Figures)> = Vec::new();
    for (part, figures) in found {
        let same = out.iter_mut().find(|(longer, others)| {
            let is_within = longer.key.starts_with(&part.key) || longer.key.ends_with(&part.key);
            longer.axis == part.axis && is_within && agree(&figures, others)
        });
        let Some((longer, others)) = same else {
            out.push((part, figures));
            continue;
        };
        // `Revenues by: Other` is Other; `North` is a piece of `North America`.
        if longer.key.ends_with(&part.key) {
            longer.name = part.name;
        }
        longer.members.extend(part.members);
        others.extend(figures);
    }
    out.into_iter().map(|(part, _)| part).collect()
}

/// True where both have a figure of one period, and no two that differ.
fn agree(figures: &Figures, others: &Figures) -> bool {
    let pairs = figures
        .iter()
        .filter_map(|(period, value)| Some((value, others.get(period)?)));
    let mut pairs = pairs.peekable();
    pairs.peek().is_some() && pairs.all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(members: &[(&str, &[(i32, f64)])]) -> Vec<(Part, Figures)> {
        let part = |(member, figures): &(&str, &[(i32, f64)])| {
            let key = words(member)
                .into_iter()
                .map(|word| word.text.to_lowercase());
            let part = Part {
                name: (*member).to_owned(),
                members: vec![(*member).to_owned()],
                axis: Axis::Segment,
                key: key.collect(),
            };
            let day = |year| Date::from_calendar_date(year, time::Month::May, 31).unwrap();
            (
                part,
                figures
                    .iter()
                    .map(|(year, value)| ((day(*year), 12), *value))
                    .collect(),
            )
        };
        members.iter().map(part).collect()
    }

    #[test]
    fn a_name_within_another_is_the_same_part_where_figures_agree() {
        let parts = united(found(&[
            ("NORTH", &[(2021, 17.0)]),
            ("NORTH AMERICA", &[(2021, 17.0), (2022, 18.0)]),
            ("Other", &[(2022, 3.0)]),
            ("Revenues by: Other", &[(2022, 3.0)]),
            ("America", &[(2022, 99.0)]),
            ("Latin America", &[(2023, 5.0)]),
        ]));
        let mut names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["America", "Latin America", "NORTH AMERICA", "Other"]
        );
        let north = parts
            .iter()
            .find(|part| part.name == "NORTH AMERICA")
            .unwrap();
        assert!(north.members == ["NORTH AMERICA", "NORTH"]);
    }
}
