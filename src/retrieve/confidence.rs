//! Confidence: how likely it is that a page which answers is among the first ten hits, by signs that the search itself
//! has: a logistic regression (one weight a sign), fitted on questions whose answering pages are known and on
//! questions that nothing in the library answers. Fit and reliability: benches/RESULTS.md, Confidence;
//! `tenk eval --reliability` shows how far it holds for a set of one's own.

use serde::Serialize;

use super::Retriever;
use super::ranking::{Plan, Ranking};

/// What a search has for and against it; each from 0 to 1, or near it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Signs {
    /// How near the best chunk's embedding is to the question's: 0 as strangers are, 1 as a question and its answer.
    pub nearness: f32,
    /// How much nearer it is than that of the tenth page.
    pub margin: f32,
    /// The share of the first pages that both arms name.
    pub agreement: f32,
    /// Facts answer, and their pages lead.
    pub is_known: f32,
    /// A company of the library is named.
    pub has_company: f32,
    /// A period is asked for that no report of the company is on.
    pub lacks_period: f32,
}

/// The weight of each sign, in their order, and what is added.
const WEIGHTS: [f32; 6] = [1.917, 4.522, 1.842, 2.565, -0.667, -2.18];
const BIAS: f32 = -3.072;

impl Signs {
    pub const NAMES: [&str; 6] = [
        "nearness",
        "margin",
        "agreement",
        "is_known",
        "has_company",
        "lacks_period",
    ];

    /// In the order of their names.
    pub fn values(&self) -> [f32; 6] {
        [
            self.nearness,
            self.margin,
            self.agreement,
            self.is_known,
            self.has_company,
            self.lacks_period,
        ]
    }

    /// A confidence below which people are told that the hits may not answer.
    pub const DOUBTFUL: f32 = 0.5;

    /// The likelihood that a page which answers is among the first ten, from 0 to 1.
    pub fn confidence(&self) -> f32 {
        let terms = self.values().into_iter().zip(WEIGHTS);
        let sum: f32 = terms.map(|(value, weight)| value * weight).sum();
        1.0 / (1.0 + (-(sum + BIAS)).exp())
    }
}

/// Pages that are taken to be looked at.
const LOOKED_AT: usize = 10;

impl Retriever {
    /// The signs of a ranking by both arms; none of another.
    pub(super) fn signs(&self, ranking: &Ranking) -> Option<Signs> {
        let agreement = ranking.agreement?;
        let calibration = self.encoder.as_ref()?.calibration();
        let Plan {
            scope, question, ..
        } = &ranking.plan;
        let is = |holds: bool| if holds { 1.0 } else { 0.0 };
        // Of the order's pages, whatever weighed them.
        let mut cosines: Vec<f32> = ranking
            .dense
            .chunks
            .values()
            .map(|found| found.score)
            .collect();
        cosines.sort_by(|a, b| b.total_cmp(a));
        let near = |at: usize| cosines.get(at).map(|cosine| calibration.likeness(*cosine));
        let last = LOOKED_AT.min(cosines.len()).saturating_sub(1);
        let nearness = near(0)?;
        let asks_period = !scope.companies.is_empty() && !question.period.is_empty();
        Some(Signs {
            nearness,
            margin: nearness - near(last)?,
            agreement,
            is_known: is(!ranking.known.ranked.is_empty()),
            has_company: is(!scope.companies.is_empty()),
            lacks_period: is(asks_period && scope.period.is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_for_a_page_makes_it_likelier() {
        let nothing = Signs::default();
        let all = Signs {
            nearness: 1.0,
            margin: 0.5,
            agreement: 0.5,
            is_known: 1.0,
            has_company: 1.0,
            lacks_period: 0.0,
        };
        assert!(nothing.confidence() < 0.5 && all.confidence() > 0.9);
        let late = Signs {
            lacks_period: 1.0,
            ..all
        };
        assert!(late.confidence() < all.confidence());
        assert_eq!(Signs::NAMES.len(), all.values().len());
    }
}
