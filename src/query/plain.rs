//! Plain asking: a question as people put it to each other, in the words in which filings have what it asks for. "How much
//! did it lose?" asks for net income, "which had more debt, A or B" for the higher total debt.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::compiled;

/// What percentage of one figure another one is.
static PERCENT_OF: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*what\s+(?:percent(?:age)?|share|proportion|%)\s+of\s+(?P<whole>(?:[\w.&-]+['’]s?\s+)?(?:(?:total|net|its|the|their|operating)\s+)*(?:revenues?|sales|assets|equity|income))\s+(?:is|was|were|are)\s+(?P<what>.+?)(?P<when>\s+(?:in|for|during|at)\s+(?:the\s+)?(?:fiscal|fy|q[1-4]|\d|year|end).*?)?\s*[?.]*$",
    )
});
/// What people say, and the words for it.
const SAID: [(&str, &str); 30] = [
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
        r"(?i)^how much ((?:total |long-term )?debt) (did|does|do) (.+?) (?:carry|hold|owe)\b",
        "How much $1 $2 $3 have",
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
    (
        r"(?i)^how much (?:cash|money) (?:did|does|do|has) (.+?) (?:pay|paid)(?: out)? (?:for|in) (?:income )?tax(?:es)?(\s+(?:in|during|for|over|at|q[1-4]|fy|\d)\b.*)?(\?*)$",
        "What was the cash paid for income taxes of $1$2$3",
    ),
    (
        r"(?i)^how much (?:cash|money) (?:did|does|do|has) (.+?) (?:pay|paid)(?: out)? (?:for|in) interest(\s+(?:in|during|for|over|at|q[1-4]|fy|\d)\b.*)?(\?*)$",
        "What was the cash paid for interest of $1$2$3",
    ),
    (r"(?i)\bcash taxes\b", "cash paid for income taxes"),
    (
        r"(?i)^how much (revenues?|sales|net income|operating income|profit) (?:did|does|do|has) (.+?) (?:bring|brought|pull|pulled|rake|raked) in(\s+(?:in|during|for|over|q[1-4]|fy|\d)\b.*)?(\?*)$",
        "What was the $1 of $2$3$4",
    ),
    (
        r"(?i)^(?:what|how much) (?:did|does|do|has) (.+?) (?:spend|spent|invest|invested) (?:on|in) (?:new )?(?:plants?|machines|machinery|equipment|property)(?:(?:,|,? and) (?:plants?|machines|machinery|equipment|buildings?|property))*(\s+(?:in|during|for|over|q[1-4]|fy|\d)\b.*)?(\?*)$",
        "What were the capital expenditures of $1$2$3",
    ),
    (
        r"(?i)^how many shares (?:did|does|do) (.+?) have(?: outstanding)?(\s+(?:in|at|as of|on)\s.*)?(\?*)$",
        "How many shares of common stock of $1 were outstanding$2$3",
    ),
    (
        r"(?i)^how many (?:common )?shares are (?:there|out|outstanding)(?: (?:of|in|at) (.+?))(\s+(?:in|at|as of|on)\s.*)?(\?*)$",
        "How many shares of common stock of $1 were outstanding$2$3",
    ),
    (
        r"(?i)^how much (?:income )?tax(?:es)? (?:did|does|do|has) (.+?) (?:pay|paid)(\s+(?:in|during|for|over|q[1-4]|fy|\d)\b.*)?(\?*)$",
        "What were the income tax expense and cash paid for income taxes of $1$2$3",
    ),
    (
        r"(?i)^(?:is|was) (\S+(?: \S+){0,3}?) (?:profitable|making money|in the black)(\s+(?:in|during|for|q[1-4]|fy|\d)\b.*)?(\?*)$",
        "What was the net income of $1$2$3",
    ),
    (
        r"(?i)^(what (?:is|was|are|were) )?(\S+(?: \S+){0,3}?['’]s?) debt(\s+(?:in|at|as of|on|for|q[1-4]|fy|\d)\b.*)?(\?*)$",
        "$1$2 total debt$3$4",
    ),
    (
        r"(?i)^how much (?:did|do|does) (.+?) (?:come to|amount to)\b",
        "What was $1",
    ),
    (
        r"(?i)^(what (?:is|was|are|were) )?([^\s'’]+(?: [^\s'’]+){0,3}?['’]s) (equity|assets|liabilities)(\s+(?:in|at|as of|on|for|q[1-4]|fy|\d)\b.*)?(\?*)$",
        "$1$2 total $3$4$5",
    ),
    (
        r"(?i)^(what (?:is|was|are|were) )?(\S+(?: \S+){0,3}?['’]s?) (?:profits?|income)(\s+(?:in|at|as of|on|for|q[1-4]|fy|\d)\b.*)?(\?*)$",
        "$1$2 net income$3$4",
    ),
    (
        r"(?i)^(what (?:is|was|are|were) )?(\S+(?: \S+){0,3}?['’]s?) tax(?:es)?(\s+(?:in|at|as of|on|for|q[1-4]|fy|\d)\b.*)?(\?*)$",
        "$1$2 income tax expense$3$4",
    ),
    (
        r"(?i)^how many shares of (\S+(?: \S+){0,3}?) are (?:there|out|outstanding)(\s+(?:in|at|as of|on)\s.*)?(\?*)$",
        "How many shares of common stock of $1 were outstanding$2$3",
    ),
    (r"(?i)\bhead[\s-]?offices?\b", "headquarters"),
    (r"(?i)\bheadcount\b", "number of employees"),
    (
        r"(?i)\b(?:accounting )?treatment (?:of|for)\b",
        "accounting policy for",
    ),
    (r"(?i)\bexpiry(?: date)?\b", "expiration"),
    (r"(?i)\b(?:income )?tax bill\b", "income tax expense"),
    (r"(?i)\bdebt (?:pile|load|burden)\b", "total debt"),
];
static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let all = SAID.iter();
    all.map(|(said, meant)| (compiled(said), *meant)).collect()
});
/// Which of two companies has more of something, and in other words the same.
static WHICH_OF_TWO: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^\s*(?:which|who)(?:\s+(?:company|one|of (?:them|the two)))?\s+(?P<verb>had|has|have|carried|held|reported|posted|earned|made|lost|generated|spent|paid|shows?|showed)\s+(?:the\s+)?(?P<how>more|higher|larger|greater|bigger|less|lower|smaller|most|highest|largest|lowest|least)\s+(?P<what>[^,]+?)\s*[,:]\s*(?P<first>[^,]+?)\s+or\s+(?P<second>[^,?]+?)\s*\?*\s*$",
    )
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

/// A question in the words of filings.
pub fn reworded(mut out: Cow<'_, str>) -> Cow<'_, str> {
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
    written_out(out, &PATTERNS)
}

/// `text` with what each pattern stands for in its place, one after the other.
pub fn written_out<'a>(mut text: Cow<'a, str>, patterns: &[(Regex, &str)]) -> Cow<'a, str> {
    for (said, meant) in patterns {
        if said.is_match(&text) {
            text = Cow::Owned(said.replace_all(&text, *meant).into_owned());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_ask_in_other_words_than_filings_have() {
        for (text, own) in [
            (
                "What percent of revenue is Nike's SG&A in 2023?",
                "What was Nike's SG&A as a percentage of revenue in 2023?",
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
                "What was Apple's equity in 2022?",
                "What was Apple's total equity in 2022?",
            ),
            (
                "What was Apple's stockholders' equity in 2022?",
                "What was Apple's stockholders' equity in 2022?",
            ),
            (
                "What was shareholders’ equity in 2022?",
                "What was shareholders’ equity in 2022?",
            ),
            (
                "How many people did Apple employ in 2022?",
                "How many employees did Apple have in 2022?",
            ),
            (
                "How much did Nike sell to Walmart?",
                "How much did Nike sell to Walmart?",
            ),
            (
                "How much cash did Nike pay for income taxes in fiscal 2021?",
                "What was the cash paid for income taxes of Nike in fiscal 2021?",
            ),
            (
                "How much revenue did the FedEx Freight segment bring in during fiscal 2023?",
                "What was the revenue of the FedEx Freight segment during fiscal 2023?",
            ),
            (
                "What did Northgate spend on plant and machines in fiscal 2020?",
                "What were the capital expenditures of Northgate in fiscal 2020?",
            ),
            ("Where is its head office?", "Where is its headquarters?"),
            (
                "How much did its sales come to in 2023?",
                "What was its sales in 2023?",
            ),
            (
                "Was Boeing profitable in 2022?",
                "What was the net income of Boeing in 2022?",
            ),
            ("What is Boeing's debt?", "What is Boeing's total debt?"),
            ("Is Boeing's debt rated?", "Is Boeing's debt rated?"),
            (
                "How much tax did Apple pay in 2022?",
                "What were the income tax expense and cash paid for income taxes of Apple in 2022?",
            ),
            (
                "Did the group treat it as equipment?",
                "Did the group treat it as equipment?",
            ),
        ] {
            assert_eq!(reworded(Cow::Borrowed(text)), own, "{text}");
        }
    }
}
