//! Proofs beside an app: made on a worker, into the library's home.

use std::path::PathBuf;

use super::claim::Claim;
use super::making::{Made, Maker};
use super::{ProofError, Result};
use crate::job::context::JobContext;
use crate::job::worker::Work;
use crate::progress::CancelToken;
use crate::remedy::in_words;
use crate::store::Store;

/// Longest part of a folder's name that the question gives, in bytes.
const LONGEST: usize = 32;

/// A library whose answers are proved.
pub struct Proving {
    context: JobContext,
}

impl Proving {
    pub fn new(context: JobContext) -> Self {
        Self { context }
    }

    fn make(&self, claim: &Claim, cancel: &CancelToken) -> Result<Made> {
        let library = &self.context.library;
        let store = Store::open(&library.folder, &library.home)?;
        let maker = Maker {
            store: &store,
            library,
            config: &self.context.config.extract,
            cancel,
        };
        maker.make(claim, &self.folder(claim))
    }

    /// A folder of its own for each question, by what it says.
    fn folder(&self, claim: &Claim) -> PathBuf {
        let words = claim.question.to_lowercase();
        let words = words.split(|c: char| !c.is_ascii_alphanumeric());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let name = words.join("-");
        let name = name[..name.len().min(LONGEST)].trim_matches('-');
        let hash = blake3::hash(claim.question.as_bytes()).to_hex();
        self.context
            .library
            .home
            .proofs()
            .join(format!("{name}-{}", &hash[..6]))
    }
}

impl Work for Proving {
    type Request = Claim;
    /// What is said of it; why there is none.
    type Reply = std::result::Result<String, String>;

    const NAME: &'static str = "writing the proof";

    fn handle(
        &mut self,
        claim: &Claim,
        cancel: &CancelToken,
        _: &dyn Fn(Self::Reply),
    ) -> Self::Reply {
        let made = self
            .make(claim, cancel)
            .map_err(|error: ProofError| in_words(&error))?;
        // Short, where it can be: a line of a terminal is to hold it.
        let inside = made.folder.strip_prefix(&self.context.library.folder);
        let folder = inside.unwrap_or(&made.folder).display();
        let what = match made.pages {
            _ if !claim.is_answered => "nothing is proved, a note says so".to_owned(),
            1 => "proof, 1 page".to_owned(),
            n => format!("proof, {n} pages"),
        };
        match made.warnings.first() {
            Some(first) => Err(format!("{what}: {folder} ({first})")),
            None => Ok(format!("{what}: {folder}")),
        }
    }

    fn failed(_: &Claim, why: String) -> Self::Reply {
        Err(why)
    }
}
