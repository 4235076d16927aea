//! Grids as text: a table for a terminal, separated values for a spreadsheet, Markdown for a note.

use super::{Cell, Grid, Kind, Row, State};
use crate::units::{decimals, grouped, stated_decimals};

/// What the amounts of a grid are shown in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    unit: f64,
    /// Of all rows, where it is one.
    currency: Option<&'static str>,
}

impl Scale {
    pub fn of(grid: &Grid) -> Self {
        let is_amount = |row: &&Row| matches!(row.kind, Kind::Amount | Kind::Shares);
        let values = grid
            .rows
            .iter()
            .filter(is_amount)
            .flat_map(|row| &row.cells);
        let sizes = values.filter_map(|cell| cell.value).map(f64::abs);
        let unit = if sizes.fold(0.0_f64, f64::max) >= 1e7 {
            1e6
        } else {
            1.0
        };
        let mut currencies = grid.rows.iter().filter_map(|row| row.currency);
        let first = currencies.next();
        Self {
            unit,
            currency: first.filter(|first| currencies.all(|other| other == *first)),
        }
    }

    /// `millions of USD`.
    pub fn name(self) -> String {
        match (self.unit > 1.0, self.currency) {
            (true, Some(currency)) => format!("millions of {currency}"),
            (true, None) => "millions".to_owned(),
            (false, currency) => currency.unwrap_or_default().to_owned(),
        }
    }

    /// What the figures of a row are in: `millions of USD`, `USD a share`; empty for a ratio.
    pub fn counted(self, row: &Row) -> String {
        let own = Self {
            currency: row.currency,
            ..self
        };
        match row.kind {
            Kind::Amount | Kind::Shares => own.name(),
            Kind::PerShare => format!("{} a share", row.currency.unwrap_or_default()),
            Kind::Days => "days".to_owned(),
            Kind::Ratio | Kind::Percent => String::new(),
        }
    }

    /// The name of a row: its item, the part of the company, and the currency where rows have several.
    pub fn row_name(self, row: &Row) -> String {
        let own = row.currency.filter(|_| self.currency.is_none());
        own.map_or_else(|| row.name(), |own| format!("{}, {own}", row.name()))
    }

    /// A figure of a row as people read it, without its mark; a dash where there is none. The figures of a row have as
    /// many decimals as the smallest of them needs.
    pub fn figure(self, row: &Row, value: Option<f64>) -> String {
        let Some(value) = value else {
            return "—".to_owned();
        };
        let all = || row.cells.iter().filter_map(|cell| cell.value);
        match row.kind {
            Kind::Amount | Kind::Shares => {
                let value = value / self.unit;
                let is_small = self.unit > 1.0 && value.abs() < 100.0;
                let places = decimals([value], 2, usize::from(is_small));
                grouped(value, places.min(MOST_OF_AMOUNTS))
            }
            Kind::PerShare => grouped(value, stated_decimals(all())),
            Kind::Ratio => grouped(value, decimals(all(), 2, 2)),
            Kind::Percent => {
                let places = decimals(all().map(|share| share * 100.0), 2, 1);
                format!("{} %", grouped(value * 100.0, places))
            }
            Kind::Days => grouped(value, decimals(all(), 1, 1)),
        }
    }

    /// A cell with the mark of its state.
    pub fn cell(self, row: &Row, cell: &Cell) -> String {
        if cell.state == State::NoRatio {
            return NO_RATIO.to_owned();
        }
        format!("{}{}", self.figure(row, cell.value), cell.state.mark())
    }
}

/// Decimals of an amount at most: thousands of a table in millions.
const MOST_OF_AMOUNTS: usize = 3;

/// What stands in a cell whose figures make no ratio: not meaningful.
const NO_RATIO: &str = "n/m";

impl Row {
    /// Its item, and the part of the company.
    pub fn name(&self) -> String {
        match &self.part {
            Some(part) => format!("{}, {part}", self.item),
            None => self.item.clone(),
        }
    }
}

/// Columns aligned, and what the marks mean.
pub fn table(grid: &Grid) -> String {
    let scale = Scale::of(grid);
    let line = |row: &Row| {
        let mut texts = vec![row.company.clone(), scale.row_name(row)];
        texts.extend(row.cells.iter().map(|cell| scale.cell(row, cell)));
        texts
    };
    let mut lines = vec![vec![String::new(), scale.name()]];
    lines[0].extend(grid.columns.iter().cloned());
    lines.extend(grid.rows.iter().map(line));
    let widths: Vec<usize> = (0..lines[0].len())
        .map(|at| lines.iter().map(|line| line[at].chars().count()).max())
        .map(Option::unwrap_or_default)
        .collect();
    let mut out = String::new();
    for line in &lines {
        for (at, (text, width)) in line.iter().zip(&widths).enumerate() {
            match at {
                0 => out.push_str(&format!("{text:width$}")),
                1 => out.push_str(&format!("  {text:width$}")),
                _ => out.push_str(&format!("  {text:>width$}")),
            }
        }
        out.push('\n');
    }
    let legend = legend(grid);
    if !legend.is_empty() {
        out.push_str(&format!("{}\n", legend.join("  ")));
    }
    out
}

/// What the marks of a grid mean.
fn legend(grid: &Grid) -> Vec<&'static str> {
    let states = || {
        grid.rows
            .iter()
            .flat_map(|row| &row.cells)
            .map(|cell| cell.state)
    };
    let marks = [
        (State::Derived, "d derived"),
        (State::Restated, "r restated in another report"),
        (
            State::Unchecked,
            "? in no total, a wider line, or read by OCR",
        ),
        (State::NoRatio, "n/m no meaningful ratio"),
        (State::Missing, "— missing (--json says why)"),
    ];
    let used = marks
        .iter()
        .filter(|(mark, _)| states().any(|state| state == *mark));
    used.map(|(_, text)| *text).collect()
}

/// Figures in full units, as numbers; texts that a spreadsheet would take for a formula are made harmless.
pub fn separated(grid: &Grid, mark: u8) -> String {
    let scale = Scale::of(grid);
    let mut out = csv::WriterBuilder::new()
        .delimiter(mark)
        .from_writer(Vec::new());
    let heads = ["company", "item"].into_iter();
    let heads = heads.chain(grid.columns.iter().map(String::as_str));
    let heads = heads.chain(["marks"]);
    let mut write = |fields: Vec<String>| {
        let written = out.write_record(fields);
        written.expect("rows are of one length, and memory takes all");
    };
    write(heads.map(harmless).collect());
    for row in &grid.rows {
        // A figure below nought begins with a sign, and is a number.
        let mut fields = [&row.company, &scale.row_name(row)]
            .map(|name| harmless(name))
            .to_vec();
        let values = row.cells.iter().map(|cell| cell.value);
        // Nothing has no sign.
        fields.extend(
            values.map(|value| value.map_or(String::new(), |value| (value + 0.0).to_string())),
        );
        fields.push(marks(grid, row));
        write(fields);
    }
    let bytes = out.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Of which periods a row's figures are other than simply stated: `FY2021 unchecked, FY2022 derived`.
fn marks(grid: &Grid, row: &Row) -> String {
    let cells = grid.columns.iter().zip(&row.cells);
    let marked = cells.filter(|(_, cell)| !matches!(cell.state, State::Stated | State::Missing));
    let texts: Vec<String> = marked
        .map(|(column, cell)| match cell.state {
            State::NoRatio => format!("{column} no meaningful ratio"),
            state => format!("{column} {}", state.as_str()),
        })
        .collect();
    texts.join(", ")
}

/// A text that no spreadsheet takes for a formula.
pub fn harmless(text: &str) -> String {
    let says = text.contains(|c: char| !matches!(c, '-' | '+' | ' '));
    // A dash that stands for nothing is no formula.
    if says && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

pub fn markdown(grid: &Grid) -> String {
    let scale = Scale::of(grid);
    let plain = |text: &str| text.replace('|', "\\|");
    let counted = match scale.name() {
        name if name.is_empty() => name,
        name => format!(" ({name})"),
    };
    let mut out = format!("| company | item{counted} |");
    for column in &grid.columns {
        out.push_str(&format!(" {column} |"));
    }
    out.push_str("\n| --- | --- |");
    out.push_str(&" ---: |".repeat(grid.columns.len()));
    out.push('\n');
    for row in &grid.rows {
        let (company, item) = (plain(&row.company), plain(&scale.row_name(row)));
        out.push_str(&format!("| {company} | {item} |"));
        for cell in &row.cells {
            out.push_str(&format!(" {} |", scale.cell(row, cell)));
        }
        out.push('\n');
    }
    out
}

/// A bar a period, from the lowest figure to the highest, nought among them; a blank where there is none.
/// None for fewer than two figures.
pub fn sparkline(row: &Row) -> Option<String> {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let values = || row.cells.iter().filter_map(|cell| cell.value);
    if values().count() < 2 {
        return None;
    }
    let low = values().fold(f64::INFINITY, f64::min);
    let high = values().fold(f64::NEG_INFINITY, f64::max);
    let bar = |value: f64| {
        let share = if high > low {
            (value - low) / (high - low)
        } else {
            0.5
        };
        BARS[((share * 7.0).round() as usize).min(7)]
    };
    let cells = row.cells.iter();
    Some(cells.map(|cell| cell.value.map_or(' ', bar)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::period::{Period, Span};

    fn row(kind: Kind, currency: Option<&'static str>, values: &[Option<f64>]) -> Row {
        let cell = |value: &Option<f64>| Cell {
            period: Period {
                year: 2023,
                span: Span::Year,
            },
            value: *value,
            state: if value.is_some() {
                State::Derived
            } else {
                State::Missing
            },
            why: String::new(),
            sources: Vec::new(),
        };
        Row {
            company: "=Calder".to_owned(),
            item: "revenue".to_owned(),
            part: None,
            axis: None,
            members: Vec::new(),
            kind,
            currency,
            cells: values.iter().map(cell).collect(),
        }
    }

    #[test]
    fn no_text_is_a_formula() {
        for text in ["=1+1", "+1", "-cmd", "@sum", "\tx"] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        for text in ["Net sales", "-", "- -"] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn a_currency_is_said_once_or_at_each_row() {
        let usd = row(Kind::Amount, Some("USD"), &[Some(2.5e9), None]);
        let eur = row(Kind::Amount, Some("EUR"), &[Some(-1.25e7), Some(-1.0)]);
        let columns = vec!["FY2022".to_owned(), "FY2023".to_owned()];
        let mut grid = Grid {
            columns,
            rows: vec![usd],
            left_out: Vec::new(),
        };
        assert_eq!(Scale::of(&grid).name(), "millions of USD");
        grid.rows.push(eur);
        let scale = Scale::of(&grid);
        assert_eq!(
            (
                scale.name().as_str(),
                scale.row_name(&grid.rows[1]).as_str()
            ),
            ("millions", "revenue, EUR")
        );
        let table = table(&grid);
        assert!(
            table.contains("2,500d") && table.contains("-12.5d") && table.contains(" 0.000d"),
            "{table}"
        );
        assert!(
            separated(&grid, b'\t').contains(
                "'=Calder\trevenue, EUR\t-12500000\t-1\tFY2022 derived, FY2023 derived\n"
            )
        );
    }

    #[test]
    fn the_figures_of_a_row_are_told_apart() {
        let scale = Scale {
            unit: 1e6,
            currency: None,
        };
        let written = |kind: Kind, values: &[f64]| {
            let cells: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
            let row = row(kind, None, &cells);
            let figures = cells.iter().map(|cell| scale.figure(&row, *cell));
            figures.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(written(Kind::Ratio, &[0.0156, 0.0162]), "0.016 0.016");
        assert_eq!(written(Kind::Ratio, &[0.0064, 1.5]), "0.006 1.500");
        assert_eq!(written(Kind::Percent, &[0.0156, 0.0162]), "1.6 % 1.6 %");
        assert_eq!(
            written(Kind::Percent, &[-0.00004, 0.0031]),
            "-0.004 % 0.310 %"
        );
        assert_eq!(written(Kind::PerShare, &[0.0625, 1.5]), "0.0625 1.5000");
        assert_eq!(written(Kind::PerShare, &[3.73, -0.2]), "3.73 -0.20");
        assert_eq!(written(Kind::Days, &[38.62, 105.0]), "38.6 105.0");
        assert_eq!(written(Kind::Amount, &[12_345.0, 4.5e9]), "0.01 4,500");
        assert_eq!(written(Kind::Shares, &[1.5e9]), "1,500");
        assert_eq!(written(Kind::Amount, &[-0.0]), "0.0");
    }

    #[test]
    fn bars_rise_with_the_figures() {
        let of = |values: &[Option<f64>]| sparkline(&row(Kind::Amount, None, values));
        assert_eq!(of(&[Some(1.0), None, Some(3.0)]).as_deref(), Some("▁ █"));
        assert_eq!(of(&[Some(2.0), Some(2.0)]).as_deref(), Some("▅▅"));
        assert_eq!(of(&[Some(2.0), None]), None);
    }
}
