//! Which of the names that a question has and the library's companies have not are companies'.

use std::collections::BTreeMap;

use super::{Result, Retriever};
use crate::query::word::Word;
use crate::query::{ParsedQuestion, Stranger, Surety, is_of_deals, is_of_suits};
use crate::store::DocumentRow;

/// What fewer passages speak of may be anybody's.
const LEAST_SPOKEN: usize = 3;
/// The share of the passages that speak of something which are of one company where it is that company's.
const OWN: f32 = 0.9;

impl Retriever {
    /// The companies that a question is about and the library lacks; of a library of filings alone, for elsewhere
    /// names are of much else. One that people ask about is a company's whatever filings say of it, unless a deal with it is
    /// asked of; any other name where no passage has all of its words, and, where it opens the question, a figure is
    /// asked. Beside a company of the library
    /// a name counts that is set against it.
    pub fn strangers(&self, question: &ParsedQuestion) -> Result<Vec<String>> {
        let is_filing =
            |row: &DocumentRow| !row.metadata.company.is_empty() && !row.metadata.form.is_empty();
        let has_filings = self.documents().iter().any(is_filing);
        if !has_filings || !self.index.has_words() {
            return Ok(Vec::new());
        }
        let asks_figures = question.asks_figures();
        let has_company = !question.companies.is_empty();
        let is_deal = is_of_deals(&question.words) || has_company && is_of_suits(&question.words);
        let mut out = Vec::new();
        for stranger in &question.strangers {
            let Stranger { name, stems, .. } = stranger;
            // Most names beside what is asked of a company of the library are of its people and places.
            if has_company && !stranger.is_beside {
                continue;
            }
            let is_meant = match stranger.sure {
                Surety::Known if !is_deal => true,
                Surety::Opening if !asks_figures => continue,
                _ => self.index.together(stems)?.is_empty(),
            };
            if is_meant {
                out.push(name.clone());
            }
        }
        Ok(out)
    }

    /// The company whose filings alone speak of what a question for a figure names, where it names no company: of
    /// "Converse's revenue" Nike. None where several do.
    ///
    /// # Errors
    ///
    /// Where the words cannot be searched.
    pub fn owner(&self, question: &ParsedQuestion) -> Result<Option<String>> {
        let is_open = question.companies.is_empty() && !question.measures.is_empty();
        let Some(stems) = spoken_of(question).filter(|_| is_open) else {
            return Ok(None);
        };
        let speaking = self.index.together(&stems)?;
        let all: usize = speaking.values().sum();
        if all < LEAST_SPOKEN {
            return Ok(None);
        }
        let mut companies: BTreeMap<usize, Vec<&DocumentRow>> = BTreeMap::new();
        for row in self.documents() {
            if let Some(company) = self.directory().calendars().company(row.id) {
                companies.entry(company).or_default().push(row);
            }
        }
        // Of a library of one company everything is that company's.
        if companies.len() < 2 {
            return Ok(None);
        }
        for rows in companies.into_values() {
            let own: usize = rows.iter().filter_map(|row| speaking.get(&row.id)).sum();
            if own as f32 >= OWN * all as f32 {
                return Ok(rows.first().map(|row| row.metadata.spoken()));
            }
        }
        Ok(None)
    }
}

/// Stems of the one name that a question has and no company of the library is called by: a name that is like a company's, or
/// one that is a word as well ("Converse").
fn spoken_of(question: &ParsedQuestion) -> Option<Vec<String>> {
    match question.strangers.as_slice() {
        [name] => (name.sure != Surety::Known).then(|| name.stems.clone()),
        [] => {
            let is_name = |word: &&Word| {
                let is_left = question.left_over.contains(&word.text);
                is_left && word.text.starts_with(char::is_uppercase)
            };
            let stems = question
                .words
                .iter()
                .filter(is_name)
                .map(|word| word.stem.clone());
            let stems: Vec<String> = stems.collect();
            (!stems.is_empty()).then_some(stems)
        }
        _ => None,
    }
}
