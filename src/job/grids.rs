//! Grids beside an app: filled on a worker, and kept in the library's home from one start to the next.

use std::io;
use std::time::{Duration, Instant};

use super::context::JobContext;
use super::worker::Work;
use crate::book::grid::{Grid, GridError, Spec, Typed};
use crate::fsio;
use crate::home::Home;
use crate::progress::CancelToken;
use crate::query::Vocabulary;
use crate::query::company::Directory;
use crate::remedy::in_words;
use crate::store::Store;

/// What the first grid of a library shows.
const USUAL: [&str; 7] = [
    "revenue",
    "gross profit",
    "operating income",
    "net income",
    "cash flow from operations",
    "free cash flow",
    "total assets",
];

/// A grid that is asked for. What an earlier one asked for is superseded by it.
#[derive(Debug, Clone, PartialEq)]
pub struct GridRequest {
    pub serial: u64,
    /// None: the one that the home keeps, else the usual one.
    pub spec: Option<Spec>,
    /// What is added to it, as typed.
    pub typed: String,
}

#[derive(Debug, Clone)]
pub enum GridReply {
    Filled {
        serial: u64,
        typed: Typed,
        grid: Box<Grid>,
        took: Duration,
    },
    Failed {
        serial: u64,
        why: String,
    },
}

impl GridReply {
    pub fn serial(&self) -> u64 {
        match self {
            Self::Filled { serial, .. } | Self::Failed { serial, .. } => *serial,
        }
    }
}

/// A library whose grids are filled.
pub struct Grids {
    context: JobContext,
    vocabulary: Option<Vocabulary>,
}

impl Grids {
    pub fn new(context: JobContext) -> Self {
        Self {
            context,
            vocabulary: None,
        }
    }

    fn fill(&mut self, request: &GridRequest) -> Result<GridReply, GridError> {
        let began = Instant::now();
        let library = &self.context.library;
        let lexicon = match &self.vocabulary {
            Some(known) => &known.lexicon,
            None => {
                let read = Vocabulary::load(&self.context.config.search)?;
                &self.vocabulary.insert(read).lexicon
            }
        };
        // Opened anew: what was indexed meanwhile is in it.
        let store = Store::open(&library.folder, &library.home)?;
        let directory = Directory::new(store.documents()?);
        let before = request.spec.clone().or_else(|| kept(&library.home));
        let spec = before.unwrap_or_else(usual);
        let typed = spec.with(&request.typed, &directory, lexicon)?;
        let grid = typed.spec.fill(&store, &directory, lexicon)?;
        if request.spec.is_some() {
            // A grid that cannot be kept is shown all the same.
            let _ = keep(&library.home, &typed.spec);
        }
        Ok(GridReply::Filled {
            serial: request.serial,
            typed,
            grid: Box::new(grid),
            took: began.elapsed(),
        })
    }
}

impl Work for Grids {
    type Request = GridRequest;
    type Reply = GridReply;

    const NAME: &'static str = "filling the grid";

    fn supersedes(_: &GridRequest, _: &GridRequest) -> bool {
        true
    }

    fn handle(
        &mut self,
        request: &GridRequest,
        _: &CancelToken,
        _: &dyn Fn(GridReply),
    ) -> GridReply {
        self.fill(request)
            .unwrap_or_else(|error| GridReply::Failed {
                serial: request.serial,
                why: in_words(&error),
            })
    }

    fn failed(request: &GridRequest, why: String) -> GridReply {
        GridReply::Failed {
            serial: request.serial,
            why,
        }
    }
}

fn usual() -> Spec {
    Spec {
        items: USUAL.map(str::to_owned).to_vec(),
        ..Spec::default()
    }
}

/// The grid that the home keeps; a missing or damaged file is none.
fn kept(home: &Home) -> Option<Spec> {
    serde_json::from_slice(&fsio::read_small(home.grid()).ok()?).ok()
}

fn keep(home: &Home, spec: &Spec) -> io::Result<()> {
    let json = serde_json::to_vec(spec).expect("a spec is plain data");
    fsio::write_atomic(&home.grid(), &json)
}
