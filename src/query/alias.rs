//! Aliases: all that the company of a document may be called, and when a word of a question means it.
//!
//! Most are learned from the library: the beginnings of the name, initials, symbols, files' names, former names,
//! short forms that the filing defines, companies that file with it. A short list of nicknames is in
//! `assets/aliases.toml`, with the words of the language that companies are named by.

use std::ops::Range;

use super::nickname::{self, also_called, is_ordinary};
use super::word::{Word, is_in, longest, words};
use crate::metadata::{self, Metadata, compact, company_key};
use crate::store::{DocumentRow, composed};

/// How a company may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Its name, or the beginning of it.
    Name,
    /// A word of the language as well: counts as a name only with a capital that says so.
    Ordinary,
    /// A word that is in every sentence, or a month: counts with a possessive alone.
    Function,
    /// Initials: count only in capitals.
    Letters,
    /// A symbol: counts in small letters too, unless these are a word.
    Symbol,
}

impl Kind {
    /// Whether `words` of a question mean a company of which they are an alias of this kind.
    pub fn is_meant(self, words: &[Word]) -> bool {
        let (Some(first), Some(last)) = (words.first(), words.last()) else {
            return false;
        };
        let capital = |w: &Word| {
            w.text
                .starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
        };
        let no_small = |w: &Word| !w.text.chars().any(char::is_lowercase);
        // `JnJ`
        let capital_inside = |w: &Word| w.text.chars().skip(1).any(char::is_uppercase);
        match self {
            Kind::Name => true,
            Kind::Ordinary => words.iter().all(capital) && (!first.opens || last.possessive),
            Kind::Function => words.iter().all(capital) && last.possessive,
            Kind::Letters => words.iter().all(no_small) || words.iter().all(capital_inside),
            Kind::Symbol => {
                let is_word = |w: &Word| nickname::is_word(&compact(&w.text));
                let is_small = match words {
                    // Of two letters where the question begins: `vz capex 2021`.
                    [word] if word.opens && word.text.len() == 2 => {
                        !is_in(SHORT, &word.text.to_lowercase())
                    }
                    [word] => word.text.len() >= 3 && !is_word(word),
                    // `brk.b`
                    [stem, class] => {
                        class.text.len() == 1 && stem.text.len() >= 2 && !is_word(stem)
                    }
                    _ => false,
                };
                is_small || words.iter().all(no_small) || words.iter().all(capital_inside)
            }
        }
    }
}

/// Words of two letters.
const SHORT: &str = "ad ah am an as at be by do go he hi id if in is it me my no of oh ok on or pm re so to up us vs we";

/// A way to call the company of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Alias {
    pub kind: Kind,
    /// It is all of a name, or a symbol: who is called so goes before those whose name begins so.
    pub is_whole: bool,
    /// It is the name of a company that files with this one, whose own figures are others.
    pub is_registrant: bool,
}

impl Alias {
    fn whole(kind: Kind) -> Self {
        Self {
            kind,
            is_whole: true,
            is_registrant: false,
        }
    }

    fn part(kind: Kind) -> Self {
        Self {
            is_whole: false,
            ..Self::whole(kind)
        }
    }
}

/// All that the company of a document may be called, run together in lower case.
pub fn of_document(row: &DocumentRow) -> Vec<(String, Alias)> {
    let known = &row.metadata;
    let mut out = of_name(&known.called());
    // With what the law adds even a word of the language is a name.
    if known.company.contains(' ') {
        out.push((compact(&known.company), Alias::whole(Kind::Name)));
    }
    let symbols =
        std::iter::once(&known.ticker).chain(known.aliases.iter().filter(|a| is_symbol(a)));
    let symbols = symbols.filter(|s| s.len() >= 2);
    out.extend(symbols.map(|s| (compact(s), Alias::whole(Kind::Symbol))));
    let defined = known.aliases.iter().filter(|a| !is_symbol(a));
    out.extend(defined.flat_map(|alias| other_name(alias)));
    for (alias, found) in known.registrants.iter().flat_map(|name| other_name(name)) {
        let is_own = out.iter().any(|(own, _)| *own == alias);
        let is_registrant = !is_own;
        out.push((
            alias,
            Alias {
                is_registrant,
                ..found
            },
        ));
    }
    out.extend(nicknames(&known.company));
    let files = row.paths.iter().map(|path| composed(path));
    out.extend(
        files
            .filter_map(|path| file_alias(&path, known, &out))
            .collect::<Vec<_>>(),
    );
    out.retain(|(alias, _)| !alias.is_empty());
    out
}

/// For people: symbols, former names and short forms, companies that file with it, nicknames.
pub fn spoken(row: &DocumentRow) -> Vec<String> {
    let known = &row.metadata;
    let mut out: Vec<String> = Vec::new();
    let learned = std::iter::once(&known.ticker)
        .chain(&known.aliases)
        .chain(&known.registrants);
    let nicknames: Vec<String> = also_called(&known.company)
        .map(|(name, _)| name.to_owned())
        .collect();
    for name in learned.chain(&nicknames).chain(&initials(&known.called())) {
        if !name.is_empty() && !out.iter().any(|o| compact(o) == compact(name)) {
            out.push(name.clone());
        }
    }
    out
}

/// True for a word with which a figure's name begins: "alphabet revenue 2022" is about a company.
fn names_figure(word: Option<&Word>) -> bool {
    const FIGURES: &str =
        "revenue revenues sales income earnings profit profits ebitda eps capex debt";
    word.is_some_and(|word| is_in(FIGURES, &word.text))
}

/// The words of a question that name companies that people ask about, in any library or none.
pub fn well_known(words: &[Word]) -> Vec<Range<usize>> {
    const LONGEST: usize = 5;
    // A word of the language is whom something is asked of between these: "did visa raise its dividend?"
    const DOING: &str = "did does has have had";
    const DONE: &str = "spend spent earn earned make made pay paid raise raised cut report reported buy bought repurchase \
        repurchased grow grown lose lost increase increased decrease decreased sell sold invest invested generate \
        generated post posted book booked record recorded return returned issue issued owe have borrow borrowed";
    let is_asked = |from: usize, here: &[Word]| {
        let before = from.checked_sub(1).map(|before| &words[before]);
        let behind = words.get(from + here.len());
        let is_of = |word: Option<&Word>, list| word.is_some_and(|word| is_in(list, &word.text));
        is_of(before, DOING) && is_of(behind, DONE)
            || here.last().is_some_and(|word| word.possessive)
    };
    let is_meant = |name: &str, from: usize, here: &[Word]| match short(name).1.kind {
        Kind::Ordinary if is_asked(from, here) => true,
        // `ibm`, as people type it; two letters alone are anybody's.
        Kind::Letters if compact(name).len() > 2 => Kind::Symbol.is_meant(here),
        // `hp's`, whose figure nobody else has, and `3m` where it opens the question.
        Kind::Letters if here.last().is_some_and(|word| word.possessive) => true,
        Kind::Letters | Kind::Ordinary if from == 0 && names_figure(words.get(here.len())) => true,
        kind => kind.is_meant(here),
    };
    let mut out = Vec::new();
    for from in 0..words.len() {
        for to in from + 1..=(from + LONGEST).min(words.len()) {
            let here = &words[from..to];
            let joined = |own: &mut dyn Iterator<Item = &Word>| -> String {
                own.map(|w| compact(&w.text)).collect()
            };
            let plain = joined(&mut here.iter());
            // `AT&T`, whose sign is read as a word.
            let is_joined = here[0].text != "and" && here[here.len() - 1].text != "and";
            let bare = joined(&mut here.iter().filter(|w| w.text != "and"));
            // `Lowe's`, whose end is read as a possessive.
            let is_possessive = here[here.len() - 1].possessive;
            let owned = || nickname::well_known(&format!("{plain}s")).filter(|_| is_possessive);
            let known = nickname::well_known(&plain)
                .or_else(owned)
                .or_else(|| nickname::well_known(&bare).filter(|_| is_joined));
            if known.is_some_and(|name| is_meant(name, from, here)) {
                out.push((from..to, ()));
            }
        }
    }
    longest(out).into_iter().map(|(range, ())| range).collect()
}

fn nicknames(company: &str) -> Vec<(String, Alias)> {
    let named = also_called(company).map(|(name, is_whole)| {
        let (alias, found) = short(name);
        let kind = match found.kind {
            // `bxp`, as people type it.
            Kind::Letters if alias.len() > 2 => Kind::Symbol,
            kind => kind,
        };
        let found = Alias {
            kind,
            is_whole,
            ..found
        };
        (alias, found)
    });
    named.collect()
}

/// `BRK.B`, `PCG`.
fn is_symbol(alias: &str) -> bool {
    alias.len() <= 7 && !alias.contains(' ') && !alias.chars().any(char::is_lowercase)
}

/// An alias by what it looks like.
pub fn short(alias: &str) -> (String, Alias) {
    let plain = compact(alias);
    let kind = if is_symbol(alias) && plain.len() <= 5 {
        Kind::Letters
    } else {
        kind_of_word(&plain)
    };
    (plain, Alias::whole(kind))
}

/// How a name of one word counts.
fn kind_of_word(word: &str) -> Kind {
    const MONTHS: &str = "jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august \
        september october november december";
    if nickname::is_word(word) || MONTHS.split(' ').any(|month| month == word) {
        Kind::Function
    } else if is_ordinary(word) || word.len() < 4 {
        Kind::Ordinary
    } else {
        Kind::Name
    }
}

/// A former name, that of a company which files with it, or a short form.
fn other_name(name: &str) -> Vec<(String, Alias)> {
    let called = metadata::called(name);
    if called.contains(' ') {
        of_name(&called)
    } else {
        vec![short(&called)]
    }
}

/// The beginnings of a name, and its initials.
fn of_name(name: &str) -> Vec<(String, Alias)> {
    let mut out = Vec::new();
    // `Snap-on` is one word: nobody calls it Snap.
    let parts: Vec<String> = name
        .split_whitespace()
        .map(compact)
        .filter(|w| !w.is_empty())
        .collect();
    let mut joined = String::new();
    for (at, part) in parts.iter().enumerate() {
        joined.push_str(part);
        let whole = at + 1 == parts.len();
        let plain =
            |w: &String| is_ordinary(w) || metadata::LEGAL.contains(&w.as_str()) || w.len() < 2;
        if ["of", "and", "for"].contains(&part.as_str()) {
            continue;
        }
        // Two ordinary words together are a name when they are all of it; else a capital decides.
        let ordinary = parts[..=at].iter().all(plain);
        let kind = match at {
            0 if kind_of_word(part) == Kind::Function => Kind::Function,
            _ if ordinary && !(whole && at > 0) => Kind::Ordinary,
            _ => Kind::Name,
        };
        if joined.len() > 1 && (!ordinary || whole || at > 0) {
            let alias = if whole {
                Alias::whole(kind)
            } else {
                Alias::part(kind)
            };
            out.push((joined.clone(), alias));
        }
    }
    // `Johnson & Johnson`, `Procter and Gamble`
    let bare: String = parts
        .iter()
        .filter(|w| *w != "and")
        .map(String::as_str)
        .collect();
    if bare != joined {
        out.push((bare, Alias::whole(Kind::Name)));
    }
    out.extend(initials(name).map(|letters| (compact(&letters), Alias::part(Kind::Letters))));
    out
}

/// `J&J` is Johnson & Johnson, and IBM International Business Machines; two letters alone are anybody's.
fn initials(name: &str) -> Option<String> {
    let all = words(name);
    let is_joint = name.contains('&') || name.to_lowercase().contains(" and ");
    let own = all
        .iter()
        .filter(|w| !["and", "of"].contains(&w.text.to_lowercase().as_str()));
    let letters: String = own.filter_map(|w| w.text.chars().next()).collect();
    let least = if is_joint { 2 } else { 3 };
    (all.len() >= 3 && letters.chars().count() >= least).then(|| letters.to_uppercase())
}

/// `BESTBUY_2019_10K.pdf` and `amd-2022-annual-report.pdf` call the company by their first words, where the pages do
/// not speak for another.
fn file_alias(path: &str, known: &Metadata, own: &[(String, Alias)]) -> Option<(String, Alias)> {
    let alias = compact(&metadata::file_words(path).concat());
    let key = company_key(&known.company);
    let is_kin = key.starts_with(&alias)
        || alias.starts_with(&key)
        || own.iter().any(|(name, _)| *name == alias);
    if !is_kin && !known.company.is_empty() && !known.is_doubtful() {
        return None;
    }
    let kind = match alias.len() {
        0 | 1 => return None,
        2 | 3 => Kind::Letters,
        _ => kind_of_word(&alias),
    };
    Some((alias, Alias::part(kind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_in_any_spelling_and_no_word() {
        let is = |text: &str| Kind::Symbol.is_meant(&words(text));
        for text in ["BRK.B", "brk.b", "BRK-B", "brkb", "jnj", "JnJ", "ALL"] {
            assert!(is(text), "{text}");
        }
        for text in ["all", "low", "so", "it is"] {
            assert!(!is(text), "{text}");
        }
    }

    #[test]
    fn a_word_in_small_letters_is_a_company_that_did_something() {
        let known = |text: &str| {
            let all = words(text);
            let found = well_known(&all).into_iter();
            found
                .map(|range| all[range.start].text.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            known("how much did visa spend on buybacks in 2022"),
            ["visa"]
        );
        assert_eq!(known("what was target's margin"), ["target"]);
        for text in [
            "Does target allocation matter?",
            "how did visa fees develop",
            "what is the target of the plan",
        ] {
            assert!(known(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_word_of_the_language_is_a_company_where_a_capital_says_so() {
        let all = words("Target prices: did Target meet the target?");
        assert!(
            !Kind::Ordinary.is_meant(&all[..1]),
            "a sentence opens with it"
        );
        assert!(Kind::Ordinary.is_meant(&all[3..4]));
        assert!(!Kind::Ordinary.is_meant(&all[6..7]));
        assert!(Kind::Ordinary.is_meant(&words("Target's capex")[..1]));
    }
}
