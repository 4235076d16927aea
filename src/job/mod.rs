//! Jobs: the long work that a command or a pane starts, and the workers that answer beside an app.
//!
//! A job is given a `JobContext` (library, settings, threads, where progress goes, what cancels it,
//! the models in memory) and what is its own. One that was cancelled returns an error of which
//! `progress::is_cancelled` is true; what it committed before stays. A `worker::Worker` is the
//! thread behind a pane: searching, comparing and asking each have one, so that indexing never blocks
//! a query.

pub mod ahead;
pub mod asking;
pub mod bundled;
pub mod carrying;
pub mod comparison;
pub mod context;
pub mod encoders;
pub mod evaluation;
pub mod grids;
pub mod indexing;
pub mod models;
pub mod open;
pub mod orders;
pub mod passages;
pub mod pins;
pub mod promotion;
pub mod redlining;
pub mod runs;
pub mod search;
pub mod side_by_side;
pub mod synthesis;
pub mod training;
pub mod tuning;
pub mod verdict;
pub mod worker;
pub mod writer;
