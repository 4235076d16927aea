//! Parts of a company: which segment, region or product the words of a question name that nothing else
//! accounts for. Each of them must be met, or no figure is given.

use std::collections::HashSet;

use crate::fact::{Axis, Fact};
use crate::query::ParsedQuestion;
use crate::query::word::words;

/// Words that say that something is a part, and not which.
const GENERIC: &str = "segment segments business businesses group division region regions regional area areas unit \
    category categories total net and the of for in from to its by all revenue revenues sales income \
    profit operating earnings loss company reportable customers customer external earn earned";

/// The part that a question means.
#[derive(Debug, Clone)]
pub struct Part {
    /// Stems of the words that must be met, and of all the question's words.
    must: HashSet<String>,
    may: HashSet<String>,
    /// The question's words, in lower case, a blank around each.
    text: String,
    is_segment: bool,
}

fn stems(text: &str) -> HashSet<String> {
    let own = words(text)
        .into_iter()
        .filter(|word| !is_generic(&word.text));
    own.map(|word| word.stem).collect()
}

fn is_generic(word: &str) -> bool {
    let lower = word.to_lowercase();
    GENERIC.split_whitespace().any(|known| known == lower)
}

fn plain(text: &str) -> String {
    let own = words(text).into_iter().map(|word| word.text.to_lowercase());
    format!(" {} ", own.collect::<Vec<_>>().join(" "))
}

impl Part {
    /// The part that `unmet` words of a question name.
    pub fn new(question: &ParsedQuestion, unmet: &[String]) -> Self {
        let text = plain(&question.text);
        Self {
            must: stems(&unmet.join(" ")),
            may: question
                .words
                .iter()
                .map(|word| word.stem.clone())
                .collect(),
            is_segment: text.contains(" segment "),
            text,
        }
    }

    /// How surely a fact is of the part; none where it is not: its member's words are all in the question, and
    /// have all that must be met. Surer is a name that stands in the question as it is printed.
    pub fn rank(&self, fact: &Fact) -> Option<u8> {
        let dimension = fact.dimension.as_ref()?;
        let own = stems(&dimension.member);
        let meets = !self.must.is_empty() && self.must.is_subset(&own) && own.is_subset(&self.may);
        let is_written = self.text.contains(&plain(&dimension.member));
        let is_axis = self.is_segment && dimension.axis == Axis::Segment;
        meets.then_some(2 * u8::from(is_written) + u8::from(is_axis))
    }
}
