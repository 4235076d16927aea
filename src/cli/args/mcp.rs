//! Arguments of the server for clients of the Model Context Protocol.

use clap::Args;

/// Where the server is over HTTP unless told otherwise: the same at each start, so that clients find it.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:7310";

#[derive(Debug, Args)]
pub struct McpArgs {
    /// Over HTTP, at an address of this machine, for several clients at once; clients show the token that is printed on
    /// stderr, or that of TENK_MCP_TOKEN
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = DEFAULT_ADDRESS)]
    pub http: Option<String>,
}
