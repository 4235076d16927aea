//! Duplicates: questions that were asked before, in the same words anywhere, or nearly so of the
//! same page.

use std::collections::{HashMap, HashSet};

use super::Draft;
use super::source::Corpus;
use super::table::numbers;
use crate::encoder::Embedding;

/// Which drafts repeat an earlier one. `embeddings` are those of the questions, of length 1; two
/// questions of a page are one when their cosine is `limit` or more and they name the same numbers.
pub fn duplicates(
    drafts: &[Draft],
    embeddings: &[Embedding],
    corpus: &Corpus,
    limit: f32,
) -> Vec<bool> {
    let mut words: HashSet<String> = HashSet::new();
    let mut by_page: HashMap<(usize, u32), Vec<usize>> = HashMap::new();
    let mut out = Vec::with_capacity(drafts.len());
    for (at, draft) in drafts.iter().enumerate() {
        let source = &corpus.sources[draft.source];
        let own = by_page
            .entry((source.document, source.chunk.page))
            .or_default();
        let named = numbers(&draft.question);
        let near = |&&other: &&usize| {
            let cosine: f32 = embeddings[at]
                .iter()
                .zip(&embeddings[other])
                .map(|(a, b)| a * b)
                .sum();
            cosine >= limit && numbers(&drafts[other].question) == named
        };
        let again = !words.insert(plain(&draft.question)) || own.iter().any(|other| near(&other));
        if !again {
            own.push(at);
        }
        out.push(again);
    }
    out
}

/// Letters and digits alone, on lower case.
fn plain(question: &str) -> String {
    let words = question.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|w| !w.is_empty()).map(str::to_lowercase);
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::source::tests::{document, source};
    use super::super::{Kind, Voice};
    use super::*;

    #[test]
    fn the_same_question_is_asked_once() {
        let row = document(1, "a.pdf", "Northgate", 2023);
        let sources = (1..=2)
            .map(|key| source(&row, 0, key, "", "text of a page"))
            .collect();
        let corpus = Corpus::of(vec![row], sources);
        let draft = |question: &str, source: usize| Draft {
            question: question.to_owned(),
            kind: Kind::Figure,
            voice: Voice::Plain,
            writer: "rules".to_owned(),
            frame: String::new(),
            source,
            answer: String::new(),
            item: String::new(),
        };
        let drafts = [
            draft("What were sales in 2023?", 0),
            draft("What were sales, in 2023", 1),
            draft("How much were sales in 2023?", 0),
            draft("How much were sales in 2022?", 0),
            draft("How large were sales in 2023?", 1),
            draft("Who audits it?", 0),
        ];
        let (near, far) = (vec![1.0, 0.0], vec![0.0, 1.0]);
        let embeddings = [
            near.clone(),
            near.clone(),
            near.clone(),
            near.clone(),
            near,
            far,
        ];
        let found = duplicates(&drafts, &embeddings, &corpus, 0.98);
        assert_eq!(found, [false, true, true, false, false, false]);
    }
}
