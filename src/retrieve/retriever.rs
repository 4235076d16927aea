//! The open library: its store, its indexes and its encoder, kept at hand and refreshed.

use std::sync::{Arc, OnceLock};

use super::{Part, Result, RetrieveError};
use crate::config::{Library, SearchConfig};
use crate::encoder::Encoder;
use crate::index::lexical;
use crate::index::{self, door::Index};
use crate::query::company::Directory;
use crate::query::lexicon::Lexicon;
use crate::query::{ParsedQuestion, Vocabulary, capped};
use crate::store::{self, ChunkKey, Coverage, DocumentRow, ModelId, Revision, Store};

/// An open library, ready to be asked. Holds a snapshot of the indexes; `refresh` takes the
/// current one.
pub struct Retriever {
    pub(super) library: Library,
    pub(super) store: Store,
    pub(super) index: Box<dyn Index>,
    pub(super) encoder: Option<Arc<Encoder>>,
    pub(super) model: Option<ModelId>,
    pub(super) settings: SearchConfig,
    /// The state of the store that the directory and the places of chunks are of; none before the first look.
    revision: Option<Revision>,
    directory: Directory,
    vocabulary: OnceLock<Vocabulary>,
}

impl Retriever {
    /// Opens the library; without an encoder only BM25 answers.
    pub fn open(
        library: &Library,
        encoder: Option<Arc<Encoder>>,
        settings: SearchConfig,
    ) -> Result<Self> {
        let store = Store::open(&library.folder, &library.home)?;
        let mut retriever = Self {
            library: library.clone(),
            store,
            index: index::of(&library.home),
            encoder,
            model: None,
            settings,
            revision: None,
            directory: Directory::new(Vec::new()),
            vocabulary: OnceLock::new(),
        };
        retriever.refresh()?;
        Ok(retriever)
    }

    /// Takes the current state of the indexes; cheap when nothing moved.
    pub fn refresh(&mut self) -> Result<()> {
        if self.store.is_replaced() {
            // What is open is of a library that is gone.
            self.index.clear();
            self.store = Store::open(&self.library.folder, &self.library.home)?;
        }
        if self.revision.as_ref() != Some(&self.store.revision()?) {
            self.store.snapshot(|store| {
                self.index.load_places(store)?;
                self.directory = Directory::new(store.documents()?);
                self.revision = Some(store.revision()?);
                Ok::<_, RetrieveError>(())
            })?;
        }
        self.index.load_words(&self.store)?;
        if let Some(encoder) = self.encoder.clone() {
            let fingerprint = encoder.fingerprint().as_str();
            self.model = self.store.model(fingerprint, encoder.dim())?;
            self.index
                .load_vectors(&self.store, fingerprint, encoder.dim())?;
            self.follow()?;
        }
        Ok(())
    }

    /// Takes in what was embedded since the vectors were loaded; of everything else the state stays as it is.
    pub fn follow(&mut self) -> Result<()> {
        if let Some(model) = self.model {
            self.index.follow(&self.store, model)?;
        }
        Ok(())
    }

    /// For a process that asks once: loads the vectors of the model named `name`, and no graph,
    /// while its encoder is still being loaded; `set_encoder` checks that they belong together.
    pub fn preload(&mut self, name: &str) -> Result<()> {
        self.index.ask_once();
        if let Some((fingerprint, dim)) = self.store.fingerprint(name)? {
            self.index.load_vectors(&self.store, &fingerprint, dim)?;
        }
        Ok(())
    }

    /// Gives the retriever an encoder that was loaded after it was opened.
    pub fn set_encoder(&mut self, encoder: Arc<Encoder>) -> Result<()> {
        self.encoder = Some(encoder);
        self.refresh()
    }

    /// What questions are read with; loaded on first use.
    pub(super) fn vocabulary(&self) -> Result<&Vocabulary> {
        if let Some(known) = self.vocabulary.get() {
            return Ok(known);
        }
        let loaded = Vocabulary::load(&self.settings)?;
        Ok(self.vocabulary.get_or_init(|| loaded))
    }

    /// The measures and line items that are known.
    pub fn lexicon(&self) -> Result<&Lexicon> {
        Ok(&self.vocabulary()?.lexicon)
    }

    /// Reads a question, by the companies of the library.
    pub fn parse(&self, text: &str) -> Result<ParsedQuestion> {
        let vocabulary = self.vocabulary()?;
        let directory = &self.directory;
        let text = capped(text);
        let question = ParsedQuestion::parse(text, vocabulary, directory);
        let Some(owner) = self.owner(&question)? else {
            return Ok(question);
        };
        let asked = text.trim().trim_end_matches(['?', ' ', '.']);
        let text = format!("{asked} ({owner})?");
        Ok(ParsedQuestion::parse(&text, vocabulary, directory))
    }

    /// The library's companies.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The library's documents.
    pub fn documents(&self) -> &[DocumentRow] {
        self.directory.documents()
    }

    /// The embedding of a chunk by the open model, as the store has it.
    pub(super) fn embedding_of(&self, key: ChunkKey) -> store::Result<Option<Vec<f32>>> {
        match self.model {
            Some(model) => self.store.embedding(model, key),
            None => Ok(None),
        }
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn encoder(&self) -> Option<&Arc<Encoder>> {
        self.encoder.as_ref()
    }

    /// How much of the library the dense arm can see.
    pub fn coverage(&self) -> Result<Coverage> {
        Ok(match self.model {
            Some(model) => self.store.coverage(model)?,
            None => Coverage {
                encoded: 0,
                chunks: self.store.chunk_count()?,
            },
        })
    }

    /// The terms to mark in the snippets of a question's hits: its own, and its parts'.
    pub fn marks(&self, text: &str, parts: &[Part]) -> Vec<String> {
        let of_parts = parts.iter().flat_map(|part| self.terms(&part.text));
        let mut out = self.terms(text);
        out.extend(of_parts);
        out
    }

    /// The terms BM25 looks for.
    pub fn terms(&self, text: &str) -> Vec<String> {
        lexical::terms(capped(text))
    }
}
