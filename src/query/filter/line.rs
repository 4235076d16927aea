//! A filter as it is written: `company:adobe year:2017 form:10-K`, or `@peers`, which one is kept under.

use std::path::{Path, PathBuf};

use super::{Filter, Kept, Within};
use crate::config::Library;
use crate::folders::{Folders, FoldersError};
use crate::remedy::{Remedied, Remedy};

/// Longest tag, in characters.
pub(super) const LONGEST_TAG: usize = 60;

/// What can be filtered by.
pub const KEYS: [&str; 7] = [
    "company", "form", "year", "tag", "folder", "document", "section",
];

#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    #[error(transparent)]
    Folders(#[from] FoldersError),
    #[error("{0:?} is no year")]
    Year(String),
    #[error("{0:?} is none of {keys}", keys = KEYS.join(", "))]
    Key(String),
    #[error("{0} is there twice: a filter takes each once")]
    Twice(String),
    #[error("no filter is kept as @{0}")]
    Unknown(String, Vec<String>),
    #[error("{0:?} is no name for a filter")]
    Name(String),
    #[error("{0:?} is no tag")]
    Tag(String),
    #[error("there is nothing to filter by")]
    Empty,
    #[error("it has a character that acts on a terminal")]
    Active,
    #[error("{path}, in which filters are kept, cannot be read ({detail})")]
    Damaged { path: PathBuf, detail: String },
    #[error("{path}: {source}")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
}

impl Remedied for FilterError {
    fn remedy(&self) -> Option<Remedy> {
        let example = "write it as in company:nike year:2019";
        match self {
            Self::Folders(error) => error.remedy(),
            Self::Year(_) | Self::Key(_) | Self::Twice(_) | Self::Empty => Remedy::advice(example),
            Self::Unknown(_, known) if known.is_empty() => Remedy::advice("none is kept yet"),
            Self::Unknown(_, known) => {
                Remedy::advice(format!("name one of them: {}", known.join(", ")))
            }
            Self::Tag(_) => Remedy::advice(format!(
                "write at most {LONGEST_TAG} letters, without : \" @ and #"
            )),
            Self::Active => Remedy::advice("leave it out"),
            Self::Name(_) => Remedy::advice("name it by a word"),
            Self::Damaged { .. } => Remedy::advice("put it right, or move it away"),
            Self::Io { source, .. } => Remedy::to_write(source),
        }
    }
}

pub(super) type Result<T, E = FilterError> = std::result::Result<T, E>;

/// What a filter may name besides what documents are known by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The library's own folder.
    pub own: String,
    /// Those that were added to it.
    pub added: Vec<String>,
    /// Those of them that are gone now, or their disk.
    pub away: Vec<String>,
    pub kept: Kept,
}

impl Names {
    /// Those of `library`.
    ///
    /// # Errors
    ///
    /// Where a file that names them cannot be read.
    pub fn of(library: &Library) -> Result<Self> {
        let folders = Folders::of(library)?;
        let named = |is: &dyn Fn(&Path) -> bool| {
            let own = folders.added().iter().filter(|added| is(&added.path));
            own.map(|added| added.name.clone()).collect()
        };
        Ok(Self {
            own: folders.own_name(),
            added: named(&|_| true),
            away: named(&|path| !path.is_dir()),
            kept: Kept::read(&library.home)?,
        })
    }

    /// The folder that goes by `name`; a point is the library's own.
    pub fn within(&self, name: &str) -> Within {
        let name = name.trim_end_matches('/');
        let is_own = name == "." || name == self.own && !self.added.iter().any(|a| a == name);
        match is_own {
            true => Within::Outside(self.added.clone()),
            false => Within::Below(name.to_owned()),
        }
    }

    /// The keys of `line` with their values, those of the filters that it names by their names in their places.
    fn fields(&self, line: &str) -> Result<Vec<(String, String)>> {
        let (mut out, mut own) = (Vec::new(), String::new());
        for word in line.split_inclusive(' ') {
            let Some(name) = word.trim_end().strip_prefix('@') else {
                own.push_str(word);
                continue;
            };
            let known = || self.kept.all().map(|(name, _)| name.to_owned()).collect();
            let unknown = || FilterError::Unknown(name.to_owned(), known());
            out.extend(fields(&std::mem::take(&mut own)));
            out.extend(fields(self.kept.get(name).ok_or_else(unknown)?));
        }
        out.extend(fields(&own));
        out.retain(|(_, value)| !value.trim().is_empty());
        Ok(out)
    }

    /// `line` without names of filters: these are written out.
    pub(super) fn written_out(&self, line: &str) -> Result<String> {
        let all = self.fields(line)?;
        let all = all
            .iter()
            .map(|(key, value)| format!("{key}:{}", value.trim()));
        Ok(all.collect::<Vec<_>>().join(" "))
    }
}

/// The filter that `line` is. A value goes on to the next key; words without a key name a company.
///
/// # Errors
///
/// With the first key that is none, a year that is no number, or a kept filter that is not there.
pub fn parse(line: &str, names: &Names) -> Result<Filter> {
    let fields = names.fields(line)?;
    let unknown = fields
        .iter()
        .find_map(|(key, value)| unknown_key(key, value));
    if let Some(key) = unknown {
        return Err(FilterError::Key(key));
    }
    let is_twice = |at: &usize| fields[..*at].iter().any(|(key, _)| *key == fields[*at].0);
    if let Some(at) = (0..fields.len()).find(is_twice) {
        return Err(FilterError::Twice(fields[at].0.clone()));
    }
    let mut filter = Filter::default();
    for (key, value) in &fields {
        let value = value.trim().trim_matches('"').to_owned();
        match key.as_str() {
            "company" => filter.company = Some(value),
            "form" => filter.form = Some(value),
            "document" => filter.document = Some(value),
            "section" => filter.section = Some(value),
            "folder" => filter.folder = Some(names.within(&value)),
            "tag" => filter.tag = Some(value.trim_start_matches('#').to_owned()),
            _ => filter.year = Some(value.parse().map_err(|_| FilterError::Year(value))?),
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
pub fn fields(text: &str) -> Vec<(String, String)> {
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
    use crate::home::Home;

    fn names() -> Names {
        Names {
            own: "filings".into(),
            added: vec!["contracts".into(), "press releases".into()],
            away: Vec::new(),
            kept: Kept::default(),
        }
    }

    #[test]
    fn a_line_becomes_a_filter() {
        let parsed = |line: &str| parse(line, &names());
        let filter = parsed("company:best buy year:2017 section:risk factors").unwrap();
        assert_eq!(filter.company.as_deref(), Some("best buy"));
        assert_eq!(filter.year, Some(2017));
        assert_eq!(filter.section.as_deref(), Some("risk factors"));
        assert_eq!(parsed("adobe").unwrap().company.as_deref(), Some("adobe"));
        assert!(parsed("").unwrap().is_empty());
        assert!(parsed("year:soon").is_err());
        let unknown = parsed("company:nike yaer:2017").unwrap_err().to_string();
        assert!(
            unknown.contains("yaer") && unknown.contains("year"),
            "{unknown}"
        );
        assert!(parsed("compny:nike").is_err());
        assert!(parsed("tag:a tag:b").is_err() && parsed("nike tag:a").is_ok());
        let headed = parsed("section:Item 7: Liquidity").unwrap();
        assert_eq!(headed.section.as_deref(), Some("Item 7: Liquidity"));
    }

    #[test]
    fn a_folder_is_the_librarys_own_or_below_one() {
        let folder = |line: &str| parse(line, &names()).unwrap().folder.unwrap();
        let below = |name: &str| Within::Below(name.into());
        assert_eq!(folder("folder:contracts"), below("contracts"));
        assert_eq!(
            folder("folder:press releases tag:q"),
            below("press releases")
        );
        assert_eq!(folder("folder:2023/q1/"), below("2023/q1"));
        let own = Within::Outside(names().added);
        assert_eq!(folder("folder:."), own);
        assert_eq!(folder("folder:filings"), own);
        assert!(own.has("a.pdf") && own.has("contractsx/a.pdf") && !own.has("contracts/a.pdf"));
        assert!(below("a").has("a/b.pdf") && !below("a").has("ab.pdf"));
    }

    #[test]
    fn a_kept_filter_stands_for_what_it_is() {
        let place = tempfile::tempdir().unwrap();
        let home = Home::at(place.path());
        let mut names = names();
        let mut keep = |name: &str, line: &str| {
            let mut kept = names.kept.clone();
            let done = kept.keep(&home, name, line, &names);
            names.kept = kept;
            done
        };
        keep("peers", "tag:peer form:10-K").unwrap();
        keep("last", "@peers year:2023").unwrap();
        for (name, line) in [
            ("a b", "tag:x"),
            ("", "tag:x"),
            ("x", ""),
            ("x", "yaer:1"),
            ("x", "@none"),
        ] {
            assert!(keep(name, line).is_err(), "{name:?} {line:?}");
        }
        assert_eq!(Kept::read(&home).unwrap(), names.kept);
        let plain = parse("@peers nike", &names).unwrap();
        assert_eq!(
            (plain.tag.as_deref(), plain.company.as_deref()),
            (Some("peer"), Some("nike"))
        );
        assert!(parse("@peers @last", &names).is_err(), "two tags");
        let filter = parse("@last company:nike", &names).unwrap();
        assert_eq!(
            (filter.tag.as_deref(), filter.year),
            (Some("peer"), Some(2023))
        );
        assert_eq!(filter.company.as_deref(), Some("nike"));
        // It holds although the one that it was made of is gone.
        names.kept.forget(&home, "peers").unwrap();
        assert!(names.kept.forget(&home, "peers").is_err());
        assert_eq!(
            parse("@last", &names).unwrap().form.as_deref(),
            Some("10-K")
        );
        assert!(
            parse("@peers", &names)
                .unwrap_err()
                .to_string()
                .contains("@peers")
        );
        std::fs::write(home.filters(), "{").unwrap();
        assert!(Kept::read(&home).is_err());
    }
}
