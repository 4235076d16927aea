//! Remedy: what can be done about an error, as data. Each module's error says what happened and to
//! which file, and knows its remedy; wrapping errors pass on that of the error inside.
//!
//! `Display` gives plain words, which name no command and no flag: they fit a pane as well as a log.
//! The command line puts its commands and flags in their place (`cli/remedy`).

use std::borrow::Cow;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

/// What can be done about an error.
#[derive(Debug, Clone, PartialEq)]
pub enum Remedy {
    // Files.
    /// The disk is full, or what this user or file may take of it.
    FreeSpace,
    CheckExists,
    CheckPermissions,
    /// A read-only file system.
    OtherPlace,
    /// What was received instead stands in the error.
    Expected(String),
    /// A file that the settings name in place of a bundled one; the section's name.
    EditSetting(&'static str),
    /// A limit in the settings that a file went beyond.
    RaiseLimit(&'static str),

    // The library.
    Index(PathBuf),
    /// What the library has is to be looked at whole.
    Check,
    /// The folder is to lose its documents, or it is not what it was.
    Empty(PathBuf),
    /// The library is not embedded, or not all of it, with the model; none where that is not known.
    Embed {
        folder: PathBuf,
        model: Option<String>,
    },
    /// Another process, of this number, is at work; none where its number is not known.
    Wait(Option<u32>),
    /// The library was written by a later program.
    Update,
    /// Another folder for the library's state.
    ChooseHome,
    /// The documents that can be named.
    NameDocument(Vec<String>),
    /// The companies that the library has, behind a question for the one that may be meant.
    NameCompany(String),

    // Models.
    /// The models that can be named.
    NameModel(Vec<String>),
    NameTuned,
    RollBack,
    /// A model that is embedded is to serve, whatever did before.
    PromoteAnew,
    /// The name is taken by this model.
    OtherName(String),
    ImportModel,
    /// A language model that was not fetched yet.
    FetchWriter(String),
    /// The name by which a server knows its model.
    NameServed,
    NameEndpoint,
    SmallerModel,
    /// More tokens for a language model's answer.
    MoreTokens,

    // Training.
    /// An option of a command, and the values that it takes. The error's message begins with its
    /// name.
    Option {
        name: &'static str,
        expected: String,
    },
    /// The learning rate that was too high.
    LowerRate(f32),
    ResumeRun(String),
    /// The runs that can go on.
    ResumeOther(Vec<String>),
    BeginRun,
    /// A run's damaged checkpoint.
    RemoveCheckpoint(String),
    /// So many minutes would be enough.
    MoreTime(u64),
    MoreQuestions,
    /// A file of questions to judge a model by.
    NameQuestions,
    FitClassifier(String),
    MakeSet(String),

    /// What no command helps with, in words.
    Advice(Cow<'static, str>),
}

/// An error that knows its remedy.
pub trait Remedied: std::error::Error {
    /// None where nothing better is known than to report the error.
    fn remedy(&self) -> Option<Remedy>;
}

impl Remedy {
    pub fn advice(words: impl Into<Cow<'static, str>>) -> Option<Self> {
        Some(Self::Advice(words.into()))
    }

    /// By what the system says; none where that could be anything.
    pub fn by_system(error: &io::Error) -> Option<Self> {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Some(Self::FreeSpace)
            }
            ErrorKind::NotFound => Some(Self::CheckExists),
            ErrorKind::PermissionDenied => Some(Self::CheckPermissions),
            ErrorKind::ReadOnlyFilesystem => Some(Self::OtherPlace),
            ErrorKind::IsADirectory => Self::advice("name a file: this is a folder"),
            ErrorKind::NotADirectory => Self::advice("name a folder: this is a file"),
            // An error that another crate put into this one.
            _ => {
                let inner = error.get_ref()?;
                inner
                    .downcast_ref::<io::Error>()
                    .and_then(Self::by_system)
                    .or_else(|| {
                        let cause = inner.source()?;
                        cause.downcast_ref::<io::Error>().and_then(Self::by_system)
                    })
            }
        }
    }

    /// For a file or folder that cannot be read.
    pub fn to_read(error: &io::Error) -> Option<Self> {
        match error.kind() {
            ErrorKind::InvalidData => Self::advice("it is no UTF-8 text: save it as such"),
            ErrorKind::FileTooLarge | ErrorKind::InvalidInput => Self::advice("name another file"),
            _ => Self::by_system(error)
                .or_else(|| Self::advice("check that it exists and its permissions")),
        }
    }

    /// For a file or folder that cannot be written.
    pub fn to_write(error: &io::Error) -> Option<Self> {
        Self::by_system(error)
            .or_else(|| Self::advice("free some space or check the folder's permissions"))
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: &str = match self {
            Self::FreeSpace => "free some space and try again: what is indexed so far is kept",
            Self::CheckExists => "check that the path exists",
            Self::CheckPermissions => "check its permissions",
            Self::OtherPlace => "nothing can be written there: choose another place",
            Self::Expected(what) => return write!(f, "expected {what}"),
            Self::EditSetting(section) => {
                return write!(
                    f,
                    "correct it, or take it out of [{section}] in the settings"
                );
            }
            Self::RaiseLimit(setting) => {
                return write!(f, "raise {setting} in the config, or split the file");
            }
            Self::Index(folder) => return write!(f, "index {} first", folder.display()),
            Self::Check => {
                "have the whole library checked: what was altered is read again from its files, tags and corrections stay"
            }
            Self::Empty(_) => "see that its disk is there, or say that the documents are to go",
            Self::Embed { .. } => {
                "index the library with this model first; by words alone it can be searched"
            }
            Self::Wait(pid) => {
                let who = pid.map_or("it".to_owned(), |pid| format!("process {pid}"));
                return write!(
                    f,
                    "wait for {who} or stop it, then try again; searching works meanwhile"
                );
            }
            Self::Update => "update tenk, or index into another place",
            Self::ChooseHome => "name another place for the library's state",
            Self::NameDocument(known) => return write!(f, "{}", name_one(known)),
            Self::NameCompany(meant) => {
                return write!(f, "{meant}see the companies that the library has");
            }
            Self::NameModel(known) => return write!(f, "known: {}", known.join(", ")),
            Self::NameTuned => "promote a model of your own first, or name one, or base",
            Self::RollBack => "go back to the one before first",
            Self::OtherName(taken) => {
                return write!(f, "choose another name, or remove the model {taken}");
            }
            Self::ImportModel => "fetch the model where there is a network and import its folder",
            Self::FetchWriter(name) => {
                return write!(f, "fetch {name} first, or name a GGUF file or a server");
            }
            Self::NameServed => "name it too",
            Self::NameEndpoint => "name one, such as http://localhost:11434/v1",
            Self::SmallerModel => {
                "choose a smaller model, or have another program serve it and name that"
            }
            Self::MoreTokens => {
                "give it [generate] thinking_tokens in the settings, or have its server switch thinking off"
            }
            Self::Option { expected, .. } => return write!(f, "name {expected}"),
            Self::LowerRate(rate) => {
                return write!(
                    f,
                    "train again with a lower rate than {rate:e} or a lower clip"
                );
            }
            Self::ResumeOther(names) => return write!(f, "these can: {}", names.join(", ")),
            Self::ResumeRun(_) => "go on with it, or begin it anew",
            Self::BeginRun => "begin one",
            Self::RemoveCheckpoint(_) => "remove it, and the run begins anew when it goes on",
            Self::MoreTime(minutes) => return write!(f, "{minutes} minutes would do"),
            Self::MoreQuestions => {
                "index more documents, or have a language model write some questions"
            }
            Self::PromoteAnew => "have a model serve that the library is embedded with",
            Self::NameQuestions => "name a file of questions that it did not learn from",
            Self::FitClassifier(name) => return write!(f, "fit {name} on labelled texts"),
            Self::MakeSet(name) => return write!(f, "make the set {name} first"),
            Self::Advice(words) => words.as_ref(),
        };
        f.write_str(words)
    }
}

/// Names that are shown of a long list.
const SHOWN: usize = 8;

fn name_one(known: &[String]) -> String {
    let shown = known[..known.len().min(SHOWN)].join(", ");
    match known.len() {
        0 => "it has none yet: index some first".to_owned(),
        n if n > SHOWN => format!("name one of: {shown} and {} more", n - SHOWN),
        _ => format!("name one of: {shown}"),
    }
}

/// An error and its remedy, in plain words.
pub fn in_words(error: &impl Remedied) -> String {
    match error.remedy() {
        Some(remedy) => format!("{error}; {remedy}"),
        None => error.to_string(),
    }
}

/// ` (process 12)`, or nothing where the number is not known.
pub fn process(pid: Option<u32>) -> String {
    pid.map_or(String::new(), |pid| format!(" (process {pid})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_says_what_helps() {
        let full = || io::Error::from(ErrorKind::StorageFull);
        assert_eq!(Remedy::by_system(&full()), Some(Remedy::FreeSpace));
        // As a crate hands it on.
        let wrapped = io::Error::other(full());
        assert_eq!(Remedy::to_write(&wrapped), Some(Remedy::FreeSpace));
        let gone = io::Error::from(ErrorKind::NotFound);
        assert_eq!(Remedy::to_read(&gone), Some(Remedy::CheckExists));
        let strange = io::Error::other("a strange day");
        assert_eq!(Remedy::by_system(&strange), None);
        assert!(Remedy::to_read(&strange).is_some() && Remedy::to_write(&strange).is_some());
    }

    #[test]
    fn a_number_that_is_not_known_leaves_no_hole() {
        assert_eq!(process(Some(12)), " (process 12)");
        assert_eq!(process(None), "");
        assert!(Remedy::Wait(None).to_string().starts_with("wait for it or"));
    }
}
