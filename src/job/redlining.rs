//! Redlines of a library's documents: from what is stored of them, on the command line and on a worker beside an app.

use super::context::JobContext;
use super::worker::Work;
use crate::progress::CancelToken;
use crate::query::company::Directory;
use crate::query::{is_amended, is_annual, is_interim};
use crate::redline::{Redline, Source};
use crate::remedy::{Remedied, Remedy, in_words};
use crate::store::{ChunkStart, DocumentRow, DocumentState, Store, StoreError};

/// The form of a release on a quarter's results.
const EARNINGS: &str = "earnings";
/// Headings that are named where a section is not found.
const NAMED: usize = 20;

#[derive(Debug, thiserror::Error)]
pub enum RedlineError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{document} has no text")]
    NoText { document: String },
    #[error("{document} has no section with {section:?} in its name")]
    NoSection {
        document: String,
        section: String,
        all: Vec<String>,
    },
    #[error("the library has no earlier report of the company of {document}")]
    NoEarlier { document: String },
}

impl Remedied for RedlineError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Store(error) => error.remedy(),
            Self::NoText { .. } => Remedy::advice("tenk list says why"),
            Self::NoSection { all, .. } if all.is_empty() => {
                Remedy::advice("leave --section out, no heading of it is known")
            }
            Self::NoSection { all, .. } => Remedy::advice(format!(
                "name one of: {}",
                all[..all.len().min(NAMED)].join(", ")
            )),
            Self::NoEarlier { .. } => Remedy::advice("name two documents, the older one first"),
        }
    }
}

/// Compares two documents of a library, or what stands in sections of each.
///
/// # Errors
///
/// Where one has no text, or no section of that name.
pub fn redline(
    store: &Store,
    a: (&DocumentRow, Option<&str>),
    b: (&DocumentRow, Option<&str>),
) -> Result<Redline, RedlineError> {
    for (row, _) in [a, b] {
        if row.state != DocumentState::Indexed {
            let document = row.path.clone();
            return Err(RedlineError::NoText { document });
        }
    }
    let pages = [store.pages(a.0.id)?, store.pages(b.0.id)?];
    let vectors = vectors(store, [a.0.id, b.0.id])?;
    let [old, new] = &vectors;
    let (old, new) = (
        |page, line| old.at(page, line),
        |page, line| new.at(page, line),
    );
    let found = Redline::new(
        &Source {
            pages: &pages[0],
            section: a.1,
            vector: &old,
        },
        &Source {
            pages: &pages[1],
            section: b.1,
            vector: &new,
        },
    );
    found.map_err(|missing| {
        let (row, section) = if missing.of_second { b } else { a };
        RedlineError::NoSection {
            document: row.path.clone(),
            section: section.unwrap_or_default().to_owned(),
            all: missing.sections,
        }
    })
}

/// The report before this one: of the same company and kind, on the period that ended last before its own. Of what is no
/// report on a period, such as an 8-K, none.
fn before<'a>(directory: &'a Directory, row: &DocumentRow) -> Option<&'a DocumentRow> {
    let company = directory.calendars().company(row.id)?;
    let own = &row.metadata;
    let is_periodic = is_annual(&own.form) || is_interim(&own.form) || own.form == EARNINGS;
    if !is_periodic {
        return None;
    }
    let is_before = |other: &&DocumentRow| {
        let found = &other.metadata;
        directory.calendars().company(other.id) == Some(company)
            && (found.form == own.form || is_annual(&found.form) && is_annual(&own.form))
            && found.period_end < own.period_end
            && found.period_end.is_some()
    };
    let rows = directory.documents().iter().filter(is_before);
    // Of two on one period the report, not what amends it.
    rows.max_by_key(|row| (row.metadata.period_end, !is_amended(&row.metadata.form)))
}

/// The report before a document.
///
/// # Errors
///
/// Where the library has none.
pub fn earlier(store: &Store, row: &DocumentRow) -> Result<DocumentRow, RedlineError> {
    let directory = Directory::new(store.documents()?);
    let none = || RedlineError::NoEarlier {
        document: row.path.clone(),
    };
    before(&directory, row).cloned().ok_or_else(none)
}

/// The vectors of a document's chunks, by where each begins.
struct Vectors(Vec<(ChunkStart, Vec<f32>)>);

impl Vectors {
    /// That of the chunk which has a line of a page.
    fn at(&self, page: u32, line: u32) -> Option<&[f32]> {
        let behind = self.0.partition_point(|(place, _)| *place <= (page, line));
        Some(&self.0[behind.checked_sub(1)?].1)
    }
}

/// The vectors of two documents by the model that has embedded the most of them, the last of those that have.
fn vectors(store: &Store, documents: [i64; 2]) -> Result<[Vectors; 2], StoreError> {
    let mut best = [Vectors(Vec::new()), Vectors(Vec::new())];
    let size = |both: &[Vectors; 2]| both[0].0.len().min(both[1].0.len());
    for model in store.models()? {
        let of = |document| store.embeddings_of(model.id, document).map(Vectors);
        let found = [of(documents[0])?, of(documents[1])?];
        if size(&found) >= size(&best) {
            best = found;
        }
    }
    Ok(best)
}

/// What is asked of the worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedlineRequest {
    /// Which reports have one before them.
    Pairs { serial: u64 },
    /// Two documents by path, or one and the report before it.
    Compare {
        serial: u64,
        a: Option<String>,
        b: String,
    },
}

/// Two documents compared, by path.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    pub a: String,
    pub b: String,
    pub redline: Redline,
}

#[derive(Debug, Clone)]
pub enum RedlineReply {
    /// Reports with the one before each.
    Pairs {
        serial: u64,
        pairs: Vec<(String, String)>,
    },
    Compared {
        serial: u64,
        compared: Box<Compared>,
    },
    Failed {
        serial: u64,
        why: String,
    },
}

impl RedlineReply {
    pub fn serial(&self) -> u64 {
        match self {
            Self::Pairs { serial, .. }
            | Self::Compared { serial, .. }
            | Self::Failed { serial, .. } => *serial,
        }
    }
}

/// A library whose documents are compared.
pub struct Redlining {
    context: JobContext,
}

impl Redlining {
    pub fn new(context: JobContext) -> Self {
        Self { context }
    }

    fn pairs(&self) -> Result<Vec<(String, String)>, RedlineError> {
        let library = &self.context.library;
        let store = Store::open(&library.folder, &library.home)?;
        let directory = Directory::new(store.documents()?);
        let rows = directory.documents().iter();
        let pair =
            |row: &DocumentRow| Some((before(&directory, row)?.path.clone(), row.path.clone()));
        Ok(rows.filter_map(pair).collect())
    }

    fn compared(&self, a: Option<&str>, b: &str) -> Result<Compared, RedlineError> {
        let library = &self.context.library;
        let store = Store::open(&library.folder, &library.home)?;
        let missing = |path: &str| RedlineError::NoText {
            document: path.to_owned(),
        };
        let row = |path: &str| store.document(path)?.ok_or_else(|| missing(path));
        let b = row(b)?;
        let a = match a {
            Some(path) => row(path)?,
            None => earlier(&store, &b)?,
        };
        let redline = redline(&store, (&a, None), (&b, None))?;
        Ok(Compared {
            a: a.path,
            b: b.path,
            redline,
        })
    }
}

impl Work for Redlining {
    type Request = RedlineRequest;
    type Reply = RedlineReply;

    const NAME: &'static str = "redlining";

    fn supersedes(_: &RedlineRequest, _: &RedlineRequest) -> bool {
        true
    }

    fn handle(
        &mut self,
        request: &RedlineRequest,
        _: &CancelToken,
        _: &dyn Fn(RedlineReply),
    ) -> RedlineReply {
        let done = match request {
            RedlineRequest::Pairs { serial } => self.pairs().map(|pairs| RedlineReply::Pairs {
                serial: *serial,
                pairs,
            }),
            RedlineRequest::Compare { serial, a, b } => {
                let compared = self.compared(a.as_deref(), b).map(Box::new);
                compared.map(|compared| RedlineReply::Compared {
                    serial: *serial,
                    compared,
                })
            }
        };
        done.unwrap_or_else(|e| Self::failed(request, in_words(&e)))
    }

    fn failed(request: &RedlineRequest, why: String) -> RedlineReply {
        let (RedlineRequest::Pairs { serial } | RedlineRequest::Compare { serial, .. }) = request;
        RedlineReply::Failed {
            serial: *serial,
            why,
        }
    }
}
