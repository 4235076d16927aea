//! Pooling: how a text's token vectors become its one embedding.

use serde::Deserialize;

use super::EncoderError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// The vector of `[CLS]`.
    Cls,
    /// The mean over all tokens.
    Mean,
}

impl Pooling {
    /// Reads `1_Pooling/config.json`.
    pub fn parse(bytes: &[u8]) -> Result<Self, EncoderError> {
        #[derive(Deserialize)]
        struct Modes {
            #[serde(default)]
            pooling_mode_cls_token: bool,
            #[serde(default)]
            pooling_mode_mean_tokens: bool,
        }
        let format = |detail: String| EncoderError::Format {
            file: "1_Pooling/config.json",
            detail,
        };
        let modes: Modes = serde_json::from_slice(bytes).map_err(|e| format(e.to_string()))?;
        match (modes.pooling_mode_cls_token, modes.pooling_mode_mean_tokens) {
            (true, false) => Ok(Pooling::Cls),
            (false, true) => Ok(Pooling::Mean),
            _ => Err(format("only CLS or mean pooling is known".into())),
        }
    }
}

/// Scales `vector` to length 1; a zero vector stays.
pub fn normalize(vector: &mut [f32]) {
    let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if norm > 1e-12 {
        vector.iter_mut().for_each(|x| *x /= norm);
    }
}
