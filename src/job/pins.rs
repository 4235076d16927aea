//! Pins of a library: questions that were pinned, with the pages that answer them, and what is
//! asked of a training about them.

use serde::{Deserialize, Serialize};

use super::context::JobContext;
use super::open::OpenError;
use crate::home::Home;
use crate::model::Model;
use crate::query::filter::Filter;
use crate::retrieve::{Aids, Arm, Query, RetrieveError, Retriever};
use crate::train::pin::Pinned;

/// Questions that are followed at most, the last ones pinned: each costs time at every evaluation.
const MOST: usize = 4;
/// Passages that the base finds for a question.
const CANDIDATES: usize = 20;

/// A question and a page that answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    pub question: String,
    pub document: String,
    pub page: u32,
}

/// The pins of a home; a missing or damaged file holds none.
pub fn read(home: &Home) -> Vec<Pin> {
    let bytes = crate::fsio::read_small(home.pins()).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Pins a question, or takes its pin away where it has one; true where it is pinned now.
pub fn toggle(home: &Home, pin: Pin) -> std::io::Result<bool> {
    let mut pins = read(home);
    let before = pins.len();
    pins.retain(|other| other.question != pin.question);
    let is_new = pins.len() == before;
    if is_new {
        pins.push(pin);
        pins.drain(..pins.len().saturating_sub(MOST));
    }
    let bytes = serde_json::to_vec(&pins).expect("pins are plain data");
    crate::fsio::write_atomic(&home.pins(), &bytes)?;
    Ok(is_new)
}

/// The library's pins with the passages that the serving model finds for them; one whose page has no
/// passage is left out.
///
/// # Errors
///
/// Where the library cannot be opened or searched.
pub fn prepare(context: &JobContext) -> Result<Vec<Pinned>, OpenError> {
    let library = &context.library;
    let pins = read(&library.home);
    if pins.is_empty() {
        return Ok(Vec::new());
    }
    let encoder = context.encoder(&Model::named(&library.home, "serving")?)?;
    let retriever = Retriever::open(library, Some(encoder), context.config.search.clone())?;
    let mut out = Vec::new();
    for pin in pins {
        let query = Query {
            text: pin.question.clone(),
            arm: Arm::Dense,
            top_k: CANDIDATES,
            aids: Aids::NONE,
            ..Query::default()
        };
        let within = Query {
            filter: Filter {
                document: Some(pin.document.clone()),
                ..Filter::default()
            },
            top_k: 10 * CANDIDATES,
            ..query.clone()
        };
        // It may go by another of its paths since.
        let found = retriever.store().document(&pin.document);
        let document = found.map_err(RetrieveError::from)?.map(|row| row.id);
        let is_gold = |hit: &crate::retrieve::Hit| {
            Some(hit.chunk.document_id) == document && hit.chunk.page == pin.page
        };
        let mut hits = retriever.search(&query)?.hits;
        if !hits.iter().any(is_gold) {
            let own = retriever.search(&within)?.hits;
            hits.extend(own.into_iter().find(is_gold));
        }
        let gold: Vec<usize> = (0..hits.len()).filter(|at| is_gold(&hits[*at])).collect();
        if gold.is_empty() {
            continue;
        }
        let keys: Vec<_> = hits.iter().map(|hit| hit.chunk.key).collect();
        let passages = retriever
            .store()
            .passages(&keys)
            .map_err(RetrieveError::from)?;
        out.push(Pinned {
            question: pin.question,
            candidates: passages.into_iter().map(|p| p.passage).collect(),
            gold,
        });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pins_are_kept_and_a_second_time_takes_one_away() {
        let place = tempfile::tempdir().unwrap();
        let home = Home::from(place.path());
        let pin = |n: u32| Pin {
            question: format!("q{n}"),
            document: "a.pdf".to_owned(),
            page: n,
        };
        for n in 0..6 {
            assert!(toggle(&home, pin(n)).unwrap());
        }
        let names = || -> Vec<u32> { read(&home).iter().map(|p| p.page).collect() };
        assert_eq!(names(), [2, 3, 4, 5]);
        assert!(!toggle(&home, pin(3)).unwrap());
        assert_eq!(names(), [2, 4, 5]);
    }
}
