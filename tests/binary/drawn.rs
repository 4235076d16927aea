//! Filings drawn with letters: each line of a page as it stands, cells parted by two blanks and more, figures at the
//! right edge of their columns.

use super::pdf::Pdf;

/// Width of a letter of the drawing on the page, and the size of the font, in points.
const LETTER: f32 = 5.5;
const SIZE: f32 = 9.0;

/// The bytes of a PDF of such pages.
pub fn filing(pages: &[String]) -> Vec<u8> {
    let contents: Vec<String> = pages.iter().map(|page| content(page)).collect();
    Pdf::pages(&contents).bytes()
}

fn content(page: &str) -> String {
    let mut out = format!("BT /F1 {SIZE} Tf ");
    for (at, line) in page.lines().enumerate() {
        let y = 760.0 - 12.0 * at as f32;
        for (from, text) in cells(line) {
            let is_figure =
                text.chars().any(|c| c.is_ascii_digit()) && !text.chars().any(char::is_alphabetic);
            // Figures of Helvetica are this wide; letters are as wide as they come.
            let width = 0.53 * SIZE * text.chars().count() as f32;
            let right = LETTER * (from + text.chars().count()) as f32;
            let x = 40.0
                + if is_figure {
                    right - width
                } else {
                    LETTER * from as f32
                };
            let text = text.replace('(', "\\(").replace(')', "\\)");
            out.push_str(&format!("1 0 0 1 {x} {y} Tm ({text}) Tj "));
        }
    }
    out + "ET"
}

/// The cells of a line with the place of their first letter.
fn cells(line: &str) -> Vec<(usize, &str)> {
    let mut out = Vec::new();
    let mut at = 0;
    for piece in line.split("  ") {
        let text = piece.trim();
        if !text.is_empty() {
            let lead = piece.len() - piece.trim_start().len();
            out.push((at + lead, text));
        }
        at += piece.len() + 2;
    }
    out
}
