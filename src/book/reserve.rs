//! Reserves: why a figure may be more or less than its item, though its lines were read right. A figure with a
//! reserve is given, and never as certain.

use std::fmt;

use super::document::{DocumentFacts, Found, Wanted};
use super::is_of_whole;
use crate::fact::{Entity, Fact, is_narrow, is_summed, is_wider};
use crate::query::lexicon::{Item, Lexicon};

/// What a figure's lines have beyond its item, or leave out; each with the label of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reserve {
    Wider(String),
    /// Another line has some of the item.
    Beside(String),
    /// The line itself leaves some of it out.
    Narrower(String),
    /// Lines were added up of which no report prints a total.
    Summed,
    /// Of the parent's owners, where the whole group's is meant.
    OfOwners,
    /// Nothing that adds up has it.
    Unproved,
    /// Its page is a picture that OCR has read.
    Recognised,
    /// A part's figures of several reports are set against each other.
    Apart,
}

impl Reserve {
    /// That about a part's figures which are set against each other, where they are not of one of `documents` alone.
    pub fn apart<'a>(documents: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut documents = documents.into_iter();
        let first = documents.next();
        documents
            .any(|document| Some(document) != first)
            .then_some(Self::Apart)
    }
}

impl fmt::Display for Reserve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wider(label) => write!(f, "the line \"{label}\" has more in it"),
            Self::Beside(label) => write!(f, "the line \"{label}\" has some of it, too"),
            Self::Narrower(label) => write!(f, "the line \"{label}\" leaves some of it out"),
            Self::Summed => f.write_str("its lines are added up: no total of them is printed"),
            Self::OfOwners => f.write_str("of the parent's owners: no line of the whole group's"),
            Self::Unproved => f.write_str("no total that it is part of was found"),
            Self::Recognised => f.write_str("read by OCR from a picture: compare it with the page"),
            Self::Apart => {
                f.write_str("by two reports: the second may count more or less to the part")
            }
        }
    }
}

/// The reserve about a figure that was found for an item; none where its lines are the item and nothing else.
pub fn of(
    facts: &DocumentFacts,
    (lexicon, index): (&Lexicon, usize),
    wanted: Wanted,
    found: &[Found],
) -> Option<Reserve> {
    let item = &lexicon.items[index];
    let own = found.iter().map(|(at, _)| &facts.facts[*at]);
    let first = own.clone().next()?;
    let is_of_owners = || own.clone().any(Fact::is_of_owners);
    if is_of_whole(item) && is_of_owners() {
        return Some(Reserve::OfOwners);
    }
    if let [(at, _)] = found
        && item.is_within_others()
        && facts.is_named(lexicon, index, *at)
    {
        return None;
    }
    let element = first.item.filter(|own| item.elements.contains(own));
    let Some(element) = element else {
        return match found {
            // It is the sum of all rows that begin like it, and has but one.
            [(at, _)] if !facts.is_sure(lexicon, index, *at) => Some(Reserve::Summed),
            [_] => facts
                .rival(lexicon, index, wanted, first)
                .map(|rival| Reserve::Beside(rival.label.clone())),
            _ => Some(Reserve::Summed),
        };
    };
    if found.len() > 1 && !is_summed(element) {
        return Some(Reserve::Summed);
    }
    of_element(facts, item, element, &own.collect::<Vec<_>>())
}

/// The reserve about rows that are an item by its element.
fn of_element(facts: &DocumentFacts, item: &Item, element: &str, own: &[&Fact]) -> Option<Reserve> {
    let is_within = item.within.contains(&element);
    let has_more = |fact: &&&Fact| is_within || is_wider(element, item.statement, &fact.label);
    if let Some(wide) = own.iter().find(has_more) {
        return Some(Reserve::Wider(wide.label.clone()));
    }
    let has_less = |fact: &&&Fact| {
        fact.label.contains(['(', ',']) && is_narrow(element, item.statement, &fact.label)
    };
    if let Some(narrow) = own.iter().find(has_less) {
        return Some(Reserve::Narrower(narrow.label.clone()));
    }
    let first = own.first()?;
    // A total has what stands beside it.
    if first.label.to_lowercase().starts_with("total") {
        return None;
    }
    let is_beside = |fact: &&Fact| {
        fact.run == first.run
            && fact.period == first.period
            && fact.entity == Entity::Consolidated
            && fact.item != Some(element)
            && fact.unit == first.unit
            && !fact.is_nil
            && is_narrow(element, item.statement, &fact.label)
    };
    let beside = facts.facts.iter().find(is_beside);
    beside.map(|fact| Reserve::Beside(fact.label.clone()))
}
