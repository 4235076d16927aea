//! Which of the names that a question has and the library's companies have not are companies'.

use super::{Result, Retriever};
use crate::query::{ParsedQuestion, Stranger, Surety, is_of_deals, is_of_suits};
use crate::store::DocumentRow;

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
        let Some(index) = self.lexical.as_ref().filter(|_| has_filings) else {
            return Ok(Vec::new());
        };
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
                _ => index.count_together(stems)? == 0,
            };
            if is_meant {
                out.push(name.clone());
            }
        }
        Ok(out)
    }
}
