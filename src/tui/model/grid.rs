//! The grid pane: companies, line items and periods, a figure a cell.

use std::time::Duration;

use super::Input;
use crate::book::grid::text::{Scale, sparkline};
use crate::book::grid::{Cell, Grid, Row, Source, Spec};

/// What the lines and columns of the pane are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// The items of each company down, periods across.
    #[default]
    ByCompany,
    /// The companies of each item down, periods across.
    ByItem,
    /// Companies down, items across, of one period.
    OnePeriod,
}

impl Arrangement {
    pub fn next(self) -> Self {
        match self {
            Self::ByCompany => Self::ByItem,
            Self::ByItem => Self::OnePeriod,
            Self::OnePeriod => Self::ByCompany,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::ByCompany => "by company",
            Self::ByItem => "by item",
            Self::OnePeriod => "companies side by side",
        }
    }
}

#[derive(Default)]
pub struct GridPane {
    pub input: Input,
    /// What the grid is of; none before the first.
    pub spec: Option<Spec>,
    pub grid: Option<Grid>,
    pub arrangement: Arrangement,
    /// The cell under the cursor, by line and column of the sheet.
    pub line: usize,
    pub column: usize,
    /// The period that the sheet is of, where it is of one: its number among the grid's columns.
    pub period: usize,
    /// The figure, of those that the cell's is made of, whose page is shown.
    pub source: usize,
    /// First line and column on the screen, kept by the view.
    pub top: usize,
    pub left: usize,
    /// Lines that the screen has, kept by the view.
    pub height: usize,
    pub serial: u64,
    pub waiting: bool,
    pub took: Option<Duration>,
    /// Why there is no grid.
    pub failed: Option<String>,
}

/// A grid arranged for the screen.
pub struct Sheet<'a> {
    pub heads: Vec<String>,
    pub lines: Vec<SheetLine<'a>>,
    pub scale: Scale,
}

pub struct SheetLine<'a> {
    /// What it shares with the lines beside it: its company, or its item.
    pub group: &'a str,
    pub name: String,
    /// None where a company has no row of an item.
    pub cells: Vec<Option<(&'a Row, &'a Cell)>>,
    /// The movement through the periods, where they are across.
    pub bars: Option<String>,
}

impl Sheet<'_> {
    /// The first line with a figure of an item.
    pub fn line_of(&self, item: &str) -> Option<usize> {
        self.lines.iter().position(|line| {
            let mut rows = line.cells.iter().flatten();
            rows.any(|(row, _)| row.item == item)
        })
    }
}

impl GridPane {
    /// The grid as it stands on the screen.
    pub fn sheet(&self) -> Option<Sheet<'_>> {
        let grid = self.grid.as_ref()?;
        let scale = Scale::of(grid);
        Some(match self.arrangement {
            Arrangement::ByCompany => Sheet {
                heads: grid.columns.clone(),
                lines: grid
                    .rows
                    .iter()
                    .map(|row| across(row, scale, false))
                    .collect(),
                scale,
            },
            Arrangement::ByItem => {
                let mut rows: Vec<&Row> = grid.rows.iter().collect();
                let at = |row: &Row| grid.rows.iter().position(|other| other.item == row.item);
                rows.sort_by_key(|row| at(row));
                Sheet {
                    heads: grid.columns.clone(),
                    lines: rows.iter().map(|row| across(row, scale, true)).collect(),
                    scale,
                }
            }
            Arrangement::OnePeriod => side_by_side(grid, self.period, scale),
        })
    }

    /// The cell under the cursor, with its row.
    pub fn cell(&self) -> Option<(&Row, &Cell)> {
        let sheet = self.sheet()?;
        *sheet.lines.get(self.line)?.cells.get(self.column)?
    }

    /// The figure whose page is shown.
    pub fn source(&self) -> Option<&Source> {
        self.cell()?.1.sources.get(self.source)
    }

    /// Brings cursor and period back into the grid.
    pub fn clamp(&mut self) {
        let size = self
            .sheet()
            .map(|sheet| (sheet.lines.len(), sheet.heads.len()));
        let (lines, columns) = size.unwrap_or((0, 0));
        self.line = self.line.min(lines.saturating_sub(1));
        self.column = self.column.min(columns.saturating_sub(1));
        let periods = self.grid.as_ref().map_or(0, |grid| grid.columns.len());
        self.period = self.period.min(periods.saturating_sub(1));
        let sources = self.cell().map_or(0, |(_, cell)| cell.sources.len());
        self.source = self.source.min(sources.saturating_sub(1));
    }
}

/// A row with its periods across.
fn across(row: &Row, scale: Scale, is_by_item: bool) -> SheetLine<'_> {
    let part = row
        .part
        .as_ref()
        .map_or(String::new(), |part| format!(", {part}"));
    let (group, name) = if is_by_item {
        (row.item.as_str(), format!("{}{part}", row.company))
    } else {
        (row.company.as_str(), scale.row_name(row))
    };
    SheetLine {
        group,
        name,
        cells: row.cells.iter().map(|cell| Some((row, cell))).collect(),
        bars: sparkline(row),
    }
}

/// A line a company, or a part of one; the items across.
fn side_by_side(grid: &Grid, period: usize, scale: Scale) -> Sheet<'_> {
    let mut items: Vec<&str> = Vec::new();
    let mut names: Vec<(&str, Option<&str>)> = Vec::new();
    for row in &grid.rows {
        if !items.contains(&row.item.as_str()) {
            items.push(&row.item);
        }
        let name = (row.company.as_str(), row.part.as_deref());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let cell = |(company, part): (&str, Option<&str>), item: &str| {
        let is_own =
            |row: &&Row| row.company == company && row.part.as_deref() == part && row.item == item;
        let row = grid.rows.iter().find(is_own)?;
        Some((row, row.cells.get(period)?))
    };
    let line = |&(company, part): &(&'_ str, Option<&str>)| SheetLine {
        group: "",
        name: part.map_or(company.to_owned(), |part| format!("{company}, {part}")),
        cells: items
            .iter()
            .map(|item| cell((company, part), item))
            .collect(),
        bars: None,
    };
    Sheet {
        lines: names.iter().map(line).collect(),
        heads: items.iter().map(|item| (*item).to_owned()).collect(),
        scale,
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::book::grid::{Kind, State};
    use crate::statement::period::{Period, Span};

    /// Two companies, one without the second item's last figure.
    pub fn sample() -> Grid {
        let source = |year: i32, page: u32, printed: &str| Source {
            document: "north/NORTHGATE_2021_10K.pdf".into(),
            page,
            line: 3,
            place: (300.0, 340.0),
            label: "Total current liabilities".into(),
            printed: printed.into(),
            period: format!("FY{year}"),
            currency: "USD",
            unit: "million USD".into(),
            is_less: false,
        };
        let cell = |year: i32, value: Option<f64>, state: State| Cell {
            period: Period {
                year,
                span: Span::Year,
            },
            value,
            state,
            why: match state {
                State::Stated => String::new(),
                State::Missing => "no such line in CALDER_2023_10K.pdf".into(),
                _ => "= [cash from operations] - [capital expenditures]".into(),
            },
            sources: match (value, state) {
                (None, _) => Vec::new(),
                (_, State::Derived) => vec![source(year, 61, "912"), source(year, 62, "(88)")],
                (Some(_), _) => vec![source(year, 57, "3,527,457")],
            },
        };
        let row = |company: &str, item: &str, values: [(Option<f64>, State); 3]| Row {
            company: company.into(),
            item: item.into(),
            part: None,
            axis: None,
            members: Vec::new(),
            kind: Kind::Amount,
            currency: Some("USD"),
            cells: (2021..)
                .zip(values)
                .map(|(year, (value, state))| cell(year, value, state))
                .collect(),
        };
        use State::{Derived, Missing, Restated, Stated, Unchecked};
        Grid {
            columns: vec!["FY2021".into(), "FY2022".into(), "FY2023".into()],
            rows: vec![
                row(
                    "Northgate",
                    "revenue",
                    [
                        (Some(3.527e9), Stated),
                        (Some(3.9e9), Restated),
                        (Some(4.1e9), Stated),
                    ],
                ),
                row(
                    "Northgate",
                    "free cash flow",
                    [
                        (Some(824e6), Derived),
                        (Some(-12e6), Derived),
                        (Some(90e6), Derived),
                    ],
                ),
                row(
                    "Calder",
                    "revenue",
                    [
                        (Some(12e9), Stated),
                        (Some(11e9), Unchecked),
                        (Some(14e9), Stated),
                    ],
                ),
                row(
                    "Calder",
                    "free cash flow",
                    [(None, Missing), (None, Missing), (None, Missing)],
                ),
            ],
            left_out: Vec::new(),
        }
    }

    fn pane(arrangement: Arrangement) -> GridPane {
        GridPane {
            grid: Some(sample()),
            arrangement,
            period: 1,
            ..GridPane::default()
        }
    }

    fn names(pane: &GridPane) -> Vec<(String, String)> {
        let sheet = pane.sheet().unwrap();
        let lines = sheet.lines.iter();
        lines
            .map(|line| (line.group.to_owned(), line.name.clone()))
            .collect()
    }

    #[test]
    fn lines_stand_by_company_by_item_or_side_by_side() {
        let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect()
        };
        assert_eq!(
            names(&pane(Arrangement::ByCompany))[1..3],
            own(&[("Northgate", "free cash flow"), ("Calder", "revenue")])
        );
        assert_eq!(
            names(&pane(Arrangement::ByItem))[..3],
            own(&[
                ("revenue", "Northgate"),
                ("revenue", "Calder"),
                ("free cash flow", "Northgate")
            ])
        );
        let side = pane(Arrangement::OnePeriod);
        let sheet = side.sheet().unwrap();
        assert_eq!(sheet.heads, ["revenue", "free cash flow"]);
        assert_eq!(sheet.lines[1].cells[0].unwrap().1.value, Some(11e9));
    }

    #[test]
    fn periods_without_a_figure_are_left_out() {
        let mut grid = sample();
        for row in &mut grid.rows {
            row.cells[1].value = None;
        }
        grid.rows[0].cells[2].value = None;
        assert_eq!(grid.newest(), Some(0));
        grid.drop_empty_periods();
        assert_eq!(grid.columns, ["FY2021", "FY2023"]);
        assert!(grid.rows.iter().all(|row| row.cells.len() == 2));
        grid.rows.clear();
        grid.drop_empty_periods();
        assert_eq!(grid.columns.len(), 2);
    }

    #[test]
    fn the_cursor_stays_in_the_grid() {
        let mut pane = pane(Arrangement::OnePeriod);
        (pane.line, pane.column, pane.source, pane.period) = (9, 9, 9, 9);
        pane.clamp();
        assert_eq!(
            (pane.line, pane.column, pane.source, pane.period),
            (1, 1, 0, 2)
        );
        pane.grid = None;
        pane.clamp();
        assert!(pane.cell().is_none() && pane.line == 0);
    }
}
