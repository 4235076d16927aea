//! Tidying: a question without the courtesies around it, and with the commonest slips and shorthands written out.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

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
/// What percentage of one figure another one is.
static PERCENT_OF: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*what\s+(?:percent(?:age)?|share|proportion|%)\s+of\s+(?P<whole>(?:[\w.&-]+['’]s?\s+)?(?:(?:total|net|its|the|their|operating)\s+)*(?:revenues?|sales|assets|equity|income))\s+(?:is|was|were|are)\s+(?P<what>.+?)(?P<when>\s+(?:in|for|during|at)\s+(?:the\s+)?(?:fiscal|fy|q[1-4]|\d|year|end).*?)?\s*[?.]*$",
    )
});
/// Slips and shorthands, and what they stand for.
const WRITTEN_OUT: [(&str, &str); 23] = [
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
    (
        r"(?i)^how many (?:people|persons|workers) (?:did|does|do) (.+?) (?:employ|have)\b",
        "How many employees did $1 have",
    ),
    (
        r"(?i)^how many (?:people|persons|workers) work(?:ed)? (?:at|for) ([\w.&'’ -]+?)(\s+(?:in|at|as of|on)\s.*)?(\?*)$",
        "How many employees did $1 have$2$3",
    ),
    (
        r"(?i)^how much cash (?:did|does|do) (.+?) (?:have|hold)(?: on hand)?(\s+(?:in|at|as of|on)\s.*)?(\?*)$",
        "What were the cash and cash equivalents of $1$2$3",
    ),
    (
        r"(?i)^how much debt (did|does|do) (.+?) (?:carry|hold|owe)\b",
        "How much debt $1 $2 have",
    ),
    (
        r"(?i)^how much (?:did|does|do) (.+?) owe in ([\w -]*debt|[\w -]*loans|[\w -]*leases|[\w -]*taxes)\b",
        "What was the $2 of $1",
    ),
    (
        r"(?i)^(?:how much(?: money)?|what) (?:did|does|do|has) ([^,]+?) (?:earn|earned)(\s+(?:in|during|for|from|between|over|since|last|q[1-4]|fy|\d)\b.*)?(\?*)$",
        "What was the net income of $1$2$3",
    ),
    (
        r"(?i)^how much(?: money)? (?:did|does|do|has) ([^,]+?) (?:lose|lost)(\s+(?:in|during|for|from|between|over|since|last|q[1-4]|fy|\d)\b.*)?(\?*)$",
        "What was the net income of $1$2$3",
    ),
    (
        r"(?i)^how much(?: money)? (?:did|does|do|has) ([^,]+?) (?:take|taken) in(\s+(?:in|during|for|from|between|over|since|last|q[1-4]|fy|\d)\b.*)?(\?*)$",
        "What was the revenue of $1$2$3",
    ),
    (
        r"(?i)^how much(?: money)? (?:did|does|do|has) ([^,]+?) (?:sell|sold)(\s+(?:in|during|for|from|between|over|since|last)\s+(?:q[1-4]|fy|fiscal|\d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec).*)?(\?*)$",
        "What was the revenue of $1$2$3",
    ),
];
/// Which of two companies has more of something, and in other words the same.
static WHICH_OF_TWO: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:which|who)(?:\s+(?:company|one|of (?:them|the two)))?\s+(?P<verb>had|has|have|reported|posted|earned|made|lost|generated|spent|paid|shows?|showed)\s+(?:the\s+)?(?P<how>more|higher|larger|greater|bigger|less|lower|smaller|most|highest|largest|lowest|least)\s+(?P<what>[^,]+?)\s*[,:]\s*(?P<first>[^,]+?)\s+or\s+(?P<second>[^,?]+?)\s*\?*\s*$",
    )
});
static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let all = WRITTEN_OUT.iter();
    all.map(|(slip, meant)| (compiled(slip), *meant)).collect()
});

/// What two companies are compared by, with a name in front where people leave it out, and the rest: "who earned more in
/// 2022", "which had more cash".
fn named<'a>(what: &'a str, verb: &str) -> (&'static str, &'a str) {
    let (first, rest) = what.split_once(' ').unwrap_or((what, ""));
    let first = first.to_lowercase();
    let is_left_out = ["in", "during", "for", "over"].contains(&first.as_str());
    let is_earned = ["earned", "made", "lost"].contains(&verb.to_lowercase().as_str());
    match first.as_str() {
        _ if is_left_out && is_earned => ("net income ", what),
        "debt" => ("total ", what),
        "cash" if !rest.starts_with("flow") && !rest.starts_with("and") => {
            ("cash and cash equivalents ", rest)
        }
        "tax" | "taxes" => ("income tax expense ", rest),
        _ => ("", what),
    }
}

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
    if let Some(found) = PERCENT_OF.captures(&out) {
        let when = found.name("when").map_or("", |when| when.as_str());
        let (what, whole) = (&found["what"], &found["whole"]);
        out = Cow::Owned(format!("What was {what} as a percentage of {whole}{when}?"));
    }
    if let Some(found) = WHICH_OF_TWO.captures(&out) {
        let is_less = found["how"].to_lowercase();
        let how = match ["less", "lower", "smaller", "lowest", "least"].contains(&is_less.as_str())
        {
            true => "lower",
            false => "higher",
        };
        let (first, second, what) = (&found["first"], &found["second"], &found["what"]);
        let (named, what) = named(what, &found["verb"]);
        out = Cow::Owned(format!(
            "Did {first} or {second} have the {how} {named}{what}?"
        ));
    }
    if DECIMALS.is_match(&out) {
        out = Cow::Owned(DECIMALS.replace_all(&out, "").into_owned());
    }
    for (slip, meant) in PATTERNS.iter() {
        if slip.is_match(&out) {
            out = Cow::Owned(slip.replace_all(&out, *meant).into_owned());
        }
    }
    out
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
                "What percent of revenue is Nike's SG&A in 2023?",
                "What was Nike's SG&A as a percentage of revenue in 2023?",
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
                "What percentage of Corning's 2021 sales came from Apple?",
                "What percentage of Corning's 2021 sales came from Apple?",
            ),
            (
                "Which had more debt in 2022, Boeing or Verizon?",
                "Did Boeing or Verizon have the higher total debt in 2022?",
            ),
            (
                "Who earned more in 2022, Adobe or Oracle?",
                "Did Adobe or Oracle have the higher net income in 2022?",
            ),
            (
                "Which company had more cash at end of 2022, MGM or Boeing?",
                "Did MGM or Boeing have the higher cash and cash equivalents at end of 2022?",
            ),
            (
                "who reported the lowest net income, AES or PG&E",
                "Did AES or PG&E have the lower net income?",
            ),
            (
                "How much did PayPal earn from January to June 2023?",
                "What was the net income of PayPal from January to June 2023?",
            ),
            (
                "How much did an hour of labor earn each worker?",
                "How much did an hour of labor earn each worker?",
            ),
            (
                "How much money did Boeing lose in 2022",
                "What was the net income of Boeing in 2022",
            ),
            (
                "How much cash did Boeing have on hand at the end of 2022?",
                "What were the cash and cash equivalents of Boeing at the end of 2022?",
            ),
            (
                "How much debt does Verizon carry?",
                "How much debt does Verizon have?",
            ),
            (
                "How many people did Apple employ in 2022?",
                "How many employees did Apple have in 2022?",
            ),
            (
                "How much did Nike sell to Walmart?",
                "How much did Nike sell to Walmart?",
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
