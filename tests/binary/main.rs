//! Drives the real `tenk` binary, as a user or a script would.

mod asking;
mod bad_pdfs;
mod bad_places;
mod contract;
mod corpora;
mod corrections;
mod errors;
mod evaluation;
mod extraction;
mod filings;
mod generation;
mod hub;
mod labels;
mod model;
mod newcomer;
mod pdf;
mod place;
mod subjects;
mod sync;
mod synthesis;
mod terminal;
mod training;
mod tuning;
