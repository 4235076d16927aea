//! Tokens a second of each path on the same texts in one run, and how close their embeddings are.

use std::path::Path;
use std::time::Instant;

use anyhow::Context;

use super::cpu_seconds;
use crate::cli::remedy::refuse;
use crate::cli::{Ended, Session, output};
use crate::encoder::infer::{Bert, Scratch};
use crate::encoder::pooling::{self, Pooling};
use crate::encoder::reference::Reference;
use crate::encoder::{Embedding, Encoder, Precision, bundled, config};
use crate::kernel::Isa;
use crate::progress::CancelToken;
use crate::store::Store;

/// Texts on which the slow reference runs.
const SAMPLE: usize = 24;
/// Runs of each path; the fastest counts, as the machine disturbs it least.
const RUNS: usize = 3;
/// 20 tokens with the prompt.
const QUERY: &str = "What was capital expenditure in fiscal 2023?";

pub fn run(session: &Session, texts: Option<&Path>, limit: usize) -> anyhow::Result<Ended> {
    let texts = match texts {
        Some(file) => crate::fsio::read_text_limited(file, crate::fsio::ROWS)
            .with_context(|| format!("{} cannot be read", file.display()))?
            .lines()
            .take(limit)
            .map(str::to_owned)
            .collect(),
        None => library_texts(session, limit)?,
    };
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    if texts.is_empty() {
        return Err(refuse("there are no texts", "name some with --texts"));
    }
    let f32 = session.encoder_in("base", Precision::F32)?;
    let int8 = session.encoder_in("base", Precision::Int8)?;
    let (exact, quantized) = (throughput(&f32, &texts)?, throughput(&int8, &texts)?);
    let cosines = cosines(&exact.embeddings, &quantized.embeddings);
    let mut report = serde_json::json!({
        "texts": texts.len(),
        "tokens": exact.tokens,
        "threads": f32.threads(),
        "isa": format!("{:?}", Isa::detect()),
        "f32": exact.rate,
        "f32_cpu_over_wall": exact.cpu_over_wall,
        "int8": quantized.rate,
        "int8_cpu_over_wall": quantized.cpu_over_wall,
        "int8_cosine_mean": cosines.iter().sum::<f32>() / cosines.len() as f32,
        "int8_cosine_min": cosines.iter().copied().fold(1.0, f32::min),
        "query_tokens": f32.query_tokens(QUERY)?,
        "f32_query_ms": query_ms(&f32)?,
        "int8_query_ms": query_ms(&int8)?,
    });
    for precision in [Precision::F32, Precision::Int8] {
        for (isa, rate) in each_isa(&f32, precision, &texts)? {
            report[format!("{}_one_thread_{isa:?}", precision.as_str())] = rate.into();
        }
    }
    let sample = &texts[..texts.len().min(SAMPLE)];
    let (rate, lowest) = reference(&f32, sample, &exact.embeddings)?;
    report["candle_f32"] = rate.into();
    report["f32_cosine_min_to_candle"] = lowest.into();
    print(session, &report)?;
    Ok(Ended::Done)
}

fn print(session: &Session, report: &serde_json::Value) -> anyhow::Result<()> {
    if session.global.json {
        return output::json(report);
    }
    for (name, value) in report.as_object().into_iter().flatten() {
        let value = match value.as_f64() {
            Some(x) if value.is_f64() && x >= 100.0 => format!("{x:.0}"),
            Some(x) if value.is_f64() => format!("{x:.4}"),
            _ => value.to_string().trim_matches('"').to_owned(),
        };
        output::line(&format!("{name:<28} {value:>12}"))?;
    }
    Ok(())
}

fn library_texts(session: &Session, limit: usize) -> anyhow::Result<Vec<String>> {
    let library = session.library(None)?;
    let store = Store::open(&library.folder, &library.home)?;
    let mut out = Vec::new();
    store.for_chunks_after(0, limit, |chunk| out.push(chunk.text))?;
    Ok(out)
}

struct Throughput {
    tokens: u64,
    /// Tokens a second.
    rate: f64,
    cpu_over_wall: f64,
    embeddings: Vec<Embedding>,
}

fn throughput(encoder: &Encoder, texts: &[&str]) -> anyhow::Result<Throughput> {
    let mut best: Option<Throughput> = None;
    for _ in 0..RUNS {
        let began = (Instant::now(), cpu_seconds());
        let encoded = encoder
            .encode_passages(texts, &CancelToken::new())?
            .context("not cancelled")?;
        let (wall, cpu) = (began.0.elapsed().as_secs_f64(), cpu_seconds() - began.1);
        let rate = encoded.tokens as f64 / wall;
        if best.as_ref().is_none_or(|b| rate > b.rate) {
            best = Some(Throughput {
                tokens: encoded.tokens,
                rate,
                cpu_over_wall: cpu / wall,
                embeddings: encoded.embeddings,
            });
        }
    }
    best.context("it ran")
}

fn cosines(a: &[Embedding], b: &[Embedding]) -> Vec<f32> {
    let dot = |(a, b): (&Embedding, &Embedding)| a.iter().zip(b).map(|(x, y)| x * y).sum();
    a.iter().zip(b).map(dot).collect()
}

/// Tokens a second of one thread, on the first texts.
fn each_isa(
    encoder: &Encoder,
    precision: Precision,
    texts: &[&str],
) -> anyhow::Result<Vec<(Isa, f64)>> {
    let files = bundled::files();
    let shape = config::Config::parse(&files.config)?;
    let ids: Vec<Vec<u32>> = texts
        .iter()
        .take(32)
        .map(|t| encoder.tokenizer().ids(t))
        .collect::<Result<_, _>>()?;
    let tokens: usize = ids.iter().map(Vec::len).sum();
    let mut out = Vec::new();
    for isa in Isa::available() {
        let bert = Bert::load_for(&shape, &files.weights, precision, isa)?;
        let mut scratch = Scratch::default();
        let began = Instant::now();
        for pack in ids.chunks(4) {
            let batch: Vec<&[u32]> = pack.iter().map(Vec::as_slice).collect();
            bert.forward(&batch, Pooling::Cls, &mut scratch);
        }
        out.push((isa, tokens as f64 / began.elapsed().as_secs_f64()));
    }
    Ok(out)
}

/// candle's speed on `texts` and the lowest cosine of ours to it.
fn reference(encoder: &Encoder, texts: &[&str], ours: &[Embedding]) -> anyhow::Result<(f64, f32)> {
    let files = bundled::files();
    let reference = Reference::load(&files.config, &files.weights.merged()?)?;
    let (mut tokens, mut theirs) = (0, Vec::new());
    let began = Instant::now();
    for text in texts {
        let ids = encoder.tokenizer().ids(text)?;
        tokens += ids.len();
        let mut cls = reference.forward(&ids)?.swap_remove(0);
        pooling::normalize(&mut cls);
        theirs.push(cls);
    }
    let rate = tokens as f64 / began.elapsed().as_secs_f64();
    let lowest = cosines(&theirs, ours).into_iter().fold(1.0, f32::min);
    Ok((rate, lowest))
}

/// Milliseconds of a short query, the median of 41.
fn query_ms(encoder: &Encoder) -> anyhow::Result<f64> {
    let mut times: Vec<f64> = Vec::new();
    for _ in 0..41 {
        let began = Instant::now();
        encoder.encode_query(QUERY)?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[20])
}
