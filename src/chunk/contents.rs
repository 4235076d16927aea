//! Tables of contents: chunks whose rows name a page and answer nothing, though they name every
//! section of a filing in few words.

use crate::pdf::layout::COLUMN_GAP;

/// Fewer rows are no table of contents.
const ROWS: usize = 5;
/// The last page listed lies at least so far behind the first.
const SPREAD: u32 = 5;

/// True when most lines of a chunk's text are a title and, behind a gap, a page number that does
/// not fall from row to row.
pub fn is_contents(text: &str) -> bool {
    let pages: Vec<u32> = text.lines().filter_map(listed).collect();
    let lines = text.lines().count();
    if pages.len() < ROWS || pages.len() * 2 < lines {
        return false;
    }
    let rising = pages.windows(2).filter(|w| w[1] >= w[0]).count();
    rising * 10 >= (pages.len() - 1) * 9 && pages[pages.len() - 1] >= pages[0] + SPREAD
}

/// The page that a row of a table of contents points to; a row with another figure is none.
fn listed(line: &str) -> Option<u32> {
    let (title, last) = line.rsplit_once(COLUMN_GAP)?;
    let last = last.trim();
    let number = last.strip_prefix("F-").unwrap_or(last);
    if number.is_empty() || number.len() > 3 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut titled = false;
    for cell in title.split(COLUMN_GAP) {
        let letters = cell.contains(char::is_alphabetic);
        // `2.11` may be a clause's number; an amount is not.
        if !letters && cell.contains(['$', '%', ',', '—', '(']) {
            return None;
        }
        titled |= letters;
    }
    titled.then(|| number.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_end_in_rising_pages_are_contents() {
        let contents = "TABLE OF CONTENTS\nPART I\nItem 1.   Business   3\nItem 1A. Risk Factors   18\n\
            Item 2.   Properties   30\nItem 3.   Legal Proceedings   32\nItem 4.   Mine Safety   32\n\
            Signatures   F-99";
        assert!(is_contents(contents));
        let few = "Item 1.   Business   3\nItem 2.   Properties   30";
        assert!(!is_contents(few));
    }

    #[test]
    fn tables_of_figures_are_not() {
        let falling =
            "Stores opened   61\nStores closed   12\nStores moved   9\nLeased   40\nOwned   3";
        assert!(!is_contents(falling));
        let amounts = "Cash   $ 3   3\nNotes   4   —   5\nFunds   5   —   9\nBonds   $ 1   12\nBills   —   40";
        assert!(!is_contents(amounts));
        let near = "Audit   1\nTax   2\nOther   3\nTravel   4\nPost   5";
        assert!(!is_contents(near));
    }
}
