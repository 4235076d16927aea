//! The `Encoder` turns text into embeddings: queries with the model's prompt, passages without.
//!
//! No tensor type leaves this module: callers hand in `&str` and get `Vec<f32>`. Inference is our
//! own (`infer`, over the products of `kernel`); candle reads the weights (`weights`) and serves
//! as the independent implementation ours is measured against (`reference`).

pub mod bert;
pub mod bundled;
pub mod calibration;
pub mod config;
pub mod infer;
mod int8;
#[cfg(target_arch = "x86_64")]
mod int8_x86;
pub mod pooling;
pub mod reference;
pub mod tokenizer;
pub mod weights;

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

pub use crate::config::Precision;
use crate::progress::CancelToken;
use crate::remedy::{Remedied, Remedy};
use bert::TrainableBert;
use calibration::Calibration;
use config::{Config, Prompts};
use infer::{Bert, Scratch};
use pooling::Pooling;
use tokenizer::Tokenizer;
use weights::WeightFiles;

/// Why a model could not be loaded or a text not be encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
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
    #[error("{0} in the weights holds what are no finite numbers (NaN or infinite)")]
    NotFinite(String),
    #[error("its embeddings are no finite numbers")]
    NoEmbedding,
    #[error(
        "model.safetensors has {received} bytes, and config.json describes {expected} at the least"
    )]
    TooShort { expected: u64, received: u64 },
    #[error(
        "tokenizer.json has token ids up to {largest}, and the word table of the weights has \
         {words} rows"
    )]
    Words { largest: u32, words: usize },
    #[error("the text cannot be tokenised: {0}")]
    Tokenize(String),
}

impl Remedied for EncoderError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Tokenize(_) => None,
            _ => Remedy::advice("choose a whole model of the kind BERT, or fetch this one again"),
        }
    }
}

/// A normalised embedding of `dim` dimensions.
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
    pub weights: WeightFiles,
    /// `1_Pooling/config.json`; CLS pooling when absent.
    pub pooling: Option<Cow<'static, [u8]>>,
    /// `config_sentence_transformers.json`; no prompt when absent.
    pub prompts: Option<Cow<'static, [u8]>>,
    /// Tokens of a text at most, where the model is cut off before its positions end.
    pub limit: Option<usize>,
}

/// What a model's files say of it, weights and words aside.
#[derive(Debug, Clone, PartialEq)]
pub struct Traits {
    pub config: Config,
    pub pooling: Pooling,
    pub prompts: Prompts,
    /// Tokens of a text at most, special tokens included.
    pub max_tokens: usize,
}

impl ModelFiles {
    pub fn traits(&self) -> Result<Traits, EncoderError> {
        let config = Config::parse(&self.config)?;
        let pooling = self.pooling.as_deref();
        let prompts = self.prompts.as_deref();
        let most = config.max_position_embeddings;
        let max_tokens = self.limit.map_or(most, |limit| limit.min(most));
        if max_tokens < 3 {
            return Err(EncoderError::Format {
                file: "sentence_bert_config.json",
                detail: format!("texts of {max_tokens} tokens hold no word"),
            });
        }
        Ok(Traits {
            pooling: pooling.map_or(Ok(Pooling::Cls), Pooling::parse)?,
            prompts: prompts.map_or(Ok(Prompts::default()), Prompts::parse)?,
            max_tokens,
            config,
        })
    }

    /// Refuses weights that are too short for `config`, before memory is taken for their shape; an
    /// `Encoder` takes it tensor by tensor, each checked.
    fn check_length(&self, config: &Config) -> Result<(), EncoderError> {
        let (expected, received) = (2 * config.parameters(), self.weights.len() as u64);
        if received < expected {
            return Err(EncoderError::TooShort { expected, received });
        }
        Ok(())
    }

    /// The tokenizer of a model whose traits are `traits`.
    fn tokenizer_for(&self, traits: &Traits) -> Result<Tokenizer, EncoderError> {
        let tokenizer = Tokenizer::parse(&self.tokenizer, traits.max_tokens)?;
        // Of the bundled one, whose files are borrowed, a test knows it; asking takes milliseconds.
        if let Cow::Owned(_) = &self.tokenizer {
            let (largest, words) = (tokenizer.largest_id(), traits.config.vocab_size);
            if largest as usize >= words {
                return Err(EncoderError::Words { largest, words });
            }
        }
        Ok(tokenizer)
    }

    /// The model's tokenizer, without its weights.
    pub fn tokenizer(&self) -> Result<Tokenizer, EncoderError> {
        self.tokenizer_for(&self.traits()?)
    }

    /// The model in a form that can be trained.
    pub fn trainable(&self) -> Result<TrainableBert, EncoderError> {
        let traits = self.traits()?;
        self.check_length(&traits.config)?;
        TrainableBert::load(&traits.config, &self.weights, traits.pooling)
    }

    /// The fingerprint that an `Encoder` of these files has.
    pub fn fingerprint(&self, precision: Precision) -> Result<ModelFingerprint, EncoderError> {
        Ok(fingerprint(self, &self.traits()?, precision))
    }
}

/// A model ready to encode.
pub struct Encoder {
    bert: Bert,
    tokenizer: Tokenizer,
    pooling: Pooling,
    prompts: Prompts,
    fingerprint: ModelFingerprint,
    threads: usize,
    calibration: OnceLock<Calibration>,
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
        let traits = files.traits()?;
        let (weights, rest) = std::thread::scope(|scope| {
            let rest = scope.spawn(|| {
                let tokenizer = files.tokenizer_for(&traits);
                (tokenizer, fingerprint(files, &traits, precision))
            });
            let bert = Bert::load(&traits.config, &files.weights, precision);
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
            pooling: traits.pooling,
            prompts: traits.prompts,
            fingerprint,
            threads,
            calibration: OnceLock::new(),
        })
    }

    /// Refuses a model whose finite weights do not yield finite embeddings.
    pub fn check(&self) -> Result<(), EncoderError> {
        let embedding = self.encode_query("net sales")?;
        if !embedding.iter().all(|x| x.is_finite()) {
            return Err(EncoderError::NoEmbedding);
        }
        Ok(())
    }

    /// What this model's cosines mean. For a model that no measured values are known of it is
    /// measured when it is first asked for, which takes some tens of milliseconds.
    pub fn calibration(&self) -> Calibration {
        *self.calibration.get_or_init(|| Calibration::of_model(self))
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
        let ids = self
            .tokenizer
            .ids(&format!("{}{query}", self.prompts.query))?;
        Ok(ids.len())
    }

    /// Encodes one query, with the model's prompt before it.
    pub fn encode_query(&self, query: &str) -> Result<Embedding, EncoderError> {
        let ids = self
            .tokenizer
            .ids(&format!("{}{query}", self.prompts.query))?;
        let mut scratch = Scratch::default();
        let mut out = self.bert.forward(&[&ids], self.pooling, &mut scratch);
        pooling::normalize(&mut out);
        Ok(out)
    }

    /// Encodes queries, with the model's prompt before each.
    pub fn encode_queries(&self, queries: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        let with_prompt: Vec<String> = queries
            .iter()
            .map(|q| format!("{}{q}", self.prompts.query))
            .collect();
        let texts: Vec<&str> = with_prompt.iter().map(String::as_str).collect();
        Ok(self
            .encode(&texts, &CancelToken::new())?
            .map(|e| e.embeddings)
            .unwrap_or_default())
    }

    /// Encodes passages, with the model's prompt for those before each. `None` when cancelled.
    pub fn encode_passages(
        &self,
        passages: &[&str],
        cancel: &CancelToken,
    ) -> Result<Option<Encoded>, EncoderError> {
        if self.prompts.passage.is_empty() {
            return self.encode(passages, cancel);
        }
        let with_prompt = self.with_passage_prompt(passages);
        let texts: Vec<&str> = with_prompt.iter().map(String::as_str).collect();
        self.encode(&texts, cancel)
    }

    fn with_passage_prompt(&self, passages: &[&str]) -> Vec<String> {
        let prompt = &self.prompts.passage;
        passages
            .iter()
            .map(|text| format!("{prompt}{text}"))
            .collect()
    }

    /// What goes before a query and before a passage.
    pub fn prompts(&self) -> &Prompts {
        &self.prompts
    }

    /// Encodes with other prompts from now on; the fingerprint stays that of the files.
    pub fn set_prompts(&mut self, prompts: Prompts) {
        self.prompts = prompts;
    }

    /// Encodes queries with another prompt from now on; passages stay as they are.
    pub fn set_query_prompt(&mut self, prompt: &str) {
        prompt.clone_into(&mut self.prompts.query);
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

    /// Tokenises passages, the model's prompt before each, on the calling thread, for
    /// `encode_tokenized`.
    pub fn tokenize_passages(&self, passages: &[&str]) -> Result<Tokenized, EncoderError> {
        if self.prompts.passage.is_empty() {
            return self.tokenize(passages);
        }
        let with_prompt = self.with_passage_prompt(passages);
        let texts: Vec<&str> = with_prompt.iter().map(String::as_str).collect();
        self.tokenize(&texts)
    }

    fn tokenize(&self, texts: &[&str]) -> Result<Tokenized, EncoderError> {
        let ids = texts.iter().map(|text| self.tokenizer.ids(text));
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

fn fingerprint(files: &ModelFiles, traits: &Traits, precision: Precision) -> ModelFingerprint {
    let mut hasher = blake3::Hasher::new();
    hasher.update(files.weights.identity());
    hasher.update(&files.tokenizer);
    hasher.update(&files.config);
    let (pooling, prompt) = (traits.pooling, &traits.prompts.query);
    let (length, precision) = (traits.max_tokens, precision.as_str());
    let rest =
        format!("pooling={pooling:?} prompt={prompt:?} length={length} normalised {precision}");
    hasher.update(rest.as_bytes());
    if !traits.prompts.passage.is_empty() {
        hasher.update(format!(" passages={:?}", traits.prompts.passage).as_bytes());
    }
    ModelFingerprint(hasher.finalize().to_hex()[..32].to_owned())
}

#[cfg(test)]
#[path = "encoder_tests.rs"]
mod tests;
