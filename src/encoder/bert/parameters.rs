//! The parameters of a BERT in one flat vector, and where each lies: gradients, moments and
//! checkpoints have the same layout, so that an optimizer is a loop over numbers.

use std::borrow::Cow;
use std::ops::Range;

use safetensors::tensor::{Dtype, TensorView};

use crate::encoder::EncoderError;
use crate::encoder::config::Config;
use crate::encoder::weights::{WeightFiles, Weights};

/// One tensor of the checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// As in the safetensors file.
    pub name: String,
    pub shape: Vec<usize>,
    pub range: Range<usize>,
}

impl Entry {
    /// Weight decay is for matrices: biases and LayerNorms are left out, as BERT was trained.
    pub fn decays(&self) -> bool {
        self.shape.len() > 1
    }

    /// The number of the layer that it belongs to; none in the embeddings.
    pub fn layer(&self) -> Option<usize> {
        let rest = self.name.strip_prefix("encoder.layer.")?;
        rest.split('.').next()?.parse().ok()
    }
}

/// Places of a LayerNorm.
#[derive(Debug, Clone)]
pub(super) struct NormAt {
    pub gain: Range<usize>,
    pub bias: Range<usize>,
}

/// Places of a linear layer: `weight` is outputs × inputs.
#[derive(Debug, Clone)]
pub(super) struct LinearAt {
    pub weight: Range<usize>,
    pub bias: Range<usize>,
    pub inputs: usize,
    pub outputs: usize,
}

/// Places of one layer; Q, K and V lie side by side and are one linear layer.
#[derive(Debug, Clone)]
pub(super) struct LayerAt {
    pub qkv: LinearAt,
    pub out: LinearAt,
    pub attention_norm: NormAt,
    pub up: LinearAt,
    pub down: LinearAt,
    pub output_norm: NormAt,
}

/// Where each tensor lies in the flat vector.
#[derive(Debug, Clone)]
pub struct Layout {
    entries: Vec<Entry>,
    pub(super) words: Range<usize>,
    pub(super) positions: Range<usize>,
    pub(super) segment: Range<usize>,
    pub(super) embedding_norm: NormAt,
    pub(super) layers: Vec<LayerAt>,
    len: usize,
}

/// Hands out places one after the other.
#[derive(Default)]
struct Places {
    entries: Vec<Entry>,
    len: usize,
}

impl Places {
    fn take(&mut self, name: String, shape: &[usize]) -> Range<usize> {
        let range = self.len..self.len + shape.iter().product::<usize>();
        self.len = range.end;
        self.entries.push(Entry {
            name,
            shape: shape.to_vec(),
            range: range.clone(),
        });
        range
    }

    fn norm(&mut self, name: &str, h: usize) -> NormAt {
        NormAt {
            gain: self.take(format!("{name}.weight"), &[h]),
            bias: self.take(format!("{name}.bias"), &[h]),
        }
    }

    /// Linear layers of the same inputs, laid side by side as one.
    fn linear(&mut self, names: &[String], each: usize, inputs: usize) -> LinearAt {
        let (weight, n) = (self.len, names.len());
        for name in names {
            self.take(format!("{name}.weight"), &[each, inputs]);
        }
        let bias = self.len;
        for name in names {
            self.take(format!("{name}.bias"), &[each]);
        }
        LinearAt {
            weight: weight..bias,
            bias: bias..self.len,
            inputs,
            outputs: n * each,
        }
    }
}

impl Layout {
    pub fn new(config: &Config) -> Self {
        let (h, wide) = (config.hidden_size, config.intermediate_size);
        let mut at = Places::default();
        let table = |name: &str| format!("embeddings.{name}_embeddings.weight");
        let words = at.take(table("word"), &[config.vocab_size, h]);
        let positions = at.take(table("position"), &[config.max_position_embeddings, h]);
        let segment = at.take(table("token_type"), &[config.type_vocab_size, h]);
        let embedding_norm = at.norm("embeddings.LayerNorm", h);
        let layers = (0..config.num_hidden_layers).map(|i| {
            let name = |part: &str| format!("encoder.layer.{i}.{part}");
            let qkv = ["query", "key", "value"].map(|p| name(&format!("attention.self.{p}")));
            LayerAt {
                qkv: at.linear(&qkv, h, h),
                out: at.linear(&[name("attention.output.dense")], h, h),
                attention_norm: at.norm(&name("attention.output.LayerNorm"), h),
                up: at.linear(&[name("intermediate.dense")], wide, h),
                down: at.linear(&[name("output.dense")], h, wide),
                output_norm: at.norm(&name("output.LayerNorm"), h),
            }
        });
        let layers = layers.collect();
        Self {
            entries: at.entries,
            words,
            positions,
            segment,
            embedding_norm,
            layers,
            len: at.len,
        }
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Numbers in all.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Reads every tensor of a safetensors file (f32, f16 or bf16) into one vector. A tensor that
    /// is missing, too many or of another shape is an error.
    pub fn read(&self, file: &WeightFiles) -> Result<Vec<f32>, EncoderError> {
        let mut weights = Weights::parse(file)?;
        let mut values = Vec::with_capacity(self.len);
        for entry in &self.entries {
            values.extend(weights.take(&entry.name, &entry.shape)?);
        }
        weights.finish()?;
        Ok(values)
    }

    /// `values` as an f32 safetensors file.
    pub fn write(&self, values: &[f32]) -> Result<Vec<u8>, EncoderError> {
        assert_eq!(values.len(), self.len);
        let bytes: Vec<Cow<'_, [u8]>> = self
            .entries
            .iter()
            .map(|e| le_bytes(&values[e.range.clone()]))
            .collect();
        let failed = |e: safetensors::SafeTensorError| EncoderError::Format {
            file: "model.safetensors",
            detail: e.to_string(),
        };
        let views = self.entries.iter().zip(&bytes).map(|(entry, bytes)| {
            let view = TensorView::new(Dtype::F32, entry.shape.clone(), bytes).map_err(failed)?;
            Ok((entry.name.as_str(), view))
        });
        let views = views.collect::<Result<Vec<_>, EncoderError>>()?;
        // sentence-transformers and transformers look for this mark.
        let marks = [("format".to_owned(), "pt".to_owned())].into();
        safetensors::serialize(views, Some(marks)).map_err(failed)
    }
}

/// Numbers as little-endian bytes, without a copy where that is how they lie.
pub fn le_bytes(values: &[f32]) -> Cow<'_, [u8]> {
    if cfg!(target_endian = "little") {
        // SAFETY: any f32 is four readable bytes, and u8 has no alignment.
        let (_, bytes, _) = unsafe { values.align_to::<u8>() };
        return Cow::Borrowed(bytes);
    }
    Cow::Owned(values.iter().flat_map(|x| x.to_le_bytes()).collect())
}
