//! Reading text: a line as it is read, where a line as drawn has leaders, and gaps inside figures.

use super::layout::COLUMN_GAP;

/// `line` without leader dots, `)` and `%` closed up to their figure.
pub fn reading(line: &str) -> String {
    let line = without_leaders(line);
    let mut out = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let closes = c == ' '
            && after.starts_with(['%', ')'])
            && out.ends_with(|c: char| c.is_ascii_digit() || c == ')' || c == '—');
        if !closes {
            out.push(c);
        }
        rest = after;
    }
    out
}

/// Dots that lead the eye from a label to its figure: four or more of them, spaced or not.
fn without_leaders(line: &str) -> String {
    if !line.contains("...") && !line.contains(". .") {
        return line.to_owned();
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find('.') {
        let run = &rest[start..];
        let end = run.find(|c| c != '.' && c != ' ').unwrap_or(run.len());
        let dots = run[..end].bytes().filter(|b| *b == b'.').count();
        if dots >= 4 {
            out.push_str(rest[..start].trim_end());
            // The gap behind the leaders stays a gap between cells.
            let spaces = run[..end].len() - run[..end].trim_end().len();
            if end < run.len() {
                let gap = spaces >= COLUMN_GAP.len();
                out.push_str(if gap { COLUMN_GAP } else { " " });
            }
        } else {
            out.push_str(&rest[..start + end]);
        }
        rest = &run[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::reading;

    #[test]
    fn leaders_go_and_figures_close() {
        assert_eq!(
            reading("Cash........ $ 352,371   (5,612 )"),
            "Cash $ 352,371   (5,612)"
        );
        assert_eq!(
            reading("Total . . . . . .   12 %   (3) %"),
            "Total   12%   (3)%"
        );
        assert_eq!(
            reading("No. 5... and U.S. firms."),
            "No. 5... and U.S. firms."
        );
        assert_eq!(reading("Notes (a) and ) alone"), "Notes (a) and ) alone");
    }
}
