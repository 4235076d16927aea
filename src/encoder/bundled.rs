//! The models inside the binary (see `assets/models`): bge-small-en-v1.5 in f16, and the same tuned on filings, of
//! which only the layers that learnt lie beside it.

use super::tokenizer::Tokenizer;
use super::{Encoder, EncoderError, ModelFiles, Precision};

/// The base's own name.
pub const NAME: &str = "bge-small-en-v1.5";

/// A model inside the binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bundled {
    Base,
    /// The base, tuned on questions about filings of many companies.
    Filings,
}

impl Bundled {
    pub const ALL: [Self; 2] = [Self::Base, Self::Filings];

    pub fn name(self) -> &'static str {
        match self {
            Self::Base => NAME,
            Self::Filings => "filings",
        }
    }

    pub fn files(self) -> ModelFiles {
        let base = files();
        match self {
            Self::Base => base,
            Self::Filings => ModelFiles {
                weights: base.weights.under(FILINGS),
                ..base
            },
        }
    }

    /// The model's card.
    pub fn card(self) -> &'static str {
        match self {
            Self::Base => include_str!("../../assets/models/bge-small-en-v1.5/README.md"),
            Self::Filings => include_str!("../../assets/models/filings/README.md"),
        }
    }
}

macro_rules! asset {
    ($name:literal) => {
        include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/assets/models/",
            $name
        ))
    };
}

// Statics stand in the binary once; a constant stands in it once for each part of the crate that the compiler
// makes code of by itself.
static CONFIG: &[u8] = asset!("bge-small-en-v1.5/config.json");
static TOKENIZER: &[u8] = asset!("bge-small-en-v1.5/tokenizer.json");
static WEIGHTS: &[u8] = asset!("bge-small-en-v1.5/model.safetensors");
static FILINGS: &[u8] = asset!("filings/model.safetensors");
static POOLING: &[u8] = asset!("bge-small-en-v1.5/1_Pooling/config.json");
static PROMPTS: &[u8] = asset!("bge-small-en-v1.5/config_sentence_transformers.json");
static TOKENIZER_CONFIG: &[u8] = asset!("bge-small-en-v1.5/tokenizer_config.json");
static SPECIAL_TOKENS: &[u8] = asset!("bge-small-en-v1.5/special_tokens_map.json");

/// The base's files.
pub fn files() -> ModelFiles {
    ModelFiles {
        config: CONFIG.into(),
        tokenizer: TOKENIZER.into(),
        weights: WEIGHTS.into(),
        pooling: Some(POOLING.into()),
        prompts: Some(PROMPTS.into()),
        limit: None,
    }
}

/// The base, ready to encode.
pub fn encoder(precision: Precision, threads: usize) -> Result<Encoder, EncoderError> {
    Encoder::load(&files(), precision, threads)
}

/// Its tokenizer alone, without loading weights.
pub fn tokenizer() -> Result<Tokenizer, EncoderError> {
    files().tokenizer()
}

/// Small files that other programs read a tokenizer by.
pub fn tokenizer_extras() -> [(&'static str, &'static [u8]); 2] {
    [
        ("tokenizer_config.json", TOKENIZER_CONFIG),
        ("special_tokens_map.json", SPECIAL_TOKENS),
    ]
}
