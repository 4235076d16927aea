//! `tenk` turns a folder of finance PDFs into a searchable library, on the user's own machine.
//!
//! The way of a document: `pdf` reads pages as lines of text in a child process, `statement` finds the
//! financial statements among them, `chunk` cuts them into passages, `store` keeps both (SQLite, the one
//! source of truth), `encoder` embeds the passages, `index` holds two caches of the store: HNSW over the
//! embeddings and BM25 over the words. The way of a question: `query` reads it, `retrieve` asks both
//! indexes, fuses their ranks and explains each hit, `answer` says what they prove. The way of a model:
//! `dataset` reads examples, `train` changes a model's parameters by them, `eval` measures, and `model`
//! knows which there are. `job` runs all of it on threads of its own; `cli` and `tui` are two faces of
//! the same jobs.
//!
//! Imports go downward only; `tests/layering.rs` holds that, and that each big crate stays behind one
//! door. ARCHITECTURE.md has the rooms in a drawing.
#![warn(clippy::print_stdout, clippy::print_stderr, clippy::dbg_macro)]
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub mod answer;
pub mod book;
pub mod chunk;
pub mod classify;
pub mod cli;
pub mod config;
pub mod dataset;
pub mod encoder;
pub mod eval;
pub mod fact;
pub mod folders;
pub mod fsio;
pub mod generate;
pub mod home;
pub mod http;
pub mod index;
pub mod job;
pub mod kernel;
pub mod metadata;
pub mod model;
pub mod ocr;
pub mod pattern;
pub mod pdf;
pub mod printable;
pub mod progress;
pub mod proof;
pub mod query;
pub mod redline;
pub mod remedy;
pub mod report;
pub mod retrieve;
pub mod screen;
#[cfg(feature = "milvus")]
pub mod share;
pub mod statement;
pub mod store;
pub mod synth;
pub mod train;
pub mod tui;
pub mod units;
