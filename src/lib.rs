//! `tenk` turns a folder of finance PDFs into a searchable library.
pub mod chunk;
pub mod cli;
pub mod config;
pub mod encoder;
pub mod fsio;
pub mod index;
pub mod job;
pub mod pdf;
pub mod progress;
pub mod retrieve;
pub mod store;
pub mod tui;
