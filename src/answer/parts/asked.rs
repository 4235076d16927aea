//! What is asked of parts: one of them that the question names, or the first of all; and the answer to it.

use super::super::body::{Body, Figures};
use super::super::cite::{self, Cited, cite};
use super::super::{Answer, Result, Source, which};
use super::breakdown::{Kind, Sought, all_of};
use super::told::{Told, Wants, amounts, part, told, write};
use super::{GENERIC, grows};
use crate::book::grid::{self, Cell, Columns, GridError, Row, Spec};
use crate::book::is_abbreviated;
use crate::query::word::{is_in, words};
use crate::query::{ParsedQuestion, nameless};
use crate::retrieve::Retriever;
use crate::statement::period::Period;

/// What a question is about.
pub struct Asked<'a> {
    pub question: &'a ParsedQuestion,
    /// The line item or measure, as the question calls it, and its name in the lexicon.
    pub what: String,
    pub item: String,
    pub company: &'a str,
    /// One at least, all of them columns of one kind of grid.
    pub periods: Vec<Period>,
    pub columns: Columns,
    /// One at least.
    pub wants: Vec<Wants>,
}

impl Asked<'_> {
    /// The part that is first, of one period.
    pub fn which(&self, retriever: &Retriever, kind: Kind) -> Result<Option<Answer>> {
        let &[period] = self.periods.as_slice() else {
            return Ok(None);
        };
        if !self.is_of_all() {
            return Ok(None);
        }
        let Some(of_parts) = self.grid(retriever, &self.item, true)? else {
            return Ok(None);
        };
        let whole = self.whole(retriever)?;
        let wants = self.wants[0];
        let profits = self.grid(retriever, "operating income", true)?;
        let sought = Sought {
            company: self.company,
            kind,
            period,
            wants,
            profits: profits.unwrap_or_default(),
        };
        let parts = all_of(retriever, &sought, &of_parts)?;
        let Some(parts) = parts else {
            return Ok(None);
        };
        let mut all = Vec::with_capacity(parts.rows.len());
        let pairs = self.pairs(retriever, &parts.rows, period, wants)?;
        for (row, pair) in parts.rows.into_iter().zip(pairs) {
            let Some(told) = told(row, period, wants, whole.as_ref(), pair) else {
                return Ok(None);
            };
            all.push(told);
        }
        let mut answer = self.first(retriever, all)?;
        if let Some(answer) = &mut answer {
            answer.notes.extend(parts.notes);
        }
        Ok(answer)
    }

    /// What is wanted of the part that is named, in each period.
    pub fn one(&self, retriever: &Retriever) -> Result<Option<Answer>> {
        let Some(of_parts) = self.grid(retriever, &self.item, true)? else {
            return Ok(None);
        };
        let whole = self.whole(retriever)?;
        let mut own = of_parts.iter().filter(|row| self.is_meant(row));
        let found = own.next().filter(|_| own.next().is_none());
        // "Emerging Growth Businesses" asks for no growth.
        let is_said = |row: &&Row| {
            let own = row.part.as_deref().unwrap_or_default();
            self.wants[0] != Wants::Growth || grows(&self.question.core) > grows(own)
        };
        // Of what is reconciled with the whole by other lines, a share of the whole is none.
        let is_share = self.wants.contains(&Wants::Share);
        let is_loose = |row: &&Row| {
            row.cells
                .iter()
                .any(|cell| cell.state == grid::State::Unchecked)
        };
        let found = found.filter(|row| !is_share || !is_loose(row));
        let Some(row) = found.filter(is_said) else {
            return Ok(None);
        };
        // The growth from one year to the next is that of the second.
        let periods = match (self.periods.as_slice(), self.wants.contains(&Wants::Growth)) {
            ([first, last], true) if last.year == first.year + 1 => &self.periods[1..],
            ([_, _, ..], true) => return Ok(None),
            (all, _) => all,
        };
        let mut all = Vec::new();
        for &wants in &self.wants {
            for &period in periods {
                let pair = self.pairs(retriever, &[row], period, wants)?.pop();
                let Some(told) = told(row, period, wants, whole.as_ref(), pair.flatten()) else {
                    return Ok(None);
                };
                all.push(told);
            }
        }
        self.answer(retriever, &all).map(Some)
    }

    /// For each part the figures between which it grew, where its growth is wanted.
    fn pairs(
        &self,
        retriever: &Retriever,
        rows: &[&Row],
        period: Period,
        wants: Wants,
    ) -> Result<Vec<Option<[Cell; 2]>>> {
        let none = || vec![None; rows.len()];
        if wants != Wants::Growth {
            return Ok(none());
        }
        let (store, directory) = (retriever.store(), retriever.directory());
        let book = (store, directory, retriever.lexicon()?);
        match self
            .spec(&self.item, (period.year, period.year), true)
            .pairs(book, rows, period)
        {
            Ok(pairs) => Ok(pairs),
            Err(GridError::Store(error)) => Err(error.into()),
            Err(_) => Ok(none()),
        }
    }

    /// The rows of an item in the periods and the one before them; none where nothing has it.
    pub fn grid(
        &self,
        retriever: &Retriever,
        item: &str,
        by_part: bool,
    ) -> Result<Option<Vec<Row>>> {
        let years = || self.periods.iter().map(|period| period.year);
        let (Some(first), Some(last)) = (years().min(), years().max()) else {
            return Ok(None);
        };
        let spec = self.spec(item, (first - 1, last), by_part);
        let (store, directory) = (retriever.store(), retriever.directory());
        match spec.fill(store, directory, retriever.lexicon()?) {
            Ok(grid) => Ok(Some(grid.rows)),
            Err(GridError::Store(error)) => Err(error.into()),
            Err(_) => Ok(None),
        }
    }

    fn spec(&self, item: &str, years: (i32, i32), by_part: bool) -> Spec {
        Spec {
            items: vec![item.to_owned()],
            companies: vec![self.company.to_owned()],
            columns: self.columns,
            years: Some(years),
            by_part,
        }
    }

    /// The company's own row, where shares of it are wanted.
    fn whole(&self, retriever: &Retriever) -> Result<Option<Row>> {
        if !self.wants.contains(&Wants::Share) {
            return Ok(None);
        }
        let rows = self.grid(retriever, &self.item, false)?;
        Ok(rows.and_then(|rows| rows.into_iter().next()))
    }

    /// True where the question's words name the part of a row and no other.
    fn is_meant(&self, row: &Row) -> bool {
        let Some(part) = &row.part else { return false };
        let tells = |text: &str| !is_in(GENERIC, text) && !text.chars().all(|c| c.is_ascii_digit());
        let own: Vec<String> = words(part)
            .into_iter()
            .filter(|word| tells(&word.text))
            .map(|word| word.stem)
            .collect();
        let asked: Vec<&String> = self.question.words.iter().map(|word| &word.stem).collect();
        let left = words(&self.question.left_over.join(" "));
        let mut must = left.iter().filter(|word| tells(&word.text));
        let said = self.question.left_over.iter().filter(|word| tells(word));
        let said: Vec<String> = said.cloned().collect();
        if is_abbreviated(part, &said, self.company) {
            return true;
        }
        !own.is_empty()
            && own.iter().all(|stem| asked.contains(&stem))
            && must.all(|word| own.contains(&word.stem))
    }

    /// True where nothing in the question says of what else than all sales: "in China", "of shoes".
    fn is_of_all(&self) -> bool {
        let left = words(&self.question.left_over.join(" "));
        left.iter()
            .all(|word| is_in(GENERIC, &word.text) || which::is_superlative(&word.text))
    }

    /// What a figure is called: `growth of net sales`.
    fn name(&self, wants: Wants) -> String {
        match wants {
            Wants::Figure => self.what.clone(),
            Wants::Growth => format!("growth of {}", self.what),
            Wants::Share => format!("share of {}", self.what),
        }
    }

    /// The first or the last of several, with the others behind it.
    fn first(&self, retriever: &Retriever, mut all: Vec<Told<'_>>) -> Result<Option<Answer>> {
        // "Best Buy" is not the best.
        let text = &nameless(&self.question.core, &self.question.companies, "");
        let grows = all.first().is_some_and(|own| own.wants == Wants::Growth);
        let is_most = which::is_of_most(text).or(grows.then_some(!which::falls(text)));
        let (Some(is_most), true) = (is_most, all.len() > 1) else {
            return Ok(None);
        };
        all.sort_by(|a, b| b.value.total_cmp(&a.value));
        if !is_most {
            all.reverse();
        }
        let how = if is_most { "highest" } else { "lowest" };
        let first = &all[0];
        let figure = format!("{}, {}", part(first), write(first));
        // Where all grew none shrank the most.
        let none = match grows && which::falls(text) && all.iter().all(|own| own.value >= 0.0) {
            true => "none of them fell, ",
            false => "",
        };
        let mut lines = vec![format!(
            "{}: {none}the {how} {} in {} was that of {figure}.",
            self.company,
            self.name(first.wants),
            first.period.label()
        )];
        let others = all[1..]
            .iter()
            .map(|own| format!("{} {}", part(own), write(own)));
        lines.push(format!(
            "The others: {}.",
            others.collect::<Vec<_>>().join(", ")
        ));
        Ok(Some(self.worked(retriever, lines, figure, &all)?))
    }

    fn answer(&self, retriever: &Retriever, all: &[Told<'_>]) -> Result<Answer> {
        let sentence = |own: &Told<'_>| {
            format!(
                "{}: {}, {} in {} was {}{}.",
                self.company,
                part(own),
                self.name(own.wants),
                own.period.label(),
                write(own),
                amounts(own)
            )
        };
        let figures: Vec<String> = all.iter().map(write).collect();
        let lines = all.iter().map(sentence).collect();
        self.worked(retriever, lines, figures.join(", "), all)
    }

    fn worked(
        &self,
        retriever: &Retriever,
        mut lines: Vec<String>,
        figure: String,
        told: &[Told<'_>],
    ) -> Result<Answer> {
        let mut sources: Vec<Source> = Vec::new();
        let (mut steps, mut notes): (Vec<String>, Vec<String>) = Default::default();
        for own in told {
            for cell in &own.cells {
                for source in &cell.sources {
                    steps.push(format!(
                        "{} {}: {}  ({} p.{})",
                        source.label, source.period, source.printed, source.document, source.page
                    ));
                    cite_source(retriever, &mut sources, source)?;
                }
                // How a measure is made of them is a step.
                if cell.why.starts_with('=') && cell.state == grid::State::Derived {
                    steps.insert(0, cell.why.clone());
                } else if !cell.why.is_empty() {
                    notes.push(format!("{}: {}", part(own), cell.why));
                }
            }
        }
        notes.dedup();
        let mut known = Vec::new();
        steps.retain(|step| {
            let is_new = !known.contains(step);
            known.push(step.clone());
            is_new
        });
        lines[0].push_str(&cite::numbers(&sources));
        Ok(Answer {
            body: Body::Worked {
                text: lines.join("\n"),
                figures: Figures {
                    figure: Some(figure),
                    steps,
                    ..Figures::default()
                },
            },
            notes,
            sources,
        })
    }
}

/// Adds a grid's source to the pages cited.
fn cite_source(retriever: &Retriever, sources: &mut Vec<Source>, of: &grid::Source) -> Result<()> {
    let store = retriever.store();
    let page = store.page(&of.document, of.page)?;
    let line = page.and_then(|page| page.page.lines.into_iter().nth(of.line));
    let mut rows = retriever.documents().iter();
    let row = rows.find(|row| row.path == of.document);
    let chunk = row.map(|row| store.chunk_at(row.id, of.page, of.line));
    let chunk = chunk.transpose()?.flatten();
    let row = Cited {
        document: &of.document,
        page: of.page,
        line: of.line,
        row: line.map(|line| line.text).unwrap_or_default(),
        printed: &of.printed,
        place: Some(of.place),
        chunk_id: chunk.map(|(_, name)| name).unwrap_or_default(),
    };
    cite(sources, row);
    Ok(())
}
