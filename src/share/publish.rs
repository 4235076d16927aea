//! Publishing: a library's documents are brought to a shared one, so that it has what the library has.
//!
//! A document's content is written first, then the row of its placement, by which it is seen. What is there already is
//! not written again; a run that was killed goes on where it was. Any number publish at once: contents are the same
//! whoever writes them, and a placement is its publisher's alone.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::counts::{self, COUNTS};
use super::engine::Engine;
use super::serving::{self, SharedModel};
use super::sweep::{self, now};
use super::tables::{
    self, CONTENTS, EMBEDDED, PARTS, PLACEMENTS, WHOLE, WORDS, WRITING, is, model_key, number,
    text, unsearched, vectors,
};
use super::{Result, ShareError, parts, words};
use crate::progress::CancelToken;
use crate::store::{Shareable, SharedChunk, Store};

/// Rows that go in one call, and bytes of their text.
const MOST_ROWS: usize = 500;
const MOST_BYTES: usize = 4 << 20;

/// What a run has done.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Published {
    pub documents: usize,
    pub chunks: u64,
    /// Documents that were new or another version, contents that were written, and documents that are gone.
    pub changed: usize,
    pub written: usize,
    pub removed: usize,
    /// Contents that nobody had any more.
    pub swept: usize,
    /// Documents of which not every chunk is embedded here.
    pub unembedded: usize,
    /// The model that serves there.
    pub serves: String,
}

/// A library on its way to a shared one.
pub struct Publisher<'a> {
    pub engine: &'a Engine,
    pub store: &'a Store,
    pub model: &'a SharedModel,
    /// Whose placements they are to be, where they are one part of many that others bring: what is not among them stays
    /// then. Else they are the library's, and all that it has.
    pub owner: Option<&'a str>,
    /// Hears how many documents are done, and of how many.
    pub progress: &'a dyn Fn(usize, usize),
    pub cancel: &'a CancelToken,
}

/// A placement as it is there.
struct Placed {
    content: String,
    mark: String,
}

/// A content as it is there.
struct Content {
    is_whole: bool,
    is_left: bool,
    chunks: u64,
    parts: u64,
}

impl Publisher<'_> {
    /// Brings the shared library up to this one.
    ///
    /// # Errors
    ///
    /// Where the engine cannot be reached, or refuses. What was written until then stays, and is not written again.
    pub fn run(&self) -> Result<Published> {
        let model = self.model;
        tables::make(self.engine, &model.fingerprint, model.dimensions)?;
        serving::put_model(self.engine, model)?;
        let owner = match self.owner {
            Some(owner) => owner.to_owned(),
            None => self.store.revision()?.identity,
        };
        let documents = self.store.shareable()?;
        let mut done = Published {
            documents: documents.len(),
            chunks: documents.iter().map(|document| document.chunks).sum(),
            ..Published::default()
        };
        let placed = self.placed(&owner)?;
        let contents = self.contents()?;
        let mut embedded = self.embedded()?;
        let mut fresh = self.proven(&documents, &contents, &mut embedded)?;
        let here = self.store.coverage_by_document(model.id)?;
        let here: HashMap<i64, u64> = here
            .into_iter()
            .map(|(id, has)| (id, has.encoded))
            .collect();
        for (at, document) in documents.iter().enumerate() {
            self.cancel.check()?;
            if !fresh.contains(&document.content) {
                self.put(document)?;
                done.written += 1;
                fresh.insert(document.content.clone());
            }
            let has = here.get(&document.id).copied().unwrap_or(0);
            if has > embedded.get(&document.content).copied().unwrap_or(0) {
                self.embed(document)?;
            }
            done.unembedded += usize::from(has < document.chunks);
            done.changed += usize::from(self.place(&owner, document, &placed)?);
            (self.progress)(at + 1, documents.len());
        }
        if self.owner.is_none() {
            done.removed = self.remove_others(&owner, &documents, &placed)?;
            self.cancel.check()?;
            done.swept = sweep::sweep(self.engine)?;
        }
        done.serves = serving::begin(self.engine, &model.fingerprint)?;
        Ok(done)
    }

    /// This publisher's placements, by their keys.
    fn placed(&self, owner: &str) -> Result<HashMap<String, Placed>> {
        let fields = ["id", "content", "mark"];
        let rows = self
            .engine
            .rows(PLACEMENTS.name, &is("owner", owner), "id", &fields)?;
        let placed = rows.iter().map(|row| {
            let placed = Placed {
                content: text(row, "content").to_owned(),
                mark: text(row, "mark").to_owned(),
            };
            (text(row, "id").to_owned(), placed)
        });
        Ok(placed.collect())
    }

    fn contents(&self) -> Result<HashMap<String, Content>> {
        let fields = ["id", "state", "chunks", "parts", "left"];
        let rows = self.engine.rows(CONTENTS.name, "", "id", &fields)?;
        let contents = rows.iter().map(|row| {
            let content = Content {
                is_whole: text(row, "state") == WHOLE,
                is_left: number(row, "left") != 0,
                chunks: number(row, "chunks").unsigned_abs(),
                parts: number(row, "parts").unsigned_abs(),
            };
            (text(row, "id").to_owned(), content)
        });
        Ok(contents.collect())
    }

    /// How many chunks of each content are embedded by the model.
    fn embedded(&self) -> Result<HashMap<String, u64>> {
        let filter = is("model", model_key(&self.model.fingerprint));
        let rows = self
            .engine
            .rows(EMBEDDED.name, &filter, "content", &["content", "chunks"])?;
        let embedded = rows.iter().map(|row| {
            let chunks = number(row, "chunks").unsigned_abs();
            (text(row, "content").to_owned(), chunks)
        });
        Ok(embedded.collect())
    }

    /// The contents that are there and whole. Where the engine has not as many rows as they say, each of this
    /// library's is counted: what an engine has lost is written again. Embeddings that it has lost count as none.
    fn proven(
        &self,
        documents: &[Shareable],
        contents: &HashMap<String, Content>,
        embedded: &mut HashMap<String, u64>,
    ) -> Result<HashSet<String>> {
        let whole = || contents.iter().filter(|(_, content)| content.is_whole);
        let chunks: u64 = whole().map(|(_, content)| content.chunks).sum();
        let parts: u64 = whole().map(|(_, content)| content.parts).sum();
        let vectors = vectors(&self.model.fingerprint);
        let has_all = self.engine.count(WORDS.name, "")? == chunks
            && self.engine.count(PARTS.name, "number >= 0")? == parts
            && self.engine.count(&vectors, "")? == embedded.values().sum::<u64>();
        let mut proven: HashSet<String> = whole()
            .filter(|(_, content)| !content.is_left)
            .map(|(name, _)| name.clone())
            .collect();
        if has_all {
            return Ok(proven);
        }
        for document in documents {
            let Some(content) = contents.get(&document.content).filter(|c| c.is_whole) else {
                continue;
            };
            let filter = is("content", &document.content);
            let lacks = |table: &str, has: u64| {
                Ok::<_, ShareError>(self.engine.count(table, &filter)? != has)
            };
            if lacks(WORDS.name, content.chunks)? || lacks(PARTS.name, content.parts)? {
                proven.remove(&document.content);
            }
            let vectors_of = embedded.get(&document.content).copied().unwrap_or(0);
            if lacks(&vectors, vectors_of)? {
                embedded.remove(&document.content);
            }
        }
        Ok(proven)
    }

    /// Writes a content: what it is first said to be under way, last to be whole.
    fn put(&self, document: &Shareable) -> Result<()> {
        let (content, now) = (&document.content, now());
        let bundle = self.store.bundle(document.id)?.to_string();
        let chunks = self.store.shared_chunks(document.id)?;
        let words = chunks.iter();
        let words: Vec<String> = words
            .map(|chunk| words::of_chunk(&chunk.text, &chunk.section))
            .collect();
        let said = parts::apart(bundle.as_bytes());
        let counted = parts::apart(&counts::of_content(&words));
        let parts = said.iter().enumerate();
        let of_counts = counted.iter().enumerate();
        let parts: Vec<(usize, &String)> = parts
            .chain(of_counts.map(|(at, data)| (COUNTS + at, data)))
            .collect();
        let row = |state: &str| {
            unsearched(json!({
                "id": content,
                "state": state,
                "chunks": document.chunks,
                "parts": parts.len(),
                "begun": now,
                "left": 0,
            }))
        };
        self.engine.upsert(CONTENTS.name, vec![row(WRITING)])?;
        let of_parts = parts.iter().map(|(number, data)| {
            unsearched(json!({
                "id": format!("{content}/{number}"),
                "content": content,
                "number": number,
                "data": data,
            }))
        });
        self.write(PARTS.name, of_parts)?;
        let of_words = chunks.iter().zip(&words).map(|(chunk, words)| {
            let mut row = place_of(content, chunk);
            row["body"] = within(&chunk.text, 65_535).into();
            row["words"] = within(words, 65_535).into();
            row
        });
        self.write(WORDS.name, of_words)?;
        self.engine.upsert(CONTENTS.name, vec![row(WHOLE)])
    }

    /// Writes the embeddings that a content has here.
    fn embed(&self, document: &Shareable) -> Result<()> {
        let content = &document.content;
        let found = self
            .store
            .embeddings_by_ordinal(self.model.id, document.id)?;
        let table = vectors(&self.model.fingerprint);
        let chunks = self.store.shared_chunks(document.id)?;
        let places: HashMap<u32, &SharedChunk> = chunks.iter().map(|c| (c.ordinal, c)).collect();
        let rows = found.iter().filter_map(|(ordinal, vector)| {
            let mut row = place_of(content, places.get(ordinal)?);
            row["vector"] = json!(vector);
            Some(row)
        });
        self.write(&table, rows)?;
        let model = model_key(&self.model.fingerprint);
        let row = json!({
            "id": format!("{model}/{content}"),
            "model": model,
            "content": content,
            "chunks": found.len(),
        });
        self.engine.upsert(EMBEDDED.name, vec![unsearched(row)])
    }

    /// Writes a placement, by which a document is seen. False where it is as it was.
    fn place(
        &self,
        owner: &str,
        document: &Shareable,
        placed: &HashMap<String, Placed>,
    ) -> Result<bool> {
        let id = placement(owner, &document.path);
        let row = document.row.to_string();
        let mark = blake3::hash(row.as_bytes()).to_hex()[..32].to_owned();
        let is_same = |there: &Placed| there.content == document.content && there.mark == mark;
        if placed.get(&id).is_some_and(is_same) {
            return Ok(false);
        }
        let row = json!({
            "id": id,
            "owner": owner,
            "content": document.content,
            "mark": mark,
            "row": row,
        });
        self.engine.upsert(PLACEMENTS.name, vec![unsearched(row)])?;
        Ok(true)
    }

    /// Takes away this publisher's placements of documents that it has no more.
    fn remove_others(
        &self,
        owner: &str,
        documents: &[Shareable],
        placed: &HashMap<String, Placed>,
    ) -> Result<usize> {
        let mine: HashSet<String> = documents
            .iter()
            .map(|d| placement(owner, &d.path))
            .collect();
        let gone: Vec<&String> = placed.keys().filter(|id| !mine.contains(*id)).collect();
        for some in gone.chunks(MOST_ROWS) {
            self.engine
                .delete(PLACEMENTS.name, &tables::any("id", some.iter().copied()))?;
        }
        Ok(gone.len())
    }

    /// Writes rows in calls of a size that the engine takes.
    fn write(&self, table: &str, rows: impl Iterator<Item = Value>) -> Result<()> {
        let (mut some, mut bytes) = (Vec::new(), 0);
        for row in rows {
            self.cancel.check()?;
            bytes += row.to_string().len();
            some.push(row);
            if some.len() >= MOST_ROWS || bytes >= MOST_BYTES {
                self.engine.upsert(table, std::mem::take(&mut some))?;
                bytes = 0;
            }
        }
        self.engine.upsert(table, some)
    }
}

/// A chunk's key and place, of which each index has a row.
fn place_of(content: &str, chunk: &SharedChunk) -> Value {
    json!({
        "id": format!("{content}/{}", chunk.ordinal),
        "content": content,
        "ordinal": chunk.ordinal,
        "page": chunk.page,
        "statement": chunk.statement,
        "section": within(&chunk.section.to_lowercase(), 8192),
    })
}

/// A text of as many bytes at most; a longer one ends there.
fn within(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The key of a publisher's file.
pub(super) fn placement(owner: &str, path: &str) -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(owner.as_bytes())
        .update(b"\n")
        .update(path.as_bytes());
    hash.finalize().to_hex()[..32].to_owned()
}
