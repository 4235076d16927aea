//! Parts of a company: which segment, region or product the words of a question name that nothing else
//! accounts for. Each of them must be met, or no figure is given.

use std::collections::HashSet;

use crate::fact::Fact;
use crate::query::ParsedQuestion;
use crate::query::word::words;

/// Words that say that something is a part, and not which.
const GENERIC: &str = "segment segments business businesses group division region regions regional area areas unit \
    product products category categories line lines service total net and the of for in from to its by all \
    revenue revenues sales income profit operating earnings loss company reportable customers customer external";

/// The part that a question means.
#[derive(Debug, Clone)]
pub struct Part {
    /// Stems of the words that must be met, and of all the question's words.
    must: HashSet<String>,
    may: HashSet<String>,
}

fn stems(text: &str) -> HashSet<String> {
    let own = words(text).into_iter().filter(|word| !is_generic(&word.text));
    own.map(|word| word.stem).collect()
}

fn is_generic(word: &str) -> bool {
    let lower = word.to_lowercase();
    GENERIC.split_whitespace().any(|known| known == lower)
}

impl Part {
    /// The part that `unmet` words of a question name.
    pub fn new(question: &ParsedQuestion, unmet: &[String]) -> Self {
        Self {
            must: stems(&unmet.join(" ")),
            may: question.words.iter().map(|word| word.stem.clone()).collect(),
        }
    }

    /// True where a fact is of the part: its member's words are all in the question, and have all that
    /// must be met.
    pub fn is_meant(&self, fact: &Fact) -> bool {
        let Some(dimension) = &fact.dimension else {
            return false;
        };
        let own = stems(&dimension.member);
        !self.must.is_empty() && self.must.is_subset(&own) && own.is_subset(&self.may)
    }
}
