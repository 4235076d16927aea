//! Pooling: how a text's token vectors become its one embedding.

use std::collections::BTreeMap;

use serde_json::Value;

use super::EncoderError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// The vector of `[CLS]`.
    Cls,
    /// The mean over all tokens.
    Mean,
}

impl Pooling {
    pub fn as_str(self) -> &'static str {
        match self {
            Pooling::Cls => "cls",
            Pooling::Mean => "mean",
        }
    }

    /// Reads `1_Pooling/config.json`: flags of the old form (`pooling_mode_cls_token`), or the one
    /// word of the new (`pooling_mode`).
    pub fn parse(bytes: &[u8]) -> Result<Self, EncoderError> {
        let format = |detail: String| EncoderError::Format {
            file: "1_Pooling/config.json",
            detail,
        };
        let file: BTreeMap<String, Value> =
            serde_json::from_slice(bytes).map_err(|e| format(e.to_string()))?;
        if file.get("include_prompt") == Some(&Value::Bool(false)) {
            let detail = "include_prompt is false, where only pooling over the prompt too is known";
            return Err(format(detail.into()));
        }
        let modes: Vec<&str> = match file.get("pooling_mode") {
            Some(Value::String(mode)) => vec![mode],
            Some(Value::Array(modes)) => modes.iter().filter_map(Value::as_str).collect(),
            Some(other) => return Err(format(format!("pooling_mode is {other}"))),
            None => file
                .iter()
                .filter(|(_, on)| **on == Value::Bool(true))
                .filter_map(|(name, _)| name.strip_prefix("pooling_mode_"))
                .collect(),
        };
        match modes[..] {
            ["cls" | "cls_token"] => Ok(Pooling::Cls),
            ["mean" | "mean_tokens"] => Ok(Pooling::Mean),
            [] => Err(format("it names no pooling mode".into())),
            _ => Err(format(format!(
                "the pooling mode is {}, where only cls or mean is known",
                modes.join(" and ")
            ))),
        }
    }

    /// The file that says so, for embeddings of `dim` numbers: in the old form, which every
    /// version reads.
    pub fn write(self, dim: usize) -> Vec<u8> {
        let text = serde_json::json!({
            "word_embedding_dimension": dim,
            "pooling_mode_cls_token": self == Pooling::Cls,
            "pooling_mode_mean_tokens": self == Pooling::Mean,
            "pooling_mode_max_tokens": false,
            "pooling_mode_mean_sqrt_len_tokens": false,
            "pooling_mode_weightedmean_tokens": false,
            "pooling_mode_lasttoken": false,
            "include_prompt": true,
        });
        serde_json::to_vec_pretty(&text).expect("plain data")
    }
}

/// Scales `vector` to length 1; a zero vector stays.
pub fn normalize(vector: &mut [f32]) {
    let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if norm > 1e-12 {
        vector.iter_mut().for_each(|x| *x /= norm);
    }
}
