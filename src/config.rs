//! Every tunable with its default, from the configuration file, and where a library's state lies.
//!
//! The file is `tenk/config.toml` in the configuration folder (XDG on all Unix), or where
//! `TENK_CONFIG` says. Flags override it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};

use crate::fsio::{self, FileSystem};
use crate::home::Home;
use crate::remedy::{Remedied, Remedy};

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{path}: {source}")]
    Parse {
        path: PathBuf,
        source: Box<toml::de::Error>,
    },
    #[error("{path} cannot be read: {source}")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path}: {name} = {value} is not possible")]
    Number {
        path: PathBuf,
        name: &'static str,
        value: f64,
        expected: String,
    },
    #[error("{0} does not exist")]
    NoFolder(PathBuf),
    #[error("{path} is no folder")]
    NotAFolder { path: PathBuf },
    #[error("the folder {path} cannot be read: {source}")]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the state folder {path} cannot be made: {source}")]
    Home {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("no home folder of the user is known")]
    NoHome,
}

impl Remedied for ConfigError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Number { expected, .. } => Some(Remedy::Expected(expected.clone())),
            Self::Parse { .. } => Remedy::advice("correct it or move it away"),
            Self::Read { source, .. } | Self::Unreadable { source, .. } => Remedy::to_read(source),
            Self::NoFolder(_) => Remedy::advice("name a folder of PDFs"),
            Self::NotAFolder { .. } => Remedy::advice("name the folder it lies in"),
            Self::Home { source, .. } => match Remedy::by_system(source) {
                Some(Remedy::FreeSpace) => Some(Remedy::FreeSpace),
                _ => Some(Remedy::ChooseHome),
            },
            Self::NoHome => Some(Remedy::ChooseHome),
        }
    }
}

/// All settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub index: IndexConfig,
    pub extract: ExtractConfig,
    pub ocr: OcrConfig,
    pub search: SearchConfig,
    pub synth: SynthConfig,
    pub generate: GenerateConfig,
    /// Command that opens a PDF at a page: `viewer = "okular -p {page} {path}"`.
    pub viewer: Option<String>,
    /// How pages are shown as pictures; not set, the terminal's name decides.
    pub pictures: Option<PictureProtocol>,
    /// Other keys for the terminal app, by place and action.
    pub keys: KeySettings,
}

/// Keys by the place where they hold and the action that they do: `[keys.search]`, `cycle_arm = "ctrl-a"`.
pub type KeySettings = BTreeMap<String, BTreeMap<String, Keys>>;

/// A key, several for one action, or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Keys {
    One(String),
    Several(Vec<String>),
}

impl Keys {
    pub fn each(&self) -> &[String] {
        match self {
            Self::One(key) => std::slice::from_ref(key),
            Self::Several(keys) => keys,
        }
    }
}

/// How the two arms of a search are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fusion {
    /// By ranks alone.
    Rrf,
    /// By how far each score stands out of its own list.
    #[default]
    Zscore,
}

/// How a terminal takes pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PictureProtocol {
    Kitty,
    Iterm2,
    Sixel,
    /// Half blocks: coarse, and everywhere.
    Blocks,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IndexConfig {
    /// Tokens of a chunk, special tokens included; never over the model's limit.
    pub chunk_tokens: usize,
    /// Encode each passage with a line before it: company, form, period, heading.
    pub context: bool,
    /// Worker threads; 0 takes one a core.
    pub threads: usize,
    /// In what the model computes; passages and queries alike.
    pub precision: Precision,
}

/// In what the products of a model's layers are computed; softmax, norms and sums stay in f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    F32,
    /// Eight bits for weights and activations.
    Int8,
}

impl Default for Precision {
    /// Eight bits where there are kernels for them; elsewhere they would be the slower ones.
    fn default() -> Self {
        if cfg!(target_arch = "x86_64") {
            Precision::Int8
        } else {
            Precision::F32
        }
    }
}

impl Precision {
    pub fn as_str(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::Int8 => "int8",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExtractConfig {
    /// Longest time for one page, in seconds.
    pub page_seconds: f64,
    /// Longest time for one file, in seconds.
    pub file_seconds: f64,
    /// Memory of the reading process, in MiB.
    pub memory_mb: u64,
    /// Largest file that is tried, in MiB.
    pub file_mb: u64,
}

impl ExtractConfig {
    /// Bytes of the largest file that is tried.
    pub fn largest(&self) -> u64 {
        self.file_mb.saturating_mul(1 << 20)
    }
}

/// Which pages are recognised, by tesseract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OcrMode {
    /// Those without text, where tesseract is installed.
    #[default]
    Auto,
    /// All, whatever text they have.
    Always,
    Never,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OcrConfig {
    pub mode: OcrMode,
    /// As tesseract names them: `eng`, `deu+eng`.
    pub languages: String,
    /// Dots an inch of the picture that is recognised.
    pub dpi: u32,
    /// Longest time for one page, in seconds.
    pub page_seconds: f64,
}

impl Default for OcrConfig {
    fn default() -> Self {
        Self {
            mode: OcrMode::default(),
            languages: "eng".to_owned(),
            dpi: 300,
            page_seconds: 120.0,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchConfig {
    pub top_k: usize,
    /// Width of the graph search; larger finds more of the true neighbours, slower.
    pub ef_search: usize,
    /// How the arms are joined.
    pub fusion: Fusion,
    /// Weight of BM25 against the dense arm's 1.
    pub bm25_weight: f32,
    /// k of reciprocal rank fusion.
    pub rrf_k: f32,
    /// Weight of companies that a question does not name, where it names one; 0 leaves them out.
    pub other_companies: f32,
    /// Hits each arm hands to the fusion.
    pub depth: usize,
    /// Files in place of the bundled lexicon and synonyms.
    pub lexicon: Option<PathBuf>,
    pub synonyms: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SynthConfig {
    /// A file in place of the bundled frames.
    pub frames: Option<PathBuf>,
    /// A folder in place of the bundled prompts.
    pub prompts: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GenerateConfig {
    /// The language model, where none is named.
    pub model: Option<String>,
    /// The endpoint that serves it; not set, it is a file on this machine.
    pub endpoint: Option<String>,
    /// Requests that an endpoint gets at a time.
    pub parallel: usize,
    /// Longest time until an endpoint is connected, until the first token of an answer that is
    /// waited for, and until an answer is whole, in seconds.
    pub connect_seconds: u64,
    pub first_token_seconds: u64,
    pub timeout_seconds: u64,
    /// Tokens that an endpoint's model may think with, beside those of its answer.
    pub thinking_tokens: usize,
}

impl Default for GenerateConfig {
    fn default() -> Self {
        Self {
            model: None,
            endpoint: None,
            parallel: 4,
            connect_seconds: 20,
            first_token_seconds: 300,
            timeout_seconds: 900,
            thinking_tokens: 0,
        }
    }
}

impl Default for IndexConfig {
    fn default() -> Self {
        Self {
            chunk_tokens: 256,
            context: true,
            threads: 0,
            precision: Precision::default(),
        }
    }
}

impl Default for ExtractConfig {
    fn default() -> Self {
        Self {
            page_seconds: 20.0,
            file_seconds: 900.0,
            memory_mb: 2048,
            file_mb: 1024,
        }
    }
}

impl Default for SearchConfig {
    fn default() -> Self {
        Self {
            top_k: 10,
            ef_search: 256,
            fusion: Fusion::default(),
            bm25_weight: 0.6,
            rrf_k: 60.0,
            other_companies: 0.0,
            depth: 200,
            lexicon: None,
            synonyms: None,
        }
    }
}

impl Config {
    /// Where the file is looked for.
    pub fn path() -> Option<PathBuf> {
        if let Some(path) = std::env::var_os("TENK_CONFIG") {
            return Some(path.into());
        }
        let strategy = etcetera::base_strategy::choose_base_strategy().ok()?;
        Some(strategy.config_dir().join("tenk").join("config.toml"))
    }

    /// Reads the file; its absence means defaults.
    pub fn load() -> Result<Self, ConfigError> {
        let Some(path) = Self::path() else {
            return Ok(Self::default());
        };
        match fsio::read_small_text(&path) {
            Ok(text) => {
                let config: Self = toml::from_str(&text).map_err(|source| ConfigError::Parse {
                    path: path.clone(),
                    source: Box::new(source),
                })?;
                config.check(&path)?;
                Ok(config)
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(ConfigError::Read { path, source }),
        }
    }
}

impl Config {
    /// Refuses numbers that spoil what they are for, as those are refused that cannot be read.
    fn check(&self, path: &Path) -> Result<(), ConfigError> {
        let (extract, index, search) = (&self.extract, &self.index, &self.search);
        let numbers = [
            ("extract.page_seconds", extract.page_seconds, 0.1, 1e6),
            ("extract.file_seconds", extract.file_seconds, 0.1, 1e6),
            ("extract.memory_mb", extract.memory_mb as f64, 64.0, 1e7),
            ("extract.file_mb", extract.file_mb as f64, 1.0, 1e7),
            ("ocr.dpi", f64::from(self.ocr.dpi), 70.0, 1200.0),
            ("ocr.page_seconds", self.ocr.page_seconds, 1.0, 1e5),
            ("index.chunk_tokens", index.chunk_tokens as f64, 16.0, 1e5),
            ("search.top_k", search.top_k as f64, 1.0, 1e6),
            ("search.ef_search", search.ef_search as f64, 1.0, 1e6),
            (
                "search.bm25_weight",
                f64::from(search.bm25_weight),
                0.0,
                1e3,
            ),
            ("search.rrf_k", f64::from(search.rrf_k), 0.0, 1e6),
            (
                "search.other_companies",
                f64::from(search.other_companies),
                0.0,
                1.0,
            ),
            ("search.depth", search.depth as f64, 1.0, 1e6),
        ];
        for (name, value, least, most) in numbers {
            if !(least..=most).contains(&value) {
                return Err(ConfigError::Number {
                    path: path.to_owned(),
                    name,
                    value,
                    expected: format!("{least} to {most}"),
                });
            }
        }
        Ok(())
    }
}

/// The folder of PDFs and the folder of its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    pub folder: PathBuf,
    pub home: Home,
    /// Why the state does not lie in the folder itself, for the user to know.
    pub elsewhere: Option<String>,
}

/// The state's folder inside a library.
pub const STATE: &str = Home::NAME;

impl Library {
    /// Resolves `folder`; its state lies where `home` says, in `<folder>/.tenk`, or in the data
    /// folder of the user when the library is read-only or on a network file system.
    pub fn at(folder: &Path, home: Option<&Path>) -> Result<Self, ConfigError> {
        let meta = std::fs::metadata(folder).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => ConfigError::NoFolder(folder.to_owned()),
            _ => ConfigError::Unreadable {
                path: folder.to_owned(),
                source,
            },
        })?;
        if !meta.is_dir() {
            return Err(ConfigError::NotAFolder {
                path: folder.to_owned(),
            });
        }
        let unreadable = |source| ConfigError::Unreadable {
            path: folder.to_owned(),
            source,
        };
        std::fs::read_dir(folder).map_err(unreadable)?;
        // Whoever may read its names and not enter it sees no file.
        std::fs::metadata(folder.join(".")).map_err(unreadable)?;
        let folder = folder.canonicalize().map_err(unreadable)?;
        if let Some(home) = home {
            let home = std::path::absolute(home).map_err(unreadable)?;
            return Ok(Self {
                folder,
                home: Home::at(home),
                elsewhere: None,
            });
        }
        let inside = Home::at(folder.join(STATE));
        let why = match fsio::file_system(&folder) {
            FileSystem::Network(name) => format!("the folder is on {name}"),
            FileSystem::Local if is_writable(&folder, &inside) => {
                return Ok(Self {
                    folder,
                    home: inside,
                    elsewhere: None,
                });
            }
            FileSystem::Local => "the folder is read-only".to_owned(),
        };
        let home = home_elsewhere(&folder)?;
        let home = match inside.store().is_file() && !home.store().is_file() {
            true => inside,
            false => home,
        };
        Ok(Self {
            folder,
            home,
            elsewhere: Some(why),
        })
    }

    /// What a user is told of where the state lies; none where it lies where it is looked for, and nowhere else.
    pub fn note(&self) -> Option<String> {
        let inside = self.inside();
        let Some(why) = &self.elsewhere else {
            let copy = self.copy().filter(|_| self.home == inside)?;
            return Some(format!(
                "what was changed while nothing could be written here lies in {}, and is left aside (put it in the place \
                 of {} to go on with it, or remove it)",
                copy.display(),
                inside.display()
            ));
        };
        let home = self.home.display();
        Some(match self.is_only_read() {
            true => {
                let left = self.copy().map_or_else(String::new, |copy| {
                    format!(", and another in {} is left aside", copy.display())
                });
                format!("{why}: the state that lies in it is only read{left}")
            }
            false if inside.store().is_file() => {
                format!("{why}: state lies in {home}, and that in the folder is left aside")
            }
            false => format!("{why}: state lies in {home}"),
        })
    }

    /// The home in the library's own folder, whether the state lies there or not.
    pub fn inside(&self) -> Home {
        Home::at(self.folder.join(STATE))
    }

    /// Where the user's data folder has a state of this library.
    fn copy(&self) -> Option<Home> {
        let copy = home_elsewhere(&self.folder).ok()?;
        copy.store().is_file().then_some(copy)
    }

    /// Whether the state lies where nothing can be written.
    pub fn is_only_read(&self) -> bool {
        self.elsewhere.is_some() && self.home.parent() == Some(&self.folder)
    }

    /// The same library with its state where it can be written.
    pub fn to_write(self) -> Result<Self, ConfigError> {
        let home = match self.is_only_read() {
            true => home_elsewhere(&self.folder)?,
            false => self.home,
        };
        Ok(Self { home, ..self })
    }

    /// The library a command without a folder means: the nearest folder upwards that has one,
    /// else `corpora/` where the current folder holds no PDF itself (a clone of the project),
    /// else the current folder.
    pub fn find(current: &Path) -> PathBuf {
        let has_state = |folder: &&Path| Home::at(folder.join(STATE)).store().is_file();
        if let Some(found) = current.ancestors().find(has_state) {
            return found.to_owned();
        }
        let corpora = current.join("corpora");
        if !holds_pdf(current) && holds_pdf(&corpora) {
            return corpora;
        }
        current.to_owned()
    }

    /// Makes the state's folder, and tends it.
    pub fn create_home(&self) -> Result<(), ConfigError> {
        // A folder that was taken away meanwhile is not made anew.
        let made = match self.home.parent() == Some(&self.folder) {
            true if self.home.is_dir() => Ok(()),
            true => std::fs::create_dir(&self.home),
            false => std::fs::create_dir_all(&self.home),
        };
        made.map_err(|source| ConfigError::Home {
            path: self.home.to_path_buf(),
            source,
        })?;
        self.home.tend();
        Ok(())
    }
}

/// Whether the state can lie in `inside`, the home in a library's folder.
fn is_writable(folder: &Path, inside: &Home) -> bool {
    inside.is_dir() && fsio::is_writable(inside) || fsio::is_writable(folder)
}

fn holds_pdf(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|e| {
            e.path()
                .extension()
                .is_some_and(|x| x.eq_ignore_ascii_case("pdf"))
        })
    })
}

/// The folder for the user's data: states of libraries that cannot hold their own, and logs.
pub fn data_home() -> Result<PathBuf, ConfigError> {
    let strategy =
        etcetera::base_strategy::choose_base_strategy().map_err(|_| ConfigError::NoHome)?;
    Ok(strategy.data_dir().join("tenk"))
}

/// The folder for what can be had again: mirrors of shared libraries.
pub fn cache_home() -> Result<PathBuf, ConfigError> {
    let strategy =
        etcetera::base_strategy::choose_base_strategy().map_err(|_| ConfigError::NoHome)?;
    Ok(strategy.cache_dir().join("tenk"))
}

/// The home of a library that cannot hold its own.
fn home_elsewhere(folder: &Path) -> Result<Home, ConfigError> {
    let libraries = data_home()?.join("libraries");
    Ok(Home::at(libraries.join(state_name(folder))))
}

/// A readable name that no two folders share.
fn state_name(folder: &Path) -> String {
    let hash = blake3::hash(folder.as_os_str().as_encoded_bytes()).to_hex();
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}-{}", &hash[..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_refused_and_defaults_fill_in() {
        let config: Config = toml::from_str("[search]\ntop_k = 5").unwrap();
        assert_eq!(config.search.top_k, 5);
        assert_eq!(config.search.ef_search, SearchConfig::default().ef_search);
        assert!(toml::from_str::<Config>("[search]\ntopk = 5").is_err());
    }

    #[test]
    fn numbers_that_spoil_a_search_are_refused() {
        let check = |text: &str| {
            toml::from_str::<Config>(text)
                .unwrap()
                .check(Path::new("c"))
        };
        for bad in [
            "[search]\nbm25_weight = nan",
            "[search]\nbm25_weight = -5.0",
            "[search]\nrrf_k = -60.0",
            "[search]\ntop_k = 0",
            "[search]\nother_companies = inf",
            "[extract]\nmemory_mb = 0",
            "[index]\nchunk_tokens = 0",
        ] {
            let error = check(bad).unwrap_err();
            let name = bad.split_once('\n').unwrap().1.split(' ').next().unwrap();
            assert!(error.to_string().contains(name), "{error}");
            assert!(
                error.remedy().unwrap().to_string().contains(" to "),
                "{bad}"
            );
        }
        assert!(check("").is_ok(), "the defaults are possible");
    }

    #[test]
    fn the_library_is_found_upwards() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(Library::find(&deep), deep);
        std::fs::create_dir_all(root.path().join(STATE)).unwrap();
        std::fs::write(root.path().join(STATE).join("tenk.db"), "").unwrap();
        assert_eq!(Library::find(&deep), root.path());
    }

    #[test]
    fn a_clone_without_a_library_means_its_corpora() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("corpora")).unwrap();
        std::fs::write(root.path().join("corpora/x.PDF"), "").unwrap();
        assert_eq!(Library::find(root.path()), root.path().join("corpora"));
    }
}
