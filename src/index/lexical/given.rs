//! An index of some chunks that are at hand, scored as what they are: a few of a library's, whose own counts are given.
//! An engine that holds the library proposes them by scores of its own; those here are this program's.

use std::path::Path;
use std::sync::Arc;

use tantivy::directory::RamDirectory;
use tantivy::tokenizer::TokenizerManager;
use tantivy::{Index, SingleSegmentIndexWriter};

use super::statistics::{Counts, Statistics};
use super::write::document_of;
use super::{ANALYZER, IndexError, LexicalIndex, Result, analyzer, schema, searcher};
use crate::store::{ChunkKey, Revision};

/// Memory for the chunks of one search.
const WRITER_BYTES: usize = 32 << 20;

/// A chunk that may be found.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub key: ChunkKey,
    pub text: String,
    pub section: String,
    /// Its document's, by `document_name`.
    pub name: String,
}

impl LexicalIndex {
    /// An index in memory of some chunks of a library that has these counts.
    pub fn among(chunks: &[Candidate], counts: Arc<dyn Counts>) -> Result<Self> {
        let path = Path::new("memory");
        let make = || {
            let (schema, fields) = schema();
            let tokenizers = TokenizerManager::default();
            tokenizers.register(ANALYZER, analyzer());
            let builder = Index::builder().schema(schema).tokenizers(tokenizers);
            let memory = RamDirectory::create();
            let mut writer: SingleSegmentIndexWriter =
                builder.single_segment_index_writer(memory, WRITER_BYTES)?;
            for chunk in chunks {
                let texts = [chunk.text.as_str(), &chunk.section, &chunk.name];
                writer.add_document(document_of(&fields, chunk.key, texts))?;
            }
            let index = writer.finalize()?;
            Ok(Self {
                statistics: Statistics::Given(counts),
                searcher: searcher(&index)?,
                fields,
                path: path.to_owned(),
                reflects: Revision::none(),
                files: None,
            })
        };
        make().map_err(|source| IndexError::lexical(path, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::lexical::{LexicalQuery, Only, Part, tokens};

    struct Of(Vec<Candidate>);

    impl Of {
        fn part(chunk: &Candidate, part: Part) -> &str {
            match part {
                Part::Text => &chunk.text,
                Part::Heading => &chunk.section,
                Part::Name => &chunk.name,
            }
        }
    }

    impl Counts for Of {
        fn chunks(&self) -> u64 {
            self.0.len() as u64
        }

        fn words(&self, part: Part) -> u64 {
            let of = |chunk| tokens(Self::part(chunk, part)).len() as u64;
            self.0.iter().map(of).sum()
        }

        fn frequency(&self, part: Part, word: &str) -> u64 {
            let has = |chunk: &&Candidate| {
                let words = tokens(Self::part(chunk, part));
                words.iter().any(|own| own == word)
            };
            self.0.iter().filter(has).count() as u64
        }
    }

    #[test]
    fn a_few_chunks_score_as_they_do_among_all() {
        let texts = [
            "Net sales rose",
            "Goodwill of the sales segment was impaired",
            "Cash and cash equivalents",
            "Net sales by segment, net",
            "Nothing of it",
        ];
        let chunk = |(at, text): (usize, &&str)| Candidate {
            key: at as ChunkKey,
            text: (*text).to_owned(),
            section: format!("Item {at} net"),
            name: "calder 10-K 2023".to_owned(),
        };
        let all: Vec<Candidate> = texts.iter().enumerate().map(chunk).collect();
        let counts = Arc::new(Of(all.clone()));
        let whole = LexicalIndex::among(&all, counts.clone()).unwrap();
        let few = LexicalIndex::among(&all[2..4], counts).unwrap();
        let mut wanted = LexicalQuery::words("net sales by segment of calder");
        wanted.adjacent = true;
        wanted.names = vec![vec!["cash".into(), "cash and cash equivalents".into()]];
        let score = |index: &LexicalIndex, key: ChunkKey| {
            let found = index.search(&wanted, 10, Only::All).unwrap();
            found.iter().find(|found| found.key == key).unwrap().score
        };
        for key in [2, 3] {
            assert_eq!(score(&whole, key), score(&few, key));
        }
        assert_eq!(whole.idf(&["net".into()]), few.idf(&["net".into()]));
    }
}
