//! A BERT's `config.json`, and the prompt file that sentence-transformers writes beside it.

use serde::Deserialize;

use super::EncoderError;

/// The shape of a BERT.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Config {
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    pub vocab_size: usize,
    pub max_position_embeddings: usize,
    pub type_vocab_size: usize,
    pub layer_norm_eps: f32,
    pub hidden_act: String,
}

impl Config {
    pub fn parse(bytes: &[u8]) -> Result<Self, EncoderError> {
        let format = |detail: String| EncoderError::Format {
            file: "config.json",
            detail,
        };
        let config: Self = serde_json::from_slice(bytes).map_err(|e| format(e.to_string()))?;
        if config.hidden_act != "gelu" {
            return Err(format(format!(
                "hidden_act {:?}; only gelu is known",
                config.hidden_act
            )));
        }
        let heads = config.num_attention_heads;
        if heads == 0 || !config.hidden_size.is_multiple_of(heads) {
            return Err(format(format!(
                "{} units over {heads} heads",
                config.hidden_size
            )));
        }
        Ok(config)
    }

    /// Units of one attention head.
    pub fn head_dim(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }
}

/// The prompt that goes before a query, empty when the model has none.
pub fn query_prompt(bytes: &[u8]) -> Result<String, EncoderError> {
    #[derive(Deserialize)]
    struct Prompts {
        #[serde(default)]
        prompts: std::collections::BTreeMap<String, String>,
    }
    let parsed: Prompts = serde_json::from_slice(bytes).map_err(|e| EncoderError::Format {
        file: "config_sentence_transformers.json",
        detail: e.to_string(),
    })?;
    Ok(parsed.prompts.get("query").cloned().unwrap_or_default())
}
