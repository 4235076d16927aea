//! Indexes a folder of PDFs and searches it: `cargo run --release --example search corpora "What is CET1?"`.

use std::process::ExitCode;

use tenk::config::{Config, Library};
use tenk::job::context::JobContext;
use tenk::job::indexing::Indexing;
use tenk::model::Model;
use tenk::pdf::sandbox::SUBCOMMAND;
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
    let library = Library::at(folder.as_ref(), None)?;
    library.create_home()?;
    let context = JobContext::new(library, Config::default(), 0);
    let models = [context.embedder(&Model::filings())?];

    let indexing = Indexing::new(&context, &models);
    let summary = indexing.run()?;
    println!("{} documents, {} chunks", summary.documents, summary.chunks);

    let encoder = Some(context.encoder(&Model::filings())?);
    let search = context.config.search.clone();
    let retriever = Retriever::open(&context.library, encoder, search)?;
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
