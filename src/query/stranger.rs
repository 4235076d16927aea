//! Strangers: companies that a question is about and the library has no document of. What other companies' filings
//! say answers nothing that is asked of them.

use std::ops::Range;

use super::alias;
use super::company::Mention;
use super::word::{Word, is_in};

/// A name that is no company's of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// As the question has it.
    pub name: String,
    /// Its words, stemmed.
    pub stems: Vec<String>,
    pub sure: Surety,
    /// It stands beside a company of the library: "Nike and Adidas".
    pub is_beside: bool,
}

/// How surely a name is a company's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Surety {
    /// It is written with a capital, as names of much else are.
    Capital,
    /// It opens the question, as words of all kinds do.
    Opening,
    /// Something is asked of its own.
    Possessive,
    /// It is a company that everybody knows.
    Known,
}

/// Words behind which a name is what something is done to or with, not whom the question is about.
const OBJECT: &str =
    "to from with against like than including as versus vs via using under through per on into";
/// Words of a question that sets companies against each other, wherever they stand.
const COMPARING: &str = "compare compared comparing comparison vs versus against than between better worse higher lower \
    faster slower bigger larger smaller";
/// Words between two that are set beside each other.
const BESIDE: &str = "and or vs versus against with than to";
/// Beginnings of words about what one company does with another, whose own filings are not asked for.
const DEALS: &str = "acqui purchas bought merg takeover divest stake separat spin account customer suppl lender trustee \
    agreement list build partner joint venture engine";
/// Beginnings of words about what one company has against another.
const SUITS: &str = "lawsuit litigat suit sue dispute antitrust settle";

/// Words that whom a question is about may stand behind.
const SUBJECT: &str = "for of at by did does do has have had is are was were will can about";
/// Words that open a question and ask.
const ASKING: &str = "what which who whom whose how when where why was were are does did has have had will would can \
    could should may might give show tell list name find calculate compute determine explain describe summarize \
    summarise compare contrast discuss identify provide state report analyze analyse estimate assess evaluate break \
    outline check verify plot chart define quote cite extract get fetch pull look search help please walk rank track \
    detail highlight review derive and but also now then from with for the its our their any all each among between \
    according using use based under during within over after before since until not only if there this that these \
    those answer assume consider suppose see read think let by";

/// The strangers that a question is about. `mentions` are the companies of the library that it names, `left_over` the
/// words that nothing accounts for.
pub fn strangers(
    text: &str,
    all: &[Word],
    mentions: &[Mention],
    left_over: &[String],
) -> Vec<Stranger> {
    let is_free = |at: usize| !mentions.iter().any(|mention| mention.words.contains(&at));
    let known = alias::well_known(all);
    let is_title = is_title(all);
    let is_name = |at: usize| {
        let word = &all[at];
        is_free(at) && word.text.starts_with(char::is_uppercase) && may_name(all, at, is_title)
    };
    let mut found: Vec<(Range<usize>, Surety)> = known
        .into_iter()
        .filter(|range| range.clone().all(is_free))
        .map(|range| (range, Surety::Known))
        .collect();
    let mut at = 0;
    while at < all.len() {
        let end = run(all, at, &is_name);
        let is_new = !found.iter().any(|(range, _)| range.contains(&at));
        let is_told = all[at..end]
            .iter()
            .all(|word| !left_over.contains(&word.text));
        if is_new && !is_told {
            let sure = match (all[end - 1].possessive, all[at].opens && end == at + 1) {
                (true, _) => Surety::Possessive,
                (false, true) => Surety::Opening,
                (false, false) => Surety::Capital,
            };
            found.push((at..end, sure));
        }
        at = end.max(at + 1);
    }
    found.sort_by_key(|(range, _)| range.start);
    let sides = Sides {
        text,
        all,
        mentions,
    };
    let is_comparison = !mentions.is_empty() && all.iter().any(|word| is_in(COMPARING, &word.text));
    let mut out: Vec<Stranger> = Vec::new();
    // The last name, whether the question is about it, and whether it stands beside a company of the library.
    let mut last: Option<(Range<usize>, bool, bool)> = None;
    for (range, sure) in found {
        let before = last
            .take()
            .filter(|(last, ..)| sides.are_beside(last, &range));
        let is_beside = sides.is_beside_company(&range)
            || sure == Surety::Known && is_comparison
            || before.as_ref().is_some_and(|(_, _, is_beside)| *is_beside);
        // Of names side by side all are what the first is.
        let is_subject = match &before {
            Some((_, is_subject, _)) => *is_subject,
            None => is_beside || sides.is_subject(&range),
        };
        last = Some((range.clone(), is_subject, is_beside));
        if is_subject && !sides.is_explained(&range) {
            out.push(Stranger {
                name: bare(&text[all[range.start].from..all[range.end - 1].to]).to_owned(),
                stems: all[range].iter().map(|word| word.stem.clone()).collect(),
                sure,
                is_beside,
            });
        }
    }
    out
}

/// True for a question about what one company does with another.
pub fn is_of_deals(all: &[Word]) -> bool {
    begins(all, DEALS)
}

/// True for words about a quarrel of a company with another.
pub fn is_of_suits(all: &[Word]) -> bool {
    begins(all, SUITS)
}

fn begins(all: &[Word], list: &str) -> bool {
    all.iter().any(|word| {
        let lower = word.text.to_lowercase();
        list.split_whitespace().any(|own| lower.starts_with(own))
    })
}

/// What stands beside a name.
struct Sides<'a> {
    text: &'a str,
    all: &'a [Word],
    mentions: &'a [Mention],
}

impl Sides<'_> {
    fn word(&self, at: Option<usize>) -> Option<String> {
        Some(self.all.get(at?)?.text.to_lowercase())
    }

    /// True for two names with "and", "vs" or a comma between them.
    fn are_beside(&self, first: &Range<usize>, second: &Range<usize>) -> bool {
        let between = match second.start.checked_sub(first.end) {
            Some(0) => None,
            Some(1) => self.word(Some(first.end)),
            _ => return false,
        };
        let gap = &self.text[self.all[first.end - 1].to..self.all[second.start].from];
        match between {
            Some(word) => is_in(BESIDE, &word),
            None => gap.contains([',', '/', '&']),
        }
    }

    fn is_beside_company(&self, range: &Range<usize>) -> bool {
        self.mentions.iter().any(|mention| {
            self.are_beside(&mention.words, range) || self.are_beside(range, &mention.words)
        })
    }

    /// True where the question may be about a name: it is not what something is done to.
    fn is_subject(&self, range: &Range<usize>) -> bool {
        let before = self.word(range.start.checked_sub(1));
        let is_possessive = self.all[range.end - 1].possessive;
        is_possessive || before.is_none_or(|before| !is_in(OBJECT, &before))
    }

    /// True where the question is what the name is: "Who is Tim Cook?"
    fn is_explained(&self, range: &Range<usize>) -> bool {
        let asks = self
            .word(Some(0))
            .is_some_and(|word| is_in("who what whos", &word));
        let is_next = range.start == 2
            && self
                .word(Some(1))
                .is_some_and(|w| is_in("is was are were", &w));
        asks && is_next && range.end == self.all.len()
    }
}

/// True for a word with a capital that may be of a name: not one that has it for opening a sentence or a title, and
/// capitals alone (`MGM`, `ESG`) where a company may stand.
fn may_name(all: &[Word], at: usize, is_title: bool) -> bool {
    let word = &all[at];
    if word.possessive {
        return true;
    }
    let is_letters = !word.text.chars().any(char::is_lowercase);
    let before = at.checked_sub(1).map(|at| all[at].text.as_str());
    match (word.opens, is_letters) {
        (true, _) => word.text.len() > 2 && !is_in(ASKING, &word.text),
        (false, true) => word.text.len() > 2 && before.is_some_and(|before| is_in(SUBJECT, before)),
        (false, false) => word.text.len() > 2 && !is_title,
    }
}

/// Without a possessive's end.
fn bare(name: &str) -> &str {
    let ends = ["'s", "’s", "'", "’"];
    ends.iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name)
}

/// The end of the names that begin at a word, `Johnson & Johnson` one of them.
fn run(all: &[Word], from: usize, is_name: &impl Fn(usize) -> bool) -> usize {
    let mut end = from;
    while end < all.len() {
        let is_joined = end > from && all[end].text == "and" && end + 1 < all.len();
        if is_name(end) {
            end += 1;
        } else if is_joined && all[end].to - all[end].from == 1 && is_name(end + 1) {
            end += 2;
        } else {
            break;
        }
        if all[end - 1].possessive {
            break;
        }
    }
    end
}

/// True where capitals say nothing, for every word has one.
fn is_title(all: &[Word]) -> bool {
    let mut long = all.iter().filter(|word| !word.opens && word.text.len() > 3);
    let is_capital = |word: &Word| !word.text.starts_with(char::is_lowercase);
    long.clone().count() > 2 && long.all(is_capital)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::word::words;

    fn names(text: &str) -> Vec<String> {
        let all = words(text);
        let left: Vec<String> = all.iter().map(|word| word.text.clone()).collect();
        let found = strangers(text, &all, &[], &left);
        found.into_iter().map(|stranger| stranger.name).collect()
    }

    #[test]
    fn whom_a_question_is_about() {
        assert_eq!(names("What was Tesla's revenue in 2022?"), ["Tesla"]);
        assert_eq!(
            names("risk factors of Johnson & Johnson"),
            ["Johnson & Johnson"]
        );
        assert_eq!(
            names("Why did the margin of Brixlow Holdings fall?"),
            ["Brixlow Holdings"]
        );
        assert_eq!(names("how much does Disney owe"), ["Disney"]);
        assert_eq!(names("inventories for Best Buy in 2019"), ["Best Buy"]);
        assert_eq!(names("Brixlow diluted EPS, 2022"), ["Brixlow"]);
        assert_eq!(names("what was the revenue of BXL in 2022"), ["BXL"]);
    }

    #[test]
    fn well_known_companies_in_small_letters_and_side_by_side() {
        assert_eq!(names("tesla revenue 2022"), ["tesla"]);
        assert_eq!(names("ibm revenue"), ["ibm"]);
        assert_eq!(names("AT&T net income 2021"), ["AT&T"]);
        assert_eq!(
            names("compare nike, adidas and puma"),
            ["nike", "adidas", "puma"]
        );
        // What is sold to the first is sold to the second.
        assert!(names("how much was sold to Walmart and Costco?").is_empty());
        assert!(names("who is Tim Cook?").is_empty());
    }

    #[test]
    fn a_name_beside_a_company_of_the_library() {
        let beside = |text: &str| {
            let all = words(text);
            let left: Vec<String> = all.iter().map(|word| word.text.clone()).collect();
            let at = all.iter().position(|word| word.text == "Calder").unwrap();
            let mention = Mention {
                words: at..at + 1,
                documents: vec![1],
                is_registrant: false,
            };
            let found = strangers(text, &all, &[mention], &left);
            let own = found.into_iter().filter(|stranger| stranger.is_beside);
            own.map(|stranger| stranger.name).collect::<Vec<_>>()
        };
        assert_eq!(beside("Compare Calder and Brixlow revenue"), ["Brixlow"]);
        assert_eq!(beside("Adidas vs Calder margin"), ["Adidas"]);
        assert_eq!(
            beside("What was the revenue of Calder, Brixlow and Puma?"),
            ["Brixlow", "Puma"]
        );
        assert_eq!(beside("Compare Calder with Adidas"), ["Adidas"]);
        assert_eq!(beside("Did Adidas grow faster than Calder?"), ["Adidas"]);
        assert_eq!(beside("airbus deliveries compared with Calder"), ["airbus"]);
        assert!(beside("What did Calder pay for Brixlow?").is_empty());
        assert!(beside("How does Calder sell to Walmart?").is_empty());
    }

    #[test]
    fn what_is_no_subject_is_no_stranger() {
        assert!(names("How much was sold to Walmart?").is_empty());
        assert!(names("Describe the leases.").is_empty());
        assert!(names("what is its ESG policy").is_empty());
        assert!(names("What Is The Total Revenue Of The Whole Company").is_empty());
        assert!(names("what is the EPS under IFRS").is_empty());
    }
}
