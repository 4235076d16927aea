//! The filter line: `company:adobe year:2017 form:10-K`, and how it is completed.

use super::{Input, LibraryPane};
use crate::query::filter::Filter;
use crate::store::composed;

/// What can be filtered by.
pub const KEYS: [&str; 5] = ["company", "form", "year", "document", "section"];

/// The line under the question.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FilterLine {
    pub input: Input,
    /// It has the keys.
    pub open: bool,
}

impl FilterLine {
    pub fn is_shown(&self) -> bool {
        self.open || !self.input.text.is_empty()
    }

    /// The filter as written. A value goes on to the next key; words without a key name a company.
    /// A year that is no number is said in words, and a key that is none.
    pub fn filter(&self) -> Result<Filter, String> {
        let fields = fields(&self.input.text);
        if let Some(key) = fields
            .iter()
            .find_map(|(key, value)| unknown_key(key, value))
        {
            return Err(format!("{key:?} is none of {}", KEYS.join(", ")));
        }
        filter(&fields)
    }

    /// What the word under the cursor may become, best first: keys, then values of the library.
    pub fn completions(&self, library: &LibraryPane) -> Vec<String> {
        let Some((key, value)) = fields(&self.input.text).pop() else {
            return KEYS.iter().map(|key| format!("{key}:")).collect();
        };
        let plain = |text: &str| composed(text).to_lowercase();
        let typed = plain(value.trim_start());
        let explicit = self.input.text.contains(&format!("{key}:"));
        let mut out: Vec<String> = Vec::new();
        if !explicit || value.ends_with(' ') {
            let word = typed.rsplit(' ').next().unwrap_or_default();
            let keys = KEYS.iter().filter(|key| key.starts_with(word));
            out.extend(keys.map(|key| format!("{key}:")));
        }
        // What goes with the rest: a year of the company that is named already.
        let before = fields(&self.input.text);
        let rest = filter(&before[..before.len() - 1]).unwrap_or_default();
        let rows = library.rows.iter().filter(|row| rest.matches(row));
        let values = rows.flat_map(|row| match key.as_str() {
            "company" => vec![row.metadata.called()],
            "form" => vec![row.metadata.form.clone()],
            "year" => Vec::from_iter(row.metadata.year.map(|year| year.to_string())),
            "document" => row.paths.clone(),
            _ => Vec::new(),
        });
        let mut values: Vec<String> = values.filter(|v| plain(v).contains(&typed)).collect();
        // What begins as typed comes first; years from the last one back.
        values.sort_by_key(|v| (!plain(v).starts_with(&typed), plain(v)));
        if key == "year" {
            values.reverse();
        }
        values.dedup_by_key(|v| v.to_lowercase());
        values.retain(|value| !value.is_empty());
        if typed.is_empty() && !explicit {
            out.extend(values)
        } else {
            out.splice(0..0, values).for_each(drop)
        }
        out
    }

    /// Takes the first completion in.
    pub fn complete(&mut self, library: &LibraryPane) {
        let Some(first) = self.completions(library).into_iter().next() else {
            return;
        };
        let text = &self.input.text;
        let kept = if first.ends_with(':') {
            text.rfind(' ').map_or("", |at| &text[..=at])
        } else {
            text.rfind(':').map_or("", |at| &text[..=at])
        };
        let end = if first.ends_with(':') { "" } else { " " };
        let completed = format!("{kept}{first}{end}");
        self.input.set(&completed);
    }
}

/// The filter of keys with their values.
fn filter(fields: &[(String, String)]) -> Result<Filter, String> {
    let mut filter = Filter::default();
    for (key, value) in fields {
        let value = value.trim().trim_matches('"').to_owned();
        if value.is_empty() {
            continue;
        }
        match key.as_str() {
            "company" => filter.company = Some(value),
            "form" => filter.form = Some(value),
            "document" => filter.document = Some(value),
            "section" => filter.section = Some(value),
            _ => {
                let year = value.parse().map_err(|_| format!("{value:?} is no year"))?;
                filter.year = Some(year);
            }
        }
    }
    Ok(filter)
}

/// A word of a value that is written as a key and is none; a heading or a file may have a colon.
fn unknown_key(key: &str, value: &str) -> Option<String> {
    if ["section", "document"].contains(&key) {
        return None;
    }
    let keys = value.split(' ').filter_map(|word| word.split_once(':'));
    let mut keys = keys.map(|(key, _)| key);
    let is_key = |key: &&str| !key.is_empty() && key.chars().all(char::is_alphabetic);
    keys.find(is_key).map(str::to_owned)
}

/// Keys with their values, in order.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for word in text.split_inclusive(' ') {
        let key = word.split_once(':').filter(|(key, _)| KEYS.contains(key));
        match (key, out.last_mut()) {
            (Some((key, value)), _) => out.push((key.to_owned(), value.to_owned())),
            (None, Some((_, value))) => value.push_str(word),
            (None, None) => out.push(("company".to_owned(), word.to_owned())),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> FilterLine {
        let mut line = FilterLine::default();
        line.input.set(text);
        line
    }

    #[test]
    fn a_line_becomes_a_filter() {
        let filter = line("company:best buy year:2017 section:risk factors")
            .filter()
            .unwrap();
        assert_eq!(filter.company.as_deref(), Some("best buy"));
        assert_eq!(filter.year, Some(2017));
        assert_eq!(filter.section.as_deref(), Some("risk factors"));
        assert_eq!(
            line("adobe").filter().unwrap().company.as_deref(),
            Some("adobe")
        );
        assert!(line("").filter().unwrap().is_empty());
        assert!(line("year:soon").filter().is_err());
        let unknown = line("company:nike yaer:2017").filter().unwrap_err();
        assert!(
            unknown.contains("yaer") && unknown.contains("year"),
            "{unknown}"
        );
        assert!(line("compny:nike").filter().is_err());
        let headed = line("section:Item 7: Liquidity").filter().unwrap();
        assert_eq!(headed.section.as_deref(), Some("Item 7: Liquidity"));
    }

    #[test]
    fn what_does_not_go_with_the_rest_is_not_offered() {
        let row = |id, name: &str, company, year| {
            crate::synth::source::tests::document(id, name, company, year)
        };
        let library = LibraryPane {
            rows: vec![
                row(1, "a.pdf", "Calder", 2022),
                row(2, "b.pdf", "Tarrant", 2023),
            ],
            ..LibraryPane::default()
        };
        assert_eq!(line("company:calder year:").completions(&library), ["2022"]);
        assert_eq!(line("year:2023 document:").completions(&library), ["b.pdf"]);
        assert_eq!(line("year:").completions(&library), ["2023", "2022"]);
    }

    #[test]
    fn each_path_of_a_document_completes_however_it_is_typed() {
        let mut row = crate::synth::source::tests::document(1, "scan.pdf", "Calder", 2023);
        row.paths.push("socie\u{301}te\u{301}.pdf".to_owned());
        let library = LibraryPane {
            rows: vec![row],
            ..LibraryPane::default()
        };
        let typed = line("document:Soci\u{e9}");
        assert_eq!(typed.completions(&library), ["socie\u{301}te\u{301}.pdf"]);
        assert_eq!(line("document:scan").completions(&library), ["scan.pdf"]);
    }

    #[test]
    fn keys_are_completed_first() {
        let library = LibraryPane::default();
        let mut typed = line("ye");
        typed.complete(&library);
        assert_eq!(typed.input.text, "year:");
        let mut typed = line("company:best buy fo");
        assert!(typed.completions(&library).is_empty());
        typed.input.set("company:best buy ");
        assert_eq!(typed.completions(&library).len(), KEYS.len());
    }
}
