//! Models: which ones there are, by the names that `--model` takes, and how they come and go.
//!
//! A model is a folder as sentence-transformers writes it (`folder`). `base` and `filings` are those inside the
//! binary; the library's own lie in its home, where training and import put them; those pulled
//! from a hub stay in the hub's own cache, which other programs share (`hub`).

pub mod folder;
pub mod hub;
pub mod language;
pub mod serving;

use std::path::{Path, PathBuf};

use crate::encoder::{
    Encoder, EncoderError, ModelFiles, ModelFingerprint, Precision, Traits, bundled,
};
use crate::home::Home;
use crate::remedy::{Remedied, Remedy};
use bundled::Bundled;

#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("there is no model {name:?}")]
    Unknown { name: String, known: Vec<String> },
    #[error("the model {name:?}, which serves here, is gone")]
    ServingGone { name: String },
    #[error("no tuned model is promoted here")]
    NotPromoted,
    #[error("no other model served here before")]
    NothingBefore,
    #[error("{name} is none of the library's own models")]
    NotTuned { name: String },
    #[error("{name} serves, so it is not removed")]
    Serves { name: String },
    #[error("a model cannot be called {name:?}")]
    Name { name: String, remedy: &'static str },
    #[error("there is a model {name:?} already")]
    Exists { name: String },
    #[error("{path} is not empty")]
    NotEmpty { path: String },
    #[error("{name} belongs to tenk itself")]
    NotOwn { name: String },
    #[error("{name} lies in the hub's cache {path}, which other programs share")]
    InCache { name: String, path: String },
    #[error("{path} cannot be read: {source}")]
    Read {
        path: String,
        source: std::io::Error,
    },
    #[error("{path} cannot be written: {source}")]
    Write {
        path: String,
        source: std::io::Error,
    },
    #[error("{path} is no model that can be used: {detail}")]
    Folder { path: String, detail: String },
    /// As `Folder`, of a kind that can be mended.
    #[error("{path} is no model that can be used: {detail}")]
    Unsupported {
        path: String,
        detail: &'static str,
        remedy: &'static str,
    },
    #[error("{path} does not say which model serves: {detail}")]
    Serving { path: String, detail: String },
    #[error("{path} is no model that can be used: {source}")]
    Encoder { path: String, source: EncoderError },
    #[error(transparent)]
    Hub(#[from] hub::HubError),
}

impl Remedied for ModelError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Unknown { known, .. } => Some(Remedy::NameModel(known.clone())),
            Self::NotPromoted | Self::NothingBefore => Some(Remedy::NameTuned),
            Self::NotTuned { .. } => Remedy::advice("only those can be promoted"),
            Self::Serves { .. } | Self::ServingGone { .. } => Some(Remedy::RollBack),
            Self::Name { remedy, .. } | Self::Unsupported { remedy, .. } => Remedy::advice(*remedy),
            Self::Exists { name } => Some(Remedy::OtherName(name.clone())),
            Self::NotEmpty { .. } => Remedy::advice("name a folder that is empty or not there yet"),
            Self::NotOwn { .. } => Remedy::advice("only models of your own can be removed"),
            Self::InCache { .. } => Remedy::advice("remove it there if no other needs it"),
            Self::Read { source, .. } => Remedy::to_read(source),
            Self::Write { source, .. } => Remedy::to_write(source),
            Self::Folder { .. } => {
                Remedy::advice("choose another model, or put this one there again as it was")
            }
            Self::Serving { .. } => Some(Remedy::PromoteAnew),
            Self::Encoder { source, .. } => source.remedy(),
            Self::Hub(error) => error.remedy(),
        }
    }
}

pub(crate) type Result<T, E = ModelError> = std::result::Result<T, E>;

/// Where a model's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Bundled(Bundled),
    /// In the library's home.
    Own(PathBuf),
    /// In the hub's cache.
    Hub(PathBuf),
}

/// A model that can be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    pub name: String,
    pub place: Place,
}

impl Model {
    pub fn base() -> Self {
        Self::bundled(Bundled::Base)
    }

    /// The base tuned on filings: what a new library begins with.
    pub fn filings() -> Self {
        Self::bundled(Bundled::Filings)
    }

    fn bundled(which: Bundled) -> Self {
        Self {
            name: which.name().to_owned(),
            place: Place::Bundled(which),
        }
    }

    pub fn is_bundled(&self) -> bool {
        matches!(self.place, Place::Bundled(_))
    }

    /// The model that `name` stands for in the library whose state lies in `home`.
    pub fn named(home: &Home, name: &str) -> Result<Self> {
        match name {
            "base" => return Ok(Self::base()),
            "serving" => return serving::Serving::read(home)?.model(home),
            "tuned" => {
                let tuned = serving::Serving::read(home)?.tuned;
                return Self::named(home, &tuned.ok_or(ModelError::NotPromoted)?);
            }
            "before" => return serving::Serving::read(home)?.before(home),
            _ => {}
        }
        let mut bundled = in_reach(home).into_iter();
        if let Some(which) = bundled.find(|which| which.name() == name) {
            return Ok(Self::bundled(which));
        }
        let own = home.model(name);
        if is_own(name) && own.is_dir() {
            return Ok(Self {
                name: name.to_owned(),
                place: Place::Own(own),
            });
        }
        if let Some(found) = hub::cached(name)? {
            return Ok(found);
        }
        let mut known = vec!["base".to_owned()];
        known.extend(list(home)?.into_iter().map(|model| model.name));
        Err(ModelError::Unknown {
            name: name.to_owned(),
            known,
        })
    }

    /// The folder, where there is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::Bundled(_) => None,
            Place::Own(path) | Place::Hub(path) => Some(path),
        }
    }

    pub fn files(&self) -> Result<ModelFiles> {
        match &self.place {
            Place::Bundled(which) => Ok(which.files()),
            Place::Own(path) | Place::Hub(path) => folder::read(path),
        }
    }

    /// The model, ready to encode.
    pub fn encoder(&self, precision: Precision, threads: usize) -> Result<Encoder> {
        self.read(|files| {
            let encoder = Encoder::load(files, precision, threads)?;
            if !self.is_bundled() {
                encoder.check()?;
            }
            Ok(encoder)
        })
    }

    pub fn traits(&self) -> Result<Traits> {
        self.read(ModelFiles::traits)
    }

    pub fn fingerprint(&self, precision: Precision) -> Result<ModelFingerprint> {
        self.read(|files| files.fingerprint(precision))
    }

    /// What `read` takes from the files; an error names the model's folder.
    fn read<T>(&self, read: impl FnOnce(&ModelFiles) -> Result<T, EncoderError>) -> Result<T> {
        read(&self.files()?).map_err(|source| ModelError::Encoder {
            path: match self.path() {
                Some(path) => path.display().to_string(),
                None => self.name.clone(),
            },
            source,
        })
    }

    /// The name under which a library keeps the model's embeddings: those of two precisions differ.
    pub fn stored_name(&self, precision: Precision) -> String {
        match precision {
            Precision::F32 => self.name.clone(),
            Precision::Int8 => format!("{} int8", self.name),
        }
    }

    /// The model's card.
    pub fn card(&self) -> Option<String> {
        match &self.place {
            Place::Bundled(which) => Some(which.card().to_owned()),
            Place::Own(path) | Place::Hub(path) => {
                crate::fsio::read_small_text(path.join("README.md")).ok()
            }
        }
    }
}

/// The bundled models; without `filings` in a library that has one of its own of that name, from before there was this.
fn in_reach(home: &Home) -> Vec<Bundled> {
    let all = Bundled::ALL.into_iter();
    all.filter(|which| !(is_own(which.name()) && home.model(which.name()).is_dir()))
        .collect()
}

/// True of a name that one of a library's own models may have.
fn is_own(name: &str) -> bool {
    name == Bundled::Filings.name() || check_name(name).is_ok()
}

/// The bundled models, then the library's own by name, then those in the hub's cache.
pub fn list(home: &Home) -> Result<Vec<Model>> {
    let mut out: Vec<Model> = in_reach(home).into_iter().map(Model::bundled).collect();
    let mut own = Vec::new();
    for entry in std::fs::read_dir(home.models())
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_own(&name) && entry.path().is_dir() {
            let place = Place::Own(entry.path());
            own.push(Model { name, place });
        }
    }
    own.sort_by(|a, b| a.name.cmp(&b.name));
    out.extend(own);
    out.extend(hub::all_cached());
    Ok(out)
}

/// Names that stand for something else wherever a model is named: roles, and an arm of search.
const TAKEN: [&str; 6] = ["base", "tuned", "serving", "before", "bundled", "bm25"];

/// Refuses a name that is taken by a role or could not be a folder's.
pub fn check_name(name: &str) -> Result<()> {
    let refused = |remedy| {
        Err(ModelError::Name {
            name: name.to_owned(),
            remedy,
        })
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_bundled = Bundled::ALL.iter().any(|which| which.name() == name);
    if is_bundled || TAKEN.contains(&name) {
        return refused("that name is taken by one of tenk's own; choose another");
    }
    if name.is_empty()
        || name.len() > 100
        || name.starts_with(['.', '-'])
        || !name.chars().all(plain)
    {
        return refused(
            "use up to 100 letters, digits, dots, dashes and underscores, the first a letter or digit",
        );
    }
    Ok(())
}

/// Refuses a name for a new model of `home`: one that is taken, or could not be.
pub fn check_new(home: &Home, name: &str) -> Result<()> {
    check_name(name)?;
    if home.model(name).exists() {
        return Err(ModelError::Exists {
            name: name.to_owned(),
        });
    }
    Ok(())
}

/// The first of `tuned-1`, `tuned-2`, … that is not taken.
pub fn free_name(is_taken: impl Fn(&str) -> bool) -> String {
    let mut names = (1..).map(|number| format!("tuned-{number}"));
    let free = names.find(|name| !is_taken(name));
    free.expect("numbers do not end")
}

/// Takes the folder `from` into `home` as `name`, once its every file is known to be good.
pub fn import(home: &Home, from: &Path, name: &str) -> Result<Model> {
    check_new(home, name)?;
    let model = Model {
        name: name.to_owned(),
        place: Place::Own(from.to_owned()),
    };
    // In both precisions that it may be used in: eight bits may overflow where f32 does not.
    for precision in [Precision::F32, Precision::Int8] {
        model.encoder(precision, 1)?;
    }
    let to = home.model(name);
    folder::copy(from, &to)?;
    Ok(Model {
        name: name.to_owned(),
        place: Place::Own(to),
    })
}

/// Writes `model` as a folder to `to`, which must be empty or not there yet.
pub fn export(model: &Model, to: &Path) -> Result<()> {
    if std::fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_some()) || to.is_file() {
        return Err(ModelError::NotEmpty {
            path: to.display().to_string(),
        });
    }
    match &model.place {
        Place::Own(from) | Place::Hub(from) => folder::copy(from, to),
        Place::Bundled(which) => {
            let files = which.files();
            let weights = files
                .weights
                .merged()
                .map_err(|source| ModelError::Encoder {
                    path: model.name.clone(),
                    source,
                })?;
            let parts = folder::Parts::from_model(&model.name, &files, None)?;
            parts.write(to, &weights, which.card())
        }
    }
}

/// The folder of one of the library's own models, if it may be removed: none that serves, none of the program's or of the
/// hub's.
pub fn removable(home: &Home, model: &Model) -> Result<PathBuf> {
    let name = model.name.clone();
    match &model.place {
        Place::Bundled(_) => Err(ModelError::NotOwn { name }),
        Place::Hub(path) => Err(ModelError::InCache {
            name,
            path: path.display().to_string(),
        }),
        Place::Own(_) if serving::Serving::read(home)?.tuned.as_ref() == Some(&name) => {
            Err(ModelError::Serves { name })
        }
        Place::Own(path) => Ok(path.clone()),
    }
}

/// Removes one of the library's own models.
pub fn remove(home: &Home, name: &str) -> Result<()> {
    let path = removable(home, &Model::named(home, name)?)?;
    std::fs::remove_dir_all(&path).map_err(|source| ModelError::Write {
        path: path.display().to_string(),
        source,
    })
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
