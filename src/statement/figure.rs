//! Figures as statements print them: numbers, amounts with their sign, and the unit they are counted in.

use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::compiled;

static YEAR: LazyLock<Regex> = LazyLock::new(|| compiled(r"\b(?:19[89]\d|20[0-4]\d)\b"));

/// The numbers of a text, without separators: `$1,577.0` is `1577.0`.
pub fn numbers(text: &str) -> Vec<String> {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| compiled(r"\d[\d,]*(?:\.\d+)?"));
    let found = NUMBER.find_iter(text).map(|m| m.as_str().replace(',', ""));
    found.collect()
}

/// The number that a cell of a table prints: `(1,234)` and `-1,234` are less than nothing; a dash is
/// no number.
pub fn amount(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = numbers(text);
    let value: f64 = match digits.as_slice() {
        [one] => one.parse().ok()?,
        _ => return None,
    };
    let is_less = text.contains('(') || text.starts_with(['-', '–', '−']) || text.contains("$-");
    Some(if is_less { -value } else { value })
}

/// What figures are counted in, where a line says so: `(in thousands, except per share data)`,
/// `Dollars in millions`, `(Millions of dollars)`.
pub fn unit(line: &str) -> Option<f64> {
    static UNIT: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?:in\s+(?:u\.?s\.?\s+)?(?:\$\s*)?(thousands?|millions?|billions?)\b|(thousands|millions|billions)\s+of\b|\((thousands|millions|billions)\b|[$€£]\s*(thousands?|millions?|billions?)\b)",
        )
    });
    // A sentence that counts something in millions says nothing of a table.
    let is_short = line.split_whitespace().count() <= 16;
    let found = UNIT.captures(line).filter(|_| is_short)?;
    let word = found.iter().skip(1).flatten().next()?.as_str();
    Some(match word.as_bytes().first().map(u8::to_ascii_lowercase) {
        Some(b't') => 1e3,
        Some(b'm') => 1e6,
        _ => 1e9,
    })
}

/// True where a text names a year.
pub fn years(text: &str) -> impl Iterator<Item = i32> + '_ {
    YEAR.find_iter(text).filter_map(|m| m.as_str().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_and_units_as_numbers() {
        for (text, value) in [
            ("$ 12,645", Some(12645.0)),
            ("(1,625)", Some(-1625.0)),
            ("($8.30)", Some(-8.3)),
            ("-3.7%", Some(-3.7)),
            ("—", None),
        ] {
            assert_eq!(amount(text), value, "{text}");
        }
        for (line, value) in [
            ("(In thousands, except par value)", Some(1e3)),
            (
                "$ in millions, except per share and share amounts",
                Some(1e6),
            ),
            ("(Dollars in millions, except per share data)", Some(1e6)),
            ("(Millions of dollars)", Some(1e6)),
            ("(in billions)", Some(1e9)),
            ("Year ended December 31,", None),
            (
                "We paid 3 dollars in millions of cases over all of the years that we were in this business, and more",
                None,
            ),
        ] {
            assert_eq!(unit(line), value, "{line}");
        }
    }
}
