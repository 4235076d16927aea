//! The door of the indexes: what a search asks of them, wherever they lie. Behind it are this machine's caches (`local`),
//! and an engine that a team shares, where this program was built with one.
//!
//! Whoever brings another index registers it for the home of the library that it is of (`index::register`); nobody who
//! searches knows.

use std::collections::HashMap;

use super::dense::Exact;
use super::lexical::{LexicalQuery, Only};
use super::{Found, Result};
use crate::statement::Statement;
use crate::store::{ChunkKey, ChunkPlace, ModelId, Store};

/// What dense search looks for.
#[derive(Debug, Clone, Copy)]
pub struct Nearest<'a> {
    /// Of length 1; of fewer dimensions than the model has, where embeddings are to be cut to as many.
    pub embedding: &'a [f32],
    pub is_cut: bool,
    pub top_k: usize,
    pub ef_search: usize,
}

/// The indexes of a library.
pub trait Index: Send {
    /// For a process that asks once: nothing is loaded that pays for many questions alone.
    fn ask_once(&mut self);

    /// Lets go of words and vectors, which are of a library that is gone; places follow the store that is there now.
    fn clear(&mut self);

    /// Takes where the store's chunks stand.
    fn load_places(&mut self, store: &Store) -> Result<()>;

    /// Opens the words where they are others than what is open.
    fn load_words(&mut self, store: &Store) -> Result<()>;

    /// Opens the vectors of a model where they are others than what is open.
    fn load_vectors(&mut self, store: &Store, fingerprint: &str, dim: usize) -> Result<()>;

    /// Takes in what was embedded since the vectors were opened.
    fn follow(&mut self, store: &Store, model: ModelId) -> Result<()>;

    /// Whether BM25 can answer.
    fn has_words(&self) -> bool;

    /// Whether dense search can, by the model that was asked for last.
    fn has_vectors(&self) -> bool;

    /// The place of a chunk; none when an index holds what the store has no more.
    fn place(&self, key: ChunkKey) -> Option<ChunkPlace>;

    /// The places of all chunks, by key; none where they are not at hand.
    fn places(&self) -> &[ChunkPlace];

    /// The places of a statement's chunks, of those meant, by key.
    fn of_statement(&self, statement: Statement, only: Only<'_>) -> Result<Vec<ChunkPlace>>;

    /// The chunks of some documents that stand under a heading with `section` in it, any case; ascending.
    fn in_section(&self, store: &Store, documents: &[i64], section: &str) -> Result<Vec<ChunkKey>>;

    /// The best chunks by BM25; none where there are no words to search.
    fn by_words(&self, wanted: &LexicalQuery, top_k: usize, only: Only<'_>) -> Result<Vec<Found>>;

    /// The nearest chunks; none where nothing is embedded. `exact` is asked for whole embeddings, where codes of them are
    /// at hand.
    fn by_vector(
        &self,
        wanted: Nearest<'_>,
        only: Only<'_>,
        exact: Exact<'_>,
    ) -> Result<Vec<Found>>;

    /// How rare stemmed words are, summed; 0 where there are no words to search.
    fn rarity(&self, stems: &[String]) -> Result<f32>;

    /// The documents with chunks that have all of some stemmed words, and how many of each have; none where there are no
    /// words to search.
    fn together(&self, stems: &[String]) -> Result<HashMap<i64, usize>>;
}
