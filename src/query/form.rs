//! Forms: the kind of filing that a question names, and whether a document is of it.

use super::word::Word;
use crate::store::DocumentRow;

/// Forms by their own names.
const FORMS: [&str; 7] = ["10-K", "10-Q", "8-K", "20-F", "40-F", "6-K", "S-1"];
/// Forms by what people call them, in lower case.
const KINDS: [(&str, &str); 8] = [
    ("earnings release", "earnings"),
    ("press release", "earnings"),
    ("earnings call", "earnings"),
    ("prospectus", "prospectus"),
    ("proxy statement", "proxy statement"),
    ("credit agreement", "credit agreement"),
    ("annual report", "10-K"),
    ("quarterly report", "10-Q"),
];

/// The form that a question names; `words` are those of `text`.
pub fn named(words: &[Word], text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let is_exact = |form: &&&str| {
        let plain = form.to_lowercase();
        let joined = plain.replace('-', "");
        lower.contains(&plain) || words.iter().any(|w| w.text.eq_ignore_ascii_case(&joined))
    };
    let exact = FORMS.iter().find(is_exact).copied();
    let kind = || {
        let found = KINDS.iter().find(|(name, _)| lower.contains(name));
        found.map(|(_, form)| *form)
    };
    exact.or_else(kind).map(str::to_owned)
}

/// True where `form` is that of a report on a whole year.
pub fn is_annual(form: &str) -> bool {
    ["10-K", "annual report", "20-F", "40-F"].contains(&form)
}

/// True where `form` is that of a report on a part of a year.
pub fn is_interim(form: &str) -> bool {
    form.starts_with("10-Q") || form == "interim report"
}

/// True where a document is of `form`; any annual report passes for a 10-K.
pub fn is_form(row: &DocumentRow, form: &str) -> bool {
    let own = &row.metadata.form;
    own.eq_ignore_ascii_case(form) || (form == "10-K" && is_annual(own))
}
