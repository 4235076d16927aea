//! Worked figures: a task's formulas with the figures of the statements put in, each with its page.
//! What was not found is said, never guessed.

use std::collections::HashMap;

use super::Result;
use super::line_item::{Entry, LineItems};
use crate::query::formula::Expr;
use crate::query::lexicon::Lexicon;
use crate::query::{Over, Subject, Task, is_amended, is_annual};
use crate::retrieve::Retriever;
use crate::store::DocumentRow;

/// Documents that are read for one task at most.
const DOCUMENTS: usize = 4;

/// A figure that a formula uses.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand {
    pub item: String,
    pub year: i32,
    pub entry: Entry,
}

/// What a formula lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub item: String,
    pub year: i32,
    /// Counted as nothing: its statement was read and has no such line.
    pub is_nothing: bool,
}

/// A figure that an amended report puts another in place of.
#[derive(Debug, Clone, PartialEq)]
pub struct Superseded {
    pub item: String,
    pub year: i32,
    /// The document that amends.
    pub by: String,
    /// What the original has.
    pub entry: Entry,
}

/// A subject's figure of one year.
#[derive(Debug, Clone, PartialEq)]
pub struct Yearly {
    pub year: i32,
    pub value: Option<f64>,
}

/// What a task came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Worked {
    pub company: String,
    pub subject: Subject,
    pub over: Over,
    pub years: Vec<Yearly>,
    /// Of the years together: their mean, or the change from the first to the last.
    pub result: Option<f64>,
    /// The change as a share of the first year's figure.
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

/// The books that a task is worked from: the statements of a company's documents, read when needed.
struct Books<'a> {
    retriever: &'a Retriever,
    lexicon: &'a Lexicon,
    /// Best first.
    rows: Vec<&'a DocumentRow>,
    statements: HashMap<i64, LineItems>,
    operands: Vec<Operand>,
    missing: Vec<Missing>,
    superseded: Vec<Superseded>,
    /// Items that were summed up, by year.
    sums: HashMap<(usize, i32), f64>,
    problem: Option<super::AnswerError>,
}

/// Works a subject of a task from the documents of `company`, of which `rows` are those that may be
/// used.
pub fn work(
    retriever: &Retriever,
    (task, subject): (&Task, &Subject),
    company: &str,
    rows: Vec<&DocumentRow>,
) -> Result<Option<Worked>> {
    let lexicon = retriever.lexicon()?;
    let mut books = Books {
        retriever,
        lexicon,
        rows,
        statements: HashMap::new(),
        operands: Vec::new(),
        missing: Vec::new(),
        superseded: Vec::new(),
        sums: HashMap::new(),
        problem: None,
    };
    let Some(years) = books.years(task) else {
        return Ok(None);
    };
    let mut yearly = Vec::new();
    for &year in &years {
        let value = books.value(&subject.expr, year);
        yearly.push(Yearly { year, value });
    }
    if let Some(problem) = books.problem {
        return Err(problem);
    }
    let values: Option<Vec<f64>> = yearly.iter().map(|y| y.value).collect();
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
        years: yearly,
        result,
        growth,
        operands: books.operands,
        missing: books.missing,
        superseded: books.superseded,
    }))
}

impl<'a> Books<'a> {
    /// The years of the task; none where the library has none.
    fn years(&mut self, task: &Task) -> Option<Vec<i32>> {
        let mut years = task.years.clone();
        if years.is_empty() {
            self.order(None);
            let newest = self.rows.first().map(|row| row.id)?;
            years.extend(self.statements(newest)?.ledger().years().last());
        }
        let last = *years.last()?;
        if task.over == Over::Change && years.len() == 1 {
            years.insert(0, last - 1);
        }
        self.order(Some(last));
        Some(years)
    }

    /// Annual reports first: that of the year, then those after it, which have its figures too.
    fn order(&mut self, last: Option<i32>) {
        let far = |row: &&DocumentRow| {
            let interim = row.metadata.quarter.is_some();
            let annual = is_annual(&row.metadata.form);
            let years = match (row.metadata.year, last) {
                (Some(year), Some(last)) if year >= last => year - last,
                (Some(year), None) => -year,
                (Some(year), Some(last)) => 50 + last - year,
                (None, _) => 40,
            };
            // What an amended report restates counts in place of the original.
            let amended = is_amended(&row.metadata.form);
            (interim, !annual, years, !amended, row.path.clone())
        };
        self.rows.sort_by_key(far);
        self.rows.truncate(DOCUMENTS);
    }

    /// What the original of an amended `document` has for an item, where it is another figure.
    fn original(
        &mut self,
        document: i64,
        index: usize,
        (year, value): (i32, f64),
    ) -> Option<Superseded> {
        let row = *self.rows.iter().find(|row| row.id == document)?;
        if !is_amended(&row.metadata.form) {
            return None;
        }
        let is_original = |other: &&&DocumentRow| {
            !is_amended(&other.metadata.form)
                && is_annual(&other.metadata.form)
                && other.metadata.year == row.metadata.year
        };
        let original = self.rows.iter().find(is_original)?.id;
        let lexicon = self.lexicon;
        let entry = self.statements(original)?.find(lexicon, index, year)?;
        (entry.value != value).then(|| Superseded {
            item: lexicon.items[index].name().to_owned(),
            year,
            by: row.path.clone(),
            entry,
        })
    }

    fn statements(&mut self, document: i64) -> Option<&LineItems> {
        if !self.statements.contains_key(&document) {
            let row = self.rows.iter().find(|row| row.id == document)?;
            match LineItems::read(self.retriever, row) {
                Ok(read) => self.statements.insert(document, read),
                Err(error) => {
                    self.problem = Some(error);
                    return None;
                }
            };
        }
        self.statements.get(&document)
    }

    fn value(&mut self, expr: &Expr, year: i32) -> Option<f64> {
        expr.value(year, &mut |index, year, optional| {
            self.figure(index, year, optional)
        })
    }

    /// The figure of an item in a year, from the first document that has it.
    fn figure(&mut self, index: usize, year: i32, optional: bool) -> Option<f64> {
        let lexicon = self.lexicon;
        let item = lexicon.items[index].name();
        let is_known = |o: &&Operand| o.item == item && o.year == year;
        if let Some(known) = self.operands.iter().find(is_known) {
            return Some(known.entry.value);
        }
        if let Some(sum) = self.sums.get(&(index, year)) {
            return Some(*sum);
        }
        let mut was_read = false;
        let documents: Vec<i64> = self.rows.iter().map(|row| row.id).collect();
        for document in documents {
            let Some(statements) = self.statements(document) else {
                continue;
            };
            let ledger = statements.ledger();
            was_read |=
                ledger.has(lexicon.items[index].statement) && ledger.years().contains(&year);
            if let Some(entry) = statements.find(lexicon, index, year) {
                let value = entry.value;
                let original = self.original(document, index, (year, value));
                self.superseded.extend(original);
                self.operands.push(Operand {
                    item: item.to_owned(),
                    year,
                    entry,
                });
                return Some(value);
            }
            let parts = statements.parts(lexicon, index, year);
            if !parts.is_empty() {
                let sum = parts.iter().map(|entry| entry.value).sum();
                self.operands.extend(parts.into_iter().map(|entry| Operand {
                    item: format!("{item}, {}", entry.label),
                    year,
                    entry,
                }));
                self.sums.insert((index, year), sum);
                return Some(sum);
            }
        }
        let is_nothing = optional && was_read;
        let missing = Missing {
            item: item.to_owned(),
            year,
            is_nothing,
        };
        if !self.missing.contains(&missing) {
            self.missing.push(missing);
        }
        is_nothing.then_some(0.0)
    }
}
