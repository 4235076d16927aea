//! GGUF: the one file that holds a language model's weights, shape, vocabulary and chat template.

use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::{Path, PathBuf};

use candle_core::Device;
use candle_core::quantized::gguf_file::{Content, Value};

use super::{GenerateError, Result, gguf_head};

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

    /// Weights in the file.
    pub fn parameters(&self) -> u64 {
        let count = |info: &candle_core::quantized::gguf_file::TensorInfo| info.shape.elem_count();
        self.content.tensor_infos.values().map(count).sum::<usize>() as u64
    }

    /// A tensor of `shape`, dequantised; its numbers are finite.
    pub fn weight(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let failed = |path: &Path, detail: String| GenerateError::Format {
            path: path.to_owned(),
            detail: format!("{name}: {detail}"),
        };
        // Its size before its numbers: it bounds the memory that they take.
        let stated = self.content.tensor_infos.get(name);
        if let Some(stated) = stated.filter(|stated| stated.shape.dims() != shape) {
            let detail = format!("expected the shape {shape:?}, received {:?}", stated.shape);
            return Err(failed(&self.path, detail));
        }
        let tensor = self
            .content
            .tensor(&mut self.file, name, &Device::Cpu)
            .map_err(|e| failed(&self.path, e.to_string()))?;
        let numbers = tensor
            .dequantize(&Device::Cpu)
            .and_then(|t| t.flatten_all()?.to_vec1::<f32>());
        let numbers = numbers.map_err(|e| failed(&self.path, e.to_string()))?;
        if !numbers.iter().all(|x| x.is_finite()) {
            let detail = "it holds what is no finite number".to_owned();
            return Err(failed(&self.path, detail));
        }
        Ok(numbers)
    }
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
