//! Tables as passages hold them: lines of cells under heads that say which period each column is
//! of. What cannot be told for sure is left out: a question about the wrong year teaches the
//! wrong year.

use std::sync::LazyLock;

use regex::Regex;

use super::figure::amount;
use super::period::{Period, Span};
use crate::pattern::compiled;
use crate::pdf::layout::COLUMN_GAP;

/// A figure as printed, and its period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    pub period: Period,
    pub text: String,
    /// What stands over its column: `December 28, 2019`.
    pub head: String,
}

/// A line of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// As printed, without leaders and marks of footnotes.
    pub label: String,
    /// The label over it that has no figures of its own, or empty.
    pub over: String,
    /// Those whose period is known; the newest first as a rule.
    pub figures: Vec<Figure>,
    /// Its number among the lines of the text, from 0.
    pub at: usize,
}

/// `2023`, `FY2023`, `December 31, 2023`, `Dec. 28, 2019 (a)`.
static PERIOD: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^(?:(?:fy|fiscal|as of|at|year ended|ended)\s*)?(?:[a-z]{3,9}\.?\s+\d{1,2},?\s+)?((?:19[89]|20[0-4])\d)(?:\s*\([0-9a-z*]{1,2}\))?$",
    )
});
static AMOUNT: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"^[(\-–−]?\s?[$€£¥]?\s?\(?[\d,]*\.?\d+\)?\s?(?:%|x|pts|bps)?\)?$"));
static NIL: LazyLock<Regex> = LazyLock::new(|| compiled(r"^[$€£¥]?\s?[—–\-−]+\s?%?$"));
/// Marks behind a label: `(1)`, `(a)`, `[2]`, `*`, leaders.
static MARKS: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?:\s*(?:\([0-9a-z]{1,2}\)|\[\d{1,2}\]|[*†‡]+|\.{2,}|…))+$"));
/// `Less:` before what is taken off.
static LESS: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)^(?:less|plus|add|deduct|includes?|including)\s*[:\-–—]\s*"));
static NOTE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\s*\((?:see )?notes? [\dA-Z ,and]+\)"));

/// Reads heads and rows of one passage in their order.
struct Reader {
    is_statement: bool,
    quarter: Option<u8>,
    /// Of a whole year unless a head says otherwise.
    is_interim: bool,
    /// What the columns behind the labels are of, where that is known.
    columns: Option<Vec<(Option<Period>, String)>>,
    /// The number of the line that is being read.
    at: usize,
    /// Spans named by the cells of the line before, over the years of the next.
    spans: Vec<Span>,
    over: String,
    /// The figures of the rows under `over`, a dash as nothing: what a row without a label may sum up.
    under: Vec<Vec<f64>>,
    lines: Vec<Line>,
}

/// The lines of a text's tables whose figures' periods are known; `quarter` is that of the document,
/// where it reports on one.
pub fn lines(text: &str, quarter: Option<u8>) -> Vec<Line> {
    read(text.lines(), quarter, false)
}

/// The same of the lines of a statement from its title on: a long label without figures does not end
/// the table, its heads hold until others come.
pub fn statement_lines<'a>(lines: impl Iterator<Item = &'a str>, quarter: Option<u8>) -> Vec<Line> {
    read(lines, quarter, true)
}

fn read<'a>(
    lines: impl Iterator<Item = &'a str>,
    quarter: Option<u8>,
    is_statement: bool,
) -> Vec<Line> {
    let mut reader = Reader {
        is_statement,
        quarter,
        is_interim: quarter.is_some(),
        columns: None,
        at: 0,
        spans: Vec::new(),
        over: String::new(),
        under: Vec::new(),
        lines: Vec::new(),
    };
    for (at, line) in lines.enumerate() {
        reader.at = at;
        reader.read(line);
    }
    reader.lines
}

/// True when a line of a passage is one of a table: a label and figures, which are no mere years.
pub fn is_row(line: &str) -> bool {
    let mut cells = line.split(COLUMN_GAP).map(str::trim);
    let label = cells.next().unwrap_or_default();
    label.contains(char::is_alphabetic) && cells.any(|c| AMOUNT.is_match(c) && !PERIOD.is_match(c))
}

/// True when a line has the cells of a table's head: several, and no figure among them.
pub fn is_head(line: &str) -> bool {
    line.contains(COLUMN_GAP) && !is_row(line)
}

impl Reader {
    fn read(&mut self, line: &str) {
        let cells: Vec<&str> = line.split(COLUMN_GAP).map(str::trim).collect();
        let cells: Vec<&str> = cells.into_iter().filter(|c| !c.is_empty()).collect();
        if self.head(&cells) {
            return;
        }
        if cells.len() < 2 {
            self.plain(cells.first().copied().unwrap_or_default());
            return;
        }
        self.row(&cells);
    }

    /// Takes in a line of heads; false when it is none.
    fn head(&mut self, cells: &[&str]) -> bool {
        let year = |cell: &&str| PERIOD.captures(cell).and_then(|c| c[1].parse::<i32>().ok());
        let years = cells.iter().filter(|c| year(c).is_some()).count();
        let amounts = |cells: &[&str]| cells.iter().filter(|c| AMOUNT.is_match(c)).count();
        if years == 0 || amounts(cells) > years {
            let spans = cells.iter().filter(|_| amounts(cells) == 0);
            let spans: Vec<Span> = spans.filter_map(|c| Span::parse(c, self.quarter)).collect();
            // Words over the columns, years under them in the next line.
            if !spans.is_empty() && cells.iter().all(|c| c.len() < 60 && !c.ends_with('.')) {
                self.spans = spans;
            }
            return false;
        }
        // The cell over the labels is no column.
        let labelled = year(&cells[0]).is_none();
        let columns = &cells[usize::from(labelled)..];
        if labelled && !self.is_interim && AMOUNT.is_match(cells[0]) {
            return false;
        }
        let own = labelled
            .then(|| Span::parse(cells[0], self.quarter))
            .flatten();
        let spans = match own {
            Some(span) => vec![span],
            None => std::mem::take(&mut self.spans),
        };
        let of = |at: usize| -> Option<Span> {
            match spans.len() {
                0 if self.is_interim => None,
                0 => Some(Span::Year),
                n if columns.len().is_multiple_of(n) => Some(spans[at / (columns.len() / n)]),
                _ => None,
            }
        };
        let period = |(at, cell): (usize, &&str)| {
            let known = year(cell).zip(of(at));
            let period = known.map(|(year, span)| Period { year, span });
            (period, (*cell).to_owned())
        };
        self.columns = Some(columns.iter().enumerate().map(period).collect());
        self.over.clear();
        self.under.clear();
        true
    }

    /// A line of one cell: a label over rows, or the end of the table.
    fn plain(&mut self, text: &str) {
        let words = text.split_whitespace().count();
        let is_label = (1..=8).contains(&words) && !text.ends_with(['.', ';']);
        if is_label {
            // `(in thousands)` is a unit.
            if !text.starts_with('(') {
                self.over = label(text.trim_end_matches(':'));
                self.under.clear();
            }
        } else if self.is_statement {
            // The first line of a label that goes on in the next.
            self.over = text.to_owned();
        } else {
            self.columns = None;
            self.over.clear();
        }
    }

    fn row(&mut self, cells: &[&str]) {
        let Some(columns) = &self.columns else { return };
        let is_figure = |c: &&str| AMOUNT.is_match(c) || NIL.is_match(c);
        let unnamed = cells.len() == columns.len() && cells.iter().all(is_figure);
        let (mut label, figures) = if unnamed {
            (self.summed(cells).unwrap_or_default(), cells)
        } else {
            (label(cells[0]), &cells[1..])
        };
        // The second line of a label: `of long-term debt`.
        if label.starts_with(char::is_lowercase) && self.over.contains(' ') {
            label = format!("{} {label}", std::mem::take(&mut self.over));
        }
        let named = label.chars().filter(|c| c.is_alphabetic()).count() >= 3;
        let fits = figures.len() == columns.len() && figures.iter().all(is_figure);
        if !named || !fits {
            return;
        }
        let known = columns.iter().zip(figures);
        let known = known.filter_map(|((period, head), text)| {
            let is_amount = AMOUNT.is_match(text);
            period.filter(|_| is_amount).map(|period| Figure {
                period,
                text: (*text).to_owned(),
                head: head.clone(),
            })
        });
        let known: Vec<Figure> = known.collect();
        self.under.push(values(figures));
        if !known.is_empty() {
            self.lines.push(Line {
                label,
                over: self.over.clone(),
                figures: known,
                at: self.at,
            });
        }
    }

    /// `Total revenues` of a row of figures alone that is the sum of two or more rows under
    /// `Revenues`, in every column.
    fn summed(&self, cells: &[&str]) -> Option<String> {
        let total = values(cells);
        let sum = |column: usize| {
            self.under
                .iter()
                .map(|row| row.get(column))
                .sum::<Option<f64>>()
        };
        // Rounding leaves a unit or two.
        let is_sum = |(column, total): (usize, &f64)| {
            let room = 1.5 + total.abs() * 1e-6;
            sum(column).is_some_and(|sum| (sum - total).abs() <= room)
        };
        let is_sum = self.under.len() >= 2 && total.iter().enumerate().all(is_sum);
        (is_sum && !self.over.is_empty()).then(|| format!("Total {}", self.over.to_lowercase()))
    }
}

/// Cells as numbers, dashes as nothing.
fn values(cells: &[&str]) -> Vec<f64> {
    cells
        .iter()
        .map(|cell| amount(cell).unwrap_or_default())
        .collect()
}

/// A label without what is no part of its name.
fn label(text: &str) -> String {
    let text = NOTE.replace_all(text, "");
    let text = MARKS.replace(&text, "");
    let text = LESS.replace(text.trim(), "");
    text.trim_matches(|c: char| c.is_whitespace() || ":.,;–—-".contains(c))
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line's label, what stands over it, and its figures by period.
    type Read = (String, String, Vec<(String, String)>);

    fn read_all(text: &str, quarter: Option<u8>) -> Vec<Read> {
        let figure = |f: Figure| (f.period.wording(2), f.text);
        let line = |l: Line| (l.label, l.over, l.figures.into_iter().map(figure).collect());
        lines(text, quarter).into_iter().map(line).collect()
    }

    fn figures(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(p, t)| ((*p).into(), (*t).into())).collect()
    }

    #[test]
    fn a_statement_of_two_years() {
        let text = "CONSOLIDATED BALANCE SHEETS\nDecember 31 (in millions)   2023   2022\nCurrent assets:\n\
            Cash and cash equivalents (Note 3)   $172.4   $168.9\nInventories (1)   318.9   —\n\
            Total current assets....   910.1   898.8\nThe notes are a part of these statements.\nOther   1   2";
        assert_eq!(
            read_all(text, None),
            [
                (
                    "Cash and cash equivalents".to_owned(),
                    "Current assets".to_owned(),
                    figures(&[("2023", "$172.4"), ("2022", "$168.9")])
                ),
                (
                    "Inventories".to_owned(),
                    "Current assets".to_owned(),
                    figures(&[("2023", "318.9")])
                ),
                (
                    "Total current assets".to_owned(),
                    "Current assets".to_owned(),
                    figures(&[("2023", "910.1"), ("2022", "898.8")])
                ),
            ]
        );
    }

    #[test]
    fn a_sum_without_a_label_is_the_total_of_what_stands_over_it() {
        let text = "(in thousands)   2020   2019\nRevenues\nCasino   $ 2,870   $ 6,517\nRooms   830   2,322\n\
            Food   —   10\n3,700   8,849\nExpenses\nWages   5   6\n9   9";
        let lines = lines(text, None);
        let labels: Vec<&str> = lines.iter().map(|line| line.label.as_str()).collect();
        assert_eq!(
            labels,
            ["Casino", "Rooms", "Food", "Total revenues", "Wages"]
        );
        assert_eq!(lines[3].figures[1].text, "8,849");
    }

    #[test]
    fn a_label_of_two_lines_is_one() {
        let text = "(in millions)   2023   2022\nShort-term borrowings, including current portion\n\
            of long-term debt   $ 2   $ 4";
        let lines = lines(text, None);
        assert_eq!(
            lines[0].label,
            "Short-term borrowings, including current portion of long-term debt"
        );
        // In a statement a label may be as long as a sentence, and its heads hold.
        let text = "2023   2022\nCommon stock, $0.0001 par value; 900,000 shares authorized; 600,834 \
            issued;\n497,809 outstanding   61   62\nRetained earnings   7   6";
        assert_eq!(super::lines(text, None), []);
        let lines = statement_lines(text.lines(), None);
        assert_eq!(
            (lines[1].label.as_str(), lines[1].at),
            ("Retained earnings", 3)
        );
    }

    #[test]
    fn quarters_and_half_years_over_their_years() {
        let text = "Three months ended June 30,   Six months ended June 30,\n2024   2023   2024   2023\n\
            Net sales   $10   $9   $20   $18";
        assert_eq!(
            read_all(text, Some(2)),
            [(
                "Net sales".to_owned(),
                String::new(),
                figures(&[
                    ("the second quarter of 2024", "$10"),
                    ("the second quarter of 2023", "$9"),
                    ("the first half of 2024", "$20"),
                    ("the first half of 2023", "$18"),
                ])
            )]
        );
        // Without words over the years a quarterly report's columns may be of any span.
        assert!(read_all("2024   2023\nNet sales   $10   $9", Some(2)).is_empty());
    }

    #[test]
    fn what_is_not_sure_is_left_out() {
        // A column more than heads, a schedule of due dates, figures without any head.
        assert!(read_all("(in millions)   2023   2022\nSales   1   2   3", None).is_empty());
        assert!(read_all("2024   $1,200\n2025   $800", None).is_empty());
        assert!(read_all("Sales   1   2", None).is_empty());
        // Columns that are of no year keep their place.
        let text = "(in millions)   2023   2022   Change\nSales   $20   $10   100%";
        assert_eq!(
            read_all(text, None)[0].2,
            figures(&[("2023", "$20"), ("2022", "$10")])
        );
        let text = "   December 31, 2023   December 31, 2022\nSales   20   (10)";
        assert_eq!(
            read_all(text, None)[0].2,
            figures(&[("2023", "20"), ("2022", "(10)")])
        );
    }
}
