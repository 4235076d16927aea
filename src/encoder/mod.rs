//! The `Encoder` turns text into embeddings: queries with the model's prompt, passages without.
//!
//! No tensor type leaves this module: callers hand in `&str` and get `Vec<f32>`. Inference is our
//! own (`infer`, over the products of `kernel`); candle reads the weights (`weights`) and serves
//! as the independent implementation ours is measured against (`reference`).

pub mod bert;
pub mod bundled;
pub mod config;
pub mod infer;
mod int8;
#[cfg(target_arch = "x86_64")]
mod int8_x86;
pub mod kernel;
mod ops;
mod outer;
pub mod pooling;
pub mod reference;
pub mod tokenizer;
pub mod weights;

use std::borrow::Cow;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use crate::config::Precision;
use crate::progress::CancelToken;
use config::Config;
use infer::{Bert, Scratch};
use pooling::Pooling;
use tokenizer::Tokenizer;

/// Why a model could not be loaded or a text not be encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    #[error("the model's {file} cannot be read: {source}; put the whole model folder in place")]
    File {
        file: String,
        source: std::io::Error,
    },
    #[error("the model's {file} is not understood: {detail}")]
    Format { file: &'static str, detail: String },
    #[error(
        "the weights lack {name}, or it has the wrong shape: expected {expected:?}, received {received:?}"
    )]
    Shape {
        name: String,
        expected: Vec<usize>,
        received: Option<Vec<usize>>,
    },
    #[error("the weights hold {0}, which the model has no place for")]
    Unexpected(String),
    #[error("the text cannot be tokenised: {0}")]
    Tokenize(String),
}

/// A normalised embedding of `dim` numbers.
pub type Embedding = Vec<f32>;

/// Names a model's every trait that changes its embeddings: weights, tokenizer, pooling, query
/// prompt, maximum length, normalisation and the precision of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelFingerprint(String);

impl ModelFingerprint {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ModelFingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The files of a model, in memory.
pub struct ModelFiles {
    pub config: Cow<'static, [u8]>,
    pub tokenizer: Cow<'static, [u8]>,
    pub weights: Cow<'static, [u8]>,
    /// `1_Pooling/config.json`; CLS pooling when absent.
    pub pooling: Option<Cow<'static, [u8]>>,
    /// `config_sentence_transformers.json`; no prompt when absent.
    pub prompts: Option<Cow<'static, [u8]>>,
}

/// A model ready to encode.
pub struct Encoder {
    bert: Bert,
    tokenizer: Tokenizer,
    pooling: Pooling,
    prompt: String,
    fingerprint: ModelFingerprint,
    threads: usize,
}

/// Tokens a worker encodes at once: bounds memory whatever the texts' lengths, and keeps a
/// batch's activations near the second-level cache.
const TOKENS_PER_PACK: usize = 1024;

impl Encoder {
    /// Loads a model from its files, for `threads` worker threads (0: as many as there are cores).
    pub fn load(
        files: &ModelFiles,
        precision: Precision,
        threads: usize,
    ) -> Result<Self, EncoderError> {
        let config = Config::parse(&files.config)?;
        let pooling = files
            .pooling
            .as_deref()
            .map_or(Ok(Pooling::Cls), Pooling::parse)?;
        let prompts = files.prompts.as_deref();
        let prompt = prompts.map_or(Ok(String::new()), config::query_prompt)?;
        let (weights, rest) = std::thread::scope(|scope| {
            let rest = scope.spawn(|| {
                let limit = config.max_position_embeddings;
                let tokenizer = Tokenizer::parse(&files.tokenizer, limit);
                (
                    tokenizer,
                    fingerprint(files, pooling, &prompt, &config, precision),
                )
            });
            let bert = Bert::load(&config, &files.weights, precision);
            (
                bert,
                rest.join()
                    .expect("reading a tokenizer and hashing do not panic"),
            )
        });
        let (tokenizer, fingerprint) = rest;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if threads == 0 { cores } else { threads };
        Ok(Self {
            bert: weights?,
            tokenizer: tokenizer?,
            pooling,
            prompt,
            fingerprint,
            threads,
        })
    }

    /// Loads a model folder as sentence-transformers writes it.
    pub fn open(folder: &Path, precision: Precision, threads: usize) -> Result<Self, EncoderError> {
        let read = |name: &str| {
            std::fs::read(folder.join(name)).map_err(|source| EncoderError::File {
                file: folder.join(name).display().to_string(),
                source,
            })
        };
        let (config, tokenizer) = (read("config.json")?, read("tokenizer.json")?);
        let weights = read("model.safetensors")?;
        let pooling = read("1_Pooling/config.json").ok();
        let prompts = read("config_sentence_transformers.json").ok();
        let files = ModelFiles {
            config: config.into(),
            tokenizer: tokenizer.into(),
            weights: weights.into(),
            pooling: pooling.map(Cow::from),
            prompts: prompts.map(Cow::from),
        };
        Self::load(&files, precision, threads)
    }

    /// Length of an embedding.
    pub fn dim(&self) -> usize {
        self.bert.config().hidden_size
    }

    pub fn fingerprint(&self) -> &ModelFingerprint {
        &self.fingerprint
    }

    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Tokens of a query as encoded, prompt and special tokens included.
    pub fn query_tokens(&self, query: &str) -> Result<usize, EncoderError> {
        let ids = self.tokenizer.ids(&format!("{}{query}", self.prompt))?;
        Ok(ids.len())
    }

    /// Encodes one query, with the model's prompt before it.
    pub fn encode_query(&self, query: &str) -> Result<Embedding, EncoderError> {
        let ids = self.tokenizer.ids(&format!("{}{query}", self.prompt))?;
        let mut scratch = Scratch::default();
        let mut out = self.bert.forward(&[&ids], self.pooling, &mut scratch);
        pooling::normalize(&mut out);
        Ok(out)
    }

    /// Encodes queries, with the model's prompt before each.
    pub fn encode_queries(&self, queries: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        let with_prompt: Vec<String> = queries
            .iter()
            .map(|q| format!("{}{q}", self.prompt))
            .collect();
        let texts: Vec<&str> = with_prompt.iter().map(String::as_str).collect();
        Ok(self
            .encode(&texts, &CancelToken::new())?
            .map(|e| e.embeddings)
            .unwrap_or_default())
    }

    /// Encodes passages as they are. `None` when cancelled.
    pub fn encode_passages(
        &self,
        passages: &[&str],
        cancel: &CancelToken,
    ) -> Result<Option<Encoded>, EncoderError> {
        self.encode(passages, cancel)
    }

    fn encode(
        &self,
        texts: &[&str],
        cancel: &CancelToken,
    ) -> Result<Option<Encoded>, EncoderError> {
        let share = texts.len().div_ceil(self.threads).max(1);
        let parts: Vec<Result<Tokenized, EncoderError>> = std::thread::scope(|scope| {
            let parts: Vec<_> = texts
                .chunks(share)
                .map(|part| scope.spawn(|| self.tokenize(part)))
                .collect();
            parts
                .into_iter()
                .map(|p| p.join().expect("the tokenizer does not panic"))
                .collect()
        });
        let mut ids = Vec::with_capacity(texts.len());
        for part in parts {
            ids.extend(part?.ids);
        }
        Ok(self.encode_tokenized(&Tokenized { ids }, cancel))
    }

    /// Tokenises passages on the calling thread, for `encode_tokenized`.
    pub fn tokenize(&self, passages: &[&str]) -> Result<Tokenized, EncoderError> {
        let ids = passages.iter().map(|text| self.tokenizer.ids(text));
        Ok(Tokenized {
            ids: ids.collect::<Result<_, _>>()?,
        })
    }

    /// Encodes texts that were tokenised before. `None` when cancelled.
    pub fn encode_tokenized(&self, texts: &Tokenized, cancel: &CancelToken) -> Option<Encoded> {
        let ids = &texts.ids;
        let packs = packs(ids);
        let tokens = ids.iter().map(Vec::len).sum::<usize>() as u64;
        let results: Mutex<Vec<Embedding>> = Mutex::new(vec![Embedding::new(); ids.len()]);
        let next = AtomicUsize::new(0);
        let work = || {
            let mut scratch = Scratch::default();
            while let Some(pack) = packs.get(next.fetch_add(1, Ordering::Relaxed)) {
                if cancel.is_cancelled() {
                    return;
                }
                let batch: Vec<&[u32]> = pack.iter().map(|&i| ids[i].as_slice()).collect();
                let out = self.bert.forward(&batch, self.pooling, &mut scratch);
                let mut results = results.lock().expect("no worker panics holding the lock");
                for (&i, embedding) in pack.iter().zip(out.chunks_exact(self.dim())) {
                    let mut embedding = embedding.to_vec();
                    pooling::normalize(&mut embedding);
                    results[i] = embedding;
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.threads.min(packs.len()) {
                scope.spawn(work);
            }
            work();
        });
        if cancel.is_cancelled() {
            return None;
        }
        let embeddings = results
            .into_inner()
            .expect("no worker panics holding the lock");
        Some(Encoded { embeddings, tokens })
    }
}

/// Texts as token ids.
pub struct Tokenized {
    ids: Vec<Vec<u32>>,
}

/// Embeddings in the order of their texts, and how many tokens that took.
pub struct Encoded {
    pub embeddings: Vec<Embedding>,
    pub tokens: u64,
}

/// Groups texts into packs of at most `TOKENS_PER_PACK` tokens, longest first so that the last
/// packs are small and the workers end together.
fn packs(ids: &[Vec<u32>]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(ids[i].len()));
    let mut out: Vec<Vec<usize>> = Vec::new();
    let mut room = 0;
    for i in order {
        if ids[i].len() > room || out.is_empty() {
            out.push(Vec::new());
            room = TOKENS_PER_PACK;
        }
        room = room.saturating_sub(ids[i].len());
        out.last_mut().expect("just pushed").push(i);
    }
    out
}

fn fingerprint(
    files: &ModelFiles,
    pooling: Pooling,
    prompt: &str,
    config: &Config,
    precision: Precision,
) -> ModelFingerprint {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&files.weights);
    hasher.update(&files.tokenizer);
    hasher.update(&files.config);
    let length = config.max_position_embeddings;
    let precision = precision.as_str();
    let rest =
        format!("pooling={pooling:?} prompt={prompt:?} length={length} normalised {precision}");
    hasher.update(rest.as_bytes());
    ModelFingerprint(hasher.finalize().to_hex()[..32].to_owned())
}

#[cfg(test)]
#[path = "encoder_tests.rs"]
mod tests;
