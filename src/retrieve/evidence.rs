//! Evidence: what the arms' lists themselves say about how far BM25 is to be believed. Where a question shares no
//! telling word with what it finds, and dense search finds other pages, BM25 ranks by words that say nothing.

use std::collections::HashSet;

use super::fuse::Unit;
use super::ranking::{List, Plan};
use super::{Result, Retriever};
use crate::index::door::Index;
use crate::index::lexical::{LexicalQuery, terms, tokens};

/// Chunks of BM25's list whose words are looked at.
const LOOKED_AT: usize = 3;
/// The pages of either arm that are compared.
const COMPARED: usize = 20;
/// The evidence up to which BM25 counts for [`LEAST`], and from which it counts whole. Measured: benches/RESULTS.md,
/// Fusion.
const NONE: f32 = 0.72;
const FULL: f32 = 0.86;
/// What BM25 counts for at least, so that what it alone found keeps its order.
const LEAST: f32 = 0.02;

impl Retriever {
    /// The weight of BM25 against its usual one, from 0 to 1, by the share of the question that its best chunks have
    /// and the share of the first pages that both arms name. Of a question that names a company, an item or a period
    /// BM25 counts whole: on these it is right as often as dense search.
    pub(super) fn belief(&self, plan: &Plan, bm25: &List, agreement: f32) -> Result<f32> {
        let is_of_filings = !plan.scope.companies.is_empty() || plan.question.asks_figures();
        if is_of_filings {
            return Ok(1.0);
        }
        let evidence = self.coverage_of(&plan.lexical, bm25)? + agreement;
        Ok(((evidence - NONE) / (FULL - NONE)).clamp(LEAST, 1.0))
    }

    /// How much of a query the best of BM25's chunks has, from 0 to 1: of its words each counts as much as it is rare.
    fn coverage_of(&self, lexical: &LexicalQuery, bm25: &List) -> Result<f32> {
        let mut best: f32 = 0.0;
        for unit in first(bm25, LOOKED_AT) {
            if let Some(chunk) = self.store.chunk(bm25.chunks[&unit].key)? {
                let text = format!("{} {} {}", chunk.document, chunk.section, chunk.text);
                best = best.max(met(self.index.as_ref(), lexical, &tokens(&text))?);
            }
        }
        Ok(best)
    }
}

/// The first units of a list that the arm itself put there.
fn first(list: &List, count: usize) -> impl Iterator<Item = Unit> {
    let own = list.ranked.iter().take(count.min(list.first));
    own.map(|ranked| ranked.unit)
}

/// The share of the first pages that both lists have.
pub(super) fn agreement(dense: &List, bm25: &List) -> f32 {
    let of_bm25: HashSet<Unit> = first(bm25, COMPARED).collect();
    let both = first(dense, COMPARED).filter(|unit| of_bm25.contains(unit));
    both.count() as f32 / COMPARED as f32
}

/// The share of a query that a text with these words has. Of several names of one thing the best one counts.
fn met(index: &dyn Index, lexical: &LexicalQuery, own: &[String]) -> Result<f32> {
    let own: HashSet<&String> = own.iter().collect();
    let worth = |text: &str| -> Result<(f32, f32)> {
        let words = terms(text);
        let has: Vec<String> = words.iter().filter(|w| own.contains(w)).cloned().collect();
        Ok((index.rarity(&has)?, index.rarity(&words)?))
    };
    let (mut met, mut all) = worth(&lexical.text)?;
    for names in &lexical.names {
        let worths = names.iter().map(|name| worth(name));
        let worths = worths.collect::<Result<Vec<_>>>()?;
        let shares = worths.iter().map(|(has, of)| has / of.max(f32::EPSILON));
        let of = worths.first().map_or(0.0, |(_, of)| *of);
        met += shares.fold(0.0, f32::max) * of;
        all += of;
    }
    Ok(met / all.max(f32::EPSILON))
}

#[cfg(test)]
mod tests {
    use super::super::fuse::Ranked;
    use super::*;

    fn list(units: &[Unit]) -> List {
        let ranked = units.iter().map(|&unit| Ranked { unit, score: 1.0 });
        List {
            ranked: ranked.collect(),
            first: units.len(),
            ..List::default()
        }
    }

    #[test]
    fn arms_agree_by_the_pages_that_both_put_first() {
        assert_eq!(agreement(&list(&[1, 2, 3]), &list(&[3, 4, 1])), 0.1);
        assert_eq!(agreement(&list(&[]), &list(&[3])), 0.0);
        // What was scored for the other arm's sake alone was not put first.
        let mut scored = list(&[7, 8]);
        scored.first = 1;
        assert_eq!(agreement(&scored, &list(&[8])), 0.0);
    }
}
