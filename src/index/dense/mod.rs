//! The dense index: which chunks' embeddings are near a question's.
//!
//! A library of up to 100,000 chunks has an HNSW graph (`graph`) over whole embeddings. A larger one is scanned
//! in one-byte codes (`codes`), a quarter of the memory and a file that is written in a moment; what comes out
//! first is scored again by the store's own embeddings. `rows` are either by key, `read` opens and asks an index,
//! `write` keeps its cache in step with the store.

mod codes;
mod graph;
mod read;
mod rows;
mod write;

pub use graph::{Cosine, dot};
pub use read::{DenseIndex, Exact, Load};

#[cfg(test)]
#[path = "dense_tests.rs"]
mod tests;
