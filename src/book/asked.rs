//! What a question asks the book: of which periods, and of which part of the company, by the words that nothing
//! else accounts for. Each of them must be met, or no figure is given.

use std::collections::HashSet;

use super::part::is_abbreviated;
use super::{Book, Figure, Meant, Result, Wanted};
use crate::fact::{Axis, Fact};
use crate::query::word::{is_in, words};
use crate::query::{Over, ParsedQuestion, Subject, Task, is_amended, is_annual};
use crate::statement::period::{Period, Span};
use crate::store::DocumentRow;

/// Words that say that something is a part, and not which.
const GENERIC: &str = "segment segments business businesses group division region regions regional area areas unit \
    category categories total net and the of for in from to its by all revenue revenues sales income \
    profit operating earnings loss company reportable customers customer external earn earned";

/// The part of a company that a question means.
#[derive(Debug, Clone)]
pub struct AskedPart {
    /// Stems of the words that must be met, and of all the question's words.
    must: HashSet<String>,
    may: HashSet<String>,
    /// The question's words, in lower case, a blank around each.
    text: String,
    is_segment: bool,
    /// The words that must be met, as the question has them, and whose part it is: for initials.
    said: Vec<String>,
    company: String,
}

/// The stems of the words that say which part; of all where none does: a segment may be called "Business".
fn stems(text: &str) -> HashSet<String> {
    let all = words(text);
    let own = all.iter().filter(|word| !is_in(GENERIC, &word.text));
    let own: HashSet<String> = own.map(|word| word.stem.clone()).collect();
    if own.is_empty() {
        return all.into_iter().map(|word| word.stem).collect();
    }
    own
}

fn plain(text: &str) -> String {
    let own = words(text).into_iter().map(|word| word.text.to_lowercase());
    format!(" {} ", own.collect::<Vec<_>>().join(" "))
}

impl AskedPart {
    /// The part that a task's words name; none where it is of the whole company.
    pub fn of_task(question: &ParsedQuestion, task: &Task) -> Option<Self> {
        (!task.part.is_empty()).then(|| Self::new(question, &task.part))
    }

    /// The part that `unmet` words of a question name.
    fn new(question: &ParsedQuestion, unmet: &[String]) -> Self {
        let text = plain(&question.text);
        Self {
            must: stems(&unmet.join(" ")),
            may: question
                .words
                .iter()
                .map(|word| word.stem.clone())
                .collect(),
            is_segment: text.contains(" segment "),
            said: unmet
                .iter()
                .filter(|word| !is_in(GENERIC, word))
                .cloned()
                .collect(),
            company: question
                .company_names()
                .into_iter()
                .next()
                .unwrap_or_default(),
            text,
        }
    }

    /// How surely a fact is of the part; none where it is not: its member's words are all in the question, and
    /// have all that must be met. Surer is a name that stands in the question as it is printed.
    pub fn rank(&self, fact: &Fact) -> Option<u8> {
        let dimension = fact.dimension.as_ref()?;
        let own = stems(&dimension.member);
        // Of a part of a part all that it is called must be asked for: "Wireless service: Business".
        let tail = dimension
            .member
            .rsplit_once(": ")
            .map_or("", |(_, tail)| tail);
        let has_tail = words(tail).iter().all(|word| self.may.contains(&word.stem));
        let meets = !self.must.is_empty()
            && self.must.is_subset(&own)
            && own.is_subset(&self.may)
            && has_tail;
        let is_written = self.text.contains(&plain(&dimension.member));
        let is_axis = self.is_segment && dimension.axis == Axis::Segment;
        let meets = meets || is_abbreviated(&dimension.member, &self.said, &self.company);
        meets.then_some(2 * u8::from(is_written) + u8::from(is_axis))
    }
}

impl Book<'_> {
    /// The periods of a task, the last year of `rows` where it names none, of twelve months the last quarter that
    /// ends them; none where the library has none. A change is from the year before.
    pub fn periods(&self, task: &Task, rows: &[&DocumentRow]) -> Result<Option<Vec<Period>>> {
        let mut periods = task.periods.all.clone();
        if periods.is_empty() && task.is_trailing {
            periods.extend(self.last_quarter(rows));
        } else if periods.is_empty() {
            let annual = rows.iter().filter(|row| is_annual(&row.metadata.form));
            let newest =
                annual.max_by_key(|row| (row.metadata.year, is_amended(&row.metadata.form)));
            let Some(newest) = newest.or(rows.first()) else {
                return Ok(None);
            };
            let year = self.facts(newest)?.last_year();
            periods.extend(year.map(|year| Period {
                year,
                span: Span::Year,
            }));
        }
        let Some(last) = periods.last().copied() else {
            return Ok(None);
        };
        if task.over == Over::Change && periods.len() == 1 {
            periods.insert(0, last.of_year(last.year - 1));
        }
        Ok(Some(periods))
    }

    /// The last quarter that a report ends with.
    fn last_quarter(&self, rows: &[&DocumentRow]) -> Option<Period> {
        let end = |row: &&DocumentRow| {
            let end = row.metadata.period_end?;
            let (year, quarter) = self.directory.calendar(row.id)?.period_of(end)?;
            Some((end, year, quarter))
        };
        let (_, year, quarter) = rows.iter().filter_map(end).max()?;
        let span = Span::Quarter(quarter);
        Some(Period { year, span })
    }

    /// The figures that a subject of a task is worked out from, as far as they are there, in the order of its periods.
    pub fn figures(
        &self,
        (task, subject): (&Task, &Subject),
        part: Option<&AskedPart>,
        rows: &[&DocumentRow],
    ) -> Result<Vec<Figure>> {
        let meant = part.map(|part| |fact: &Fact| part.rank(fact));
        let meant = meant.as_ref().map(|meant| meant as &Meant<'_>);
        let mut out = Vec::new();
        let mut problem = None;
        let is_trailing = task.is_trailing || self.lexicon.needs_a_year(&subject.expr);
        for period in self.periods(task, rows)?.unwrap_or_default() {
            // All items are looked at, whatever lacks: the value itself is not wanted.
            let _ = subject.expr.value(period.year, &mut |index, year, _| {
                let wanted = Wanted {
                    period: period.of_year(year),
                    is_day: task.periods.is_day,
                    is_trailing,
                };
                match self.figure(rows, index, wanted, meant) {
                    Ok(figure) => out.extend(figure),
                    Err(error) => problem = Some(error),
                }
                Some(1.0)
            });
        }
        problem.map_or(Ok(out), Err)
    }
}
