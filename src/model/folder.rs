//! A model's folder, as sentence-transformers writes and reads it: `modules.json` names the steps
//! from text to embedding, and each has its files.

use std::borrow::Cow;
use std::path::{Component, Path};

use serde::Deserialize;

use super::{ModelError, Result};
use crate::encoder::config::Prompts;
use crate::encoder::{ModelFiles, Traits, bundled};
use crate::fsio;

/// A line of `modules.json`.
#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    class: String,
}

fn read_error(path: &Path) -> impl FnOnce(std::io::Error) -> ModelError {
    let path = path.display().to_string();
    move |source| ModelError::Read { path, source }
}

fn write_error(path: &Path) -> impl Fn(std::io::Error) -> ModelError {
    let path = path.display().to_string();
    move |source| ModelError::Write {
        path: path.clone(),
        source,
    }
}

fn unsupported(folder: &Path, detail: &'static str, remedy: &'static str) -> ModelError {
    ModelError::Unsupported {
        path: folder.display().to_string(),
        detail,
        remedy,
    }
}

fn refused(folder: &Path, detail: impl Into<String>) -> ModelError {
    ModelError::Folder {
        path: folder.display().to_string(),
        detail: detail.into(),
    }
}

/// The folders of the transformer and of the pooling among `modules.json`'s steps. Their classes
/// go by their last names: the paths before differ between versions.
fn modules(folder: &Path) -> Result<(String, String)> {
    let path = folder.join("modules.json");
    let text = match fsio::read_small(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && folder.is_dir() => {
            return Err(unsupported(
                folder,
                "it has no modules.json",
                "name a folder that sentence-transformers wrote",
            ));
        }
        Err(e) => return Err(read_error(&path)(e)),
    };
    let modules: Vec<Module> = serde_json::from_slice(&text)
        .map_err(|e| refused(folder, format!("modules.json is not understood: {e}")))?;
    // Files are read and, at an import, written there: never outside the model's folder.
    let is_inside = |path: &str| {
        let mut parts = Path::new(path).components();
        parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
    };
    if let Some(module) = modules.iter().find(|module| !is_inside(&module.path)) {
        let detail = format!(
            "modules.json names {:?}, which lies outside it",
            module.path
        );
        return Err(refused(folder, detail));
    }
    let (mut transformer, mut pooling) = (None, None);
    for module in modules {
        match module.class.rsplit('.').next().unwrap_or_default() {
            "Transformer" if transformer.is_none() => transformer = Some(module.path),
            "Pooling" if pooling.is_none() && transformer.is_some() => pooling = Some(module.path),
            // All embeddings are normalised.
            "Normalize" if pooling.is_some() => {}
            _ => {
                let detail = format!(
                    "modules.json has the module {} where only a Transformer, then a Pooling, then a \
                     Normalize are known",
                    module.class
                );
                return Err(refused(folder, detail));
            }
        }
    }
    transformer
        .zip(pooling)
        .ok_or_else(|| refused(folder, "modules.json names no Transformer and Pooling"))
}

/// Bytes of a model's weights at most: several times those of the largest BERTs.
const LARGEST_WEIGHTS: u64 = 8 << 30;

/// A small file that may be absent.
fn optional(path: &Path) -> Result<Option<Vec<u8>>> {
    match fsio::read_small(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(read_error(path)(e)),
    }
}

/// Reads a model's folder.
pub fn read(folder: &Path) -> Result<ModelFiles> {
    let (transformer, pooling) = modules(folder)?;
    let transformer = folder.join(transformer);
    let within = |path: &Path, limit: u64| -> Result<Cow<'static, [u8]>> {
        let bytes = fsio::read_kept(path, limit).map_err(read_error(path))?;
        Ok(Cow::Owned(bytes))
    };
    let read = |path: &Path| within(path, fsio::SMALL);
    let weights = transformer.join("model.safetensors");
    if !weights.exists() && transformer.join("pytorch_model.bin").exists() {
        return Err(unsupported(
            folder,
            "its weights are a pytorch_model.bin, which can run code when it is read",
            "save it as model.safetensors",
        ));
    }
    if !weights.exists() && transformer.join("model.safetensors.index.json").exists() {
        return Err(unsupported(
            folder,
            "its weights are in several files",
            "save them as one",
        ));
    }
    Ok(ModelFiles {
        config: read(&transformer.join("config.json"))?,
        tokenizer: read(&transformer.join("tokenizer.json"))?,
        weights: within(&weights, LARGEST_WEIGHTS)?.into(),
        pooling: Some(read(&folder.join(pooling).join("config.json"))?),
        prompts: optional(&folder.join("config_sentence_transformers.json"))?.map(Cow::Owned),
        limit: limit(&transformer),
    })
}

/// The longest text, in tokens: of the old form, or the tokenizer's own in the new.
fn limit(transformer: &Path) -> Option<usize> {
    let number = |file: &str, key: &str| {
        let text = fsio::read_small(transformer.join(file)).ok()?;
        let value: serde_json::Value = serde_json::from_slice(&text).ok()?;
        // "No limit" is written as a number of thirty digits.
        usize::try_from(value.get(key)?.as_u64()?).ok()
    };
    number("sentence_bert_config.json", "max_seq_length")
        .or_else(|| number("tokenizer_config.json", "model_max_length"))
}

/// All of a model's folder but its weights and its card.
pub struct Parts {
    files: Vec<(&'static str, Vec<u8>)>,
}

const MODULES: &[u8] = include_bytes!("../../assets/models/bge-small-en-v1.5/modules.json");
/// Small files that are taken over as they are.
const EXTRAS: [&str; 3] = [
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
];

impl Parts {
    /// Those of a model with the files `files`, whose folder, unless it is the bundled one's, is
    /// `from`.
    pub fn from_model(name: &str, files: &ModelFiles, from: Option<&Path>) -> Result<Self> {
        let understood = files.traits().map_err(|source| ModelError::Encoder {
            path: name.to_owned(),
            source,
        });
        let Traits {
            config,
            pooling,
            prompts,
            max_tokens,
        } = understood?;
        let limit = serde_json::json!({"max_seq_length": max_tokens, "do_lower_case": false});
        let mut out = vec![
            ("config.json", files.config.to_vec()),
            ("tokenizer.json", files.tokenizer.to_vec()),
            ("modules.json", MODULES.to_vec()),
            ("1_Pooling/config.json", pooling.write(config.hidden_size)),
            (
                "sentence_bert_config.json",
                serde_json::to_vec_pretty(&limit).expect("plain data"),
            ),
            ("config_sentence_transformers.json", prompts.write()),
        ];
        match from {
            Some(from) => out.extend(EXTRAS.iter().filter_map(|name| {
                let bytes = fsio::read_small(from.join(name)).ok()?;
                Some((*name, bytes))
            })),
            None => out.extend(bundled::tokenizer_extras().map(|(n, bytes)| (n, bytes.to_vec()))),
        }
        Ok(Self { files: out })
    }

    /// The same for a model whose prompts are `prompts`, and whose weights are f32.
    pub fn tuned(mut self, prompts: &Prompts) -> Self {
        for (name, bytes) in &mut self.files {
            match *name {
                "config_sentence_transformers.json" => *bytes = prompts.write(),
                "config.json" => *bytes = in_f32(bytes),
                _ => {}
            }
        }
        self
    }

    /// Writes the folder `to`, whole or not at all.
    pub fn write(&self, to: &Path, weights: &[u8], card: &str) -> Result<()> {
        whole(to, |folder| {
            for (name, bytes) in &self.files {
                write(&folder.join(name), bytes)?;
            }
            write(&folder.join("model.safetensors"), weights)?;
            write(&folder.join("README.md"), card.as_bytes())
        })
    }
}

/// `config.json` with the type that the weights now have.
fn in_f32(config: &[u8]) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<serde_json::Map<_, _>>(config) else {
        return config.to_vec();
    };
    value.remove("dtype");
    value.insert("torch_dtype".to_owned(), "float32".into());
    serde_json::to_vec_pretty(&value).expect("it was JSON before")
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(write_error(parent))?;
    fsio::write_atomic(path, bytes).map_err(write_error(path))
}

/// Copies a model's folder, whole or not at all; what is no model's stays behind.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    let (transformer, pooling) = modules(from)?;
    let at = |folder: &str, name: &str| {
        if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        }
    };
    let mut names = vec![
        "modules.json".to_owned(),
        "config_sentence_transformers.json".to_owned(),
        "README.md".to_owned(),
        "LICENSE".to_owned(),
        at(&pooling, "config.json"),
    ];
    let own = [
        "config.json",
        "tokenizer.json",
        "model.safetensors",
        "sentence_bert_config.json",
    ];
    names.extend(own.iter().chain(&EXTRAS).map(|name| at(&transformer, name)));
    whole(to, |folder| {
        for name in &names {
            let path = from.join(name);
            match fsio::read_kept(&path, LARGEST_WEIGHTS) {
                Ok(bytes) => write(&folder.join(name), &bytes)?,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(read_error(&path)(e)),
            }
        }
        Ok(())
    })
}

/// Has `fill` make a folder beside `to`, and puts it in `to`'s place once it is whole.
fn whole(to: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let parent = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(parent).map_err(write_error(parent))?;
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    fsio::sweep(parent);
    let partial = fsio::create_unique_folder(parent, &name).map_err(write_error(parent))?;
    let made = fill(&partial).and_then(|()| {
        // An empty folder may be there.
        let _ = std::fs::remove_dir(to);
        std::fs::rename(&partial, to).map_err(write_error(to))
    });
    if made.is_err() {
        // The first error is the one to report.
        let _ = std::fs::remove_dir_all(&partial);
        return made;
    }
    fsio::sync_folder(parent).map_err(write_error(parent))
}
