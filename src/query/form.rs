//! Forms: the kind of filing that a question names, and whether a document is of it.

use super::word::Word;
use crate::store::DocumentRow;

/// Forms by their own names, those before others that they begin with.
const FORMS: [&str; 13] = [
    "10-K/A", "10-KT", "10-K", "10-Q/A", "10-Q", "8-K", "20-F", "40-F", "6-K", "S-1", "S-4", "F-1",
    "DEF 14A",
];
/// Forms by what people call them, in lower case.
const KINDS: [(&str, &str); 13] = [
    ("earnings release", "earnings"),
    ("press release", "press release"),
    ("earnings call", "earnings"),
    ("prospectus", "prospectus"),
    ("proxy statement", "DEF 14A"),
    ("proxy filing", "DEF 14A"),
    ("credit agreement", "credit agreement"),
    ("amended annual report", "10-K/A"),
    ("interim report", "interim report"),
    ("half-year report", "interim report"),
    ("half-yearly report", "interim report"),
    ("annual report", "10-K"),
    ("quarterly report", "10-Q"),
];

/// The form that a question names; `words` are those of `text`.
pub fn named(words: &[Word], text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let is_exact = |form: &&&str| {
        let plain = form.to_lowercase();
        let joined = plain.replace('-', "");
        contains_word(&lower, &plain) || words.iter().any(|w| w.text.eq_ignore_ascii_case(&joined))
    };
    let amended = lower.contains("amended 10-k").then_some("10-K/A");
    let exact = amended.or_else(|| FORMS.iter().find(is_exact).copied());
    let kind = || {
        let found = KINDS.iter().find(|(name, _)| lower.contains(name));
        found.map(|(_, form)| *form)
    };
    exact.or_else(kind).map(str::to_owned)
}

/// True where `text` has `form` and no word around it: `FY20-FY22` is no 20-F.
fn contains_word(text: &str, form: &str) -> bool {
    text.match_indices(form).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + form.len()..].chars().next();
        ![before, behind]
            .into_iter()
            .flatten()
            .any(char::is_alphanumeric)
    })
}

/// True where `form` is that of a report on a whole year.
pub fn is_annual(form: &str) -> bool {
    let base = form.trim_end_matches("/A");
    ["10-K", "10-KT", "annual report", "20-F", "40-F"].contains(&base)
}

/// True where `form` is that of an amended report.
pub fn is_amended(form: &str) -> bool {
    form.ends_with("/A")
}

/// True where `form` is that of a report on a part of a year.
pub fn is_interim(form: &str) -> bool {
    form.starts_with("10-Q") || form == "interim report"
}

/// True where a document is of `form`; any annual report passes for a 10-K, an amended one for what it amends,
/// results for a press release.
pub fn is_form(row: &DocumentRow, form: &str) -> bool {
    let own = &row.metadata.form;
    let base = own.trim_end_matches("/A");
    own.eq_ignore_ascii_case(form)
        || base.eq_ignore_ascii_case(form)
        || (form == "10-K" && is_annual(own))
        || (form == "press release" && own == "earnings")
}

#[cfg(test)]
mod tests {
    use super::super::word::words;
    use super::*;

    #[test]
    fn forms_by_their_names_and_by_what_they_are_called() {
        let form = |text: &str| named(&words(text), text);
        let cases = [
            ("in the 10-K/A of 2022", Some("10-K/A")),
            ("the amended 10-K", Some("10-K/A")),
            ("the 10K for 2022", Some("10-K")),
            ("per the proxy statement", Some("DEF 14A")),
            ("the half-year report", Some("interim report")),
            ("what was capex", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(form(text).as_deref(), wanted, "{text}");
        }
    }
}
