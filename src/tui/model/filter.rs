//! The filter line: `company:adobe year:2017 form:10-K`, and how it is completed.

use super::{Input, LibraryPane};
use crate::query::filter::{Filter, FilterError, KEYS, Names, fields, parse};
use crate::store::composed;

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

    /// The filter as written.
    pub fn filter(&self, names: &Names) -> Result<Filter, FilterError> {
        parse(
            self.kept_as().map_or(&self.input.text, |(_, line)| line),
            names,
        )
    }

    /// Where it is to be kept, `@peers = company:nike`: the name and the filter.
    pub fn kept_as(&self) -> Option<(&str, &str)> {
        let (name, line) = self.input.text.strip_prefix('@')?.split_once('=')?;
        Some((name.trim(), line.trim()))
    }

    /// What the word under the cursor may become, best first: keys, then values of the library.
    pub fn completions(&self, library: &LibraryPane) -> Vec<String> {
        let names = &library.names;
        let word = self.input.text.rsplit(' ').next().unwrap_or_default();
        if let Some(begun) = word.strip_prefix('@').filter(|name| !name.contains('=')) {
            let kept = names.kept.all().map(|(name, _)| name);
            let meant = kept.filter(|name| name.starts_with(begun));
            return meant.map(|name| format!("@{name}")).collect();
        }
        let Some((key, value)) = fields(&self.input.text).pop() else {
            let keys = KEYS.iter().map(|key| format!("{key}:"));
            let kept = names.kept.all().map(|(name, _)| format!("@{name}"));
            return keys.chain(kept).collect();
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
        let before = before[..before.len() - 1].iter();
        let before: String = before
            .map(|(key, value)| format!("{key}:{value}"))
            .collect();
        let rest = parse(&before, names).unwrap_or_default();
        let rows = library.rows.iter().filter(|row| rest.matches(row));
        let values = rows.flat_map(|row| match key.as_str() {
            "company" => vec![row.metadata.called()],
            "form" => vec![row.metadata.form.clone()],
            "year" => Vec::from_iter(row.metadata.year.map(|year| year.to_string())),
            "document" => row.paths.clone(),
            "tag" => row.tags.clone(),
            "folder" => row
                .paths
                .iter()
                .flat_map(|path| folders(path, names))
                .collect(),
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
        let kept = if first.ends_with(':') || first.starts_with('@') {
            text.rfind(' ').map_or("", |at| &text[..=at])
        } else {
            text.rfind(':').map_or("", |at| &text[..=at])
        };
        let end = if first.ends_with(':') { "" } else { " " };
        let completed = format!("{kept}{first}{end}");
        self.input.set(&completed);
    }
}

/// The folders that a document of this name lies in.
fn folders(path: &str, names: &Names) -> Vec<String> {
    let ends = path.match_indices('/').map(|(at, _)| path[..at].to_owned());
    let mut out: Vec<String> = ends.collect();
    let is_added = out.first().is_some_and(|first| names.added.contains(first));
    if !names.added.is_empty() && !is_added {
        out.push(names.own.clone());
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

    #[test]
    fn folders_tags_and_kept_filters_are_offered() {
        let mut row =
            crate::synth::source::tests::document(1, "contracts/2023/a.pdf", "Calder", 2023);
        row.tags = vec!["peers".into()];
        let own = crate::synth::source::tests::document(2, "b.pdf", "Calder", 2023);
        let place = tempfile::tempdir().unwrap();
        let home = crate::home::Home::at(place.path());
        let mut names = Names {
            own: "filings".into(),
            added: vec!["contracts".into()],
            ..Names::default()
        };
        let mut kept = names.kept.clone();
        kept.keep(&home, "last", "year:2023", &names).unwrap();
        names.kept = kept;
        let library = LibraryPane {
            rows: vec![row, own],
            names,
            ..LibraryPane::default()
        };
        let offered = |text: &str| line(text).completions(&library);
        assert_eq!(
            offered("folder:"),
            ["contracts", "contracts/2023", "filings"]
        );
        assert_eq!(offered("tag:"), ["peers"]);
        assert_eq!(offered("tag:peers folder:f"), Vec::<String>::new());
        assert_eq!(offered("@l"), ["@last"]);
        assert!(offered("").contains(&"@last".to_owned()));
        let mut begun = line("tag:peers @l");
        begun.complete(&library);
        assert_eq!(begun.input.text, "tag:peers @last ");
        let filter = begun.filter(&library.names).unwrap();
        assert_eq!(
            (filter.tag.as_deref(), filter.year),
            (Some("peers"), Some(2023))
        );
        let keeping = line("@q = tag:peers");
        assert_eq!(keeping.kept_as(), Some(("q", "tag:peers")));
        assert_eq!(
            keeping.filter(&library.names).unwrap().tag.as_deref(),
            Some("peers")
        );
    }
}
