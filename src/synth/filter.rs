//! Filters: what is wrong with a draft, judged by its own words and its passage's.
//!
//! `check` looks at one draft alone; comparing drafts (`duplicate`) and asking the library
//! (`round_trip`) have their reasons here too, so that a report counts all of them.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::source::{Corpus, Source};
use super::{Draft, rule};
use crate::index::lexical;
use crate::pattern::compiled;
use crate::query::lexicon::Lexicon;
use crate::query::word::words;
use crate::statement::figure::numbers;

/// Why a draft is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    NotAQuestion,
    TooShort,
    TooLong,
    NamesThePassage,
    /// A number of the question or of its answer stands nowhere in the passage.
    ForeignNumber,
    /// A name of the question stands nowhere in the passage.
    ForeignName,
    LeaksTheContext,
    SharesTooMuch,
    Duplicate,
    RoundTrip,
    /// A language model thought, and asked nothing.
    OnlyThoughts,
    /// What a language model wrote is cut before its end.
    BrokenOff,
}

impl Reason {
    pub const ALL: [Reason; 12] = [
        Reason::NotAQuestion,
        Reason::TooShort,
        Reason::TooLong,
        Reason::NamesThePassage,
        Reason::ForeignNumber,
        Reason::ForeignName,
        Reason::LeaksTheContext,
        Reason::SharesTooMuch,
        Reason::Duplicate,
        Reason::RoundTrip,
        Reason::OnlyThoughts,
        Reason::BrokenOff,
    ];

    /// In words, as a report has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::NotAQuestion => "not a question",
            Reason::TooShort => "too short",
            Reason::TooLong => "too long",
            Reason::NamesThePassage => "names the passage",
            Reason::ForeignNumber => "a number that the passage has not",
            Reason::ForeignName => "a name that the passage has not",
            Reason::LeaksTheContext => "the passage's first line in it",
            Reason::SharesTooMuch => "the passage's own words",
            Reason::Duplicate => "asked before",
            Reason::RoundTrip => "its passage is not found by it",
            Reason::OnlyThoughts => "the model only thought",
            Reason::BrokenOff => "broken off",
        }
    }
}

/// What lets a draft pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub least_words: usize,
    pub most_words: usize,
    /// Share of the telling words of a question that its passage may have.
    pub most_shared: f32,
    /// Cosine of two questions of one page from which on they are one, as the bundled model has it;
    /// another model's is the one that means the same (`encoder::calibration`).
    pub duplicate: f32,
    /// Pages among which a hybrid search must find the passage's own.
    pub top_k: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            least_words: 4,
            most_words: 45,
            most_shared: 0.85,
            duplicate: 0.985,
            top_k: 20,
        }
    }
}

/// Questions of fewer telling words share most of them with their passage whatever they ask.
const SHARED_FROM: usize = 6;
/// Words of the context line in a row that give it away.
const LEAK: usize = 3;

static ASKING: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)^(?:what|which|who|whose|when|where|why|how|is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|state|give|tell|describe|explain|compute|compare|work out|find|list|show|name|agree|identify|summari[sz]e|calculate)\b",
    )
});
static POINTING: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:passage|excerpt|paragraph|snippet|the (?:above|following|given|provided)|(?:table|text|section|information|statement|sentence) (?:above|below|provided|given)|this (?:table|text|section|document|page|filing)|(?:mentioned|described|discussed|listed) (?:above|below|here)|according to the (?:text|table|document|information|context))\b",
    )
});

/// Checks drafts one by one.
pub struct Filter<'a> {
    corpus: &'a Corpus,
    limits: &'a Limits,
    /// Names that anybody may use: those of the lexicon.
    known: HashSet<String>,
}

impl<'a> Filter<'a> {
    pub fn new(corpus: &'a Corpus, lexicon: &Lexicon, limits: &'a Limits) -> Self {
        let items = lexicon.items.iter().flat_map(|i| &i.names);
        let names = items.chain(lexicon.measures.iter().flat_map(|m| &m.names));
        let words_of = names.flat_map(|name| words(&name.text));
        let mut known: HashSet<String> = words_of.map(|w| w.text.to_lowercase()).collect();
        known.extend(["i", "fy", "h1", "us", "gaap"].map(str::to_owned));
        Self {
            corpus,
            limits,
            known,
        }
    }

    /// The first thing that is wrong with a draft.
    pub fn check(&self, draft: &Draft) -> Option<Reason> {
        let source = &self.corpus.sources[draft.source];
        let question = draft.question.trim();
        let count = question.split_whitespace().count();
        let asks = question.ends_with('?') || ASKING.is_match(question);
        let fails = [
            (!asks, Reason::NotAQuestion),
            (count < self.limits.least_words, Reason::TooShort),
            (count > self.limits.most_words, Reason::TooLong),
            (POINTING.is_match(question), Reason::NamesThePassage),
        ];
        if let Some((_, reason)) = fails.into_iter().find(|(fails, _)| *fails) {
            return Some(reason);
        }
        if leaks(question, source) {
            return Some(Reason::LeaksTheContext);
        }
        if !self.numbers_match(draft, source) {
            return Some(Reason::ForeignNumber);
        }
        if !self.names_match(question, source) {
            return Some(Reason::ForeignName);
        }
        let (shared, telling) = shared(question, source);
        // A figure is asked for by its line's own name.
        let by_name = draft.writer == rule::RULES && !draft.item.is_empty();
        (!by_name && telling >= SHARED_FROM && shared > self.limits.most_shared)
            .then_some(Reason::SharesTooMuch)
    }

    fn numbers_match(&self, draft: &Draft, source: &Source) -> bool {
        let own: HashSet<String> = numbers(&source.passage).into_iter().collect();
        let year = source.chunk.year.map(|y| y.to_string());
        let quarter = source.chunk.quarter.map(|q| q.to_string());
        let known = |n: &String| {
            own.contains(n)
                || Some(n) == year.as_ref()
                || Some(n) == quarter.as_ref()
                // `H1 2024` of a report on two quarters.
                || (n == "1" && quarter.is_some())
                || is_rounded(n, &own)
        };
        numbers(&draft.question).iter().all(known) && numbers(&draft.answer).iter().all(known)
    }

    /// Capitalised words that do not open a sentence are names.
    fn names_match(&self, question: &str, source: &Source) -> bool {
        let mut names = words(question);
        names.retain(|w| !w.opens && w.text.starts_with(char::is_uppercase));
        if names.is_empty() {
            return true;
        }
        let lower_words = |text: &str| -> HashSet<String> {
            words(text)
                .into_iter()
                .map(|w| w.text.to_lowercase())
                .collect()
        };
        let mut own = lower_words(&source.passage);
        own.extend(lower_words(&source.chunk.company));
        let document = &self.corpus.documents[source.document];
        own.extend(lower_words(&document.metadata.ticker));
        names.iter().all(|name| {
            let name = name.text.to_lowercase();
            let period = name.starts_with("fy") || name.starts_with('q') && name.len() == 2;
            period || own.contains(&name) || self.known.contains(&name)
        })
    }
}

/// `41` for `41.2`.
fn is_rounded(number: &str, own: &HashSet<String>) -> bool {
    let Ok(rounded) = number.parse::<f64>() else {
        return false;
    };
    rounded >= 10.0
        && own
            .iter()
            .filter_map(|n| n.parse::<f64>().ok())
            .any(|n| n.fract() != 0.0 && n.round() == rounded)
}

/// True when words of the context line stand in the question as they do there, beyond the
/// company's own name.
fn leaks(question: &str, source: &Source) -> bool {
    let lower = |text: &str| -> Vec<String> {
        text.split_whitespace()
            .map(|w| {
                w.trim_matches(|c: char| !c.is_alphanumeric())
                    .to_lowercase()
            })
            .collect()
    };
    let (context, question) = (lower(&source.context), lower(question));
    let own = lower(&source.company).len();
    let length = LEAK.max(own + 2);
    context
        .windows(length)
        .any(|run| question.windows(length).any(|other| other == run))
}

/// The share of a question's telling words that its passage has, names and numbers aside, and how
/// many they are.
pub fn shared(question: &str, source: &Source) -> (f32, usize) {
    let company: HashSet<String> = lexical::tokens(&source.chunk.company).into_iter().collect();
    let own: HashSet<String> = lexical::tokens(&source.chunk.text).into_iter().collect();
    let mut telling = lexical::tokens(question);
    telling.retain(|stem| {
        stem.chars().all(char::is_alphabetic)
            && !lexical::is_stop_word(stem)
            && !company.contains(stem)
    });
    telling.sort_unstable();
    telling.dedup();
    let count = telling.iter().filter(|stem| own.contains(*stem)).count();
    (count as f32 / telling.len().max(1) as f32, telling.len())
}

#[cfg(test)]
mod tests {
    use super::super::source::tests::{document, source};
    use super::super::{Kind, Voice};
    use super::*;

    fn check(question: &str, answer: &str) -> Option<Reason> {
        let row = document(
            1,
            "NORTHGATE_2023_10K.pdf",
            "Northgate Industries, Inc.",
            2023,
        );
        let text = "Pumps   2023   2022\nInventories   $318.9   $336.4\nOne foundry in Slovenia pours our large \
                    duplex castings, and we keep nine weeks of those castings in stock at Toledo.";
        let corpus =
            Corpus::from_sources(vec![row.clone()], vec![source(&row, 0, 1, "Supply", text)]);
        let lexicon = Lexicon::load(None).unwrap();
        let draft = Draft {
            question: question.to_owned(),
            kind: Kind::Topic,
            voice: Voice::Plain,
            writer: "a model".to_owned(),
            frame: String::new(),
            source: 0,
            answer: answer.to_owned(),
            item: String::new(),
        };
        Filter::new(&corpus, &lexicon, &Limits::default()).check(&draft)
    }

    #[test]
    fn what_is_wrong_is_named() {
        use Reason::*;
        let cases: [(&str, &str, Option<Reason>); 18] = [
            (
                "How long could Northgate go on if its foundry stopped?",
                "nine weeks",
                None,
            ),
            (
                "Which inventories did Northgate hold at the end of FY2022?",
                "$336.4",
                None,
            ),
            (
                "What is Northgate's PP&E policy for stock in 2023?",
                "",
                None,
            ),
            ("How big were stocks of about 319 million?", "", None),
            ("The foundry is in Slovenia.", "", Some(NotAQuestion)),
            ("Answer: nine weeks", "", Some(NotAQuestion)),
            ("What inventories?", "", Some(TooShort)),
            (
                "What does the passage say about castings?",
                "",
                Some(NamesThePassage),
            ),
            (
                "Which supplier is in the table above?",
                "",
                Some(NamesThePassage),
            ),
            (
                "According to the text, who pours castings?",
                "",
                Some(NamesThePassage),
            ),
            (
                "What were inventories at the end of 2019?",
                "",
                Some(ForeignNumber),
            ),
            (
                "What were inventories at the end of 2023?",
                "$412.7",
                Some(ForeignNumber),
            ),
            (
                "How did Tarrant manage its supply of castings?",
                "",
                Some(ForeignName),
            ),
            (
                "Where in Germany are castings kept in stock?",
                "",
                Some(ForeignName),
            ),
            (
                "Northgate Industries, Inc. 10-K FY2023: what castings are there?",
                "",
                Some(LeaksTheContext),
            ),
            (
                "Is it one foundry that pours large duplex castings, and are weeks of castings kept in stock?",
                "",
                Some(SharesTooMuch),
            ),
            ("State the inventories of Northgate.", "$318.9", None),
            ("Why is one supplier a danger to Northgate?", "", None),
        ];
        for (question, answer, expected) in cases {
            assert_eq!(check(question, answer), expected, "{question}");
        }
        let long = format!("What {}?", "pumps ".repeat(50));
        assert_eq!(check(&long, ""), Some(TooLong));
    }
}
