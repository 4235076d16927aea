//! Which of the names that a question has and the library's companies have not are companies'.

use super::{Result, Retriever};
use crate::query::{ParsedQuestion, Stranger, Surety};

/// The share of the chunks that may name somebody of whom something is asked.
const RARE: f64 = 0.002;

impl Retriever {
    /// The companies that a question is about and the library lacks. A mere name is a company's where no filing has
    /// it; one that somebody's filings often have (`Europe's`, `Moody's`) is something else.
    pub(super) fn strangers(&self, question: &ParsedQuestion) -> Result<Vec<String>> {
        let knows_companies = self
            .documents()
            .iter()
            .any(|row| !row.metadata.company.is_empty());
        let Some(index) = self.lexical.as_ref().filter(|_| knows_companies) else {
            return Ok(Vec::new());
        };
        let mut out = Vec::new();
        for Stranger { name, stems, sure } in &question.strangers {
            let most = match sure {
                Surety::Known => usize::MAX,
                Surety::Possessive => (index.len() as f64 * RARE) as usize,
                Surety::Capital => 0,
                Surety::Opening if question.measures.is_empty() && question.period.is_empty() => {
                    continue;
                }
                Surety::Opening => 0,
            };
            if index.count(stems)? <= most {
                out.push(name.clone());
            }
        }
        Ok(out)
    }
}
