//! Companies: which documents a question's names, aliases, tickers and initials mean.
//!
//! Companies known to the library are no list of ours: names come from the documents' metadata and
//! file names.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::alias::{self, Alias};
use super::fiscal::Calendars;
use super::nickname;
use super::word::{Word, longest, words};
use crate::metadata::calendar::Calendar;
use crate::metadata::{compact, company_key, file_words};
use crate::store::{DocumentRow, DocumentState};

/// A company as a question names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The words that name it, by their number.
    pub words: Range<usize>,
    /// Its documents, and those of others that go by the same name.
    pub documents: Vec<i64>,
    /// It is named as one that files with the documents' company.
    pub is_registrant: bool,
}

/// The companies of a library by all that they are called.
pub struct Directory {
    /// Alias, letters and digits alone, on lower case, to documents.
    aliases: HashMap<String, Vec<(usize, Alias)>>,
    documents: Vec<DocumentRow>,
    calendars: Calendars,
}

impl Directory {
    pub fn new(documents: Vec<DocumentRow>) -> Self {
        let mut out = Self {
            aliases: HashMap::new(),
            documents: Vec::new(),
            calendars: Calendars::default(),
        };
        let indexed = documents
            .into_iter()
            .filter(|d| d.state == DocumentState::Indexed);
        out.documents.extend(indexed);
        let companies = companies(&out.documents);
        for group in &companies {
            // What one filing says of the company holds for all of them.
            let rows = group.iter().map(|at| &out.documents[*at]);
            let aliases: HashSet<(String, Alias)> = rows.flat_map(alias::of_document).collect();
            for (alias, found) in aliases {
                let known = out.aliases.entry(alias).or_default();
                known.extend(group.iter().map(|at| (*at, found)));
            }
        }
        out.calendars = Calendars::learn(&out.documents, &companies);
        out
    }

    pub fn documents(&self) -> &[DocumentRow] {
        &self.documents
    }

    /// The fiscal calendars of the companies.
    pub fn calendars(&self) -> &Calendars {
        &self.calendars
    }

    /// The fiscal calendar of the company of a document, where its documents tell.
    pub fn calendar(&self, document: i64) -> Option<&Calendar> {
        self.calendars.of_document(document)
    }

    /// What else the companies of the documents are called, for people, by document.
    pub fn aliases(&self) -> HashMap<i64, Vec<String>> {
        let mut companies: HashMap<usize, Vec<String>> = HashMap::new();
        let mut out = HashMap::new();
        for row in &self.documents {
            match self.calendars.company(row.id) {
                Some(company) => add_aliases(companies.entry(company).or_default(), row),
                None => add_aliases(out.entry(row.id).or_default(), row),
            }
        }
        for row in &self.documents {
            let company = self.calendars.company(row.id);
            out.extend(company.map(|company| (row.id, companies[&company].clone())));
        }
        out
    }

    /// How many companies the documents are of; those without a name count as one.
    pub fn companies_of(&self, documents: &[i64]) -> usize {
        let mut companies: Vec<Option<usize>> = documents
            .iter()
            .map(|id| self.calendars.company(*id))
            .collect();
        companies.sort_unstable();
        companies.dedup();
        companies.len()
    }

    /// The companies that are named, in the order of the words; of names within names the longest.
    pub fn mentions(&self, words: &[Word]) -> Vec<Mention> {
        let mut found = Vec::new();
        for from in 0..words.len() {
            let mut joined = String::new();
            for to in from + 1..=(from + 5).min(words.len()) {
                joined.push_str(&compact(&words[to - 1].text));
                let here = &words[from..to];
                let mut called = self.called(&joined, here);
                let is_and = |at: usize| words[at].text == "and";
                let has_and = (from + 1..to - 1).any(is_and) && !is_and(from) && !is_and(to - 1);
                if called.is_empty() && has_and {
                    // `P & G`
                    let bare = here.iter().filter(|w| w.text != "and");
                    let bare: String = bare.map(|w| compact(&w.text)).collect();
                    called = self.called(&bare, here);
                }
                if !called.is_empty() {
                    found.push((from..to, called));
                }
            }
        }
        let mention = |(words, called): (Range<usize>, Vec<(usize, Alias)>)| {
            let mut documents: Vec<i64> = called
                .iter()
                .map(|(at, _)| self.documents[*at].id)
                .collect();
            documents.sort_unstable();
            documents.dedup();
            Mention {
                words,
                documents,
                is_registrant: called.iter().all(|(_, alias)| alias.is_registrant),
            }
        };
        longest(found).into_iter().map(mention).collect()
    }

    /// The documents that a name by itself may be of, in any case: of those who are called so if there are any, else of
    /// those whose name begins so, else of those whose name has all its words.
    pub fn named(&self, name: &str) -> Vec<i64> {
        let plain = compact(&crate::metadata::called(name));
        let mut called = self.alias(&plain, &|alias| !alias.is_registrant);
        if called.is_empty() {
            called = self.alias(&plain, &|_| true);
        }
        if !called.is_empty() {
            return called
                .iter()
                .map(|(at, _)| self.documents[*at].id)
                .collect();
        }
        let wanted: Vec<String> = words(name).iter().map(|w| compact(&w.text)).collect();
        let is_name = wanted
            .iter()
            .any(|word| word.len() > 2 && !nickname::is_word(word));
        let has_words = |row: &&DocumentRow| {
            let own = words(&row.metadata.called());
            let own: Vec<String> = own.iter().map(|w| compact(&w.text)).collect();
            is_name && wanted.iter().all(|word| own.contains(word))
        };
        let found = self.documents.iter().filter(has_words);
        found.map(|row| row.id).collect()
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
            add_company(&mut out, row.metadata.name());
        }
        out
    }

    /// Documents of the company that `words`, joined to `name`, may mean: of those who are called so if there are
    /// any, else of those whose name begins so.
    fn called(&self, name: &str, words: &[Word]) -> Vec<(usize, Alias)> {
        self.alias(name, &|alias| alias.kind.is_meant(words))
    }

    /// The documents of an alias that is meant, whole names before beginnings.
    fn alias(&self, name: &str, is_meant: &dyn Fn(&Alias) -> bool) -> Vec<(usize, Alias)> {
        let of = |alias: &str| -> Vec<(usize, Alias)> {
            let known = self.aliases.get(alias).into_iter().flatten();
            let meant = known.filter(|(_, alias)| is_meant(alias));
            let mut out: Vec<(usize, Alias)> = meant.copied().collect();
            if out.iter().any(|(_, alias)| alias.is_whole) {
                out.retain(|(_, alias)| alias.is_whole);
            }
            out
        };
        let mut out = of(name);
        // `Pepsi` for PepsiCo.
        if out.is_empty() && name.len() >= 5 {
            let ends = ["co", "com", "corp"].iter();
            out = ends.flat_map(|end| of(&format!("{name}{end}"))).collect();
        }
        out
    }
}

/// Adds what a document calls its company besides its name, each once.
fn add_aliases(known: &mut Vec<String>, row: &DocumentRow) {
    for alias in alias::spoken(row) {
        if !known.iter().any(|other| compact(other) == compact(&alias)) {
            known.push(alias);
        }
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

/// What the documents of one name say of their company.
#[derive(Default)]
struct Named {
    key: String,
    symbols: HashSet<String>,
    files: HashSet<String>,
    /// Numbers that the tax office knows it by: they stay when its name goes.
    employers: HashSet<String>,
    /// Keys of the names that it had before, and of those that it is called for short.
    was: HashSet<String>,
    documents: Vec<usize>,
}

/// The documents of each company, by their numbers. Documents of one name are one company's; those that share a
/// symbol or a file's name are it as well where their names begin alike (`Adobe Systems`, `Adobe`), and those of a
/// name that it had before: a symbol that was misread joins nobody.
fn companies(documents: &[DocumentRow]) -> Vec<Vec<usize>> {
    let mut named: Vec<Named> = Vec::new();
    let mut by_key: HashMap<String, usize> = HashMap::new();
    for (at, row) in documents.iter().enumerate() {
        let key = company_key(&row.metadata.company);
        let known = by_key.get(&key).copied().filter(|_| !key.is_empty());
        let number = known.unwrap_or(named.len());
        if known.is_none() {
            by_key.insert(key.clone(), number);
            named.push(Named {
                key,
                ..Named::default()
            });
        }
        named[number].add(at, row);
    }
    let mut out: Vec<Named> = Vec::new();
    for company in named {
        match out.iter_mut().find(|known| known.is_one_with(&company)) {
            Some(known) => known.join(company),
            None => out.push(company),
        }
    }
    out.into_iter().map(|company| company.documents).collect()
}

impl Named {
    fn add(&mut self, at: usize, row: &DocumentRow) {
        let known = &row.metadata;
        self.documents.push(at);
        self.symbols
            .extend(Some(known.ticker.clone()).filter(|t| !t.is_empty()));
        let file = compact(&file_words(&row.path).concat());
        self.files.extend(Some(file).filter(|f| !f.is_empty()));
        let employer = Some(known.employer.clone()).filter(|n| !n.is_empty());
        self.employers.extend(employer);
        self.was
            .extend(known.aliases.iter().map(|alias| company_key(alias)));
    }

    fn join(&mut self, other: Named) {
        self.symbols.extend(other.symbols);
        self.files.extend(other.files);
        self.employers.extend(other.employers);
        self.was.extend(other.was);
        self.documents.extend(other.documents);
    }

    fn is_one_with(&self, other: &Named) -> bool {
        const LEAST: usize = 4;
        let (a, b) = (&self.key, &other.key);
        let begins = a.len().min(b.len()) >= LEAST && (a.starts_with(b) || b.starts_with(a));
        let shares =
            !self.symbols.is_disjoint(&other.symbols) || !self.files.is_disjoint(&other.files);
        let is_known = !self.employers.is_disjoint(&other.employers);
        is_known || (begins && shares) || self.was.contains(b) || other.was.contains(a)
    }
}
