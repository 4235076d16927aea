//! Indexes a folder of PDFs and searches it: `cargo run --release --example search corpora "What is CET1?"`.

use std::process::ExitCode;
use std::sync::Arc;

use tenk::config::{Config, Library};
use tenk::job::indexing::Indexing;
use tenk::job::models::Embedder;
use tenk::model::Model;
use tenk::pdf::sandbox::{self, SUBCOMMAND};
use tenk::progress::{CancelToken, Silent};
use tenk::retrieve::{Query, Retriever};

fn main() -> anyhow::Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // PDFs are read by children of this very program.
    if words.first().is_some_and(|word| word == SUBCOMMAND) {
        return Ok(tenk::cli::main());
    }
    let [folder, question] = &words[..] else {
        anyhow::bail!("usage: search FOLDER QUESTION");
    };
    let config = Config::default();
    let library = Library::at(folder.as_ref(), None)?;
    library.create_home()?;
    let model = Embedder::load(&Model::bundled(), config.index.precision, 2)?;

    let summary = Indexing {
        library: &library,
        config: &config,
        models: std::slice::from_ref(&model),
        cancel: &CancelToken::new(),
        progress: &Silent,
        program: sandbox::own_program()?,
    }
    .run()?;
    println!("{} documents, {} chunks", summary.documents, summary.chunks);

    let encoder = Some(Arc::clone(&model.encoder));
    let retriever = Retriever::open(&library, encoder, config.search)?;
    let query = Query {
        text: question.clone(),
        top_k: 5,
        ..Query::default()
    };
    for hit in retriever.search(&query)?.hits {
        println!("{}. {} p. {}", hit.rank, hit.chunk.document, hit.chunk.page);
        println!("   {}", hit.chunk.text.lines().next().unwrap_or_default());
    }
    Ok(ExitCode::SUCCESS)
}
