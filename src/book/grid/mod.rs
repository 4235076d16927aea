//! Grids: line items and measures of companies over fiscal periods, each cell a figure with where it comes
//! from, or why there is none. A `Spec` says in words what a grid is of; `fill` looks the figures up, `text`
//! writes them down.

mod fill;
mod row;
mod spec;
pub mod text;

use serde::{Deserialize, Serialize};

use crate::fact::{Axis, Dimension};
use crate::statement::period::Period;
pub use fill::OPEN;
pub use spec::{GridError, Spec, Typed};

/// What the columns are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Columns {
    #[default]
    Years,
    Quarters,
    /// The twelve months that end with each quarter.
    Trailing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Stated,
    Derived,
    Restated,
    Unchecked,
    /// The figures are there and make no ratio that says anything: over equity below nothing.
    NoRatio,
    Missing,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            State::Stated => "stated",
            State::Derived => "derived",
            State::Restated => "restated",
            State::Unchecked => "unchecked",
            State::NoRatio | State::Missing => "missing",
        }
    }

    /// What stands behind the figure in a table.
    pub fn mark(self) -> &'static str {
        match self {
            State::Stated | State::NoRatio | State::Missing => "",
            State::Derived => "d",
            State::Restated => "r",
            State::Unchecked => "?",
        }
    }
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Amount,
    PerShare,
    Shares,
    Ratio,
    Percent,
    Days,
}

/// Where a figure of a cell stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    pub document: String,
    pub page: u32,
    pub line: usize,
    pub place: (f32, f32),
    pub label: String,
    pub printed: String,
    pub period: String,
    pub currency: &'static str,
    /// What the printed figure is counted in: `million USD`.
    pub unit: String,
    pub is_less: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    pub period: Period,
    pub value: Option<f64>,
    pub state: State,
    /// How it was derived, what else there is, why it is missing; empty for what is simply stated.
    pub why: String,
    pub sources: Vec<Source>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub company: String,
    pub item: String,
    pub part: Option<String>,
    pub axis: Option<Axis>,
    /// What the part is called in the documents.
    pub members: Vec<Dimension>,
    pub kind: Kind,
    /// What its amounts are in, where it is one currency.
    pub currency: Option<&'static str>,
    pub cells: Vec<Cell>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// `FY2023`, `Q2 FY2023`, `TTM Q2 FY2023`.
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
    /// Companies that nobody named and that have no figure in these periods.
    pub left_out: Vec<String>,
}

impl Grid {
    /// Leaves out the periods of which no row has a figure, unless that is all of them.
    pub fn drop_empty_periods(&mut self) {
        let has_figure = |at: usize| self.rows.iter().any(|row| row.cells[at].value.is_some());
        let kept: Vec<bool> = (0..self.columns.len()).map(has_figure).collect();
        if !kept.contains(&true) {
            return;
        }
        let mut of = kept.iter();
        self.columns.retain(|_| *of.next().unwrap_or(&true));
        for row in &mut self.rows {
            let mut of = kept.iter();
            row.cells.retain(|_| *of.next().unwrap_or(&true));
        }
    }

    /// The last period that the first row has a figure of, by number.
    pub fn newest(&self) -> Option<usize> {
        let cells = &self.rows.first()?.cells;
        cells.iter().rposition(|cell| cell.value.is_some())
    }
}
