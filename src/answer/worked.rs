//! Worked figures: a task's formulas with the facts of the company's documents put in, each with its page.
//! What was not found is said, never guessed.

use std::collections::HashMap;

use time::Date;

use super::Result;
use super::line_item::{Entry, LineItems, Wanted};
use super::part::Part;
use crate::query::formula::Expr;
use crate::query::lexicon::Lexicon;
use crate::query::{Over, ParsedQuestion, Subject, Task, is_amended, is_annual};
use crate::retrieve::Retriever;
use crate::statement::period::{Period, Span};
use crate::store::DocumentRow;

/// Documents that are read for one task at most.
const DOCUMENTS: usize = 5;
/// Days by which a document's own end may lie before the end of a period that it still reports on.
const NEAR: i64 = 21;

/// A figure that a formula uses.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand {
    pub item: String,
    pub period: Period,
    pub entry: Entry,
}

/// What a formula lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub item: String,
    pub period: Period,
    /// Counted as nothing: its statement was read and has no such line.
    pub is_nothing: bool,
}

/// A figure that an amended report puts another in place of.
#[derive(Debug, Clone, PartialEq)]
pub struct Superseded {
    pub item: String,
    pub period: Period,
    /// The document that amends.
    pub by: String,
    /// What the original has.
    pub entry: Entry,
}

/// A subject's figure of one period.
#[derive(Debug, Clone, PartialEq)]
pub struct Periodic {
    pub period: Period,
    pub value: Option<f64>,
}

/// What a task came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Worked {
    pub company: String,
    pub subject: Subject,
    pub over: Over,
    /// The part of the company that it is of, as printed.
    pub part: Option<String>,
    pub periods: Vec<Periodic>,
    /// Of the periods together: their mean, or the change from the first to the last.
    pub result: Option<f64>,
    /// The change as a share of the first period's figure.
    pub growth: Option<f64>,
    pub operands: Vec<Operand>,
    pub missing: Vec<Missing>,
    pub superseded: Vec<Superseded>,
}

impl Worked {
    /// It is an amount of money, and no ratio.
    pub fn is_amount(&self) -> bool {
        self.subject.expr.degree() == 1
    }
}

/// The books that a task is worked from: the facts of a company's documents, read when needed.
struct Books<'a> {
    retriever: &'a Retriever,
    lexicon: &'a Lexicon,
    task: &'a Task,
    /// The part of the company that is meant, where the question says more than a company's name.
    part: Option<Part>,
    rows: Vec<&'a DocumentRow>,
    facts: HashMap<i64, LineItems<'a>>,
    operands: Vec<Operand>,
    missing: Vec<Missing>,
    superseded: Vec<Superseded>,
    /// Items that were summed up, by period.
    sums: HashMap<(usize, Period), f64>,
    problem: Option<super::AnswerError>,
}

/// Works a subject of a task from the documents of `company`, of which `rows` are those that may be
/// used. None where the library has no period of it, or not the part of the company that is meant.
pub fn work<'a>(
    retriever: &'a Retriever,
    question: &'a ParsedQuestion,
    (task, subject): (&'a Task, &Subject),
    company: &str,
    rows: Vec<&'a DocumentRow>,
) -> Result<Option<Worked>> {
    let mut books = Books {
        retriever,
        lexicon: retriever.lexicon()?,
        task,
        part: (!task.part.is_empty()).then(|| Part::new(question, &task.part)),
        rows,
        facts: HashMap::new(),
        operands: Vec::new(),
        missing: Vec::new(),
        superseded: Vec::new(),
        sums: HashMap::new(),
        problem: None,
    };
    let Some(periods) = books.periods() else {
        return Ok(None);
    };
    let mut each = Vec::new();
    for &period in &periods {
        let value = books.value(&subject.expr, period);
        each.push(Periodic { period, value });
    }
    if let Some(problem) = books.problem {
        return Err(problem);
    }
    let part = books.operands.first().and_then(|operand| operand.entry.member.clone());
    if !task.part.is_empty() && part.is_none() {
        return Ok(None);
    }
    let values: Option<Vec<f64>> = each.iter().map(|y| y.value).collect();
    let (mut result, mut growth) = (None, None);
    if let Some(values) = values {
        let (first, last) = (values[0], values[values.len() - 1]);
        result = Some(match task.over {
            Over::Each => last,
            Over::Average => values.iter().sum::<f64>() / values.len() as f64,
            Over::Change => last - first,
        });
        if task.over == Over::Change && first != 0.0 {
            growth = Some((last - first) / first.abs());
        }
    }
    Ok(Some(Worked {
        company: company.to_owned(),
        subject: subject.clone(),
        over: task.over,
        part,
        periods: each,
        result,
        growth,
        operands: books.operands,
        missing: books.missing,
        superseded: books.superseded,
    }))
}

impl<'a> Books<'a> {
    /// The periods of the task; none where the library has none.
    fn periods(&mut self) -> Option<Vec<Period>> {
        let mut periods = self.task.periods.all.clone();
        if periods.is_empty() {
            let annual = self.rows.iter().filter(|row| is_annual(&row.metadata.form));
            let newest = annual.max_by_key(|row| (row.metadata.year, is_amended(&row.metadata.form)));
            let newest = newest.or(self.rows.first())?.id;
            periods.extend(self.facts(newest)?.last_year().map(|year| Period {
                year,
                span: Span::Year,
            }));
        }
        let last = *periods.last()?;
        if self.task.over == Over::Change && periods.len() == 1 {
            periods.insert(0, last.of_year(last.year - 1));
        }
        Some(periods)
    }

    /// The documents that may have the figures of a period, best first: that whose own period it is, then
    /// those after it, which have its figures too; annual and quarterly reports before others.
    fn documents(&self, period: Period) -> Vec<i64> {
        let (quarter, _) = period.span.end();
        let rank = |row: &&DocumentRow| {
            let calendar = self.retriever.directory().calendar(row.id);
            let behind = match (calendar, row.metadata.period_end) {
                (Some(calendar), Some(end)) => months_behind(calendar.quarter_end(period.year, quarter), end)?,
                // By the numbers of the years alone.
                _ => match row.metadata.year {
                    Some(year) if year >= period.year => 12 * i64::from(year - period.year),
                    Some(_) => return None,
                    None => 12,
                },
            };
            let is_filing = is_annual(&row.metadata.form) || row.metadata.form.starts_with("10-Q");
            // What an amended report restates counts in place of the original.
            let amended = is_amended(&row.metadata.form);
            Some((behind, !is_filing, !amended, row.path.clone(), row.id))
        };
        let mut ranked: Vec<_> = self.rows.iter().filter_map(rank).collect();
        ranked.sort();
        ranked.truncate(DOCUMENTS);
        ranked.into_iter().map(|rank| rank.4).collect()
    }

    /// What the original of an amended `document` has for an item, where it is another figure.
    fn original(&mut self, document: i64, index: usize, (wanted, value): (Wanted, f64)) -> Option<Superseded> {
        let row = *self.rows.iter().find(|row| row.id == document)?;
        if !is_amended(&row.metadata.form) {
            return None;
        }
        let is_original = |other: &&&DocumentRow| {
            !is_amended(&other.metadata.form)
                && is_annual(&other.metadata.form) == is_annual(&row.metadata.form)
                && (other.metadata.year, other.metadata.quarter) == (row.metadata.year, row.metadata.quarter)
        };
        let original = self.rows.iter().find(is_original)?.id;
        let entry = self.entries(original, index, wanted)?.into_iter().next()?;
        (entry.value != value).then(|| Superseded {
            item: self.lexicon.items[index].name().to_owned(),
            period: wanted.period,
            by: row.path.clone(),
            entry,
        })
    }

    fn facts(&mut self, document: i64) -> Option<&LineItems<'a>> {
        if !self.facts.contains_key(&document) {
            let row = *self.rows.iter().find(|row| row.id == document)?;
            let read = LineItems::read(self.retriever, row);
            let read = self.or_problem(read)?;
            self.facts.insert(document, read);
        }
        self.facts.get(&document)
    }

    fn or_problem<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.problem = Some(error)).ok()
    }

    /// The figures that make an item in a document, of the part that is meant.
    fn entries(&mut self, document: i64, index: usize, wanted: Wanted) -> Option<Vec<Entry>> {
        let (lexicon, part) = (self.lexicon, self.part.clone());
        let facts = self.facts(document)?;
        let found = match &part {
            Some(part) => facts.of_part(&lexicon.items[index], wanted, &|fact| part.is_meant(fact)),
            None => facts.find(lexicon, index, wanted),
        };
        self.or_problem(found)
    }

    fn value(&mut self, expr: &Expr, period: Period) -> Option<f64> {
        expr.value(period.year, &mut |index, year, optional| {
            self.figure(index, period.of_year(year), optional)
        })
    }

    /// The figure of an item in a period, from the first document that has it.
    fn figure(&mut self, index: usize, period: Period, optional: bool) -> Option<f64> {
        let lexicon = self.lexicon;
        let item = lexicon.items[index].name();
        let is_known = |o: &&Operand| o.item == item && o.period == period;
        if let Some(known) = self.operands.iter().find(is_known) {
            return Some(known.entry.value);
        }
        if let Some(sum) = self.sums.get(&(index, period)) {
            return Some(*sum);
        }
        let wanted = Wanted {
            period,
            is_day: self.task.periods.is_day,
        };
        let mut was_read = false;
        for document in self.documents(period) {
            let statement = lexicon.items[index].statement;
            was_read |= self.facts(document).is_some_and(|facts| facts.covers(statement, wanted));
            let entries = self.entries(document, index, wanted)?;
            if entries.is_empty() {
                continue;
            }
            let sum = entries.iter().map(|entry| entry.value).sum();
            if let [entry] = entries.as_slice() {
                let original = self.original(document, index, (wanted, entry.value));
                self.superseded.extend(original);
            }
            let is_one = entries.len() == 1;
            self.operands.extend(entries.into_iter().map(|entry| Operand {
                item: if is_one {
                    item.to_owned()
                } else {
                    format!("{item}, {}", entry.label)
                },
                period,
                entry,
            }));
            self.sums.insert((index, period), sum);
            return Some(sum);
        }
        let is_nothing = optional && was_read;
        let missing = Missing {
            item: item.to_owned(),
            period,
            is_nothing,
        };
        if !self.missing.contains(&missing) {
            self.missing.push(missing);
        }
        is_nothing.then_some(0.0)
    }
}

/// Months from the end of a period to that of a document that reports on it or on a later one.
fn months_behind(period: Date, document: Date) -> Option<i64> {
    let days = (document - period).whole_days();
    (days >= -NEAR).then_some((days + NEAR) / 30)
}
