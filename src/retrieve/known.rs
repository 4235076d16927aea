//! Known pages: where the facts of the book answer a question, the pages that state them come first. They are
//! looked up, not found.

use std::collections::BTreeMap;

use super::fuse::Ranked;
use super::ranking::{List, document, unit};
use super::scope::Scope;
use super::{Result, Retriever};
use crate::book::{AskedPart, Book, Stated};
use crate::fact::Fact;
use crate::index::Found;
use crate::query::{Intent, ParsedQuestion};
use crate::store::DocumentRow;

/// A question about more companies than these is about none of them in particular.
const COMPANIES: usize = 3;

impl Retriever {
    /// The pages that state the figures which a question is answered by, those with the most of them first, of these
    /// those of the documents that suit the question's period best; of `documents` alone.
    pub(super) fn known(
        &self,
        question: &ParsedQuestion,
        scope: &Scope,
        documents: &[i64],
    ) -> Result<List> {
        let mut list = List {
            weight: 1.0,
            ..List::default()
        };
        let Some(task) = &question.task else {
            return Ok(list);
        };
        let directory = self.directory();
        let mut companies: BTreeMap<Option<usize>, Vec<&DocumentRow>> = BTreeMap::new();
        let rows = directory.documents().iter();
        for row in rows.filter(|row| documents.contains(&row.id)) {
            let company = directory.calendars().company(row.id);
            companies.entry(company).or_default().push(row);
        }
        if companies.len() > COMPANIES {
            return Ok(list);
        }
        let book = Book::new(&self.store, directory, self.lexicon()?);
        let part = AskedPart::of_task(question, task);
        for rows in companies.values() {
            let mut stated: Vec<Stated> = Vec::new();
            for subject in &task.subjects {
                let figures = book.figures((task, subject), part.as_ref(), rows)?;
                let terms = figures.into_iter().flat_map(|figure| figure.terms);
                stated.extend(terms.map(|term| term.stated));
            }
            for own in &stated {
                self.add(&mut list, own.document, &own.fact)?;
            }
            // The report of the last year asked for has the others' figures beside it.
            let weight = |row: &&&DocumentRow| scope.weight(row.id);
            let best = rows.iter().max_by(|a, b| weight(a).total_cmp(&weight(b)));
            let Some(best) = best.filter(|_| !scope.is_empty()) else {
                continue;
            };
            let facts = book.facts(best)?;
            for own in stated.iter().filter(|own| own.document != best.id) {
                if let Some(fact) = facts.facts.iter().find(|fact| is_same(fact, &own.fact)) {
                    self.add(&mut list, best.id, fact)?;
                }
            }
        }
        let weight = |ranked: &Ranked| scope.weight(document(ranked.unit));
        list.ranked.sort_by(|a, b| {
            let by_count = b.score.total_cmp(&a.score);
            by_count.then_with(|| weight(b).total_cmp(&weight(a)))
        });
        list.first = list.ranked.len();
        Ok(list)
    }

    /// Counts a figure for its page.
    fn add(&self, list: &mut List, document: i64, fact: &Fact) -> Result<()> {
        let unit = unit(document, fact.page);
        if let Some(known) = list.ranked.iter_mut().find(|known| known.unit == unit) {
            known.score += 1.0;
            return Ok(());
        }
        let chunk = self.store.chunk_at(document, fact.page, fact.line)?;
        let Some((key, _)) = chunk.filter(|(key, _)| self.index.place(*key).is_some()) else {
            return Ok(());
        };
        list.ranked.push(Ranked { unit, score: 1.0 });
        list.chunks.insert(unit, Found { key, score: 1.0 });
        Ok(())
    }
}

/// The same figure, as another report has it.
fn is_same(fact: &Fact, other: &Fact) -> bool {
    let key = |fact: &Fact| (fact.item, fact.period, fact.statement);
    fact.item.is_some()
        && key(fact) == key(other)
        && (&fact.entity, &fact.dimension) == (&other.entity, &other.dimension)
}

/// True where the book says all that it is about where a question's figures stand: it has them, or it was asked for
/// one figure of the statements and they have no such line. Then nobody needs to search the statements for it.
pub(super) fn answers_for(question: &ParsedQuestion, known: &List) -> bool {
    let is_figure = question.intent() == Intent::Figure && question.task.is_some();
    is_figure || !known.ranked.is_empty()
}

/// Puts known pages before all others. Scores stay in order.
pub(super) fn lead(known: &List, order: &mut Vec<Ranked>) {
    let best = order.first().map_or(0.0, |ranked| ranked.score);
    order.retain(|ranked| !known.chunks.contains_key(&ranked.unit));
    let count = known.ranked.len();
    let first = known.ranked.iter().enumerate().map(|(at, ranked)| Ranked {
        unit: ranked.unit,
        score: best + (count - at) as f32 / (10 * count) as f32,
    });
    order.splice(0..0, first);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_pages_stand_once_and_first() {
        let ranked = |units: &[i64]| -> Vec<Ranked> {
            let scored = units.iter().enumerate();
            scored
                .map(|(at, unit)| Ranked {
                    unit: *unit,
                    score: 1.0 / (at + 1) as f32,
                })
                .collect()
        };
        let known = List {
            ranked: ranked(&[7, 3]),
            chunks: [
                (
                    7,
                    Found {
                        key: 70,
                        score: 1.0,
                    },
                ),
                (
                    3,
                    Found {
                        key: 30,
                        score: 1.0,
                    },
                ),
            ]
            .into(),
            ..List::default()
        };
        let mut order = ranked(&[1, 3, 5]);
        lead(&known, &mut order);
        let units: Vec<i64> = order.iter().map(|r| r.unit).collect();
        assert_eq!(units, [7, 3, 1, 5]);
        assert!(order.windows(2).all(|pair| pair[0].score > pair[1].score));
    }
}
