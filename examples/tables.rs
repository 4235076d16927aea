//! Prints the tables of a PDF: `cargo run --release --example tables corpora/NORTHGATE_2023_10K.pdf`.

use std::process::ExitCode;

use tenk::config::ExtractConfig;
use tenk::pdf::sandbox::{SUBCOMMAND, Sandbox};
use tenk::pdf::table;
use tenk::progress::CancelToken;

fn main() -> anyhow::Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // PDFs are read by children of this very program.
    if words.first().is_some_and(|word| word == SUBCOMMAND) {
        return Ok(tenk::cli::main());
    }
    let [path] = &words[..] else {
        anyhow::bail!("usage: tables FILE");
    };
    let sandbox = Sandbox::new(&ExtractConfig::default())?;
    let read = sandbox.read(path.as_ref(), &CancelToken::new());
    let read = read.map_err(|failure| anyhow::anyhow!("{path}: {}", failure.detail))?;
    for page in read.into_iter().flat_map(|document| document.pages) {
        for table in table::from_page(&page) {
            println!("page {}: {} {}", page.number, table.title, table.unit);
            println!("\t{}", table.head.join(" | "));
            for row in &table.rows {
                println!("\t{} | {}", row.label, row.cells.join(" | "));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
