//! Model numbers: what tells one product from others of its name, "737", "iPhone 14", "Windows 11".

use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::compiled;

/// The number behind a name in capitals that names a model; none for a year, a date, or a piece of a document.
pub fn model_number(text: &str) -> Option<&str> {
    static MODEL: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"\b(?P<name>[A-Za-z]*[A-Z]\w*)(?:['’]s)?\s+(?P<number>\d{1,4}(?:-\d{1,2})?)\b(?P<behind>\s*\S*)",
        )
    });
    static NO_NAME: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)^(?:fiscal|fy|year|years|quarter|q|h|jan\w*|feb\w*|mar\w*|apr\w*|may|june?|july?|aug\w*|sept?\w*|oct\w*|nov\w*|dec\w*|form|item|note|page|part|section|level|tier|top|asc|asu|rule|exhibit|chapter|step|stage|table|the|in|of|at|for|on|what|how|who|which|and|or|to|from|since|until|by|vs|versus|last|past|next|first|over|usd|eur|gbp|sp|s&p|fortune|russell|nasdaq|phase)$",
        )
    });
    static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)^\s*(?:%|percent\w*|million|billion|thousand|months?|weeks?|days?|years?|quarters?|decimals?|basis|bps|points|[,:/]\S*|st|nd|rd|th|largest|biggest|to|through)",
        )
    });
    let found = MODEL.captures_iter(text).find(|found| {
        let number = &found["number"];
        let is_year = number.len() == 4 && (number.starts_with("19") || number.starts_with("20"));
        !is_year && !NO_NAME.is_match(&found["name"]) && !COUNTED.is_match(&found["behind"])
    })?;
    found.name("number").map(|number| number.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_told_from_a_year_and_a_date() {
        for (text, number) in [
            ("Boeing 737 revenue in 2022?", Some("737")),
            ("Boeing's 787 deliveries", Some("787")),
            ("Apple iPhone 14 revenue in 2022", Some("14")),
            ("revenue of Windows 11", Some("11")),
            ("Nike revenue 2022", None),
            ("as of December 31, 2022", None),
            ("Fiscal 23 revenue of Nike", None),
            ("Item 7 of the Form 10-K", None),
            ("Nike 3 months revenue", None),
            ("revenue in Q1 2022", None),
        ] {
            assert_eq!(model_number(text), number, "{text}");
        }
    }
}
