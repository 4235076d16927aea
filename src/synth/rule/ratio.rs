//! Questions of ratios: measures of the lexicon whose items a document's statements have.

use std::collections::{BTreeMap, BTreeSet};

use super::{Kind, Lines, Request, Rules, Slots};
use crate::query::lexicon::Named;
use crate::query::word::words;
use crate::statement::period::Period;
use crate::statement::table::Line;
use crate::synth::Draft;

/// Where a document has an item: the source, and for which periods.
type Places = BTreeMap<usize, Vec<(usize, BTreeSet<Period>)>>;

impl Rules<'_> {
    /// Asks for measures of one document, each about the source that has most of its items.
    pub(super) fn ratios(&mut self, tables: &BTreeMap<usize, Vec<Line>>, out: &mut Vec<Draft>) {
        let places = self.places(tables);
        let Some((&first, _)) = tables.first_key_value() else {
            return;
        };
        let mut random = self.random(first);
        let mut order: Vec<usize> = (0..self.lexicon.measures.len()).collect();
        random.shuffle(&mut order);
        let mut left = self.amounts.per_document;
        for index in order {
            if left == 0 {
                return;
            }
            let measure = &self.lexicon.measures[index];
            let Some((at, period)) = best(&measure.items, &places) else {
                continue;
            };
            let source = &self.corpus.sources[at];
            let name = &measure.names[random.usize(..measure.names.len())];
            let way = random.usize(..60);
            let request = Request {
                kind: Kind::Ratio,
                lines: Lines::Any,
                slots: Slots {
                    company: &source.company,
                    period: period.wording(way),
                    measure: name.text.clone(),
                    ..Slots::default()
                },
                answer: String::new(),
                item: String::new(),
            };
            left -= usize::from(self.ask(at, request, &mut random, out));
        }
    }

    /// Items by where the statements have them; other tables name them in passing.
    fn places(&self, tables: &BTreeMap<usize, Vec<Line>>) -> Places {
        let mut out = Places::new();
        for (&at, lines) in tables {
            let Some(statement) = self.corpus.sources[at].chunk.statement else {
                continue;
            };
            for line in lines {
                let words = words(&line.label);
                for (range, named) in self.lexicon.find(&words) {
                    let Named::Item(item) = named else { continue };
                    let whole = range.len() * 2 > words.len();
                    if whole && self.lexicon.items[item].statement == statement {
                        let periods = line.figures.iter().map(|f| f.period).collect();
                        out.entry(item).or_default().push((at, periods));
                    }
                }
            }
        }
        out
    }
}

/// The source with most of the items, and the newest period that all of them have.
fn best(items: &[usize], places: &Places) -> Option<(usize, Period)> {
    let mut common: Option<BTreeSet<Period>> = None;
    let mut count: BTreeMap<usize, usize> = BTreeMap::new();
    for item in items {
        let own = places.get(item)?;
        let periods: BTreeSet<Period> = own.iter().flat_map(|(_, p)| p).copied().collect();
        common = Some(match common {
            Some(known) => known.intersection(&periods).copied().collect(),
            None => periods,
        });
        for at in own.iter().map(|(at, _)| *at).collect::<BTreeSet<_>>() {
            *count.entry(at).or_default() += 1;
        }
    }
    let period = common?.into_iter().next_back()?;
    let (at, _) = count
        .into_iter()
        .max_by_key(|(at, n)| (*n, std::cmp::Reverse(*at)))?;
    Some((at, period))
}
