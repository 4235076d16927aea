//! Arguments of shared libraries.

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
