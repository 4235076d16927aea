//! Retrieval: a `Query` becomes `Hit`s. Two arms, dense and BM25, answer over the one chunk key;
//! reciprocal rank fusion joins them; every hit keeps its rank in each arm.

pub mod filter;
pub mod fuse;
pub mod snippet;

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::{Library, SearchConfig};
use crate::encoder::{Encoder, EncoderError};
use crate::index::dense::{DenseIndex, Load};
use crate::index::lexical::LexicalIndex;
use crate::index::{Found, IndexError};
use crate::store::{ChunkKey, Coverage, ModelId, Store, StoreError, StoredChunk};
use filter::Filter;
use fuse::reciprocal_rank_fusion;

#[derive(Debug, thiserror::Error)]
pub enum RetrieveError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    #[error("the library has no word index yet; run: tenk index {0}")]
    NoLexical(PathBuf),
    #[error(
        "no chunk of the library is embedded with this model yet; run: tenk index {0} (BM25 works: --arm bm25)"
    )]
    NoDense(PathBuf),
    #[error(
        "--dim {received} is not possible: the model's embeddings have {expected} numbers; name 1 to {expected}"
    )]
    Dim { expected: usize, received: usize },
}

pub(crate) type Result<T, E = RetrieveError> = std::result::Result<T, E>;

/// Which index answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Arm {
    #[default]
    Hybrid,
    Dense,
    Bm25,
}

impl Arm {
    pub fn as_str(self) -> &'static str {
        match self {
            Arm::Hybrid => "hybrid",
            Arm::Dense => "dense",
            Arm::Bm25 => "bm25",
        }
    }

    /// The next one, in the order a key cycles them.
    pub fn next(self) -> Self {
        match self {
            Arm::Hybrid => Arm::Dense,
            Arm::Dense => Arm::Bm25,
            Arm::Bm25 => Arm::Hybrid,
        }
    }
}

/// A question to the library.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    pub text: String,
    pub arm: Arm,
    pub top_k: usize,
    pub filter: Filter,
    /// Compare only the first numbers of each embedding; none takes all.
    pub dim: Option<usize>,
}

/// A chunk found, and by what.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// From 1.
    pub rank: usize,
    pub chunk: StoredChunk,
    pub dense_rank: Option<usize>,
    pub bm25_rank: Option<usize>,
    pub cosine: Option<f32>,
    pub bm25_score: Option<f32>,
    /// What the list is ordered by: `rrf_score`, `cosine` or `bm25_score`, by the arm.
    pub score: f32,
}

/// An open library, ready to be asked. Holds a snapshot of the indexes; `refresh` takes the
/// current one.
pub struct Retriever {
    library: Library,
    store: Store,
    lexical: Option<LexicalIndex>,
    /// With the fingerprint of its model.
    dense: Option<(String, DenseIndex)>,
    encoder: Option<Arc<Encoder>>,
    model: Option<ModelId>,
    settings: SearchConfig,
    load: Load,
}

/// Where the caches lie in a library's home.
pub fn lexical_folder(library: &Library) -> PathBuf {
    library.home.join("cache").join("lexical")
}

/// The dense index of the model with this fingerprint.
pub fn dense_folder(library: &Library, fingerprint: &str) -> PathBuf {
    library.home.join("cache").join(format!(
        "dense-{}",
        &fingerprint[..16.min(fingerprint.len())]
    ))
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
            lexical: None,
            dense: None,
            encoder,
            model: None,
            settings,
            load: Load::WithGraph,
        };
        retriever.refresh()?;
        Ok(retriever)
    }

    /// Takes the current state of the indexes; cheap when nothing moved.
    pub fn refresh(&mut self) -> Result<()> {
        match &self.lexical {
            Some(lexical) => lexical.reload()?,
            None => self.lexical = LexicalIndex::open(&lexical_folder(&self.library))?,
        }
        if let Some(encoder) = self.encoder.clone() {
            let fingerprint = encoder.fingerprint().as_str();
            self.model = self.store.model(fingerprint, encoder.dim())?;
            self.load_dense(fingerprint, encoder.dim())?;
        }
        Ok(())
    }

    /// For a process that asks once: loads the vectors of the model named `name`, and no graph,
    /// while its encoder is still being loaded; `set_encoder` checks that they belong together.
    pub fn preload(&mut self, name: &str) -> Result<()> {
        self.load = Load::VectorsOnly;
        match self.store.fingerprint(name)? {
            Some((fingerprint, dim)) => self.load_dense(&fingerprint, dim),
            None => Ok(()),
        }
    }

    fn load_dense(&mut self, fingerprint: &str, dim: usize) -> Result<()> {
        let generation = self.store.generation()?;
        let current = self
            .dense
            .as_ref()
            .is_some_and(|(of, dense)| of == fingerprint && dense.generation() == generation);
        let folder = dense_folder(&self.library, fingerprint);
        // A newer store does not mean a newer dump: while embeddings arrive, that follows slowly.
        let newer = || {
            let had = self.dense.as_ref().map(|(_, dense)| dense.generation());
            had.is_none() || DenseIndex::dumped(&folder) != had
        };
        if !current
            && newer()
            && let Some(loaded) = DenseIndex::load(&folder, dim, self.load)
        {
            self.dense = Some((fingerprint.to_owned(), loaded));
        }
        if self.dense.as_ref().is_some_and(|(of, _)| of != fingerprint) {
            self.dense = None;
        }
        Ok(())
    }

    /// Gives the retriever an encoder that was loaded after it was opened.
    pub fn set_encoder(&mut self, encoder: Arc<Encoder>) -> Result<()> {
        self.encoder = Some(encoder);
        self.refresh()
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

    /// The terms BM25 looks for, for marking them in a snippet.
    pub fn terms(&self, text: &str) -> Vec<String> {
        self.lexical
            .as_ref()
            .map(|l| l.terms(text))
            .unwrap_or_default()
    }

    /// Answers a query. Nothing found is an empty list.
    pub fn search(&self, query: &Query) -> Result<Vec<Hit>> {
        if query.text.trim().is_empty() || query.top_k == 0 {
            return Ok(Vec::new());
        }
        let documents = self.documents(&query.filter)?;
        if documents.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let depth = match query.arm {
            Arm::Hybrid => self.settings.depth.max(query.top_k),
            Arm::Dense | Arm::Bm25 => query.top_k,
        };
        let dense = match query.arm {
            Arm::Bm25 => Vec::new(),
            _ => self.dense_arm(query, depth, documents.as_deref())?,
        };
        let bm25 = match query.arm {
            Arm::Dense => Vec::new(),
            _ => self.bm25_arm(&query.text, depth, documents.as_deref())?,
        };
        self.hits(query, &dense, &bm25)
    }

    fn documents(&self, filter: &Filter) -> Result<Option<Vec<i64>>> {
        if filter.is_empty() {
            return Ok(None);
        }
        let rows = self.store.documents()?;
        Ok(Some(
            rows.iter()
                .filter(|row| filter.matches(row))
                .map(|row| row.id)
                .collect(),
        ))
    }

    fn dense_arm(
        &self,
        query: &Query,
        depth: usize,
        documents: Option<&[i64]>,
    ) -> Result<Vec<Found>> {
        let (Some(encoder), Some((_, dense))) = (&self.encoder, &self.dense) else {
            return match query.arm {
                Arm::Dense => Err(RetrieveError::NoDense(self.library.folder.clone())),
                _ => Ok(Vec::new()),
            };
        };
        let only = match documents {
            Some(documents) => {
                let mut keys = self.store.chunks_of(documents)?;
                keys.sort_unstable();
                Some(keys)
            }
            None => None,
        };
        let mut embedding = encoder.encode_query(&query.text)?;
        if let Some(dim) = query.dim.filter(|dim| *dim != encoder.dim()) {
            if dim == 0 || dim > encoder.dim() {
                return Err(RetrieveError::Dim {
                    expected: encoder.dim(),
                    received: dim,
                });
            }
            embedding.truncate(dim);
            crate::encoder::pooling::normalize(&mut embedding);
            return Ok(dense.search_truncated(&embedding, depth, only.as_deref()));
        }
        Ok(dense.search(&embedding, depth, self.settings.ef_search, only.as_deref())?)
    }

    fn bm25_arm(&self, text: &str, depth: usize, documents: Option<&[i64]>) -> Result<Vec<Found>> {
        match &self.lexical {
            Some(lexical) => Ok(lexical.search(text, depth, documents)?),
            None => Err(RetrieveError::NoLexical(self.library.folder.clone())),
        }
    }

    /// Orders by the arm's score and reads the chunks; one that the store no longer has is passed
    /// over, however far behind a cache may be.
    fn hits(&self, query: &Query, dense: &[Found], bm25: &[Found]) -> Result<Vec<Hit>> {
        let order: Vec<(ChunkKey, f32)> = match query.arm {
            Arm::Hybrid => reciprocal_rank_fusion(&[dense, bm25], self.settings.rrf_k),
            Arm::Dense => dense.iter().map(|f| (f.key, f.score)).collect(),
            Arm::Bm25 => bm25.iter().map(|f| (f.key, f.score)).collect(),
        };
        let place = |arm: &[Found], key| arm.iter().position(|f| f.key == key);
        let mut hits = Vec::with_capacity(query.top_k);
        for (key, score) in order {
            if hits.len() == query.top_k {
                break;
            }
            let Some(chunk) = self.store.chunk(key)? else {
                continue;
            };
            let (in_dense, in_bm25) = (place(dense, key), place(bm25, key));
            hits.push(Hit {
                rank: hits.len() + 1,
                chunk,
                dense_rank: in_dense.map(|i| i + 1),
                bm25_rank: in_bm25.map(|i| i + 1),
                cosine: in_dense.map(|i| dense[i].score),
                bm25_score: in_bm25.map(|i| bm25[i].score),
                score,
            });
        }
        Ok(hits)
    }
}
