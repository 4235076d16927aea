//! A library of bare passages, for questions that bring their own (`{question, context}` rows): the
//! same store and indexes as of documents, in a folder of its own that is removed again.

use std::path::Path;

use super::context::JobContext;
use super::indexing::{IndexingError, publish};
use crate::chunk::Chunk;
use crate::config::{ConfigError, Library};
use crate::encoder::Encoder;
use crate::metadata::Metadata;
use crate::progress::{Cancelled, Progress};
use crate::store::{NewDocument, Seen, Store};

/// Passages embedded between two commits.
const BATCH: usize = 512;

/// The library that `folder` is for passages.
///
/// # Errors
///
/// Where there is no such folder.
pub fn library(folder: &Path) -> Result<Library, ConfigError> {
    Library::at(folder, Some(&folder.join("home")))
}

/// Indexes `passages` as the context's library, each whole, on the page of its number. The encoder
/// may be left out where only words are searched.
///
/// # Errors
///
/// Where the library cannot be written, an index fails, or it is cancelled.
pub fn index(
    context: &JobContext,
    passages: &[String],
    encoder: Option<&Encoder>,
) -> Result<(), IndexingError> {
    let library = &context.library;
    library.create_home()?;
    let mut store = Store::create(&library.home)?;
    let chunks: Vec<Chunk> = passages.iter().enumerate().map(chunk).collect();
    let seen = Seen {
        size: 0,
        mtime_ns: 0,
        file_hash: [0; 32],
        seen_ns: 0,
    };
    store.put_document(&NewDocument {
        path: "passages",
        seen: &seen,
        copies: &[],
        chunker: "",
        metadata: &Metadata::default(),
        context: "",
        pages: &[],
        text_hash: [0; 32],
        chunks: &chunks,
        hidden: 0,
    })?;
    if let Some(encoder) = encoder {
        let fingerprint = encoder.fingerprint().as_str();
        let model = store.register_model(fingerprint, "model", encoder.dim())?;
        let (pending, mut done) = (store.pending(model)?, 0);
        for keys in pending.chunks(BATCH) {
            let rows = store.passages(keys)?;
            let texts: Vec<&str> = rows.iter().map(|row| row.passage.as_str()).collect();
            let tokenized = encoder.tokenize_passages(&texts)?;
            let encoded = encoder.encode_tokenized(&tokenized, &context.cancel);
            let encoded = encoded.ok_or(Cancelled)?;
            let rows = rows.iter().zip(&encoded.embeddings);
            store.put_embeddings(model, rows.map(|(p, e)| (&p.content_hash, e.as_slice())))?;
            done += keys.len();
            context.progress.report(Progress::Encoded {
                chunks: done,
                of: pending.len(),
                tokens: 0,
                seconds: 0.0,
            });
        }
    }
    publish(library, &store)
}

fn chunk((index, text): (usize, &String)) -> Chunk {
    let number = index as u32;
    Chunk {
        ordinal: number,
        page: number + 1,
        page_last: number + 1,
        line_first: 0,
        line_last: 0,
        section: String::new(),
        text: text.clone(),
        tokens: 0,
        statement: None,
    }
}
