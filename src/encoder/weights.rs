//! Weights: tensors by name from a safetensors file, f16, bf16 or f32, checked against the shape
//! that the model expects. Every tensor must be asked for, so that a file of another model cannot
//! pass unnoticed, and every number must be finite.

use std::borrow::Cow;
use std::collections::BTreeSet;

use candle_core::safetensors::{Load, SliceSafetensors};
use candle_core::{DType, Device};
use half::slice::HalfFloatSliceExt;
use safetensors::tensor::TensorView;

use super::EncoderError;

/// A model's weights as they lie in its safetensors file, and maybe in one whose tensors take the place of those of
/// the same name.
#[derive(Clone)]
pub struct WeightFiles {
    file: Cow<'static, [u8]>,
    over: Option<&'static [u8]>,
}

impl<T: Into<Cow<'static, [u8]>>> From<T> for WeightFiles {
    fn from(file: T) -> Self {
        let file = file.into();
        Self { file, over: None }
    }
}

impl WeightFiles {
    /// The same, but for the tensors in `over`.
    pub fn under(self, over: &'static [u8]) -> Self {
        let over = Some(over);
        Self { over, ..self }
    }

    /// Bytes of all tensors, about.
    pub fn len(&self) -> usize {
        self.file.len()
    }

    pub fn is_empty(&self) -> bool {
        self.file.is_empty()
    }

    /// The bytes that tell them from others: what lies over a file belongs to that one alone, and hashing both would be
    /// half of the time a start takes.
    pub fn identity(&self) -> &[u8] {
        self.over.unwrap_or(&self.file)
    }

    /// As one safetensors file.
    ///
    /// # Errors
    ///
    /// Where one of them is none.
    pub fn merged(&self) -> Result<Cow<'_, [u8]>, EncoderError> {
        if self.over.is_none() {
            return Ok(Cow::Borrowed(&self.file));
        }
        let weights = Weights::parse(self)?;
        let (own, over) = (weights.tensors.tensors(), weights.over.iter());
        let over: Vec<_> = over.flat_map(SliceSafetensors::tensors).collect();
        let is_over = |name: &str| over.iter().any(|(n, _)| n == name);
        let kept = own.into_iter().filter(|(name, _)| !is_over(name));
        // sentence-transformers and transformers look for this mark.
        let marks = [("format".to_owned(), "pt".to_owned())].into();
        safetensors::serialize(kept.chain(over.clone()), Some(marks))
            .map(Cow::Owned)
            .map_err(|e| format(e.to_string()))
    }
}

fn format(detail: String) -> EncoderError {
    EncoderError::Format {
        file: "model.safetensors",
        detail,
    }
}

/// A safetensors file in memory.
pub struct Weights<'a> {
    tensors: SliceSafetensors<'a>,
    /// Tensors that take the place of those of the same name.
    over: Option<SliceSafetensors<'a>>,
    /// `bert.` where the file was saved from a model with a head.
    prefix: &'static str,
    unread: BTreeSet<String>,
}

/// Tensors that sentence encoders do not use but files often hold.
const IGNORED: [&str; 3] = [
    "pooler.dense.weight",
    "pooler.dense.bias",
    "embeddings.position_ids",
];

impl<'a> Weights<'a> {
    pub fn parse(files: &'a WeightFiles) -> Result<Self, EncoderError> {
        let parse = |bytes| SliceSafetensors::new(bytes).map_err(|e| format(e.to_string()));
        let tensors = parse(&files.file)?;
        let over = files.over.map(parse).transpose()?;
        let unread: BTreeSet<String> = tensors.tensors().into_iter().map(|(n, _)| n).collect();
        let prefix = if unread.iter().any(|n| n.starts_with("bert.")) {
            "bert."
        } else {
            ""
        };
        let unread = unread
            .into_iter()
            .filter(|n| !IGNORED.iter().any(|i| n.ends_with(i)))
            .collect();
        Ok(Self {
            tensors,
            over,
            prefix,
            unread,
        })
    }

    fn get(&self, full: &str) -> candle_core::Result<TensorView<'_>> {
        let over = self.over.as_ref().and_then(|over| over.get(full).ok());
        over.map_or_else(|| self.tensors.get(full), Ok)
    }

    /// The tensor `name` as f32, which must have `shape` and finite numbers alone: one that is not
    /// makes every embedding useless.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EncoderError> {
        let out = self.convert(name, shape)?;
        if !out.iter().all(|x| x.is_finite()) {
            return Err(EncoderError::NotFinite(name.to_owned()));
        }
        Ok(out)
    }

    fn convert(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EncoderError> {
        let full = format!("{}{name}", self.prefix);
        let missing = |received| EncoderError::Shape {
            name: full.clone(),
            expected: shape.to_vec(),
            received,
        };
        let tensor = self.get(&full).map_err(|_| missing(None))?;
        if tensor.shape() != shape {
            return Err(missing(Some(tensor.shape().to_vec())));
        }
        let load = || -> candle_core::Result<Vec<f32>> {
            if let Some(halves) = as_halves(tensor.dtype(), tensor.data()) {
                let mut out = vec![0.0; halves.len()];
                halves.convert_to_f32_slice(&mut out);
                return Ok(out);
            }
            let tensor = tensor.load(&Device::Cpu)?;
            tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
        };
        let out = load().map_err(|e| format(e.to_string()))?;
        self.unread.remove(&full);
        Ok(out)
    }

    /// The tensor `name` as a table; `files` are those that this was parsed from. Only a static file lends it.
    pub fn take_table(
        &mut self,
        name: &str,
        shape: &[usize; 2],
        files: &WeightFiles,
    ) -> Result<Table, EncoderError> {
        let full = format!("{}{name}", self.prefix);
        if let Ok(tensor) = self.get(&full)
            && tensor.shape() == shape
            && format!("{:?}", tensor.dtype()) == "F16"
            && let Cow::Borrowed(bytes) = files.file
            && bytes.as_ptr_range().contains(&tensor.data().as_ptr())
        {
            let start = tensor.data().as_ptr() as usize - bytes.as_ptr() as usize;
            self.unread.remove(&full);
            return Ok(Table::Halves { file: bytes, start });
        }
        self.take(name, shape).map(Table::Floats)
    }

    /// Refuses a file that holds tensors nobody asked for.
    pub fn finish(self) -> Result<(), EncoderError> {
        match self.unread.into_iter().next() {
            Some(name) => Err(EncoderError::Unexpected(name)),
            None => Ok(()),
        }
    }
}

/// A table read row by row. An f16 one stays as it lies in the file: a query needs a dozen of its
/// thirty thousand rows, and converting them all would be most of the time a start takes.
pub enum Table {
    Halves { file: &'static [u8], start: usize },
    Floats(Vec<f32>),
}

impl Table {
    /// Adds row `index`, of `out`'s length, to `out`.
    pub fn add_row(&self, index: usize, out: &mut [f32]) {
        let n = out.len();
        match self {
            Table::Floats(rows) => {
                out.iter_mut()
                    .zip(&rows[index * n..][..n])
                    .for_each(|(o, x)| *o += x);
            }
            Table::Halves { file, start } => {
                let row = &file[start + index * n * 2..][..n * 2];
                let halves = row
                    .chunks_exact(2)
                    .map(|b| half::f16::from_le_bytes([b[0], b[1]]));
                out.iter_mut()
                    .zip(halves)
                    .for_each(|(o, x)| *o += x.to_f32());
            }
        }
    }
}

/// The bytes as f16 where that is what they are and they lie aligned; converting those in bulk is
/// several times faster than by way of a tensor.
fn as_halves(dtype: impl std::fmt::Debug, bytes: &[u8]) -> Option<&[half::f16]> {
    if format!("{dtype:?}") != "F16" {
        return None;
    }
    // SAFETY: any two bytes are a valid f16; `align_to` gives only the aligned middle.
    let (before, middle, after) = unsafe { bytes.align_to::<half::f16>() };
    (before.is_empty() && after.is_empty()).then_some(middle)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::kernel::guarded::{Guarded, Side};

    #[test]
    fn tensors_are_read_within_their_file() {
        for side in Side::BOTH {
            for (rows, width) in [(1, 1), (3, 7), (5, 33)] {
                let halves = vec![half::f16::from_f32(1.5); rows * width];
                let data: Vec<u8> = halves.iter().flat_map(|x| x.to_le_bytes()).collect();
                let shape = vec![rows, width];
                let view = safetensors::tensor::TensorView::new(
                    safetensors::Dtype::F16,
                    shape.clone(),
                    &data,
                );
                let file = safetensors::serialize([("t", view.unwrap())], None).unwrap();
                let file = Guarded::new(&file, side);
                // SAFETY: the guarded bytes outlive what is read of them here.
                let bytes: &'static [u8] = unsafe { std::mem::transmute::<&[u8], _>(&file) };
                let files = WeightFiles::from(bytes);
                let mut weights = Weights::parse(&files).unwrap();
                assert_eq!(weights.take("t", &shape).unwrap(), vec![1.5; rows * width]);
                let bytes = Guarded::new(&data, side);
                let lies = as_halves(safetensors::Dtype::F16, &bytes);
                assert_eq!(lies.map(<[_]>::len), Some(rows * width));
                // Off by one byte, they do not lie as halves do.
                assert!(as_halves(safetensors::Dtype::F16, &bytes[1..]).is_none());
            }
        }
    }
}
