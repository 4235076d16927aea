//! Nicknames, and words of the language that companies are named by (`assets/aliases.toml`); companies that people ask
//! about (`assets/companies.txt`).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::metadata::{compact, company_key};

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

/// Companies that people ask about.
struct Companies {
    /// What they are called, as it is written, by its letters run together.
    called: HashMap<String, &'static str>,
    /// The beginning of a company's key, and its symbol.
    symbols: Vec<(String, &'static str)>,
}

static COMPANIES: LazyLock<Companies> = LazyLock::new(|| {
    let text = include_str!("../../assets/companies.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let listed = lines.flat_map(|line| line.split(", ")).map(str::trim);
    let listed = listed.map(|name| match name.split_once(" = ") {
        Some((symbol, name)) => (symbol, Some(name)),
        None => (name, None),
    });
    let listed: Vec<(&str, Option<&str>)> = listed.collect();
    let nicknames = ALIASES.names.iter().flat_map(|(_, also)| also);
    let all = listed.iter().map(|(called, _)| *called);
    let all = all.chain(nicknames.map(String::as_str));
    let symbol =
        |(symbol, name): &(&'static str, Option<&str>)| Some((company_key((*name)?), *symbol));
    Companies {
        called: all.map(|name| (compact(name), name)).collect(),
        symbols: listed.iter().filter_map(symbol).collect(),
    }
});

/// The name, as it is written, of a company that people ask about.
pub fn well_known(name: &str) -> Option<&'static str> {
    COMPANIES.called.get(name).copied()
}

/// The nicknames and symbols of a company, and whether the list means it or all whose name begins like this one.
pub fn also_called(company: &str) -> impl Iterator<Item = (&'static str, bool)> {
    let own = company_key(company);
    let names = ALIASES.names.iter();
    let nicknames =
        names.flat_map(|(name, also)| also.iter().map(move |nick| (name, nick.as_str())));
    let symbols = COMPANIES
        .symbols
        .iter()
        .map(|(name, symbol)| (name, *symbol));
    nicknames.chain(symbols).filter_map(move |(name, called)| {
        let rest = own.strip_prefix(name.as_str())?;
        Some((called, ["", "com"].contains(&rest)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listed_companies_are_sound() {
        let Companies { called, symbols } = &*COMPANIES;
        assert!(
            called.len() > 500 && symbols.len() > 100,
            "{}",
            called.len()
        );
        for (key, name) in called {
            assert!(key.len() > 1 && !name.contains([',', '=']), "{name}");
        }
        // A filing need not say its company's symbol.
        let called = |company: &str| also_called(company).any(|(name, _)| name == "BXP");
        assert!(called("Boston Properties, Inc.") && !called("Boston Scientific Corporation"));
        assert_eq!(well_known("coke"), Some("Coke"));
        assert_eq!(well_known("att"), Some("AT&T"));
        assert_eq!(well_known("brixlow"), None);
    }

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
