//! The documents of a shared library as its index knows them: which content each has, what it is called, and how to ask
//! the engine for some of them alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::tables::any;
use crate::index::lexical::{Only, document_name, tokens};
use crate::store::mirror::parts_of;
use crate::store::{Store, StoreError};

/// Chunks, and contents, that one filter names.
const IN_ONE: usize = 500;
/// Documents that are called by a word of the question, and are asked besides, at most.
const MOST_NAMED: usize = 50;

/// A document of the library.
pub struct Document {
    content: String,
    pub chunks: u64,
    /// By `document_name`, and its words.
    pub name: String,
    pub words: Vec<String>,
}

/// The documents, and what they have.
#[derive(Default)]
pub struct Documents {
    pub all: BTreeMap<i64, Document>,
    /// The first document of each content, and its chunks.
    pub by_content: HashMap<String, (i64, u64)>,
}

impl Documents {
    /// Of a mirror.
    pub fn of(store: &Store) -> Result<Self, StoreError> {
        let rows = store.documents()?;
        let names: HashMap<i64, String> = rows
            .iter()
            .map(|row| (row.id, document_name(row)))
            .collect();
        let mut documents = Documents::default();
        for (id, content, chunks) in store.mirrored_contents()? {
            let first = documents.by_content.entry(content.clone());
            first.or_insert((id, chunks));
            let name = names.get(&id).cloned().unwrap_or_default();
            let document = Document {
                content,
                chunks,
                words: tokens(&name),
                name,
            };
            documents.all.insert(id, document);
        }
        Ok(documents)
    }

    /// The contents of some documents, each with the first of these that has it.
    fn contents_of(&self, documents: &[i64]) -> HashMap<&str, i64> {
        let mut contents = HashMap::new();
        for document in documents {
            if let Some(own) = self.all.get(document) {
                contents.entry(own.content.as_str()).or_insert(*document);
            }
        }
        contents
    }

    /// Filters that together leave what is meant, and of which documents it is.
    pub fn filters<'a>(&'a self, only: Only<'_>) -> (Vec<String>, Option<HashMap<&'a str, i64>>) {
        match only {
            Only::All => (vec![String::new()], None),
            Only::Documents(documents) => {
                let contents = self.contents_of(documents);
                let mut names: Vec<String> =
                    contents.keys().map(|name| (*name).to_owned()).collect();
                names.sort_unstable();
                let filters = names.chunks(IN_ONE).map(|some| any("content", some.iter()));
                (filters.collect(), Some(contents))
            }
            Only::Chunks(keys) => {
                let documents: BTreeSet<i64> = keys.iter().map(|key| parts_of(*key).0).collect();
                let documents: Vec<i64> = documents.into_iter().collect();
                let contents = self.contents_of(&documents);
                let ids = keys.iter().filter_map(|key| {
                    let (document, ordinal) = parts_of(*key);
                    Some(format!("{}/{ordinal}", self.all.get(&document)?.content))
                });
                let ids: Vec<String> = ids.collect();
                let filters = ids.chunks(IN_ONE).map(|some| any("id", some.iter()));
                (filters.collect(), Some(contents))
            }
        }
    }

    /// A filter for documents that are called by a word of the question: names are not among what the engine has.
    pub fn filter_of_named(&self, stems: &BTreeSet<String>) -> Option<String> {
        let is_named = |document: &Document| document.words.iter().any(|word| stems.contains(word));
        let named = self.all.iter().filter(|(_, document)| is_named(document));
        let named: Vec<i64> = named.map(|(id, _)| *id).collect();
        let is_some = !named.is_empty() && named.len() <= MOST_NAMED;
        let contents = self.contents_of(&named);
        let contents: Vec<String> = contents.keys().map(|name| (*name).to_owned()).collect();
        is_some.then(|| any("content", contents.iter()))
    }
}
