//! The cells of a table as a model says them, in JSON: each held against what it cites, put under the
//! sentence that it says with them.

use serde::Deserialize;
use serde_json::Value;

use super::super::check::{Checked, Checker, Citation, Claim, MARK, citation, years_of};
use super::super::context::printable;
use super::super::given::Given;
use super::super::{Answer, Body, Cell, Result};
use super::UNPROVED;
use super::table::Table;
use super::told::{ABSTENTION, Numbered, Rows, sources};

impl Table {
    /// The answer that a model's JSON makes: each cell held against what it cites; none where it has no
    /// cell of the table.
    pub fn answer(
        &self,
        value: &Value,
        given: &Given<'_>,
        rows: &Rows<'_>,
    ) -> Result<Option<Answer>> {
        let said: Vec<Said> = value["cells"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|cell| Said::deserialize(cell).ok())
            .collect();
        let checker = Checker::new(given);
        let lead = value["answer"].as_str().map(clean_sentence);
        let lead = lead.filter(|text| !text.to_lowercase().contains(ABSTENTION));
        let lead = checker.check(&lead.unwrap_or_default());
        let (mut cited, mut places) = (lead.cited.clone(), lead.places.clone());
        let (mut found, mut strays) = (Vec::new(), 0);
        for own in &said {
            let Some(cell) = self.cell(own, given) else {
                strays += 1;
                continue;
            };
            let is_same = |other: &Held| other.cell.is_of(&cell);
            if found.iter().any(is_same) {
                continue;
            }
            let claim = claim(&cell, given);
            let by: Vec<Citation> = own.citations(given);
            let support = cell
                .figure
                .as_deref()
                .map(|figure| checker.cell(figure, (&claim, &cell.item), &by));
            let cites = match support.flatten() {
                Some((cites, own)) => {
                    places.extend(own);
                    cites
                }
                None => Vec::new(),
            };
            for cite in &cites {
                if !cited.contains(cite) {
                    cited.push(*cite);
                }
            }
            found.push(Held { cell, cites });
        }
        if !found.iter().any(|own| own.cell.figure.is_some()) {
            return Ok((!said.is_empty()).then(Answer::abstained));
        }
        self.complete(&mut found);
        let cited = sources(&cited, &places, given, rows)?;
        let mut answer = told(lead, found, cited);
        if strays > 0 {
            let note = format!(
                "cells of other companies or periods than are asked for, left out: {strays}"
            );
            answer.notes.push(note);
        }
        Ok(Some(answer))
    }

    /// A cell of the table as it was said; none where it is of something that was not asked.
    fn cell(&self, said: &Said, given: &Given<'_>) -> Option<Cell> {
        let company = match self.companies.as_slice() {
            [] => clean(&said.company),
            [only] if said.company.is_empty() => only.clone(),
            all => {
                let documents = (given.named)(&said.company);
                let is_it = |own: &&String| {
                    own.eq_ignore_ascii_case(said.company.trim())
                        || (given.named)(own.as_str())
                            .iter()
                            .any(|document| documents.contains(document))
                };
                all.iter().find(is_it)?.clone()
            }
        };
        let period = match self.periods.as_slice() {
            [] => clean(&said.period),
            [only] if said.period.is_empty() => only.clone(),
            all => {
                let years = years_of(&said.period);
                let is_it = |own: &&String| {
                    own.eq_ignore_ascii_case(said.period.trim())
                        || !years.is_empty() && years_of(own) == years
                };
                all.iter().find(is_it)?.clone()
            }
        };
        let figure = Some(clean(&said.figure));
        let is_figure = |figure: &String| figure.chars().any(|c| c.is_ascii_digit());
        Some(Cell {
            company,
            item: clean(&said.item),
            period,
            figure: figure.filter(is_figure),
            is_supported: false,
            sources: Vec::new(),
        })
    }

    /// Adds the cells that were not said, of the items that were.
    fn complete(&self, found: &mut Vec<Held>) {
        let mut items: Vec<String> = Vec::new();
        for own in found.iter() {
            if !items.contains(&own.cell.item) {
                items.push(own.cell.item.clone());
            }
        }
        let sides = |side: &[String]| match side {
            [] => vec![String::new()],
            side => side.to_vec(),
        };
        if self.companies.is_empty() || self.periods.is_empty() {
            return;
        }
        for company in sides(&self.companies) {
            for item in &items {
                for period in sides(&self.periods) {
                    let cell = Cell {
                        company: company.clone(),
                        item: item.clone(),
                        period,
                        ..Cell::default()
                    };
                    if !found.iter().any(|own| own.cell.is_of(&cell)) {
                        let cites = Vec::new();
                        found.push(Held { cell, cites });
                    }
                }
            }
        }
    }
}

/// A cell with what supports it.
struct Held {
    cell: Cell,
    cites: Vec<Citation>,
}

/// A cell as a model says it; what it leaves out is empty.
#[derive(Deserialize)]
#[serde(default)]
struct Said {
    company: String,
    item: String,
    period: String,
    figure: String,
    cites: Vec<Value>,
}

impl Default for Said {
    fn default() -> Self {
        let empty = String::new;
        Self {
            company: empty(),
            item: empty(),
            period: empty(),
            figure: empty(),
            cites: Vec::new(),
        }
    }
}

impl Said {
    /// Those that there are.
    fn citations(&self, given: &Given<'_>) -> Vec<Citation> {
        let read = |value: &Value| match value {
            Value::String(text) => Citation::parse(text),
            Value::Number(number) => Some(Citation::Passage(number.as_u64()? as usize)),
            _ => None,
        };
        let all = self.cites.iter().filter_map(read);
        all.filter(|own| own.is_of(given)).collect()
    }
}

/// In a line, without what moves a terminal or could pass for a citation.
fn clean(text: &str) -> String {
    let plain = printable(text).replace(['[', ']'], "");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a cell says of its figure by where it stands.
fn claim(cell: &Cell, given: &Given<'_>) -> Claim {
    let years = years_of(&cell.period);
    Claim {
        is_named: !years.is_empty(),
        years,
        documents: (given.named)(&cell.company),
        is_whole_year: cell.period.starts_with("FY").then_some(true),
    }
}

/// A sentence in a line, without what moves a terminal.
fn clean_sentence(text: &str) -> String {
    let plain = printable(text);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The sentence and the cells as an answer: under the sentence a line for each company and item, its
/// periods behind each other.
fn told(lead: Checked, found: Vec<Held>, (sources, numbers): Numbered) -> Answer {
    let number = |cite: Citation| {
        let at = numbers.iter().find(|(own, _)| *own == cite);
        at.map(|(_, number)| *number)
    };
    let mut unsupported = lead.unsupported;
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    let mut cells = Vec::new();
    for Held { mut cell, cites } in found {
        cell.sources = cites.iter().filter_map(|own| number(*own)).collect();
        cell.sources.dedup();
        cell.is_supported = !cites.is_empty();
        if let (Some(figure), false) = (&cell.figure, cell.is_supported)
            && !unsupported.contains(figure)
        {
            unsupported.push(figure.clone());
        }
        let head: Vec<&str> = [cell.company.as_str(), cell.item.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        let head = head.join(", ");
        let told = cell.in_words();
        match lines.iter_mut().find(|(own, _)| *own == head) {
            Some((_, all)) => all.push(told),
            None => lines.push((head, vec![told])),
        }
        cells.push(cell);
    }
    let lines = lines.into_iter();
    let lines: Vec<String> = lines
        .map(|(head, cells)| match head.as_str() {
            "" => cells.join("; "),
            head => format!("{head}: {}", cells.join("; ")),
        })
        .collect();
    let missing = cells.iter().filter(|cell| cell.figure.is_none()).count();
    let sentence = citation::rewritten(&lead.text, |own| number(own).map(|n| format!("[{n}]")));
    let warning = (!unsupported.is_empty()).then(|| UNPROVED.to_owned());
    let all = cells.len();
    let part = (missing > 0).then(|| format!("Found in part, {} of {all}.", all - missing));
    let sentence = Some(sentence).filter(|text| !text.is_empty());
    let head = warning.into_iter().chain(part).chain(sentence);
    let text: Vec<String> = head.chain(lines).collect();
    Answer {
        body: Body::Spoken {
            text: text.join("\n"),
            unsupported,
            cells,
        },
        notes: lead.otherwise,
        sources,
    }
}

impl Cell {
    /// True for a cell of the same place in a table.
    fn is_of(&self, other: &Self) -> bool {
        let place = |cell: &Self| {
            let all = [&cell.company, &cell.item, &cell.period];
            all.map(|text| text.to_lowercase())
        };
        place(self) == place(other)
    }

    /// `FY2023 $2.4 billion [1]`.
    fn in_words(&self) -> String {
        let period = match self.period.as_str() {
            "" => String::new(),
            period => format!("{period} "),
        };
        let Some(figure) = &self.figure else {
            return format!("{period}not said");
        };
        let mark = if self.is_supported { "" } else { MARK };
        let sources: String = self.sources.iter().map(|own| format!(" [{own}]")).collect();
        format!("{period}{figure}{mark}{sources}")
    }
}

#[cfg(test)]
#[path = "cells_tests.rs"]
pub(super) mod tests;
