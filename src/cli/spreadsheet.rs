//! What spreadsheets are given: names of rows, and texts that are no formulas.

use crate::book::grid::Row;

/// The name of a row: its item, and the part of the company.
pub fn name(row: &Row) -> String {
    match &row.part {
        Some(part) => format!("{}, {part}", row.item),
        None => row.item.clone(),
    }
}

/// A text that no spreadsheet takes for a formula.
pub fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula() {
        for text in ["=1+1", "+1", "-cmd", "@sum", "\tx"] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        assert_eq!(harmless("Net sales"), "Net sales");
    }
}
