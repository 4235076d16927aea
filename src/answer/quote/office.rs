//! Offices: who holds one in a company. What answers names a person right beside the title, and no other company behind it:
//! "David L. Calhoun, President and Chief Executive Officer", but not "she served as Chief Executive Officer of Nielsen".

use std::sync::LazyLock;

use regex::Regex;

use crate::index::lexical::tokens;
use crate::pattern::compiled;
use crate::query::word::is_in;

/// Offices, each by its titles; of titles within titles the longer first.
const OFFICES: [&[&str]; 13] = [
    &["chief executive officer", "chief executive", "ceo"],
    &["chief financial officer", "cfo"],
    &["chief operating officer", "coo"],
    &["chief accounting officer"],
    &["chief technology officer", "cto"],
    &["chief legal officer"],
    &["general counsel"],
    &["lead independent director", "lead director"],
    &["chairman", "chairwoman", "chairperson", "chair"],
    &["president"],
    &["treasurer"],
    &["controller"],
    &["corporate secretary", "secretary"],
];
/// Words that may stand between a name and the title of its bearer.
const BETWEEN: &str = "is was has been as our the its and of a chairman chairwoman chair president vice executive senior \
    group officer director chief board directors administrative accounting legal corporate founder co-founder interim financial operating \
    global principal age named appointed elected became currently serves i certify that";
/// Words with a capital that are of no name.
const NO_NAME: &str = "chairman chairwoman chair president vice executive senior officer officers director directors chief \
    board company corporation inc committee our the registrant principal financial operating accounting code item \
    group and of by mr ms mrs dr i he she date form name title signature board global former retired joint venture \
    international north south america europe asia pacific business division";
/// Further titles behind one.
const TITLE: &str = "and chairman chairwoman chair president vice executive senior officer director chief financial \
    operating accounting principal treasurer secretary";
/// What may be named behind a title besides the company.
const BEHIND: &str = "company corporation inc board registrant duly authorized january february march april may june \
    july august september october november december date";
/// Words that are looked through for a name, before a title.
const LOOKED: usize = 14;

static ASKS: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)^\s*who(?:se|m|'s|’s)?\b|\bname of (?:the|its)\b"));

/// Who comes or goes is told in other words.
static CHANGES: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:tak(?:es?|ing) over|took over|succe\w+|replac\w+|appoint\w*|nam(?:es|ed)|new|next|will|resign\w*|retir\w*|step\w*|leav\w+|left|becom\w*|became|depart\w*|hired?|elect\w*)\b",
    )
});

/// The office that a question asks for.
#[derive(Debug)]
pub struct Office {
    titles: &'static [&'static str],
    /// Stems of the names of the companies that are meant.
    company: Vec<String>,
}

impl Office {
    /// The office whose holder `question` asks for.
    pub fn of(question: &str, company: &[String]) -> Option<Self> {
        if !ASKS.is_match(question) || CHANGES.is_match(question) {
            return None;
        }
        let lower = question.to_lowercase();
        let is_asked =
            |titles: &&&[&str]| titles.iter().any(|title| place(&lower, title).is_some());
        let titles = *OFFICES.iter().find(is_asked)?;
        Some(Self {
            titles,
            company: company.to_vec(),
        })
    }

    /// True where a text names who holds it.
    pub fn is_held(&self, text: &str) -> bool {
        let lower = text.to_lowercase();
        // Small letters may be longer or shorter than their capitals, and where all are capitals none tells a name.
        if lower.len() != text.len() || !text.contains(char::is_lowercase) {
            return false;
        }
        self.titles.iter().any(|title| {
            let mut from = 0;
            while let Some(at) = place(&lower[from..], title) {
                let (start, end) = (from + at, from + at + title.len());
                // The chief executive officer has a longer title.
                let is_longer = lower[end..].starts_with(" officer");
                if !is_longer && self.is_held_at(&text[..start], &text[end..]) {
                    return true;
                }
                from = end;
            }
            false
        })
    }

    fn is_held_at(&self, before: &str, behind: &str) -> bool {
        // The vice chairman is not the chairman.
        let is_other = before
            .trim_end()
            .rsplit(' ')
            .next()
            .is_some_and(|word| is_in("vice deputy former assistant", &bare(word)));
        if is_other {
            return false;
        }
        self.is_named_behind(behind) || self.is_named_before(before) && self.is_own(behind)
    }

    /// `…, David Calhoun,` right behind the title.
    fn is_named_behind(&self, behind: &str) -> bool {
        let own = behind.strip_prefix(',').unwrap_or(behind);
        let words: Vec<&str> = own.split_whitespace().take(2).collect();
        words.len() == 2 && !words[0].ends_with([',', ';', '.']) && self.is_name(&words)
    }

    /// `David L. Calhoun, 64, is our President and` right before the title.
    fn is_named_before(&self, before: &str) -> bool {
        let words: Vec<&str> = before.split_whitespace().collect();
        let from = words.len().saturating_sub(LOOKED);
        for at in (from..words.len()).rev() {
            let own = bare(words[at]);
            if at > 0 && self.is_name(&words[at - 1..=at]) {
                // "President of Raytheon International, chairman and": of a company, and nobody's name.
                let mut before = words[..at - 1].iter().rev().map(|word| bare(word));
                let before = before.find(|word| word.len() > 1);
                return before.is_none_or(|word| !is_in("of at for with joined to by", &word));
            }
            let is_title = ["mr", "ms", "mrs", "dr"].contains(&own.as_str());
            let is_age = own.len() == 2 && own.bytes().all(|b| b.is_ascii_digit());
            let is_served = own == "served" && at > 0 && is_in("has also", &bare(words[at - 1]));
            let is_small = own.is_empty()
                || is_age
                || is_served
                || self.is_company(words[at])
                || is_in(BETWEEN, &own);
            if is_title || !is_small {
                return false;
            }
        }
        false
    }

    /// True for a word of the name of a company that is meant.
    fn is_company(&self, word: &str) -> bool {
        tokens(word).iter().any(|stem| self.company.contains(stem))
    }

    /// Two words of a name: with capitals, of no title and no company.
    fn is_name(&self, words: &[&str]) -> bool {
        let is_honorific = |word: &str| ["Mr.", "Ms.", "Mrs.", "Dr."].contains(&word);
        let is_part = |word: &&str| {
            let own = bare(word);
            let is_letters = own.chars().all(|c| c.is_alphabetic() || "'’-.".contains(c));
            word.starts_with(char::is_uppercase)
                && !own.is_empty()
                && is_letters
                && !self.is_company(word)
                && !is_in(NO_NAME, &own)
        };
        let is_surname = |word: &&str| is_part(word) && bare(word).chars().count() > 2;
        let (first, last) = (&words[0], &words[words.len() - 1]);
        // A comma ends what stands before a name.
        let is_one = !first.ends_with([',', ';', ':']);
        is_one && is_surname(last) && (is_honorific(first) || is_part(first))
    }

    /// False where another company or a part of this one is named behind the title.
    fn is_own(&self, behind: &str) -> bool {
        let mut is_of = behind.starts_with(',');
        for word in behind.split_whitespace() {
            let own = bare(word);
            let is_dash = ["-", "–", "—"].contains(&word);
            if is_dash || ["of", "at", "for", "the", "our"].contains(&own.as_str()) {
                is_of = true;
            } else if own.is_empty() || is_in(TITLE, &own) {
                is_of |= word.ends_with(',');
            } else if !self.is_company(word) {
                let is_other = is_of && word.starts_with(char::is_uppercase);
                return !is_other || is_in(BEHIND, &own);
            }
        }
        true
    }
}

/// A word without the marks around it, in small letters.
fn bare(word: &str) -> String {
    let marks = |c: char| !c.is_alphanumeric();
    word.trim_matches(marks).to_lowercase()
}

/// Where a title stands as whole words.
fn place(lower: &str, title: &str) -> Option<usize> {
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let mut places = lower.match_indices(title);
    let own = places.find(|(at, _)| {
        is_edge(lower[..*at].chars().next_back())
            && is_edge(lower[at + title.len()..].chars().next())
    });
    own.map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_held(question: &str, text: &str) -> bool {
        let own = Office::of(question, &tokens("Boeing PepsiCo Corning"));
        own.is_some_and(|own| own.is_held(text))
    }

    #[test]
    fn whoever_holds_an_office_stands_beside_its_title() {
        let ceo = "Who is the CEO of Boeing?";
        for text in [
            "David L. Calhoun President and Chief Executive Officer and Director",
            "David L. Calhoun, 64, is our President and Chief Executive Officer.",
            "I, David L. Calhoun, President and Chief Executive Officer of The Boeing Company, certify",
            "Our Chief Executive Officer, David Calhoun, said so.",
            "Mr. Weeks has been the Chief Executive Officer of the Company since 2005.",
        ] {
            assert!(is_held(ceo, text), "{text}");
        }
        for text in [
            "Prior to joining, Ms. Qureshi served as President and Chief Executive Officer of Ericsson.",
            "He served as Vice Chairman of General Electric and Chief Executive Officer of GE Infrastructure.",
            "Stanley A. Deal 58 Executive Vice President, President and Chief Executive Officer, Boeing Commercial Airplanes",
            "The Code applies to our Chief Executive Officer (CEO) and Chief Financial Officer (CFO).",
            "Leslie A. Brun Chairman and Chief Executive Officer, Sarr Group LLC",
            "RICHARD A. JOHNSON TO RETIRE AS CHAIRMAN AND CEO",
            "Mr. Joly was previously the President and Chief Executive Officer of Carlson, Inc.",
        ] {
            assert!(!is_held(ceo, text), "{text}");
        }
        assert!(!is_held(
            ceo,
            "He was president of Raytheon International, chief executive"
        ));
        assert!(is_held(
            "Who is the general counsel?",
            "Ms. Krane was appointed Executive Vice President, Chief Administrative Officer and General Counsel in 2013."
        ));
        let cfo = "Who's PepsiCo's CFO?";
        assert!(is_held(
            cfo,
            "Hugh F. Johnston 61 Vice Chairman, PepsiCo; Executive Vice President and Chief Financial Officer, PepsiCo"
        ));
        assert!(!is_held(
            cfo,
            "including the Controller, CFO and CHRO, in connection"
        ));
        let chair = "Who is the chairman of Corning?";
        assert!(!is_held(
            chair,
            "Lawrence D. McRae Vice Chairman and Corporate Development Officer"
        ));
        assert!(is_held(
            chair,
            "Wendell P. Weeks Chairman and Chief Executive Officer"
        ));
    }

    #[test]
    fn other_questions_ask_for_no_office() {
        for text in [
            "Who are the customers?",
            "What does the CEO earn?",
            "Who audits it?",
            "Who takes over as CEO?",
        ] {
            assert!(Office::of(text, &[]).is_none(), "{text}");
        }
    }
}
