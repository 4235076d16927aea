//! `tenk mcp`: a Model Context Protocol server, for clients that ask the library by themselves. Read-only; one thread
//! reads the library, one call after the other. It speaks on stdin and stdout to the client that started it, or over
//! HTTP to any number of clients on this machine.

mod answer;
mod argument;
mod call;
mod cursor;
mod documents;
mod figures;
mod http;
mod loose;
mod questions;
mod refusal;
mod scope;
mod server;
mod tool;
mod tools;

use std::future::Future;
use std::io::IsTerminal;
use std::time::Duration;

use anyhow::Context;
use rmcp::serve_server;
use rmcp::service::ServerInitializeError;
use serde_json::json;

use super::args::McpArgs;
use super::search::open_with_encoder;
use super::{Ended, Session, output};
use crate::config::Library;
use crate::progress::CancelToken;
use server::Server;
use tool::Opened;

pub fn run(session: Session, args: &McpArgs) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let Some(address) = &args.http else {
        if std::io::stdin().is_terminal() {
            return register(&library);
        }
        let cancel = session.cancel.clone();
        let server = open(session, library)?;
        return block_on(ended_or(&cancel, on_stdio(server)));
    };
    // What cannot be served is said before anything is loaded.
    let face = http::Face::bind(address)?;
    let cancel = session.cancel.clone();
    let folder = library.folder.clone();
    let server = open(session, library)?;
    face.announce(&folder);
    block_on(face.serve(server, cancel))
}

/// Loads what the tools need.
fn open(session: Session, library: Library) -> anyhow::Result<Server> {
    let settings = session.config.search.clone();
    let retriever = open_with_encoder(&session, "serving", None, &library, settings)?;
    let role = session.role("serving", &library)?;
    Ok(Server::start(Opened {
        session,
        library,
        retriever,
        role,
    }))
}

/// Runs what only carries lines; the work is the worker's.
fn block_on(work: impl Future<Output = anyhow::Result<Ended>>) -> anyhow::Result<Ended> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the server cannot be started")?;
    let ended = runtime.block_on(work);
    // A read of stdin that waits must not hold the process.
    runtime.shutdown_background();
    ended
}

/// Serves the client on stdin and stdout until it goes.
async fn on_stdio(server: Server) -> anyhow::Result<Ended> {
    match serve_server(server, rmcp::transport::stdio()).await {
        Ok(running) => {
            running.waiting().await?;
        }
        // It went before it said anything.
        Err(ServerInitializeError::ConnectionClosed(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Ended::Done)
}

/// Does `work`, unless a signal comes first.
async fn ended_or(
    cancel: &CancelToken,
    work: impl Future<Output = anyhow::Result<Ended>>,
) -> anyhow::Result<Ended> {
    tokio::select! {
        ended = work => ended,
        () = cancelled(cancel) => Ok(Ended::Interrupted),
    }
}

/// Waits for a signal; its handler can do no more than set a flag.
async fn cancelled(cancel: &CancelToken) {
    const BETWEEN: Duration = Duration::from_millis(100);
    while !cancel.is_cancelled() {
        tokio::time::sleep(BETWEEN).await;
    }
}

/// Says how a client is told of this server.
fn register(library: &Library) -> anyhow::Result<Ended> {
    let program = std::env::current_exe().unwrap_or_else(|_| "tenk".into());
    let mut arguments = vec![
        "mcp".to_owned(),
        "-L".to_owned(),
        library.folder.display().to_string(),
    ];
    if library.home != library.folder.join(crate::config::STATE) {
        arguments.extend(["--home".to_owned(), library.home.display().to_string()]);
    }
    let entry = json!({"mcpServers": {"tenk": {"command": program.display().to_string(), "args": arguments}}});
    note!(
        "a client of the Model Context Protocol starts this command itself; put this into its settings:"
    );
    output::line(&serde_json::to_string_pretty(&entry)?)?;
    note!("for several clients at once: tenk mcp --http");
    Ok(Ended::Done)
}
