//! Which of the names that a question has and the library's companies have not are companies'.

use super::{Result, Retriever};
use crate::query::{ParsedQuestion, Stranger, Surety, is_of_deals};
use crate::store::DocumentRow;

/// The share of the chunks that may name somebody of whom something is asked.
const RARE: f64 = 0.002;

impl Retriever {
    /// The companies that a question is about and the library lacks; of a library of filings alone, for elsewhere
    /// names are of much else. One that people ask about is a company's whatever filings say of it; a mere name where no
    /// filing has it; one that opens the question where a figure is asked of it as well; one of whose own a figure is
    /// asked where filings rarely have it (`Europe's`, `Moody's` are something else). Beside a company of the library
    /// a name counts that is set against it.
    pub(super) fn strangers(&self, question: &ParsedQuestion) -> Result<Vec<String>> {
        let is_filing =
            |row: &DocumentRow| !row.metadata.company.is_empty() && !row.metadata.form.is_empty();
        let has_filings = self.documents().iter().any(is_filing);
        let Some(index) = self.lexical.as_ref().filter(|_| has_filings) else {
            return Ok(Vec::new());
        };
        let rare = (index.len() as f64 * RARE) as usize;
        let asks_figures = question.asks_figures();
        let is_deal = is_of_deals(&question.words);
        let mut out = Vec::new();
        for stranger in &question.strangers {
            let Stranger { name, stems, .. } = stranger;
            // Most names beside what is asked of a company of the library are of its people and places.
            if !question.companies.is_empty() && !stranger.is_beside {
                continue;
            }
            let most = match stranger.sure {
                Surety::Known if is_deal => rare,
                Surety::Known => usize::MAX,
                Surety::Possessive if asks_figures && !is_deal => rare,
                Surety::Opening if !asks_figures => continue,
                _ => 0,
            };
            if index.count(stems)? <= most {
                out.push(name.clone());
            }
        }
        Ok(out)
    }
}
