//! Companies: which documents a question's names, aliases, tickers and initials mean.
//!
//! Companies known to the library are no list of ours: names come from the documents' metadata and
//! file names.

use std::collections::HashMap;
use std::ops::Range;

use super::word::{Word, longest, words};
use crate::metadata;
use crate::store::{DocumentRow, DocumentState, composed};

/// Words that open many companies' names and name none of them alone.
const ORDINARY: &str = "a advance advanced air all alliance allied america american an applied associated atlantic \
    auto automatic bank best big black blue board bright brown build business capital cardinal \
    care central charter church citizens city clean cloud coast columbia commercial community \
    consolidated constellation consumer core credit crown data delta diamond digital direct \
    dollar dynamic eagle east eastern edge electric electronic emerging energy enterprise equity \
    essential expand extra fair farm federal fidelity fifth finance first five foot fortune \
    franklin free front fund general generation genuine global gold golden grand great green \
    harbor hartford health healthcare high home host independent industrial innovative insurance \
    international iron key lead liberty life lincoln live local main marathon market medical mid \
    modern molson morgan mutual national net new news nordic north northern norwegian old open \
    pacific park philip pioneer premier principal progressive public quest real regions republic \
    rock royal service smith south southern standard state sun super target tech texas total \
    tractor trade trust union united universal us waste water wells west western world";

/// How a company may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Its name, or the beginning of it.
    Name,
    /// A word of the language as well: counts as a name only with a capital that says so.
    Ordinary,
    /// Counts only in capitals.
    Letters,
}

/// A company as a question names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The words that name it, by their number.
    pub words: Range<usize>,
    /// Its documents, and those of others that go by the same name.
    pub documents: Vec<i64>,
}

/// The companies of a library by all that they are called.
pub struct Directory {
    /// Alias, letters and digits alone, on lower case, to documents.
    aliases: HashMap<String, Vec<(usize, Kind)>>,
    documents: Vec<DocumentRow>,
}

fn compact(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn is_ordinary(word: &str) -> bool {
    ORDINARY.split_whitespace().any(|known| known == word)
}

impl Directory {
    pub fn new(documents: Vec<DocumentRow>) -> Self {
        let mut out = Self {
            aliases: HashMap::new(),
            documents: Vec::new(),
        };
        let indexed = documents
            .into_iter()
            .filter(|d| d.state == DocumentState::Indexed);
        for (index, row) in indexed.enumerate() {
            for (alias, kind) in aliases(&row) {
                let known = out.aliases.entry(alias).or_default();
                if !known.iter().any(|(at, _)| *at == index) {
                    known.push((index, kind));
                }
            }
            out.documents.push(row);
        }
        out
    }

    pub fn documents(&self) -> &[DocumentRow] {
        &self.documents
    }

    /// How many companies the documents are of; those without a name count as one.
    pub fn companies_of(&self, documents: &[i64]) -> usize {
        let rows = self
            .documents
            .iter()
            .filter(|row| documents.contains(&row.id));
        let mut names: Vec<String> = rows.map(|row| compact(&row.metadata.called())).collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    }

    /// The companies that are named, in the order of the words; of names within names the longest.
    pub fn mentions(&self, words: &[Word]) -> Vec<Mention> {
        let mut found = Vec::new();
        for from in 0..words.len() {
            let mut joined = String::new();
            for to in from + 1..=(from + 5).min(words.len()) {
                joined.push_str(&compact(&words[to - 1].text));
                let here = &words[from..to];
                let documents: Vec<usize> = self.called(&joined, here);
                if !documents.is_empty() {
                    found.push((from..to, documents));
                }
            }
        }
        let mention = |(words, documents): (Range<usize>, Vec<usize>)| Mention {
            words,
            documents: documents.iter().map(|at| self.documents[*at].id).collect(),
        };
        longest(found).into_iter().map(mention).collect()
    }

    /// True where `name` alone means a company of the library.
    pub fn is_company(&self, name: &str) -> bool {
        !self.mentions(&words(name)).is_empty()
    }

    /// The names of the companies of these documents, each once in its shortest form.
    pub fn names(&self, documents: &[i64]) -> Vec<String> {
        let mut out = Vec::new();
        let rows = self.documents.iter();
        for row in rows.filter(|row| documents.contains(&row.id)) {
            add_company(&mut out, row.metadata.called());
        }
        out
    }

    /// Documents of the company that `words`, joined to `name`, may mean.
    fn called(&self, name: &str, words: &[Word]) -> Vec<usize> {
        let capital = |w: &Word| {
            w.text
                .starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
        };
        let means = |kind: Kind| match kind {
            Kind::Name => true,
            Kind::Ordinary => {
                words.iter().all(capital) && (!words[0].opens || words[words.len() - 1].possessive)
            }
            Kind::Letters => words
                .iter()
                .all(|w| !w.text.chars().any(char::is_lowercase)),
        };
        let of = |alias: &str| -> Vec<usize> {
            let known = self.aliases.get(alias).into_iter().flatten();
            known
                .filter(|(_, kind)| means(*kind))
                .map(|(at, _)| *at)
                .collect()
        };
        let mut out = of(name);
        // `Pepsi` for PepsiCo.
        if out.is_empty() && name.len() >= 5 {
            out = ["co", "com", "corp"]
                .iter()
                .flat_map(|end| of(&format!("{name}{end}")))
                .collect();
        }
        out
    }
}

/// Adds a name, unless it or a shorter form of it is known; a longer form gives way to it.
pub fn add_company(names: &mut Vec<String>, name: String) {
    let plain = compact(&name);
    if names.iter().any(|known| plain.starts_with(&compact(known))) {
        return;
    }
    names.retain(|known| !compact(known).starts_with(&plain));
    names.push(name);
}

/// All that the company of a document may be called.
fn aliases(row: &DocumentRow) -> Vec<(String, Kind)> {
    let mut out = Vec::new();
    let name = row.metadata.called();
    let parts: Vec<String> = words(&name).iter().map(|w| compact(&w.text)).collect();
    let mut joined = String::new();
    for (at, part) in parts.iter().enumerate() {
        joined.push_str(part);
        let whole = at + 1 == parts.len();
        let plain =
            |w: &String| is_ordinary(w) || metadata::LEGAL.contains(&w.as_str()) || w.len() < 2;
        let ends_open = ["of", "and", "for"].contains(&part.as_str());
        if ends_open {
            continue;
        }
        // Two ordinary words together are a name when they are all of it; else a capital decides.
        let ordinary = parts[..=at].iter().all(plain);
        let kind = if ordinary && !(whole && at > 0) {
            Kind::Ordinary
        } else {
            Kind::Name
        };
        if joined.len() > 1 && (!ordinary || whole || at > 0) {
            out.push((joined.clone(), kind));
        }
    }
    let initials: String = parts
        .iter()
        .filter(|p| *p != "and" && *p != "of")
        .filter_map(|p| p.chars().next())
        .collect();
    if parts.len() >= 3 && initials.len() >= 2 {
        // `Johnson & Johnson` is J&J, and `International Business Machines` IBM.
        out.push((initials, Kind::Letters));
    }
    if row.metadata.ticker.len() >= 2 {
        out.push((compact(&row.metadata.ticker), Kind::Letters));
    }
    out.extend(
        row.paths
            .iter()
            .filter_map(|path| file_alias(&composed(path))),
    );
    out.retain(|(alias, _)| !alias.is_empty());
    out
}

/// `BESTBUY_2019_10K.pdf` and `amd-2022-annual-report.pdf` call the company by their first words.
fn file_alias(path: &str) -> Option<(String, Kind)> {
    let name = path.rsplit('/').next()?;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let other = [
        "document",
        "filing",
        "report",
        "annual",
        "quarterly",
        "form",
        "scan",
        "file",
        "final",
    ];
    let words = stem.split(['_', ' ', '-', '.']);
    let own = words.take_while(|w| {
        let lower = w.to_lowercase();
        !w.is_empty() && !w.bytes().any(|b| b.is_ascii_digit()) && !other.contains(&lower.as_str())
    });
    let alias = compact(&own.collect::<String>());
    let kind = match alias.len() {
        0 | 1 => return None,
        2 | 3 => Kind::Letters,
        _ if is_ordinary(&alias) => Kind::Ordinary,
        _ => Kind::Name,
    };
    Some((alias, kind))
}
