//! Duplicates: questions that were asked before, in the same words anywhere, or nearly so of the
//! same page.

use std::collections::{HashMap, HashSet};

use crate::encoder::Embedding;
use crate::index::dense::dot;
use crate::statement::figure::numbers;

/// The questions so far.
#[derive(Default)]
pub struct Questions {
    words: HashSet<String>,
    /// By document and page.
    by_page: HashMap<(usize, u32), Vec<Earlier>>,
}

/// An earlier question.
struct Earlier {
    /// The numbers that it names.
    numbers: Vec<String>,
    embedding: Embedding,
}

impl Questions {
    /// Whether a question repeats an earlier one; from now on it is one of them. `embedding` is of
    /// length 1; two questions of a page (document, page) are one when their cosine is `limit` or
    /// more and they name the same numbers.
    pub fn repeats(
        &mut self,
        question: &str,
        embedding: &Embedding,
        page: (usize, u32),
        limit: f32,
    ) -> bool {
        let own = self.by_page.entry(page).or_default();
        let numbers = numbers(question);
        let near = |earlier: &Earlier| {
            dot(embedding, &earlier.embedding) >= limit && earlier.numbers == numbers
        };
        let repeats = !self.words.insert(plain(question)) || own.iter().any(near);
        if !repeats {
            own.push(Earlier {
                numbers,
                embedding: embedding.clone(),
            });
        }
        repeats
    }
}

/// Letters and digits alone, on lower case.
fn plain(question: &str) -> String {
    let words = question.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|w| !w.is_empty()).map(str::to_lowercase);
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_question_is_asked_once() {
        let (near, far) = (vec![1.0, 0.0], vec![0.0, 1.0]);
        let mut questions = Questions::default();
        let mut again = |question: &str, embedding: &Embedding, page: u32| {
            questions.repeats(question, embedding, (0, page), 0.98)
        };
        assert!(!again("What were sales in 2023?", &near, 1));
        assert!(
            again("What were sales, in 2023", &near, 2),
            "the same words"
        );
        assert!(again("How much were sales in 2023?", &near, 1), "nearly so");
        assert!(
            !again("How much were sales in 2022?", &near, 1),
            "another year"
        );
        assert!(
            !again("How large were sales in 2023?", &near, 2),
            "another page"
        );
        assert!(!again("Who audits it?", &far, 1));
    }
}
