//! Worked figures: a task's formulas with the figures of the book put in, each with its page. What was not
//! found is said, never guessed.

use std::collections::HashMap;

use time::Date;

use super::Result;
use crate::book::{AskedPart, Book, Figure, Meant, Printed, Reserve, Stated, Wanted, printed};
use crate::fact::{Fact, Unit};
use crate::query::formula::{Expr, Lack};
use crate::query::{Over, ParsedQuestion, Subject, Task, is_amended};
use crate::retrieve::Retriever;
use crate::statement::period::{Period, Span};
use crate::store::DocumentRow;

/// A figure of a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub document: String,
    pub page: u32,
    /// The line of the page, from 0, and its text.
    pub line: usize,
    pub row: String,
    /// What the row is called there.
    pub label: String,
    /// As printed, and what stands over its column.
    pub printed: String,
    pub head: String,
    /// Left and right edge of the figure, in points.
    pub place: (f32, f32),
    /// In single units, with the sign that formulas mean.
    pub value: f64,
    /// What the printed figure is counted in: 1,000,000 of millions.
    pub unit: f64,
    /// What it counts.
    pub counts: Unit,
    /// What an amount is in: `USD`.
    pub currency: &'static str,
    /// The part of the company that it is of, as printed.
    pub member: Option<String>,
    /// The chunk that holds the row.
    pub chunk_id: String,
}

/// A figure that a formula uses.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand {
    pub item: String,
    /// Taken off, and not added: nine months off a year make a fourth quarter.
    pub is_less: bool,
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

/// A figure that other reports have otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Superseded {
    pub item: String,
    pub period: Period,
    /// The document whose figure was taken, and whether it amends the other.
    pub by: String,
    pub is_amendment: bool,
    /// What the other report has.
    pub entry: Entry,
}

/// A subject's figure of one period.
#[derive(Debug, Clone, PartialEq)]
pub struct Periodic {
    pub period: Period,
    /// `FY2023`, `Q2 FY2024`; the day where the question asks for one.
    pub label: String,
    pub value: Option<f64>,
}

/// A figure that a company itself prints of a measure, or of what a ratio divides.
#[derive(Debug, Clone, PartialEq)]
pub struct Own {
    pub period: Period,
    pub entry: Entry,
    /// It is what the formula gives.
    pub agrees: bool,
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
    /// Items of which a figure may be more or less, and why.
    pub reserves: Vec<(String, Reserve)>,
    /// Why the figures that were found make no ratio, of which period.
    pub meaningless: Vec<(Period, String)>,
    pub superseded: Vec<Superseded>,
    /// Figures that no report prints, made of those of other periods, and of which period each is.
    pub derived: Vec<(String, String)>,
    /// What a company itself prints under the measure's name.
    pub printed: Vec<Own>,
    /// Where no period was asked for, the newest report that ends after the one taken, and its last day.
    pub later: Option<(String, Date)>,
}

impl Worked {
    /// How a period is called.
    pub fn label(&self, period: Period) -> String {
        let own = self.periods.iter().find(|each| each.period == period);
        own.map_or_else(|| period.label(), |each| each.label.clone())
    }

    /// It is an amount of money, and no ratio.
    pub fn is_amount(&self) -> bool {
        self.subject.expr.degree() == 1
    }
}

/// What a task is worked from.
struct Work<'a> {
    retriever: &'a Retriever,
    book: Book<'a>,
    task: &'a Task,
    /// The part of the company that is meant, where the question says more than a company's name.
    part: Option<AskedPart>,
    rows: Vec<&'a DocumentRow>,
    operands: Vec<Operand>,
    /// Flows are of the twelve months that end with a period.
    is_trailing: bool,
    missing: Vec<Missing>,
    reserves: Vec<(String, Reserve)>,
    superseded: Vec<Superseded>,
    derived: Vec<(String, String)>,
    /// The last day of periods, as statements have it.
    days: Vec<(Period, Date)>,
    known: HashMap<(usize, Period), f64>,
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
    let lexicon = retriever.lexicon()?;
    let mut work = Work {
        retriever,
        book: Book::new(retriever.store(), retriever.directory(), lexicon),
        is_trailing: task.is_trailing || lexicon.needs_a_year(&subject.expr),
        task,
        part: AskedPart::of_task(question, task),
        rows,
        operands: Vec::new(),
        missing: Vec::new(),
        reserves: Vec::new(),
        superseded: Vec::new(),
        derived: Vec::new(),
        days: Vec::new(),
        known: HashMap::new(),
        problem: None,
    };
    let Some(periods) = work.book.periods(task, &work.rows)? else {
        return Ok(None);
    };
    let mut each = Vec::new();
    let mut meaningless = Vec::new();
    for &period in &periods {
        let value = work.value(&subject.expr, period);
        if let Err(Lack::Divisor { items, is_zero }) = &value {
            meaningless.push((period, lexicon.no_ratio(items, *is_zero)));
        }
        let label = work.label(period);
        each.push(Periodic {
            period,
            label,
            value: value.ok(),
        });
    }
    if let Some(problem) = work.problem {
        return Err(problem);
    }
    let printed = work.printed(subject, &each)?;
    let part = work
        .operands
        .first()
        .and_then(|operand| operand.entry.member.clone());
    if !task.part.is_empty() && part.is_none() {
        return Ok(None);
    }
    let values: Option<Vec<f64>> = each.iter().map(|y| y.value).collect();
    let (mut result, mut growth) = (None, None);
    if let Some(values) = values {
        let (first, last) = (values[0], values[values.len() - 1]);
        result = match task.over {
            Over::Each => Some(last),
            Over::Average => Some(values.iter().sum::<f64>() / values.len() as f64),
            Over::Sum => Some(values.iter().sum()),
            Over::Change => Some(last - first),
            Over::Compound => {
                let years = periods[periods.len() - 1].year - periods[0].year;
                // From less than nothing, or to it, there is no rate.
                let is_rate = years > 0 && first > 0.0 && last > 0.0;
                is_rate.then(|| (last / first).powf(1.0 / f64::from(years)) - 1.0)
            }
        };
        if result.is_none() {
            meaningless.push((
                periods[0],
                "no rate leads from or to less than nothing".to_owned(),
            ));
        }
        // From nothing or less no share leads.
        if task.over == Over::Change && first > 0.0 {
            growth = Some((last - first) / first);
        }
    }
    let later = work.later(&periods);
    let is_change = matches!(task.over, Over::Change | Over::Compound);
    if part.is_some() && is_change {
        let documents = work.operands.iter().map(|own| own.entry.document.as_str());
        let apart = Reserve::apart(documents);
        work.reserves
            .extend(apart.map(|apart| (subject.name.clone(), apart)));
    }
    Ok(Some(Worked {
        company: company.to_owned(),
        subject: subject.clone(),
        over: task.over,
        part,
        periods: each,
        result,
        growth,
        operands: work.operands,
        missing: work.missing,
        reserves: work.reserves,
        meaningless,
        superseded: work.superseded,
        later,
        derived: work.derived,
        printed,
    }))
}

impl Work<'_> {
    /// How a period is called in an answer.
    fn label(&self, period: Period) -> String {
        let days = self.days.iter().find(|(own, _)| *own == period);
        match days.filter(|_| self.task.periods.is_day) {
            Some((_, day)) => day.to_string(),
            None if self.task.is_trailing && period.span != Span::Year => {
                format!("the twelve months to {}", period.label())
            }
            None => period.label(),
        }
    }

    /// The newest report that ends after the last of `periods`, where the question leaves the period open.
    fn later(&self, periods: &[Period]) -> Option<(String, Date)> {
        /// Less than any quarter: what a calendar may be off by.
        const APART: i64 = 30;
        let open = self.task.periods.all.is_empty() && !self.is_trailing;
        let last = periods.last().filter(|_| open)?;
        let of_row =
            |row: &&DocumentRow| Some((row.metadata.period_end?, row.id, row.path.clone()));
        // A current report's day is that of its event.
        let rows = self.rows.iter().filter(|row| row.metadata.months.is_some());
        let (end, id, path) = rows.filter_map(of_row).max()?;
        let taken = self.retriever.directory().calendar(id)?.year_end(last.year);
        ((end - taken).whole_days() > APART).then_some((path, end))
    }

    /// What the company prints itself of a measure of the whole of it: of a ratio that it does not print what is divided.
    fn printed(&mut self, subject: &Subject, each: &[Periodic]) -> Result<Vec<Own>> {
        if self.part.is_some() || subject.is_defined || self.task.is_trailing {
            return Ok(Vec::new());
        }
        let own = self.printed_of(&subject.expr, each)?;
        match &subject.expr {
            Expr::Quotient(divided, _) if own.is_empty() => {
                let mut own = self.printed_of(divided, each)?;
                own.retain(|own| own.agrees);
                Ok(own)
            }
            _ => Ok(own),
        }
    }

    fn printed_of(&mut self, expr: &Expr, each: &[Periodic]) -> Result<Vec<Own>> {
        let measures = &self.book.lexicon().measures;
        let Some(measure) = measures.iter().position(|own| own.expr == *expr) else {
            return Ok(Vec::new());
        };
        let mut worked = Vec::new();
        for Periodic { period, .. } in each {
            let Ok(value) = self.value(expr, *period) else {
                continue;
            };
            let wanted = Wanted {
                period: *period,
                is_day: self.task.periods.is_day,
                is_trailing: false,
            };
            worked.push((wanted, value));
        }
        let found = printed(&self.book, &self.rows, measure, &worked)?;
        let mut out = Vec::new();
        for ((wanted, _), own) in worked.into_iter().zip(found) {
            let Some(Printed { stated, agrees }) = own else {
                continue;
            };
            out.push(Own {
                period: wanted.period,
                entry: self.entry(&stated)?,
                agrees,
            });
        }
        Ok(out)
    }

    fn value(&mut self, expr: &Expr, period: Period) -> Result<f64, Lack> {
        expr.value(period.year, &mut |index, year, optional| {
            self.figure(index, period.of_year(year), optional)
        })
    }

    /// The figure of an item in a period.
    fn figure(&mut self, index: usize, period: Period, optional: bool) -> Option<f64> {
        if let Some(known) = self.known.get(&(index, period)) {
            return Some(*known);
        }
        let wanted = Wanted {
            period,
            is_day: self.task.periods.is_day,
            is_trailing: self.is_trailing,
        };
        let found = self.find(index, wanted);
        let (figure, was_read) = found.map_err(|problem| self.problem = Some(problem)).ok()?;
        let item = self.book.lexicon().items[index].name().to_owned();
        if let Some(figure) = figure {
            let value = figure.value;
            let taken = self.take(&item, period, figure);
            taken.map_err(|problem| self.problem = Some(problem)).ok()?;
            self.known.insert((index, period), value);
            return Some(value);
        }
        let is_nothing = optional && was_read;
        let missing = Missing {
            item,
            period,
            is_nothing,
        };
        if !self.missing.contains(&missing) {
            self.missing.push(missing);
        }
        is_nothing.then_some(0.0)
    }

    fn find(&self, index: usize, wanted: Wanted) -> Result<(Option<Figure>, bool)> {
        let meant = self.part.as_ref().map(|part| |fact: &Fact| part.rank(fact));
        let meant = meant.as_ref().map(|meant| meant as &Meant<'_>);
        let figure = self.book.figure(&self.rows, index, wanted, meant)?;
        let was_read = figure.is_some() || self.book.covers(&self.rows, index, wanted)?;
        Ok((figure, was_read))
    }

    /// Keeps what a figure is made of.
    fn take(&mut self, item: &str, period: Period, figure: Figure) -> Result<()> {
        // Of several lines of one period.
        let is_sum = figure.terms.len() > 1 && figure.terms.iter().all(|t| t.period == period);
        if figure.is_derived {
            self.derived.push((item.to_owned(), self.label(period)));
        }
        let is_checked = figure.is_checked();
        let unproved = || (!is_checked).then_some(Reserve::Unproved);
        if let Some(reserve) = figure.reserve.clone().or_else(unproved) {
            let told = (item.to_owned(), reserve);
            if !self.reserves.contains(&told) {
                self.reserves.push(told);
            }
        }
        let by = figure.terms.first().map(|term| term.stated.document);
        for term in figure.terms {
            self.days
                .extend(term.stated.fact.period.map(|p| (term.period, p.end)));
            let entry = self.entry(&term.stated)?;
            self.operands.push(Operand {
                item: if is_sum {
                    format!("{item}, {}", entry.label)
                } else {
                    item.to_owned()
                },
                is_less: term.sign < 0.0,
                period: term.period,
                entry,
            });
        }
        if let (Some(other), Some(by)) = (figure.restated, by) {
            let row = self.rows.iter().find(|row| row.id == by);
            self.superseded.push(Superseded {
                item: item.to_owned(),
                period,
                by: row.map(|row| row.path.clone()).unwrap_or_default(),
                is_amendment: row.is_some_and(|row| is_amended(&row.metadata.form)),
                entry: self.entry(&other)?,
            });
        }
        Ok(())
    }

    fn entry(
        &self,
        Stated {
            document,
            fact,
            value,
        }: &Stated,
    ) -> Result<Entry> {
        let store = self.retriever.store();
        let row = self.rows.iter().find(|row| row.id == *document);
        let path = row.map(|row| row.path.clone()).unwrap_or_default();
        let page = store.page(&path, fact.page)?;
        let line = page.and_then(|page| page.page.lines.into_iter().nth(fact.line));
        let labels = fact
            .over
            .last()
            .filter(|_| !fact.label.contains(' '))
            .into_iter();
        let labels: Vec<&str> = labels
            .map(String::as_str)
            .chain([fact.label.as_str()])
            .collect();
        Ok(Entry {
            document: path,
            page: fact.page,
            line: fact.line,
            row: line.map(|line| line.text).unwrap_or_default(),
            label: labels.join(" — "),
            printed: fact.printed.clone(),
            head: fact.head.clone(),
            place: fact.place,
            value: *value,
            unit: fact.scale,
            counts: fact.unit,
            currency: fact.currency,
            member: fact
                .dimension
                .as_ref()
                .map(|dimension| dimension.member.clone()),
            chunk_id: store
                .chunk_at(*document, fact.page, fact.line)?
                .map(|(_, name)| name)
                .unwrap_or_default(),
        })
    }
}
