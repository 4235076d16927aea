//! `tenk bench`: figures anyone can measure again on their machine.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use serde::Deserialize;

use super::args::{BenchArgs, BenchWhat};
use super::{Ended, Session, output};
use crate::encoder::infer::{Bert, Scratch};
use crate::encoder::kernel::Isa;
use crate::encoder::pooling::{self, Pooling};
use crate::encoder::reference::Reference;
use crate::encoder::{Encoder, bundled, config};
use crate::progress::CancelToken;
use crate::retrieve::{Arm, Query, Retriever};
use crate::store::Store;

pub fn run(session: &Session, args: &BenchArgs) -> anyhow::Result<Ended> {
    match &args.what {
        BenchWhat::Encode { texts, limit } => encode(session, texts.as_deref(), *limit),
        BenchWhat::Search { queries } => search(session, queries),
    }
}

/// Tokens a second of our path and of candle's, in one run on the same texts.
fn encode(session: &Session, texts: Option<&Path>, limit: usize) -> anyhow::Result<Ended> {
    let texts = match texts {
        Some(file) => std::fs::read_to_string(file)
            .with_context(|| format!("{} cannot be read", file.display()))?
            .lines()
            .take(limit)
            .map(str::to_owned)
            .collect(),
        None => library_texts(session, limit)?,
    };
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let encoder = session.encoder("base")?;
    let cancel = CancelToken::new();
    let began = (Instant::now(), cpu_seconds());
    let encoded = encoder
        .encode_passages(&texts, &cancel)?
        .context("not cancelled")?;
    let (wall, cpu) = (began.0.elapsed().as_secs_f64(), cpu_seconds() - began.1);
    let ours = encoded.tokens as f64 / wall;
    let threads = encoder.threads();
    output::line(&format!(
        "{} texts, {} tokens, {threads} threads, {:?}",
        texts.len(),
        encoded.tokens,
        Isa::detect()
    ))?;
    output::line(&format!(
        "tenk f32      {ours:>8.0} tokens/s   CPU/wall {:.2}",
        cpu / wall
    ))?;
    each_isa(&encoder, &texts)?;
    let sample = &texts[..texts.len().min(24)];
    let (rate, lowest) = reference(&encoder, sample, &encoded.embeddings)?;
    output::line(&format!(
        "candle f32    {rate:>8.0} tokens/s   (all threads; ours is {:.2} times that)",
        ours / rate
    ))?;
    output::line(&format!(
        "lowest cosine to candle over {} texts: {lowest:.6}",
        sample.len()
    ))?;
    query_time(&encoder)?;
    Ok(Ended::Done)
}

fn library_texts(session: &Session, limit: usize) -> anyhow::Result<Vec<String>> {
    let library = session.library(None)?;
    let store = Store::open(&library.folder, &library.home)?;
    let mut out = Vec::new();
    store.for_chunks_after(0, limit, |chunk| out.push(chunk.text))?;
    Ok(out)
}

/// One thread of each instruction set.
fn each_isa(encoder: &Encoder, texts: &[&str]) -> anyhow::Result<()> {
    let files = bundled::files();
    let shape = config::Config::parse(&files.config)?;
    let ids: Vec<Vec<u32>> = texts
        .iter()
        .take(32)
        .map(|t| encoder.tokenizer().ids(t))
        .collect::<Result<_, _>>()?;
    let tokens: usize = ids.iter().map(Vec::len).sum();
    for isa in Isa::available() {
        let bert = Bert::load_for(&shape, &files.weights, isa)?;
        let mut scratch = Scratch::default();
        let began = Instant::now();
        for pack in ids.chunks(4) {
            let batch: Vec<&[u32]> = pack.iter().map(Vec::as_slice).collect();
            bert.forward(&batch, Pooling::Cls, &mut scratch);
        }
        let rate = tokens as f64 / began.elapsed().as_secs_f64();
        output::line(&format!(
            "  {:<10}  {rate:>8.0} tokens/s on one thread",
            format!("{isa:?}")
        ))?;
    }
    Ok(())
}

/// candle's speed on `texts` and the lowest cosine of ours to it.
fn reference(encoder: &Encoder, texts: &[&str], ours: &[Vec<f32>]) -> anyhow::Result<(f64, f32)> {
    let files = bundled::files();
    let reference = Reference::load(&files.config, &files.weights)?;
    let (mut tokens, mut lowest) = (0, 1.0f32);
    let began = Instant::now();
    for (text, ours) in texts.iter().zip(ours) {
        let ids = encoder.tokenizer().ids(text)?;
        tokens += ids.len();
        let mut cls = reference.forward(&ids)?.swap_remove(0);
        pooling::normalize(&mut cls);
        lowest = lowest.min(cls.iter().zip(ours).map(|(a, b)| a * b).sum());
    }
    Ok((tokens as f64 / began.elapsed().as_secs_f64(), lowest))
}

fn query_time(encoder: &Encoder) -> anyhow::Result<()> {
    let query = "What was the amount of capital expenditure in fiscal year 2023?";
    let mut times: Vec<f64> = Vec::new();
    for _ in 0..21 {
        let began = Instant::now();
        encoder.encode_query(query)?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    output::line(&format!(
        "a query of {} words: {:.1} ms (median of 21)",
        11, times[10]
    ))
}

#[cfg(unix)]
fn cpu_seconds() -> f64 {
    let usage = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    usage.tv_sec as f64 + usage.tv_nsec as f64 / 1e9
}

#[cfg(not(unix))]
fn cpu_seconds() -> f64 {
    f64::NAN
}

/// Time from question to hits, arm by arm, in an open library.
fn search(session: &Session, queries: &Path) -> anyhow::Result<Ended> {
    #[derive(Deserialize)]
    struct Row {
        question: String,
    }
    let text = std::fs::read_to_string(queries)
        .with_context(|| format!("{} cannot be read", queries.display()))?;
    let questions: Vec<String> = text
        .lines()
        .filter(|l| !l.trim().is_empty())
        .map(|line| serde_json::from_str::<Row>(line).map(|r| r.question))
        .collect::<Result<_, _>>()
        .with_context(|| format!("{} is no file of {{\"question\"}} lines", queries.display()))?;
    let library = session.library(None)?;
    let encoder = Arc::new(session.encoder("base")?);
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
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        output::line(&format!(
            "{:<6} median {:.1} ms   p95 {:.1} ms   worst {:.1} ms   ({} questions)",
            arm.as_str(),
            at(0.5),
            at(0.95),
            at(1.0),
            times.len()
        ))?;
    }
    Ok(Ended::Done)
}
