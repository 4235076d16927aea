//! Units: the words that say what the figures of a table are counted in.

use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::compiled;

/// `(in millions)`, `(dollars in thousands, except per share amounts)`, `£m`: what a table's figures mean
/// is no furniture, however often it recurs.
pub fn is_unit(text: &str) -> bool {
    static UNIT: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\bin\s*(?:[a-z.$€£¥]+\s*){0,3}(?:millions?|thousands?|billions?)\b|\b(?:millions|thousands|billions)\s+of\b|[(\s](?:[$€£¥]|us\$|rmb|chf|eur|gbp|usd)?\s?(?:millions|thousands|billions)\b|^(?:millions|thousands|billions)\b|[$€£¥]\s?(?:m|mm|mn|bn|k)\b|\b000['’]?s\b|[$€£¥(]\s?000\b",
        )
    });
    text.len() <= 100 && UNIT.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_in_their_many_wordings() {
        for text in [
            "(in millions)",
            "(Millions, except per share data) (unaudited)",
            "(CHF millions unless indicated otherwise)",
            "£m   £m",
            "(in EUR million)",
            "$ millions, except per share",
            "(000s omitted, except per share data)",
            "(in €m)",
            "(millions of dollars, except per share amounts)",
        ] {
            assert!(is_unit(text), "{text}");
        }
        for text in [
            "Northgate Industries, Inc.",
            "2023 Annual Report",
            "Form 10-K",
        ] {
            assert!(!is_unit(text), "{text}");
        }
    }
}
