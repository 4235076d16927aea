//! Filters: which documents a search is over.

mod kept;
mod line;
mod tag;

pub use kept::{Kept, check_name};
pub use line::{FilterError, KEYS, Names, fields, parse};
pub use tag::{is_tag, tag, tagged};

use crate::store::{DocumentRow, composed};

/// Every part that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// The document's name, the end of it from a `/` on, or its file name without `.pdf`.
    pub document: Option<String>,
    /// A part of the company's name, or of the document's where no company is known; any case.
    pub company: Option<String>,
    /// The form, hyphens and case aside.
    pub form: Option<String>,
    pub year: Option<i32>,
    /// A part of the headings a chunk stands under, any case; chunk by chunk, not by document.
    pub section: Option<String>,
    pub folder: Option<Within>,
    /// A tag that the user has given the document, any case.
    pub tag: Option<String>,
}

/// Where the documents of a filter lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    /// Below the folder of this name: one that was added, or one within a folder.
    Below(String),
    /// In the library's own folder, and in none of those of these names, which were added to it.
    Outside(Vec<String>),
}

impl Within {
    fn has(&self, path: &str) -> bool {
        let below = |name: &String| {
            let rest = path.strip_prefix(name.as_str());
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        match self {
            Self::Below(name) => below(name),
            Self::Outside(names) => !names.iter().any(below),
        }
    }
}

impl Filter {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Each part that is set, but for the section, alone, with what a document that meets it does.
    fn parts(&self) -> Vec<(Filter, String)> {
        let mut out = Vec::new();
        let none = Filter::default;
        if let Some(document) = self.document.clone() {
            let what = format!("is called {document:?}");
            out.push((
                Filter {
                    document: Some(document),
                    ..none()
                },
                what,
            ));
        }
        if let Some(company) = self.company.clone() {
            let what = format!("is of a company {company:?}");
            out.push((
                Filter {
                    company: Some(company),
                    ..none()
                },
                what,
            ));
        }
        if let Some(form) = self.form.clone() {
            let what = format!("is a {form:?}");
            out.push((
                Filter {
                    form: Some(form),
                    ..none()
                },
                what,
            ));
        }
        if let Some(year) = self.year {
            out.push((
                Filter {
                    year: Some(year),
                    ..none()
                },
                format!("is on {year}"),
            ));
        }
        if let Some(folder) = self.folder.clone() {
            let what = match &folder {
                Within::Below(name) => format!("lies in a folder {name:?}"),
                Within::Outside(_) => "lies in its own folder".to_owned(),
            };
            out.push((
                Filter {
                    folder: Some(folder),
                    ..none()
                },
                what,
            ));
        }
        if let Some(tag) = self.tag.clone() {
            let what = format!("has a tag {tag:?}");
            out.push((
                Filter {
                    tag: Some(tag),
                    ..none()
                },
                what,
            ));
        }
        out
    }

    /// Whether chunks of the document may pass.
    pub fn matches(&self, row: &DocumentRow) -> bool {
        let plain = |s: &str| -> String {
            composed(s)
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric())
                .collect()
        };
        let company = |wanted: &String| {
            let wanted = plain(wanted);
            let mut names = row.paths.iter().chain([&row.metadata.company]);
            // Punctuation alone would be a part of every name.
            !wanted.is_empty() && names.any(|name| plain(name).contains(&wanted))
        };
        self.document
            .as_ref()
            .is_none_or(|wanted| is_named(row, wanted))
            && self.company.as_ref().is_none_or(company)
            && self
                .form
                .as_ref()
                .is_none_or(|form| plain(form) == plain(&row.metadata.form))
            && self.year.is_none_or(|year| row.metadata.year == Some(year))
            && self
                .folder
                .as_ref()
                .is_none_or(|within| row.paths.iter().any(|path| within.has(path)))
            && self
                .tag
                .as_ref()
                .is_none_or(|wanted| row.tags.iter().any(|tag| is_tag(tag, wanted)))
    }
}

/// What is told of a filter beside what it let through: `asked only of documents each of which has a tag "peers"`;
/// none of one that lets all through.
pub fn told(filter: &Filter) -> Option<String> {
    let mut parts: Vec<String> = filter.parts().into_iter().map(|(_, what)| what).collect();
    if let Some(section) = &filter.section {
        parts.push(format!("has a heading {section:?} over the passage"));
    }
    let of = "asked only of documents each of which";
    (!parts.is_empty()).then(|| format!("{of} {}", parts.join(" and ")))
}

/// Why no document passes a filter: the first of its parts that none meets alone, or that none meets all of them; none
/// where one passes.
pub fn unmet<'a>(
    filter: &Filter,
    rows: impl Iterator<Item = &'a DocumentRow> + Clone,
) -> Option<String> {
    let meets = |part: &Filter| rows.clone().any(|row| part.matches(row));
    if meets(filter) {
        return None;
    }
    if rows.clone().next().is_none() {
        return Some("the library has no document yet".to_owned());
    }
    let lacking = filter.parts().into_iter().find(|(part, _)| !meets(part));
    let what = lacking.map_or_else(
        || "meets all parts of the filter".to_owned(),
        |(_, what)| what,
    );
    Some(format!("no document of the library {what}"))
}

/// True when `wanted` names the document by one of its paths.
pub fn is_named(row: &DocumentRow, wanted: &str) -> bool {
    row.paths.iter().any(|path| is_document(path, wanted))
}

/// The documents that `wanted` names; those alone that it names in full, as their path is written on disk
/// or else however it is composed, or in which case.
pub fn named<'a>(rows: &'a [DocumentRow], wanted: &str) -> Vec<&'a DocumentRow> {
    let with = |is: &dyn Fn(&str) -> bool| -> Vec<&'a DocumentRow> {
        let has = |row: &&DocumentRow| row.paths.iter().any(|path| is(path));
        rows.iter().filter(has).collect()
    };
    let exact = with(&|path| path == wanted);
    if !exact.is_empty() {
        return exact;
    }
    let whole = with(&|path| composed(path) == composed(wanted));
    if !whole.is_empty() {
        return whole;
    }
    let named = with(&|path| is_document(path, wanted));
    if !named.is_empty() {
        return named;
    }
    with(&|path| is_document(&path.to_lowercase(), &wanted.to_lowercase()))
}

/// True when `wanted` names the document at `path`; both may be composed either way.
pub fn is_document(path: &str, wanted: &str) -> bool {
    let stem = |s: &str| -> String {
        match s.rsplit_once('.') {
            Some((stem, end)) if end.eq_ignore_ascii_case("pdf") => stem.to_owned(),
            _ => s.to_owned(),
        }
    };
    let (path, wanted) = (composed(path), composed(wanted));
    let wanted = wanted.trim_start_matches("./");
    let (path, wanted) = (stem(&path), stem(wanted));
    path == wanted || path.ends_with(&format!("/{wanted}"))
}

#[cfg(test)]
mod tests {
    use super::{Filter, is_document, named};
    use crate::query::company::Directory;
    use crate::store::DocumentRow;
    use crate::synth::source::tests::document;

    fn with_paths(id: i64, paths: &[&str]) -> DocumentRow {
        DocumentRow {
            paths: paths.iter().map(|&path| path.to_owned()).collect(),
            ..document(id, paths[0], "", 2023)
        }
    }

    #[test]
    fn a_document_is_meant_by_each_of_its_paths() {
        let row = with_paths(1, &["scan.pdf", "2023/CALDERE\u{301}_2023_10K.pdf"]);
        let by_document = |name: &str| Filter {
            document: Some(name.to_owned()),
            ..Filter::default()
        };
        for name in [
            "scan",
            "CALDER\u{c9}_2023_10K",
            "2023/CALDERE\u{301}_2023_10K.pdf",
        ] {
            assert!(by_document(name).matches(&row), "{name}");
        }
        assert!(!by_document("2023").matches(&row));
        let by_company = Filter {
            company: Some("calder\u{e9}".to_owned()),
            ..Filter::default()
        };
        assert!(by_company.matches(&row));
        let by_nothing = Filter {
            company: Some("!!!".to_owned()),
            ..Filter::default()
        };
        assert!(!by_nothing.matches(&row));
        assert!(Directory::new(vec![row]).is_company("Calder\u{e9}"));
    }

    #[test]
    fn a_name_in_full_means_that_document_alone() {
        let (nfc, nfd) = ("\u{e9}.pdf", "e\u{301}.pdf");
        let rows = [
            with_paths(1, &["b.pdf"]),
            with_paths(2, &["a/b.pdf", "a/\u{e9}.pdf"]),
            with_paths(3, &[nfd]),
            with_paths(4, &[nfc]),
        ];
        let ids = |name: &str| -> Vec<i64> { named(&rows, name).iter().map(|r| r.id).collect() };
        assert_eq!(ids("b.pdf"), [1]);
        assert_eq!(ids("b"), [1, 2]);
        assert_eq!((ids(nfc), ids(nfd)), (vec![4], vec![3]));
        assert_eq!(ids("a/e\u{301}.pdf"), [2]);
        assert!(ids("c").is_empty());
    }

    #[test]
    fn a_document_by_its_name() {
        for wanted in ["a/b.pdf", "a/b", "b.pdf", "b", "./a/b.pdf"] {
            assert!(is_document("a/b.pdf", wanted), "{wanted}");
        }
        for wanted in ["c", "/b", "xb", "a"] {
            assert!(!is_document("a/b.pdf", wanted), "{wanted}");
        }
        let (one, two) = ("caf\u{e9}", "cafe\u{301}");
        assert!(is_document(&format!("a/{one}.pdf"), two) && is_document(two, one));
    }
}
