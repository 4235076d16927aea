//! GGUF: the one file that holds a language model's weights, shape, vocabulary and chat template.

use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::{Path, PathBuf};

use candle_core::Device;
use candle_core::quantized::gguf_file::{Content, TensorInfo, Value};
use candle_core::quantized::{GgmlDType, QTensor};

use super::{GenerateError, Result, gguf_head};
use crate::kernel::quant::Kind;

/// An open file.
pub struct Gguf {
    pub path: PathBuf,
    content: Content,
    file: BufReader<File>,
}

impl Gguf {
    /// Reads the head; the weights stay in the file until they are asked for.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|source| GenerateError::Read {
            path: path.to_owned(),
            source,
        })?;
        let mut file = BufReader::new(file);
        let refused = |detail: String| GenerateError::Format {
            path: path.to_owned(),
            detail,
        };
        gguf_head::check(&mut file).map_err(refused)?;
        file.rewind().map_err(|e| refused(e.to_string()))?;
        let content = Content::read(&mut file).map_err(|e| refused(e.to_string()))?;
        let out = Self {
            path: path.to_owned(),
            content,
            file,
        };
        if out.number("split.count").is_some_and(|count| count > 1) {
            return Err(out.unsupported("one of several files of a model".to_owned()));
        }
        Ok(out)
    }

    /// An error that names the file.
    pub fn format(&self, detail: impl Into<String>) -> GenerateError {
        GenerateError::Format {
            path: self.path.clone(),
            detail: detail.into(),
        }
    }

    pub fn unsupported(&self, what: String) -> GenerateError {
        GenerateError::Unsupported {
            path: self.path.clone(),
            what,
        }
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        match self.content.metadata.get(key) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    pub fn number(&self, key: &str) -> Option<usize> {
        number(self.content.metadata.get(key)?)
    }

    pub fn float(&self, key: &str) -> Option<f32> {
        match self.content.metadata.get(key)? {
            Value::F32(x) => Some(*x),
            Value::F64(x) => Some(*x as f32),
            _ => None,
        }
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.content.metadata.get(key)? {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    fn list(&self, key: &str) -> Option<&[Value]> {
        match self.content.metadata.get(key)? {
            Value::Array(values) => Some(values),
            _ => None,
        }
    }

    pub fn texts(&self, key: &str) -> Option<Vec<String>> {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            _ => None,
        };
        self.list(key)?.iter().map(text).collect()
    }

    pub fn numbers(&self, key: &str) -> Option<Vec<usize>> {
        self.list(key)?.iter().map(number).collect()
    }

    pub fn floats(&self, key: &str) -> Option<Vec<f32>> {
        let float = |value: &Value| match value {
            Value::F32(x) => Some(*x),
            _ => None,
        };
        self.list(key)?.iter().map(float).collect()
    }

    pub fn has(&self, tensor: &str) -> bool {
        self.content.tensor_infos.contains_key(tensor)
    }

    /// Bytes of all weights in the file.
    pub fn bytes(&self) -> u64 {
        let bytes = |info: &TensorInfo| {
            let blocks = info.shape.elem_count() / info.ggml_dtype.block_size();
            blocks as u64 * info.ggml_dtype.type_size() as u64
        };
        self.content.tensor_infos.values().map(bytes).sum()
    }

    /// A matrix of `n` rows of `depth` numbers, quantised as it is in the file.
    pub fn matrix(&mut self, name: &str, n: usize, depth: usize) -> Result<Weights> {
        let tensor = self.tensor(name, &[n, depth])?;
        let Some(kind) = kind(tensor.dtype()) else {
            return Ok(Weights::Numbers(self.numbers_of(name, &tensor)?));
        };
        let blocks = tensor
            .data()
            .map_err(|e| self.failed(name, e.to_string()))?;
        Ok(Weights::Blocks(kind, blocks.into_owned()))
    }

    /// A tensor of `shape`, dequantised; its numbers are finite.
    pub fn weight(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let tensor = self.tensor(name, shape)?;
        self.numbers_of(name, &tensor)
    }

    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<QTensor> {
        // Its size before its numbers: it bounds the memory that they take.
        let stated = self.content.tensor_infos.get(name);
        if let Some(stated) = stated.filter(|stated| stated.shape.dims() != shape) {
            let detail = format!("expected the shape {shape:?}, received {:?}", stated.shape);
            return Err(self.failed(name, detail));
        }
        let tensor = self.content.tensor(&mut self.file, name, &Device::Cpu);
        tensor.map_err(|e| self.failed(name, e.to_string()))
    }

    fn numbers_of(&self, name: &str, tensor: &QTensor) -> Result<Vec<f32>> {
        let numbers = tensor
            .dequantize(&Device::Cpu)
            .and_then(|t| t.flatten_all()?.to_vec1::<f32>());
        let numbers = numbers.map_err(|e| self.failed(name, e.to_string()))?;
        if !numbers.iter().all(|x| x.is_finite()) {
            return Err(self.infinite(name));
        }
        Ok(numbers)
    }

    /// An error for a tensor with a number that is none.
    pub fn infinite(&self, tensor: &str) -> GenerateError {
        self.failed(tensor, "it holds what is no finite number".to_owned())
    }

    fn failed(&self, tensor: &str, detail: String) -> GenerateError {
        self.format(format!("{tensor}: {detail}"))
    }
}

/// A matrix of a file.
pub enum Weights {
    /// Blocks of a type that is multiplied as it is, row by row.
    Blocks(Kind, Vec<u8>),
    /// Any other, dequantised; finite.
    Numbers(Vec<f32>),
}

fn kind(of: GgmlDType) -> Option<Kind> {
    Some(match of {
        GgmlDType::Q4_0 => Kind::Q4_0,
        GgmlDType::Q4_1 => Kind::Q4_1,
        GgmlDType::Q5_0 => Kind::Q5_0,
        GgmlDType::Q5_1 => Kind::Q5_1,
        GgmlDType::Q8_0 => Kind::Q8_0,
        GgmlDType::Q2K => Kind::Q2K,
        GgmlDType::Q3K => Kind::Q3K,
        GgmlDType::Q4K => Kind::Q4K,
        GgmlDType::Q5K => Kind::Q5K,
        GgmlDType::Q6K => Kind::Q6K,
        GgmlDType::F32 | GgmlDType::F16 | GgmlDType::BF16 | GgmlDType::Q8_1 | GgmlDType::Q8K => {
            return None;
        }
    })
}

fn number(value: &Value) -> Option<usize> {
    match value {
        Value::U8(n) => Some(usize::from(*n)),
        Value::U16(n) => Some(usize::from(*n)),
        Value::U32(n) => Some(*n as usize),
        Value::U64(n) => usize::try_from(*n).ok(),
        Value::I8(n) => usize::try_from(*n).ok(),
        Value::I16(n) => usize::try_from(*n).ok(),
        Value::I32(n) => usize::try_from(*n).ok(),
        Value::I64(n) => usize::try_from(*n).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Tensor;

    use super::*;
    use crate::kernel::Isa;
    use crate::kernel::quant::PackedQuants;

    #[test]
    fn packed_blocks_hold_what_candle_reads_in_them() {
        let types = [
            GgmlDType::Q4_0,
            GgmlDType::Q4_1,
            GgmlDType::Q5_0,
            GgmlDType::Q5_1,
            GgmlDType::Q8_0,
            GgmlDType::Q2K,
            GgmlDType::Q3K,
            GgmlDType::Q4K,
            GgmlDType::Q5K,
            GgmlDType::Q6K,
        ];
        let (n, depth) = (19, 512);
        let mut random = fastrand::Rng::with_seed(5);
        let numbers: Vec<f32> = (0..n * depth).map(|_| random.f32() - 0.4).collect();
        let source = Tensor::from_vec(numbers, (n, depth), &Device::Cpu).unwrap();
        for of in types {
            let tensor = QTensor::quantize(&source, of).unwrap();
            let numbers = tensor.dequantize(&Device::Cpu).unwrap();
            let numbers = numbers.to_vec2::<f32>().unwrap();
            let kind = kind(of).expect("it is multiplied as it is");
            let blocks = tensor.data().unwrap();
            let packed = PackedQuants::new(Isa::PLAIN, kind, &blocks, n, depth).unwrap();
            for (at, want) in numbers.iter().enumerate() {
                let mut row = vec![0.0; depth];
                packed.row(at, &mut row);
                for (got, want) in row.iter().zip(want) {
                    assert!((got - want).abs() < 1e-6, "{of:?} {at}: {got} {want}");
                }
            }
        }
    }
}
