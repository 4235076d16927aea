//! A claim: what is said, how it came about, and the rows and figures of pages that it rests on.

use crate::answer::{Answer, Kind, Operand as Worked, Source};
use crate::book::counted;
use crate::book::grid::text::Scale;
use crate::book::grid::{self, Cell, Grid};

/// What is to be proved.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Claim {
    /// As it was asked, or what a grid is of.
    pub question: String,
    /// What it was taken to mean.
    pub taken_as: String,
    /// What is said, a line each; pages by their number in brackets.
    pub answer: String,
    /// How it came about, in words.
    pub manner: String,
    /// Some page proves it.
    pub is_answered: bool,
    /// A grid's heads and rows.
    pub table: Option<(Vec<String>, Vec<Vec<String>>)>,
    pub findings: Vec<Finding>,
    /// How it was worked out, where its operands are no longer known one by one.
    pub steps: Vec<String>,
    /// What the reader should know.
    pub notes: Vec<String>,
    pub exhibits: Vec<Exhibit>,
}

/// A figure that was worked out, or looked up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Finding {
    /// `Northgate: current ratio`.
    pub what: String,
    pub formula: Option<String>,
    pub operands: Vec<Operand>,
}

/// A figure that one is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Operand {
    pub name: String,
    pub period: String,
    /// Taken off, and not added.
    pub is_less: bool,
    pub printed: String,
    /// What it is counted in.
    pub unit: String,
    /// What its row is called.
    pub label: String,
    pub document: String,
    pub page: u32,
    pub line: usize,
    pub place: (f32, f32),
}

/// A page that is shown, or the pages of a passage.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exhibit {
    /// By which the answer's text has it; none in a grid.
    pub number: Option<usize>,
    pub document: String,
    pub page: u32,
    pub page_last: u32,
    /// First and last line of the passage, on its first and its last page.
    pub lines: (u32, u32),
    pub rows: Vec<Row>,
}

/// A row or a sentence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    pub text: String,
    /// The line of the page, from 0, where it is one.
    pub line: Option<usize>,
    pub figures: Vec<Figure>,
}

/// A figure in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figure {
    pub printed: String,
    /// Left and right edge, in points.
    pub place: Option<(f32, f32)>,
    /// What it is of.
    pub says: String,
}

impl Claim {
    /// Of an answer; what nothing answers rests on no page.
    pub fn of_answer(
        question: &str,
        taken_as: &str,
        answer: &Answer,
        writer: Option<&str>,
    ) -> Self {
        let findings: Vec<Finding> = answer.body.all_worked().map(worked).collect();
        let mut exhibits: Vec<Exhibit> = answer.sources.iter().map(exhibit).collect();
        for finding in &findings {
            for operand in &finding.operands {
                explain(&mut exhibits, operand, &finding.what);
            }
        }
        let mut notes = answer.notes.clone();
        let unsupported = answer.body.unsupported();
        if !unsupported.is_empty() {
            let list = unsupported.join(", ");
            notes.push(format!("no source has these figures: {list}"));
        }
        Self {
            question: question.trim().to_owned(),
            taken_as: taken_as.to_owned(),
            answer: answer.text().to_owned(),
            manner: manner(answer.kind(), writer),
            is_answered: !answer.is_abstained(),
            table: None,
            steps: match findings.is_empty() {
                true => answer.body.steps().to_vec(),
                false => Vec::new(),
            },
            findings,
            notes,
            exhibits,
        }
    }

    /// Of all figures of a grid.
    pub fn of_grid(grid: &Grid) -> Self {
        let scale = Scale::of(grid);
        let mut out = Self::of_figures(scale.name());
        let mut items: Vec<String> = Vec::new();
        for name in grid.rows.iter().map(grid::Row::name) {
            if !items.contains(&name) {
                items.push(name);
            }
        }
        out.question = format!("{}: {}", items.join(", "), grid.columns.join(", "));
        let heads = ["company", "item"].map(str::to_owned);
        let heads = heads.into_iter().chain(grid.columns.iter().cloned());
        let row = |row: &grid::Row| {
            let names = [row.company.clone(), scale.row_name(row)].into_iter();
            let cells = row.cells.iter().map(|cell| scale.cell(row, cell));
            names.chain(cells).collect()
        };
        let rows: Vec<Vec<String>> = grid.rows.iter().map(row).collect();
        out.table = Some((heads.collect(), rows));
        for row in &grid.rows {
            for cell in &row.cells {
                out.add(row, cell);
            }
        }
        out.is_answered = !out.exhibits.is_empty();
        out
    }

    /// Of one figure of a grid.
    pub fn of_cell(grid: &Grid, row: &grid::Row, cell: &Cell) -> Self {
        let scale = Scale::of(grid);
        let mut out = Self::of_figures(scale.counted(row));
        out.question = format!("{}: {}, {}", row.company, row.name(), cell.period.label());
        let figure = scale.cell(row, cell);
        let unit = scale.counted(row);
        out.answer = format!("{}: {figure} {unit}", out.question)
            .trim_end()
            .to_owned();
        out.add(row, cell);
        out.is_answered = !out.exhibits.is_empty();
        out
    }

    fn of_figures(unit: String) -> Self {
        Self {
            manner: "looked up in the documents' own statements: d is derived, r restated since, ? not checked"
                .to_owned(),
            taken_as: match unit.is_empty() {
                true => unit,
                false => format!("figures in {unit}"),
            },
            ..Self::default()
        }
    }

    /// Adds a cell with the figures that it is made of.
    fn add(&mut self, row: &grid::Row, cell: &Cell) {
        if cell.sources.is_empty() {
            return;
        }
        let what = format!("{}: {}, {}", row.company, row.name(), cell.period.label());
        let formula = cell.why.strip_prefix("= ").map(str::to_owned);
        if formula.is_none() && !cell.why.is_empty() {
            self.notes.push(format!("{what}: {}", cell.why));
        }
        let operands: Vec<Operand> = cell.sources.iter().map(of_source).collect();
        for operand in &operands {
            explain(&mut self.exhibits, operand, &what);
        }
        self.findings.push(Finding {
            what,
            formula,
            operands,
        });
    }
}

fn manner(kind: Kind, writer: Option<&str>) -> String {
    match (kind, writer) {
        (Kind::Worked, _) => "worked out of the documents' own figures".to_owned(),
        (Kind::Quoted, _) => "rows and sentences of the documents, as they stand".to_owned(),
        (Kind::Spoken, Some(name)) => {
            format!("in the words of a language model ({name}), checked against the pages")
        }
        (Kind::Spoken, None) => {
            "in the words of a language model, checked against the pages".to_owned()
        }
        (Kind::Partial, _) => "found in part".to_owned(),
        (Kind::Abstained, _) => "not found".to_owned(),
    }
}

fn exhibit(source: &Source) -> Exhibit {
    let row = |proof: &crate::answer::Proof| Row {
        text: proof.text.clone(),
        line: proof.line,
        figures: proof
            .marks
            .iter()
            .enumerate()
            .map(|(at, printed)| Figure {
                printed: printed.clone(),
                place: proof.places.get(at).copied(),
                says: String::new(),
            })
            .collect(),
    };
    Exhibit {
        number: Some(source.number),
        document: source.document.clone(),
        page: source.page,
        page_last: source.page_last,
        lines: (source.line_first, source.line_last),
        rows: source.proofs.iter().map(row).collect(),
    }
}

fn worked(own: &crate::answer::Worked) -> Finding {
    let operand = |operand: &Worked| {
        let entry = &operand.entry;
        Operand {
            name: operand.item.clone(),
            period: operand.period.label(),
            is_less: operand.is_less,
            printed: entry.printed.clone(),
            unit: counted(entry.counts, entry.unit, entry.currency),
            label: entry.label.clone(),
            document: entry.document.clone(),
            page: entry.page,
            line: entry.line,
            place: entry.place,
        }
    };
    let whose = [&own.company].into_iter().chain(&own.part);
    let whose: Vec<&str> = whose
        .map(String::as_str)
        .filter(|own| !own.is_empty())
        .collect();
    let what = match whose.is_empty() {
        true => own.subject.name.clone(),
        false => format!("{}: {}", whose.join(", "), own.subject.name),
    };
    Finding {
        what,
        formula: own.subject.formula.clone(),
        operands: own.operands.iter().map(operand).collect(),
    }
}

fn of_source(source: &grid::Source) -> Operand {
    Operand {
        name: source.label.clone(),
        period: source.period.clone(),
        is_less: source.is_less,
        printed: source.printed.clone(),
        unit: source.unit.clone(),
        label: source.label.clone(),
        document: source.document.clone(),
        page: source.page,
        line: source.line,
        place: source.place,
    }
}

/// Has the figure of `operand` say what it is of, on its page, which is added where it is not among those shown.
fn explain(exhibits: &mut Vec<Exhibit>, operand: &Operand, what: &str) {
    let is_here = |own: &Exhibit| {
        own.document == operand.document && (own.page..=own.page_last).contains(&operand.page)
    };
    let at = exhibits.iter().position(is_here).unwrap_or_else(|| {
        exhibits.push(Exhibit {
            document: operand.document.clone(),
            page: operand.page,
            page_last: operand.page,
            lines: (operand.line as u32, operand.line as u32),
            ..Exhibit::default()
        });
        exhibits.len() - 1
    });
    let rows = &mut exhibits[at].rows;
    let row = rows.iter().position(|row| row.line == Some(operand.line));
    let row = row.unwrap_or_else(|| {
        rows.push(Row {
            text: operand.label.clone(),
            line: Some(operand.line),
            figures: Vec::new(),
        });
        rows.len() - 1
    });
    let Row { text, figures, .. } = &mut rows[row];
    if !text.contains(&operand.printed) {
        text.push_str(&format!("   {}", operand.printed));
    }
    let is_it = |own: &&mut Figure| {
        own.printed == operand.printed && own.place.is_none_or(|place| place == operand.place)
    };
    let says = format!(
        "{} {}: {} {} (of {what})",
        operand.name, operand.period, operand.printed, operand.unit
    );
    match figures.iter_mut().find(is_it) {
        Some(own) if own.says.is_empty() => own.says = says,
        Some(own) if !own.says.contains(&says) => own.says = format!("{}\n{says}", own.says),
        Some(_) => {}
        None => figures.push(Figure {
            printed: operand.printed.clone(),
            place: Some(operand.place),
            says,
        }),
    }
}
