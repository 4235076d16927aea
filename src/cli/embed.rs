//! `tenk embed`: texts from stdin, one a line, to embeddings, one array a line.

use std::io::{BufRead, Write};

use anyhow::Context;

use super::args::EmbedArgs;
use super::remedy::{Refusal, refuse};
use super::{Ended, Reading, Session};
use crate::encoder::{Embedding, pooling};
use crate::progress::CancelToken;

/// Lines encoded at a time: output begins before input ends.
const BATCH: usize = 256;

pub fn run(session: &Session, args: &EmbedArgs) -> anyhow::Result<Ended> {
    let encoder = session.encoder_in(&args.model, args.precision)?;
    let full = encoder.dim();
    let dim = args.dim.unwrap_or(full);
    if dim == 0 || dim > full {
        return Err(refuse(
            format!("--dim {dim} is not possible: embeddings have {full} dimensions"),
            format!("name 1 to {full}"),
        ));
    }
    let _reading = Reading::begin(&session.cancel)?;
    let mut lines = std::io::stdin().lock().lines();
    loop {
        let batch: Vec<String> = lines
            .by_ref()
            .take(BATCH)
            .collect::<Result<_, _>>()
            .context(Refusal::new("stdin is no UTF-8 text", "convert it first"))?;
        if batch.is_empty() {
            return Ok(Ended::Done);
        }
        session.cancel.check()?;
        let texts: Vec<&str> = batch.iter().map(String::as_str).collect();
        let embeddings = if args.query {
            encoder.encode_queries(&texts)?
        } else {
            encoder
                .encode_passages(&texts, &CancelToken::new())?
                .map(|e| e.embeddings)
                .unwrap_or_default()
        };
        print(embeddings, dim)?;
    }
}

fn print(embeddings: Vec<Embedding>, dim: usize) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    for mut embedding in embeddings {
        if dim < embedding.len() {
            embedding.truncate(dim);
            pooling::normalize(&mut embedding);
        }
        writeln!(stdout, "{}", serde_json::to_string(&embedding)?)?;
    }
    Ok(())
}
