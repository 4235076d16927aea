//! Nicknames, and words of the language that companies are named by: `assets/aliases.toml`.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::metadata::company_key;

/// `assets/aliases.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    ordinary: String,
    words: String,
    names: BTreeMap<String, Vec<String>>,
}

struct Aliases {
    ordinary: HashSet<String>,
    words: HashSet<String>,
    /// The beginning of a company's key, and what it is called.
    names: Vec<(String, Vec<String>)>,
}

static ALIASES: LazyLock<Aliases> = LazyLock::new(|| {
    let text = include_str!("../../assets/aliases.toml");
    let book: Book = toml::from_str(text).expect("a test reads the bundled aliases");
    let set = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    let names = book.names.into_iter();
    Aliases {
        ordinary: set(&book.ordinary),
        words: set(&book.words),
        names: names
            .map(|(name, also)| (company_key(&name), also))
            .collect(),
    }
});

/// A word of the language that is a company's name, or opens many.
pub fn is_ordinary(word: &str) -> bool {
    ALIASES.ordinary.contains(word)
}

/// A word that is a symbol as well, or stands in every sentence.
pub fn is_word(word: &str) -> bool {
    ALIASES.words.contains(word)
}

/// All nicknames.
pub fn all() -> impl Iterator<Item = &'static str> {
    let names = ALIASES.names.iter();
    names.flat_map(|(_, also)| also.iter().map(String::as_str))
}

/// The nicknames of a company, and whether the list means it or all whose name begins like this one.
pub fn also_called(company: &str) -> impl Iterator<Item = (&'static str, bool)> {
    let own = company_key(company);
    let found = ALIASES.names.iter().filter_map(move |(name, also)| {
        let rest = own.strip_prefix(name.as_str())?;
        Some(
            also.iter()
                .map(move |nick| (nick.as_str(), ["", "com"].contains(&rest)))
                .collect::<Vec<_>>(),
        )
    });
    found.flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_aliases_are_sound() {
        assert!(!ALIASES.names.is_empty() && ALIASES.words.contains("all"));
        assert!(
            ALIASES
                .names
                .iter()
                .all(|(key, also)| !key.is_empty() && !also.is_empty())
        );
    }
}
