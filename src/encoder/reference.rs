//! An independent implementation, candle-transformers' `BertModel`, to hold ours to and to
//! measure it against. Never on the path of a search.

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config as BertConfig};

use super::config::Config;

/// candle's BERT on the CPU, f32.
pub struct Reference {
    model: BertModel,
}

impl Reference {
    /// Loads the same files as the encoder does.
    pub fn load(config: &[u8], weights: &[u8]) -> candle_core::Result<Self> {
        let parsed: BertConfig =
            serde_json::from_slice(config).map_err(candle_core::Error::wrap)?;
        let builder = VarBuilder::from_slice_safetensors(weights, DType::F32, &Device::Cpu)?;
        Ok(Self {
            model: BertModel::load(builder, &parsed)?,
        })
    }

    /// As `load`, from named tensors (random weights in tests).
    pub fn from_tensors(
        config: &Config,
        tensors: std::collections::HashMap<String, Tensor>,
    ) -> candle_core::Result<Self> {
        let json = serde_json::json!({
            "vocab_size": config.vocab_size, "hidden_size": config.hidden_size,
            "num_hidden_layers": config.num_hidden_layers,
            "num_attention_heads": config.num_attention_heads,
            "intermediate_size": config.intermediate_size, "hidden_act": "gelu",
            "hidden_dropout_prob": 0.0, "max_position_embeddings": config.max_position_embeddings,
            "type_vocab_size": config.type_vocab_size, "initializer_range": 0.02,
            "layer_norm_eps": config.layer_norm_eps, "pad_token_id": 0,
            "position_embedding_type": "absolute", "use_cache": false, "model_type": "bert",
        });
        let parsed: BertConfig = serde_json::from_value(json).map_err(candle_core::Error::wrap)?;
        let builder = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
        Ok(Self {
            model: BertModel::load(builder, &parsed)?,
        })
    }

    /// Token vectors of one text, row by row.
    pub fn forward(&self, ids: &[u32]) -> candle_core::Result<Vec<Vec<f32>>> {
        let ids = Tensor::new(ids, &Device::Cpu)?.unsqueeze(0)?;
        let segments = ids.zeros_like()?;
        self.model
            .forward(&ids, &segments, None)?
            .squeeze(0)?
            .to_vec2()
    }
}
