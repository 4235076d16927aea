//! Remedies on the command line: an error's message and its remedy, with the commands and flags that
//! the layers below do not know.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::args::Global;
use crate::answer::AnswerError;
use crate::book::CompanyError;
use crate::book::grid::GridError;
use crate::classify::ClassifyError;
use crate::config::ConfigError;
use crate::dataset::DatasetError;
use crate::encoder::EncoderError;
use crate::eval::EvalError;
use crate::folders::FoldersError;
use crate::generate::GenerateError;
use crate::index::IndexError;
use crate::job::asking::AskError;
use crate::job::carrying::CarryingError;
use crate::job::evaluation::EvaluationError;
use crate::job::indexing::IndexingError;
use crate::job::open::OpenError;
use crate::job::promotion::PromotionError;
use crate::job::redlining::RedlineError;
use crate::job::training::TrainingError;
use crate::job::tuning::TuningError;
use crate::job::writer::WriterError;
use crate::model::ModelError;
use crate::model::hub::HubError;
use crate::ocr::OcrError;
use crate::pdf::Failure;
use crate::progress::Cancelled;
use crate::proof::ProofError;
use crate::query::QueryError;
use crate::query::filter::FilterError;
use crate::remedy::{Remedied, Remedy};
use crate::retrieve::RetrieveError;
use crate::screen::ScreenError;
use crate::store::StoreError;
use crate::synth::SynthError;
use crate::train::TrainError;
use crate::tui::keymap::KeymapError;

/// What a command refuses by itself, and what to do. Also put before another error as its context.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Refusal {
    what: String,
    remedy: String,
}

impl Refusal {
    pub fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

/// A refusal as an error.
pub fn refuse(what: impl Into<String>, remedy: impl Into<String>) -> anyhow::Error {
    Refusal::new(what, remedy).into()
}

/// What an error says, and what to do about it: never empty.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct Described {
    pub error: String,
    pub remedy: String,
}

impl fmt::Display for Described {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.error, self.remedy)
    }
}

/// Where nothing better is known.
const REPORT: &str = "if it goes on, report it with what tenk doctor prints";

/// An error with its causes, and the remedy of the outermost one that has any. Commands in it name the library that
/// `global` names; whoever works in the background is read by those who type no command.
pub fn describe(error: &anyhow::Error, global: &Global) -> Described {
    let known = error.chain().find_map(remedy);
    let own = error.downcast_ref::<Refusal>();
    let remedy = match (own, known) {
        (Some(refusal), _) => refusal.remedy.clone(),
        (None, Some(remedy)) if global.background => remedy.to_string(),
        (None, Some(remedy)) => words(&remedy, global),
        (None, None) => REPORT.to_owned(),
    };
    let mut text = String::new();
    // A cause that was said is not said again.
    for cause in error.chain().map(message) {
        if !text.contains(&cause) {
            let gap = if text.is_empty() { "" } else { ": " };
            text.push_str(&format!("{gap}{cause}"));
        }
    }
    Described {
        error: text,
        remedy,
    }
}

/// The error as one that knows its remedy.
fn remedied<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a dyn Remedied> {
    macro_rules! any_of {
        ($($known:ty),+ $(,)?) => {
            None$(.or_else(|| Some(error.downcast_ref::<$known>()? as &dyn Remedied)))+
        };
    }
    #[cfg(feature = "milvus")]
    if let Some(error) = error.downcast_ref::<crate::share::ShareError>() {
        return Some(error);
    }
    any_of![
        AnswerError,
        AskError,
        Cancelled,
        CarryingError,
        ClassifyError,
        CompanyError,
        ConfigError,
        DatasetError,
        EncoderError,
        OcrError,
        EvalError,
        EvaluationError,
        Failure,
        FilterError,
        FoldersError,
        GenerateError,
        GridError,
        HubError,
        IndexError,
        KeymapError,
        IndexingError,
        ModelError,
        OpenError,
        PromotionError,
        ProofError,
        QueryError,
        RetrieveError,
        ScreenError,
        StoreError,
        SynthError,
        TrainError,
        TrainingError,
        TuningError,
        RedlineError,
        WriterError,
    ]
}

pub(super) fn remedy(error: &(dyn Error + 'static)) -> Option<Remedy> {
    match remedied(error) {
        Some(known) => known.remedy(),
        None => Remedy::by_system(error.downcast_ref::<io::Error>()?),
    }
}

/// What an error says; an option by its name on the command line.
fn message(error: &(dyn Error + 'static)) -> String {
    let text = error.to_string().trim().to_owned();
    match remedied(error).and_then(Remedied::remedy) {
        Some(Remedy::Option { name, .. }) if text.starts_with(name) => format!("--{text}"),
        _ => text,
    }
}

/// The remedy with the command or the flag that brings it about.
fn words(remedy: &Remedy, global: &Global) -> String {
    let index = |folder: &PathBuf| format!("tenk index {}{}", quoted(folder), home_option(global));
    let at = options(global);
    match remedy {
        Remedy::FreeSpace => {
            "free some space and run the same command again: a library keeps what is indexed so far"
                .into()
        }
        Remedy::Index(folder) => format!("run: {}", index(folder)),
        Remedy::Check => format!(
            "run: tenk index --check{at} (it reads again what was altered and keeps tags and corrections; where it \
             cannot, put a copy of the database back, or move it away)"
        ),
        Remedy::Empty(folder) => format!(
            "see that its disk is there and no .tenkignore leaves them out, or forget them: {} --allow-empty",
            index(folder)
        ),
        Remedy::Embed {
            folder,
            model: Some(name),
        } => format!("embed the rest first: {} --model {name}", index(folder)),
        Remedy::Embed { folder, .. } => {
            format!("run: {} (BM25 works: --arm bm25)", index(folder))
        }
        Remedy::Update | Remedy::ChooseHome => format!("{remedy} with --home"),
        Remedy::NameCompany(_) => format!("{remedy}: tenk list{at}"),
        Remedy::NameModel(_) => {
            format!("{remedy} (tenk models list{at}; a hub's model is fetched by tenk models pull)")
        }
        Remedy::NameTuned => {
            format!(
                "name one that tenk models list{at} shows, or base (tenk models promote NAME{at})"
            )
        }
        Remedy::RollBack => format!("{remedy}: tenk models rollback{at}"),
        Remedy::PromoteAnew => {
            format!(
                "{remedy}: tenk models promote filings --force{at} (or one that tenk models list{at} shows)"
            )
        }
        Remedy::OtherName(taken) => {
            format!("choose another --name, or tenk models remove {taken}{at}")
        }
        Remedy::ImportModel => format!("{remedy}: tenk models import FOLDER{at}"),
        Remedy::FetchWriter(name) => format!(
            "fetch it: tenk models pull {name}, name a GGUF file, or a server with --endpoint"
        ),
        Remedy::NameServed => format!("{remedy}: --model NAME"),
        Remedy::NameEndpoint => "name one: --endpoint http://localhost:11434/v1".into(),
        Remedy::MoreTokens => {
            "raise --most, or have the server switch the model's thinking off".into()
        }
        Remedy::SmallerModel => format!("{remedy} with --endpoint"),
        Remedy::LowerRate(rate) => {
            format!("train again with a lower --rate than {rate:e} or a lower --clip")
        }
        Remedy::ResumeRun(run) => {
            format!("tenk train --resume={run}{at} does so, --restart begins anew")
        }
        Remedy::ResumeOther(runs) => format!("{remedy} (tenk train --resume={}{at})", runs[0]),
        Remedy::BeginRun => format!("{remedy} with tenk train --data FILE{at}"),
        Remedy::RemoveCheckpoint(run) => {
            format!("remove it, and the run begins anew with tenk train --resume={run}{at}")
        }
        Remedy::NameQuestions => {
            "name a file of them with --questions, or promote it unmeasured with --force".into()
        }
        Remedy::MoreTime(minutes) => format!("--budget {minutes}m would do"),
        Remedy::MoreQuestions => format!(
            "index more documents, or write some with a language model: tenk synth --model smollm2{at}"
        ),
        Remedy::FitClassifier(name) => {
            format!("make one with tenk classify --data FILE --name {name}{at}")
        }
        Remedy::MakeSet(name) => format!("make one with tenk synth --name {name}{at}"),
        _ => remedy.to_string(),
    }
}

/// The options that name a library in a command, as they were given to this one.
pub fn options(global: &Global) -> String {
    let library = global.library.as_deref();
    let library = library.map(|folder| format!(" -L {}", quoted(folder)));
    library.unwrap_or_default() + &home_option(global)
}

fn home_option(global: &Global) -> String {
    let home = global.home.as_deref();
    home.map_or(String::new(), |home| format!(" --home {}", quoted(home)))
}

/// A path as a shell takes it in one piece.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,:@%\\".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(error: impl Into<anyhow::Error>) -> Described {
        describe(&error.into(), &Global::default())
    }

    #[test]
    fn a_remedy_passes_through_every_wrapper() {
        let missing = || StoreError::Missing {
            folder: "/a b/c".into(),
        };
        let wrapped = TuningError::Promotion(PromotionError::Retrieve(missing().into()));
        for error in [failure(missing()), failure(wrapped)] {
            assert_eq!(error.error, "/a b/c has no library yet");
            assert_eq!(error.remedy, "run: tenk index '/a b/c'");
        }
        let mut global = Global {
            home: Some("/h".into()),
            library: Some("/a b/c".into()),
            ..Global::default()
        };
        let at = describe(&missing().into(), &global);
        assert_eq!(at.remedy, "run: tenk index '/a b/c' --home /h");
        let none = || ModelError::Serves { name: "a".into() };
        let at = describe(&none().into(), &global);
        assert!(
            at.remedy
                .ends_with(": tenk models rollback -L '/a b/c' --home /h"),
            "{at}"
        );
        // What the app shows of its jobs names no command.
        global.background = true;
        let at = describe(&none().into(), &global);
        assert!(!at.remedy.contains("tenk"), "{at}");
    }

    #[test]
    fn a_command_has_its_own_words_and_the_system_the_last() {
        use anyhow::Context;
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let bare = Err::<(), _>(full()).context("x.html cannot be written");
        assert!(
            failure(bare.unwrap_err())
                .remedy
                .starts_with("free some space")
        );
        let own = Err::<(), _>(full()).context(Refusal::new("no report", "make the set again"));
        let own = failure(own.unwrap_err());
        assert!(own.error.starts_with("no report: "), "{own}");
        assert_eq!(own.remedy, "make the set again");
        assert_eq!(failure(anyhow::anyhow!("a strange; day")).remedy, REPORT);
    }

    #[test]
    fn an_option_is_named_as_it_is_written() {
        let dim = RetrieveError::Dim {
            expected: 384,
            received: 385,
        };
        let dim = failure(dim);
        assert!(dim.error.starts_with("--dim 385 is not possible"), "{dim}");
        assert_eq!(dim.remedy, "name 1 to 384");
    }

    /// Every error of the library is known here, and none names a command or a flag.
    #[test]
    fn errors_of_the_library_are_all_known_and_name_no_command() {
        let own = include_str!("remedy.rs");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let (mut folders, mut seen) = (vec![root], 0);
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder)
                .unwrap()
                .map(|e| e.unwrap().path())
            {
                if path.is_dir() && !path.ends_with("cli") {
                    folders.push(path);
                } else if path.extension().is_some_and(|x| x == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    seen += check_errors(&path, &text, own);
                }
            }
        }
        assert!(seen > 20, "{seen} errors found");
    }

    /// Looks at the errors that a source file declares, and says how many there are.
    fn check_errors(path: &Path, text: &str, known: &str) -> usize {
        // Errors that tests make up are shown to nobody.
        let text = text.split("\nmod tests {").next().unwrap();
        let derived = text.split("thiserror::Error)]").skip(1);
        for rest in derived.clone() {
            let name = rest.split("pub ").nth(1).unwrap();
            let name = name.split_whitespace().nth(1).unwrap();
            let name = name.trim_end_matches(';');
            if name == "Excess" {
                // Why a page failed: it ends in the page's reason, which has a remedy.
                continue;
            }
            // In the list, or where a feature brings it.
            let is_known = known.contains(&format!("        {name},\n"))
                || known.contains(&format!("::{name}>()"));
            assert!(
                is_known,
                "{name} of {path:?} is missing in the list of this file"
            );
            let end = rest.find("\n}").unwrap();
            for phrase in [" --", "tenk models", "tenk index", "tenk train", "; "] {
                let attributes = rest[..end].split("#[error(").skip(1);
                for text in attributes.filter_map(|a| a.split(")]").next()) {
                    assert!(!text.contains(phrase), "{path:?}: {text} holds {phrase:?}");
                }
            }
        }
        derived.count()
    }
}
