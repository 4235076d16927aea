//! A proof to hand over: a folder with copies of the pages that an answer rests on, the row and the figure marked on
//! each, and a note of question, answer, formula and operands, for somebody who has neither the library nor tenk.
//!
//! `claim` is what is to be proved, an answer's or a grid's; `sheet` finds on the stored pages what is to be marked;
//! `note` says it all in blocks, which `markdown` and `html` write down; `making` has the pages copied in the sandbox and
//! puts `folder` in its place, whole or not at all. `worker` does it beside an app.

mod claim;
mod folder;
mod html;
mod making;
mod markdown;
mod note;
mod sheet;
pub mod worker;

use std::io;
use std::path::PathBuf;

pub use claim::{Claim, Exhibit, Figure, Finding, Operand, Row};
pub use folder::Target;
pub use making::{Made, Maker};

use crate::progress::Cancelled;
use crate::remedy::{Remedied, Remedy};
use crate::store::StoreError;

/// Pages of one proof at most: nobody reads more.
pub const MOST: usize = 100;

#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
    #[error("{} cannot be written", .folder.display())]
    Write { folder: PathBuf, source: io::Error },
    #[error("{} is no folder", .0.display())]
    NoFolder(PathBuf),
    #[error("{} holds {other}, which is no part of a proof", .folder.display())]
    Foreign { folder: PathBuf, other: String },
    #[error("{} was changed since its proof was written: {file}", .folder.display())]
    Edited { folder: PathBuf, file: String },
    #[error("{} is the folder that this command runs in", .0.display())]
    WorkedIn(PathBuf),
    #[error("the figures stand on {pages} pages, and a proof has {MOST} at most")]
    TooMany { pages: usize },
}

impl Remedied for ProofError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Store(error) => error.remedy(),
            Self::Cancelled(error) => error.remedy(),
            Self::Write { source, .. } => Remedy::by_system(source)
                .or_else(|| Remedy::advice("check the folder that it is to lie in")),
            Self::NoFolder(_) => Remedy::advice("name a folder, or a name that nothing has yet"),
            Self::Foreign { .. } | Self::WorkedIn(_) => Remedy::advice(
                "name another folder: a proof takes a new, an empty, or an earlier proof's one",
            ),
            Self::Edited { .. } => {
                Remedy::advice("move what was changed out of it, or name another folder")
            }
            Self::TooMany { .. } => {
                Remedy::advice("ask for fewer companies, items or periods at a time")
            }
        }
    }
}

pub(crate) type Result<T, E = ProofError> = std::result::Result<T, E>;
