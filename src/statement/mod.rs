//! Statements: which lines of a filing are a financial statement, and what its rows and columns say.
//!
//! `section` finds where a statement stands (its kinds and their names are in `kind`), `table` reads
//! lines of cells as rows whose figures have a known `period`, `figure` what a cell prints. What a document
//! says in all of them is in `fact`.

pub mod figure;
pub mod kind;
pub mod period;
pub mod section;
pub mod table;

pub use kind::Statement;
