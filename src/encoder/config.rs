//! A BERT's `config.json`, and the prompt file that sentence-transformers writes beside it.

use std::collections::BTreeMap;

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
    #[serde(default)]
    pub position_embedding_type: Option<String>,
}

impl Config {
    pub fn parse(bytes: &[u8]) -> Result<Self, EncoderError> {
        let format = |detail: String| EncoderError::Format {
            file: "config.json",
            detail,
        };
        // The kind first: what another kind's file lacks says less.
        #[derive(Deserialize)]
        struct Kind {
            model_type: Option<String>,
        }
        let kind: Kind = serde_json::from_slice(bytes).map_err(|e| format(e.to_string()))?;
        if let Some(kind) = kind.model_type.filter(|kind| kind != "bert") {
            return Err(format(format!(
                "model_type is {kind:?}, where only bert is known"
            )));
        }
        let config: Self = serde_json::from_slice(bytes).map_err(|e| format(e.to_string()))?;
        let known = [
            ("hidden_act", Some(config.hidden_act.as_str()), "gelu"),
            (
                "position_embedding_type",
                config.position_embedding_type.as_deref(),
                "absolute",
            ),
        ];
        for (name, found, expected) in known {
            if let Some(found) = found.filter(|found| *found != expected) {
                return Err(format(format!(
                    "{name} is {found:?}, where only {expected} is known"
                )));
            }
        }
        config.check_sizes().map_err(format)?;
        let heads = config.num_attention_heads;
        if heads == 0 || !config.hidden_size.is_multiple_of(heads) {
            return Err(format(format!(
                "{} units over {heads} heads",
                config.hidden_size
            )));
        }
        Ok(config)
    }

    /// Refuses sizes that no BERT has before anything is made of them.
    fn check_sizes(&self) -> Result<(), String> {
        let sizes = [
            ("hidden_size", self.hidden_size, 1, 1 << 16),
            ("num_hidden_layers", self.num_hidden_layers, 1, 1 << 10),
            ("intermediate_size", self.intermediate_size, 1, 1 << 18),
            ("vocab_size", self.vocab_size, 3, 1 << 22),
            // Two are the special tokens'.
            (
                "max_position_embeddings",
                self.max_position_embeddings,
                3,
                1 << 20,
            ),
            ("type_vocab_size", self.type_vocab_size, 1, 1 << 10),
        ];
        for (name, size, least, most) in sizes {
            if !(least..=most).contains(&size) {
                return Err(format!("{name} is {size}; {least} to {most} are possible"));
            }
        }
        if !self.layer_norm_eps.is_finite() || self.layer_norm_eps < 0.0 {
            return Err(format!("layer_norm_eps is {}", self.layer_norm_eps));
        }
        Ok(())
    }

    /// Parameters of the tables and layers, those of a head aside. With sizes within their bounds
    /// the number fits.
    pub fn parameters(&self) -> u64 {
        let [h, wide, layers] = [
            self.hidden_size,
            self.intermediate_size,
            self.num_hidden_layers,
        ]
        .map(|n| n as u64);
        let rows = self.vocab_size + self.max_position_embeddings + self.type_vocab_size;
        // Query, key, value and output, two products of the feed-forward part, two norms.
        let layer = 4 * (h * h + h) + (2 * h * wide + wide + h) + 4 * h;
        (rows as u64 + 2) * h + layers * layer
    }

    /// Units of one attention head.
    pub fn head_dim(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }
}

/// What goes before a text, empty where the model has nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompts {
    pub query: String,
    pub passage: String,
}

impl Prompts {
    /// Reads `config_sentence_transformers.json`; a prompt by default stands in for both.
    pub fn parse(bytes: &[u8]) -> Result<Self, EncoderError> {
        #[derive(Deserialize)]
        struct File {
            #[serde(default)]
            prompts: BTreeMap<String, String>,
            #[serde(default)]
            default_prompt_name: Option<String>,
        }
        let file: File = serde_json::from_slice(bytes).map_err(|e| EncoderError::Format {
            file: "config_sentence_transformers.json",
            detail: e.to_string(),
        })?;
        let named = |names: &[&str]| {
            let mut names = names
                .iter()
                .copied()
                .chain(file.default_prompt_name.as_deref());
            let prompt = names.find_map(|name| file.prompts.get(name).filter(|p| !p.is_empty()));
            prompt.cloned().unwrap_or_default()
        };
        Ok(Self {
            query: named(&["query"]),
            passage: named(&["document", "passage", "corpus"]),
        })
    }

    /// The file that says so.
    pub fn write(&self) -> Vec<u8> {
        let text = serde_json::json!({
            "model_type": "SentenceTransformer",
            "prompts": {"query": self.query, "document": self.passage},
            "default_prompt_name": null,
            "similarity_fn_name": "cosine",
        });
        serde_json::to_vec_pretty(&text).expect("plain data")
    }
}
