//! Checkpoints: all that a run needs to go on as if it had never stopped. One file, replaced in one
//! step, so that a crash leaves the one before.

use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};

use super::{Result, TrainError};
use crate::fsio;
use crate::remedy::Remedy;

/// Where a run stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Steps done.
    pub step: usize,
    /// Spent on training, evaluations included.
    pub seconds: f64,
    /// The best step so far and its figure.
    pub best: Option<(usize, f64)>,
    /// Evaluations since then.
    pub without_gain: usize,
}

/// Parameters, moments and state.
pub struct Checkpoint {
    pub state: State,
    pub values: Vec<f32>,
    pub first: Vec<f32>,
    pub second: Vec<f32>,
}

const NAMES: [&str; 3] = ["parameters", "first_moments", "second_moments"];

/// Writes `state` and the three vectors, in `NAMES`' order, to `path`.
pub fn write(path: &Path, state: &State, vectors: [&[f32]; 3]) -> Result<()> {
    let failed = |source| TrainError::Write {
        path: path.display().to_string(),
        source,
    };
    let text = serde_json::to_string(state).expect("a state is plain data");
    let marks = [("state".to_owned(), text)].into();
    let bytes = vectors.map(crate::encoder::bert::le_bytes);
    let views = NAMES.iter().zip(&bytes).map(|(name, bytes)| {
        let view = TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes);
        (*name, view.expect("as many bytes as the shape says"))
    });
    let views: Vec<_> = views.collect();
    fsio::replace(path, |temporary| {
        safetensors::serialize_to_file(views, Some(marks), temporary).map_err(std::io::Error::other)
    })
    .map_err(failed)
}

/// Reads a checkpoint of `len` parameters; none when there is none.
pub fn read(path: &Path, len: usize) -> Result<Option<Checkpoint>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => {
            return Err(TrainError::Read {
                path: path.display().to_string(),
                source,
            });
        }
    };
    // It lies in its run's folder.
    let run = path.parent().and_then(Path::file_name).unwrap_or_default();
    let run = run.to_string_lossy().into_owned();
    let damaged = |detail: String| TrainError::Damaged {
        path: path.display().to_string(),
        detail,
        remedy: Remedy::RemoveCheckpoint(run.clone()),
    };
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| damaged(e.to_string()))?;
    let marks = header.metadata().as_ref();
    let state = marks.and_then(|marks| marks.get("state"));
    let state = state.ok_or_else(|| damaged("it holds no state".to_owned()))?;
    let state = serde_json::from_str(state).map_err(|e| damaged(e.to_string()))?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|e| damaged(e.to_string()))?;
    let vector = |name: &str| -> Result<Vec<f32>> {
        let tensor = tensors.tensor(name).map_err(|e| damaged(e.to_string()))?;
        if tensor.dtype() != Dtype::F32 || tensor.shape() != [len] {
            return Err(damaged(format!("{name} has another shape than the model")));
        }
        let numbers = tensor.data().chunks_exact(4);
        Ok(numbers
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect())
    };
    Ok(Some(Checkpoint {
        state,
        values: vector(NAMES[0])?,
        first: vector(NAMES[1])?,
        second: vector(NAMES[2])?,
    }))
}
