//! Synonyms: what else a question's words may be called, for the arm that knows words alone.
//! The data is `assets/synonyms.toml`, or a file of the user's, and the names of line items.

use std::path::Path;

use serde::Deserialize;

use super::lexicon::Lexicon;
use super::name::{Phrase, longest, words};
use super::{Result, RetrieveError};
use crate::index::lexical::Wanted;

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
                true => Err(format!(
                    "the group {names:?} needs two names or more, each with a word"
                )),
                false => Ok(phrases),
            }
        };
        let groups = file.groups.iter().map(group).collect::<Result<_, _>>()?;
        Ok(Self { groups })
    }

    /// The words of `text` with what they name in other ways: a thing named is taken out of the
    /// words and stands among the names, as the question has it first.
    pub fn wanted(&self, text: &str) -> Wanted {
        let words = words(text);
        let mut found = Vec::new();
        for (index, group) in self.groups.iter().enumerate() {
            for name in group {
                let places = name.places(&words).into_iter();
                found.extend(places.map(|at| (at..at + name.len(), index)));
            }
        }
        let mut out = Wanted {
            adjacent: true,
            ..Wanted::default()
        };
        let mut rest = 0;
        for (range, index) in longest(found) {
            let (from, to) = (words[range.start].from, words[range.end - 1].to);
            if from < rest {
                // Two groups share a name: the first has it.
                continue;
            }
            out.text.push_str(&text[rest..from]);
            rest = to;
            let own = text[from..to].to_owned();
            let others = self.groups[index]
                .iter()
                .filter(|name| name.places(&words[range.clone()]).is_empty());
            out.names.push(
                std::iter::once(own)
                    .chain(others.map(|name| name.text.clone()))
                    .collect(),
            );
        }
        out.text.push_str(&text[rest..]);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_asked_in_the_trades_other_words() {
        let synonyms = Synonyms::load(None, &Lexicon::load(None).unwrap()).unwrap();
        let wanted = synonyms.wanted("What was the capex, and why?");
        assert_eq!(wanted.text, "What was the , and why?");
        assert_eq!(wanted.names[0][0], "capex");
        assert!(wanted.names[0].contains(&"purchases of property, plant and equipment".to_owned()));
        assert_eq!(
            wanted.names[0]
                .iter()
                .filter(|name| *name == "capex")
                .count(),
            1
        );
        assert_eq!(synonyms.wanted("What is it?").text, "What is it?");
        assert!(Synonyms::parse("groups = [[\"alone\"]]").is_err());
    }
}
