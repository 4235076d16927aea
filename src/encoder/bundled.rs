//! The model inside the binary: bge-small-en-v1.5, f16 (see `assets/models`).

use super::tokenizer::Tokenizer;
use super::{Encoder, EncoderError, ModelFiles, Precision};

/// The model's own name.
pub const NAME: &str = "bge-small-en-v1.5";

macro_rules! asset {
    ($name:literal) => {
        &include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/assets/models/bge-small-en-v1.5/",
            $name
        ))[..]
    };
}

/// The bundled model's files.
pub fn files() -> ModelFiles {
    ModelFiles {
        config: asset!("config.json").into(),
        tokenizer: asset!("tokenizer.json").into(),
        weights: asset!("model.safetensors").into(),
        pooling: Some(asset!("1_Pooling/config.json").into()),
        prompts: Some(asset!("config_sentence_transformers.json").into()),
        limit: None,
    }
}

/// The bundled model, ready to encode.
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
        ("tokenizer_config.json", asset!("tokenizer_config.json")),
        ("special_tokens_map.json", asset!("special_tokens_map.json")),
    ]
}
