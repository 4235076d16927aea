//! Tidying: a question without the courtesies around it, and with the commonest slips and shorthands written out.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::plain::{reworded, written_out};
use crate::pattern::compiled;

/// What people say around a question.
static COURTESY: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:(?:hi|hello|hey)(?:\s+(?:there|team|all))?[,!.\s]+)?(?:(?:i(?:'|’)?m|i am|we(?:'|’)?re|we are)?\s*looking for|(?:i|we)(?: need| want| would like|(?:'|’)d like) to (?:know|see)|(?:can|could|would) you (?:please )?(?:tell|give|show|find|get) (?:me|us)|do you know|(?:just )?wondering)\s*[:,]?\s+|[\s,.!]*\b(?:many thanks|thanks(?: a lot| in advance| so much)?|thank you(?: very much)?|cheers|thx|pls|plz|asap)\b(?P<end>[.!?]*)",
    )
});
/// How a figure is to be written, behind the question for it.
static DECIMALS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\s*[,;(]\s*(?:rounded\s+)?(?:to\s+)?(?:one|two|three|four|zero|no|\d)\s+decimals?(?:\s+places?)?\b\)?",
    )
});
/// Slips and shorthands, and what they stand for.
const WRITTEN_OUT: [(&str, &str); 16] = [
    (
        r"(?i)\bas (?:a )?percent(?:age)? of\b",
        "as a percentage of",
    ),
    (
        r"(?i)\b([\w&]+)\s*/\s*(revenues?|sales)\b",
        "$1 as a percentage of $2",
    ),
    (r"(?i)\bquate?r(s?)\b", "quarter$1"),
    (r"(?i)\bqtrs?\b", "quarter"),
    (r"(?i)\brevs\b", "revenues"),
    (r"(?i)(^|\s)#\s*of\b", "${1}number of"),
    (r"(?i)\bopex margin\b", "operating margin"),
    (r"(?i)\bfical\b", "fiscal"),
    (r"(?i)\bnet adds\b", "net additions"),
    (
        r"(?i)\b(?:the )?(?:last|final) three months of (?:fiscal )?((?:19|20)\d\d)\b",
        "the fourth quarter of $1",
    ),
    (
        r"(?i)\b(?:the )?(january|february|march|april|may|june|july|august|september|october|november|december) ((?:19|20)\d\d) quarter\b",
        "the quarter ended $1 $2",
    ),
    (
        r"(?i)\b(?:the )?(january|february|march|april|may|june|july|august|september|october|november|december) quarter,? (?:of |in )?((?:19|20)\d\d)\b",
        "the quarter ended $1 $2",
    ),
    (r"(?i)\b(?:lay|laid) out (?:for|on)\b", "spend on"),
    (r"(?i)\b(?:buy|buys|bought) back\b", "repurchase"),
    (
        r"(?i)\b(?:share|stock)?holders of record\b",
        "holders of record",
    ),
    (
        r"(?i)\s+in (?:its|their|the) (?:latest|most recent) (?:fiscal )?years?\b",
        "",
    ),
];
static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let all = WRITTEN_OUT.iter();
    all.map(|(slip, meant)| (compiled(slip), *meant)).collect()
});

/// The question itself; as it is where nothing else would be left.
pub fn tidied(text: &str) -> Cow<'_, str> {
    // A mark that ends the question is kept.
    let mut out = COURTESY.replace_all(text, |found: &Captures<'_>| {
        let end = found.name("end").map_or("", |end| end.as_str());
        if end.contains('?') { "?" } else { "" }
    });
    if !out.chars().any(char::is_alphanumeric) {
        return Cow::Borrowed(text);
    }
    if DECIMALS.is_match(&out) {
        out = Cow::Owned(DECIMALS.replace_all(&out, "").into_owned());
    }
    reworded(written_out(out, &PATTERNS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn courtesies_go_and_slips_are_written_out() {
        for (text, own) in [
            (
                "Looking for General Mills' FY22 interest cover. Many thanks!",
                "General Mills' FY22 interest cover",
            ),
            (
                "Hi, can you tell me Nike's revs in 2022?",
                "Nike's revenues in 2022?",
            ),
            (
                "net sales in the fourth quater of 2020",
                "net sales in the fourth quarter of 2020",
            ),
            ("# of employees of Oracle", "number of employees of Oracle"),
            (
                "What was capex in 2022, please?",
                "What was capex in 2022, please?",
            ),
            ("Nike's capex in 2022 thanks?", "Nike's capex in 2022?"),
            (
                "Netflix operating margin 2015, one decimal",
                "Netflix operating margin 2015",
            ),
            (
                "Intel capex as percent of revenue 2020",
                "Intel capex as a percentage of revenue 2020",
            ),
            (
                "Verizon capex/revenue 2022",
                "Verizon capex as a percentage of revenue 2022",
            ),
            (
                "Apple net sales in the June 2023 quarter",
                "Apple net sales in the quarter ended June 2023",
            ),
            (
                "Apple net sales in the March quarter of 2023",
                "Apple net sales in the quarter ended March 2023",
            ),
            ("Thanks!", "Thanks!"),
            (
                "What is the quarterly dividend?",
                "What is the quarterly dividend?",
            ),
        ] {
            assert_eq!(tidied(text), own, "{text}");
        }
    }
}
