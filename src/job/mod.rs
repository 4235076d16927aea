//! Jobs: long work in the background, and searches, each on a worker of its own so that indexing
//! never blocks a query.

pub mod asking;
pub mod bundled;
pub mod comparison;
pub mod evaluation;
pub mod indexing;
pub mod models;
pub mod open;
pub mod passages;
pub mod pins;
pub mod promotion;
pub mod runs;
pub mod search;
pub mod sides;
pub mod synthesis;
pub mod training;
pub mod tuning;
pub mod writer;
