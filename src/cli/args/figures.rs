//! Arguments of the commands for figures: facts, and grids of them.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::OfArgs;
use crate::book::grid::OPEN;

#[derive(Debug, Args)]
pub struct FactsArgs {
    /// Facts of these companies alone, by name or ticker
    #[arg(long, value_delimiter = ',')]
    pub company: Vec<String>,
    /// Facts that this document states alone
    #[arg(long, value_name = "PATH")]
    pub document: Option<String>,
    /// Facts of this line item alone: "total assets", or Assets as the us-gaap taxonomy has it
    #[arg(long, value_name = "NAME")]
    pub item: Option<String>,
    /// Facts of this fiscal year alone
    #[arg(long)]
    pub year: Option<i32>,
    #[command(flatten)]
    pub of: OfArgs,
    /// Facts of so many months alone: 3, 6, 9, 12; 0 for balance-sheet dates
    #[arg(long)]
    pub months: Option<u8>,
    /// Every figure of every table, whoever's and certain or not
    #[arg(long)]
    pub all: bool,
}

#[derive(Debug, Args)]
pub struct GridArgs {
    /// Line items and measures, each in quotes where it has several words
    #[arg(required = true, value_name = "ITEM")]
    pub items: Vec<String>,
    /// Companies, by name or ticker (default: all of the library)
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    pub company: Vec<String>,
    /// Fiscal years, FIRST..LAST or FIRST.. (default: the last five)
    #[arg(long, value_parser = years, value_name = "FIRST..LAST")]
    pub years: Option<(i32, i32)>,
    #[command(flatten)]
    pub of: OfArgs,
    /// Quarters instead of years; what no report prints is derived
    #[arg(long, conflicts_with = "ttm")]
    pub quarterly: bool,
    /// The twelve months that end with each quarter
    #[arg(long)]
    pub ttm: bool,
    /// A row for each segment, region or product that has the figure
    #[arg(long)]
    pub segments: bool,
    /// table, csv, tsv, md, json or xlsx (default: by the name of the output, else a table)
    #[arg(long, value_enum)]
    pub format: Option<GridFormat>,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write into this folder, which is new or an earlier proof's: copies of the pages that the figures stand on, row and
    /// figure marked, and a note of what each figure is made of; 100 pages at most
    #[arg(long, value_name = "DIR")]
    pub proof: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GridFormat {
    Table,
    Csv,
    Tsv,
    Md,
    Json,
    Xlsx,
}

/// `2019..2023`, `2019-2023`, `2019..` or one year.
fn years(text: &str) -> Result<(i32, i32), String> {
    let year = |text: &str| {
        let text = text.trim().trim_start_matches(['F', 'Y', 'f', 'y']);
        let year: i32 = text.parse().map_err(|_| format!("{text:?} is no year"))?;
        if (1950..2150).contains(&year) {
            Ok(year)
        } else {
            Err(format!("{year} is no year of a filing"))
        }
    };
    let (first, last) = text
        .split_once("..")
        .or_else(|| text.split_once('-'))
        .unwrap_or((text, text));
    let first = year(first)?;
    let last = match last.trim_start_matches('=').trim() {
        "" => OPEN,
        last => year(last)?,
    };
    if first <= last {
        Ok((first, last))
    } else {
        Err(format!("{first} is after {last}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_as_people_write_them() {
        assert_eq!(years("2019..2023"), Ok((2019, 2023)));
        assert_eq!(years("FY2019-FY2023"), Ok((2019, 2023)));
        assert_eq!(years("2021"), Ok((2021, 2021)));
        assert_eq!(years("2021.."), Ok((2021, OPEN)));
        for wrong in ["", "..", "..2021", "twenty", "2023..2019", "20210"] {
            assert!(years(wrong).is_err(), "{wrong}");
        }
    }
}
