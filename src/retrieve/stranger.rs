//! Which of the names that a question has and the library's companies have not are companies'.

use super::{Result, Retriever};
use crate::query::{ParsedQuestion, Stranger, Surety};
use crate::store::DocumentRow;

/// The share of the chunks that may name somebody of whom something is asked.
const RARE: f64 = 0.002;

impl Retriever {
    /// The companies that a question is about and the library lacks; of a library of filings alone, for elsewhere
    /// names are of much else. A mere name is a company's where no filing has it; one that opens the question where a
    /// figure is asked of it as well; one that somebody's filings often have (`Europe's`, `Moody's`) is something else.
    pub(super) fn strangers(&self, question: &ParsedQuestion) -> Result<Vec<String>> {
        let is_filing =
            |row: &DocumentRow| !row.metadata.company.is_empty() && !row.metadata.form.is_empty();
        let has_filings = self.documents().iter().any(is_filing);
        let Some(index) = self.lexical.as_ref().filter(|_| has_filings) else {
            return Ok(Vec::new());
        };
        let mut out = Vec::new();
        for Stranger { name, stems, sure } in &question.strangers {
            // Beside a company of the library most names are of its people and places.
            let most = match sure {
                Surety::Known => usize::MAX,
                _ if !question.companies.is_empty() => continue,
                Surety::Possessive => (index.len() as f64 * RARE) as usize,
                Surety::Capital => 0,
                Surety::Opening if question.asks_figures() => 0,
                Surety::Opening => continue,
            };
            if index.count(stems)? <= most {
                out.push(name.clone());
            }
        }
        Ok(out)
    }
}
