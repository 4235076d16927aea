//! Time from question to hits in an open library.

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use serde::Deserialize;

use super::quantiles;
use crate::cli::remedy::Refusal;
use crate::cli::{Ended, Session, output};
use crate::retrieve::{Arm, Query, Retriever};

/// Time from question to hits, arm by arm, in an open library.
pub fn run(session: &Session, queries: &Path) -> anyhow::Result<Ended> {
    #[derive(Deserialize)]
    struct Row {
        question: String,
    }
    let text = crate::fsio::read_text_limited(queries, crate::fsio::ROWS)
        .with_context(|| format!("{} cannot be read", queries.display()))?;
    let questions: Vec<String> = text
        .lines()
        .filter(|l| !l.trim().is_empty())
        .map(|line| serde_json::from_str::<Row>(line).map(|r| r.question))
        .collect::<Result<_, _>>()
        .with_context(|| {
            Refusal::new(
                format!("{} is no file of questions", queries.display()),
                "expected lines of {\"question\"}",
            )
        })?;
    let library = session.library(None)?;
    let encoder = session.embedder(&session.model("serving", None)?)?.encoder;
    // As the open TUI does, so that the first question does not page the weights in.
    encoder.encode_query("warm up")?;
    let began = Instant::now();
    let retriever = Retriever::open(&library, Some(encoder), session.config.search.clone())?;
    output::line(&format!(
        "open: {:.0} ms",
        began.elapsed().as_secs_f64() * 1e3
    ))?;
    for arm in [Arm::Bm25, Arm::Dense, Arm::Hybrid] {
        let mut times = Vec::with_capacity(questions.len());
        for question in &questions {
            let query = Query {
                text: question.clone(),
                arm,
                top_k: 10,
                ..Query::default()
            };
            let began = Instant::now();
            retriever.search(&query)?;
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        let count = times.len();
        let at = quantiles(times);
        output::line(&format!(
            "{:<6} median {:.1} ms   p95 {:.1} ms   worst {:.1} ms   ({} questions)",
            arm.as_str(),
            at(0.5),
            at(0.95),
            at(1.0),
            count
        ))?;
    }
    Ok(Ended::Done)
}
