//! Synonyms: what else a question's words may be called, for the arm that knows words alone.
//! The data is `assets/synonyms.toml`, or a file of the user's, and the names of line items.

use std::path::Path;

use serde::Deserialize;

use super::lexicon::Lexicon;
use super::name::{Phrase, Word};
use super::{Result, RetrieveError};

const BUNDLED: &str = include_str!("../../assets/synonyms.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    groups: Vec<Vec<String>>,
}

/// Names that mean the same.
pub struct Synonyms {
    groups: Vec<Vec<Phrase>>,
}

impl Synonyms {
    /// The user's file, or the bundled one, and the items of `lexicon`.
    pub fn load(path: Option<&Path>, lexicon: &Lexicon) -> Result<Self> {
        let parsed = match path {
            None => Self::parse(BUNDLED),
            Some(path) => Self::parse(&super::asset(path)?),
        };
        let mut out = parsed.map_err(|problem| RetrieveError::Asset {
            path: path.unwrap_or(Path::new("synonyms.toml")).to_owned(),
            problem,
        })?;
        let items = lexicon.items.iter().map(|item| item.names.clone());
        out.groups.extend(items);
        Ok(out)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        let group = |names: &Vec<String>| -> Result<Vec<Phrase>, String> {
            let phrases: Vec<Phrase> = names.iter().map(|n| Phrase::new(n)).collect();
            match phrases.len() < 2 || phrases.iter().any(Phrase::is_empty) {
                true => Err(format!("the group {names:?} needs two names or more, each with a word")),
                false => Ok(phrases),
            }
        };
        let groups = file.groups.iter().map(group).collect::<Result<_, _>>()?;
        Ok(Self { groups })
    }

    /// For every group that `words` name: its other names.
    pub fn others(&self, words: &[Word]) -> Vec<Vec<String>> {
        let mut out = Vec::new();
        for group in &self.groups {
            let named = |name: &&Phrase| !name.places(words).is_empty();
            if group.iter().any(|name| named(&name)) {
                let others = group.iter().filter(|name| !named(name));
                out.push(others.map(|name| name.text.clone()).collect());
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::name::words;
    use super::*;

    #[test]
    fn a_question_is_asked_in_the_trades_other_words() {
        let synonyms = Synonyms::load(None, &Lexicon::load(None).unwrap()).unwrap();
        let others = synonyms.others(&words("What was the capex?")).concat();
        assert!(others.contains(&"purchases of property, plant and equipment".to_owned()));
        assert!(!others.contains(&"capex".to_owned()));
        assert!(synonyms.others(&words("What is it?")).is_empty());
        assert!(Synonyms::parse("groups = [[\"alone\"]]").is_err());
    }
}
