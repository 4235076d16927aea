//! Arguments of shared libraries.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct PublishArgs {
    /// The shared library: milvus://HOST:PORT/NAME, or milvus+tls://
    #[arg(value_name = "ADDRESS")]
    pub address: String,
    /// Have the library's model answer there from now on
    #[arg(long, conflicts_with = "rollback")]
    pub promote: bool,
    /// Switch although documents there are not embedded with it
    #[arg(long, requires = "promote")]
    pub force: bool,
    /// Have the model answer there that did before, and publish nothing
    #[arg(long)]
    pub rollback: bool,
}

#[derive(Debug, Args)]
pub struct WorkArgs {
    /// The shared library: milvus://HOST:PORT/NAME, or milvus+tls://
    #[arg(value_name = "ADDRESS")]
    pub address: String,
    /// The folder of PDFs that all workers see
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// Seconds after which a file is taken again whose worker says nothing any more
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(3..=86_400))]
    pub lease: u64,
}
