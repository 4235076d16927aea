//! Signs: what speaks for a candidate, and how much each weighs. The weights are those of a softmax over the
//! candidates of a question (listwise), fitted on questions whose answering pages are known: benches/RESULTS.md, Answers.

use std::sync::LazyLock;

use regex::Regex;

use super::asked::{Asked, Concept};
use super::candidate::Candidate;
use crate::pattern::compiled;

/// What speaks for a candidate.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Signs {
    /// The logarithm of its page's rank.
    pub rank: f32,
    /// The share of the question's weight that it has, with what it stands under.
    pub cover: f32,
    /// The share of a row's label that the question has.
    pub label: f32,
    pub is_row_for_prose: f32,
    pub is_row_for_number: f32,
    /// It is of a period that is asked for, or of another.
    pub period: f32,
    pub has_number: f32,
    /// It says why, where that is asked.
    pub is_cause: f32,
    /// How near the encoder puts it to the question, and to what of it tells: 0 to 1.
    pub nearness: f32,
    pub nearness_of_terms: f32,
}

static CAUSE: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:due (?:primarily |mainly |largely |principally )?to|because|driven|drove|as a result|resulting from|result of|reflect(?:s|ed|ing)?|attributable to|owing to|caused|led to|offset by|thanks to|benefit(?:ed|ing) from|impact(?:ed)? (?:of|by)|primarily|mainly|(?:negatively|positively|adversely|favou?rably|unfavou?rably)\s+(?:affected|impacted)|affected by)\b",
    )
});

/// The weight of each sign, in their order: before the encoder has compared anything, and after.
const FIRST: [f32; 8] = [-1.6, 5.0, 2.7, -1.2, 0.3, 0.5, 0.6, 2.7];
const WEIGHTS: [f32; 10] = [-1.4, 3.0, 1.5, -1.2, 0.45, 0.5, 0.6, 2.5, 4.0, 4.5];

impl Signs {
    pub const NAMES: [&str; 10] = [
        "rank",
        "cover",
        "label",
        "is_row_for_prose",
        "is_row_for_number",
        "period",
        "has_number",
        "is_cause",
        "nearness",
        "nearness_of_terms",
    ];

    /// In the order of their names.
    pub fn values(&self) -> [f32; 10] {
        [
            self.rank,
            self.cover,
            self.label,
            self.is_row_for_prose,
            self.is_row_for_number,
            self.period,
            self.has_number,
            self.is_cause,
            self.nearness,
            self.nearness_of_terms,
        ]
    }

    /// What the signs say without the encoder's.
    pub fn first(&self) -> f32 {
        let terms = self.values().into_iter().zip(FIRST);
        terms.map(|(value, weight)| value * weight).sum()
    }

    pub fn score(&self) -> f32 {
        let terms = self.values().into_iter().zip(WEIGHTS);
        terms.map(|(value, weight)| value * weight).sum()
    }

    /// Of `candidate`, but for the encoder's.
    pub fn of(candidate: &Candidate<'_>, asked: &Asked, weights: &Weights) -> Self {
        let is = |holds: bool| if holds { 1.0 } else { 0.0 };
        let cover = weights.share(asked, &candidate.whole);
        let row = candidate.row.as_ref();
        let is_row = row.is_some();
        Self {
            rank: (candidate.hit.rank.max(1) as f32).ln(),
            cover,
            label: row.map_or(0.0, |row| asked.share_of(&row.facts[0].label)),
            is_row_for_prose: is(is_row && asked.wants_prose),
            is_row_for_number: is(is_row && asked.wants_number),
            period: period(candidate, asked),
            has_number: is(candidate.has_number),
            is_cause: is(asked.wants_cause && row.is_none() && CAUSE.is_match(&candidate.text)),
            nearness: 0.0,
            nearness_of_terms: 0.0,
        }
    }
}

fn period(candidate: &Candidate<'_>, asked: &Asked) -> f32 {
    if let Some(row) = &candidate.row {
        return if row.is_of_period() { 1.0 } else { 0.0 };
    }
    if asked.years.is_empty() {
        return 0.0;
    }
    let years = years(&candidate.text);
    if years.iter().any(|year| asked.years.contains(year)) {
        1.0
    } else if years.is_empty() {
        0.0
    } else {
        -1.0
    }
}

/// The years that stand in a text, as four digits.
pub fn years(text: &str) -> Vec<i32> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let own = words.filter(|word| word.len() == 4);
    let own = own.filter_map(|word| word.parse().ok());
    own.filter(|year| (1980..2050).contains(year)).collect()
}

/// What each thing that the question names tells: more, the fewer candidates have it.
pub struct Weights {
    of: Vec<f32>,
    all: f32,
}

impl Weights {
    pub fn new(asked: &Asked, candidates: &[Candidate<'_>]) -> Self {
        let weight = |concept: &Concept| {
            let has = candidates.iter().filter(|own| concept.is_met(&own.whole));
            let rare = (candidates.len() as f32 + 1.0) / (has.count() as f32 + 0.5);
            rare.ln().max(0.1)
        };
        let of: Vec<f32> = asked.concepts.iter().map(weight).collect();
        let all = of.iter().sum::<f32>().max(0.1);
        Self { of, all }
    }

    /// The share of the question's weight that these words have.
    fn share(&self, asked: &Asked, stems: &[String]) -> f32 {
        let all = asked.concepts.iter().zip(&self.of);
        let own = all.filter(|(concept, _)| concept.is_met(stems));
        own.map(|(_, weight)| weight).sum::<f32>() / self.all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_for_a_candidate_raises_its_score() {
        let nothing = Signs::default();
        let all = Signs {
            cover: 1.0,
            label: 1.0,
            period: 1.0,
            nearness: 0.8,
            ..nothing
        };
        assert!(all.score() > nothing.score() && all.first() > nothing.first());
        let late = Signs { rank: 2.0, ..all };
        assert!(late.score() < all.score() && late.first() < all.first());
        assert_eq!(Signs::NAMES.len(), all.values().len());
        assert_eq!(years("in 2022, of 12,345 and FY23: 2031."), [2022, 2031]);
    }
}
