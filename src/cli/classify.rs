//! `tenk classify`: fit labels on a model's embeddings, measure them, and give them to texts.

use std::io::BufRead;
use std::path::Path;

use anyhow::Context;

use super::args::ClassifyArgs;
use super::remedy::{Refusal, refuse};
use super::{Ended, Reading, Session, output};
use crate::classify::{Classifier, Metrics, Rows};
use crate::config::Library;
use crate::dataset::{Dataset, Examples, Labelled};
use crate::encoder::{Embedding, Encoder};
use crate::model;
use crate::progress::Cancelled;
use crate::units::count;

/// The same rows are held out each time.
const SPLIT_SEED: u64 = 0;
/// Texts encoded at a time.
const BATCH: usize = 256;

pub fn run(session: &Session, args: &ClassifyArgs) -> anyhow::Result<Ended> {
    let library = session.library_to(args.data.is_some())?;
    model::check_name(&args.name)?;
    if let Some(data) = &args.data {
        return fit(session, args, &library, data);
    }
    let classifier = Classifier::load(&library.home, &args.name)?;
    let encoder = encoder(session, &classifier.model, &library)?;
    classifier.check(&args.name, encoder.fingerprint().as_str())?;
    match &args.test {
        Some(file) => test(session, &classifier, &encoder, file),
        None => label(session, args, &classifier, &encoder),
    }
}

/// The model, without prompts: a text to be labelled is neither query nor passage.
fn encoder(session: &Session, name: &str, library: &Library) -> anyhow::Result<Encoder> {
    let model = session.model(name, Some(library))?;
    let mut encoder = model.encoder(session.config.index.precision, session.threads())?;
    encoder.set_prompts(Default::default());
    Ok(encoder)
}

fn labelled(file: &Path) -> anyhow::Result<(Dataset, Vec<Labelled>)> {
    let data = Dataset::read(file)?;
    match &data.examples {
        Examples::Labelled(rows) => {
            let rows = rows.clone();
            Ok((data, rows))
        }
        _ => Err(refuse(
            format!("{} holds {}", file.display(), data.format().as_str()),
            "expected labelled texts: {\"text\", \"label\"} rows",
        )),
    }
}

/// Embeddings of `texts`.
fn embed(session: &Session, encoder: &Encoder, texts: &[&str]) -> anyhow::Result<Vec<Embedding>> {
    let encoded = encoder.encode_passages(texts, &session.cancel)?;
    Ok(encoded.ok_or(Cancelled)?.embeddings)
}

fn fit(
    session: &Session,
    args: &ClassifyArgs,
    library: &Library,
    data: &Path,
) -> anyhow::Result<Ended> {
    library.create_home()?;
    let reading = Reading::begin(&session.cancel)?;
    let (dataset, rows) = labelled(data)?;
    drop(reading);
    let (rest, held) = dataset.split_rows(args.dev_share, usize::MAX, SPLIT_SEED);
    let model = session.model(&args.model, Some(library))?;
    let encoder = encoder(session, &args.model, library)?;
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    let embeddings = embed(session, &encoder, &texts)?;
    let mut labels: Vec<String> = rows.iter().map(|row| row.label.clone()).collect();
    labels.sort_unstable();
    labels.dedup();
    let all = Rows {
        embeddings: embeddings.iter().map(Vec::as_slice).collect(),
        labels: rows.iter().map(|row| number(&labels, &row.label)).collect(),
    };
    let fingerprint = encoder.fingerprint().to_string();
    let fitted = |rows: &Rows<'_>| {
        let (model, labels) = (model.name.clone(), labels.clone());
        Classifier::fit(model, fingerprint.clone(), labels, rows)
    };
    let measured = if held.is_empty() {
        None
    } else {
        Some(fitted(&all.pick(&rest))?.measure(&all.pick(&held)))
    };
    // What was held out to measure is worth learning from too.
    let path = fitted(&all)?.save(&library.home, &args.name)?;
    if session.global.json {
        output::json(&serde_json::json!({
            "classifier": args.name,
            "path": path,
            "rows": rows.len(),
            "labels": labels,
            "held_out": measured,
        }))?;
        return Ok(Ended::Done);
    }
    if let Some(figures) = measured {
        output::line(&described(&figures))?;
    }
    output::line(&format!(
        "{}: {}, fitted on {} in the end",
        args.name,
        count(labels.len() as u64, "label"),
        count(rows.len() as u64, "text")
    ))?;
    Ok(Ended::Done)
}

fn number(labels: &[String], label: &str) -> usize {
    labels
        .binary_search_by(|l| l.as_str().cmp(label))
        .expect("every row's label is among them")
}

fn described(figures: &Metrics) -> String {
    format!(
        "accuracy {:.4}, macro F1 {:.4} on {} not fitted on (the most frequent label \
         alone: {:.4})",
        figures.accuracy,
        figures.macro_f1,
        count(figures.rows as u64, "text"),
        figures.most_frequent
    )
}

/// Measures on a file of labelled texts.
fn test(
    session: &Session,
    classifier: &Classifier,
    encoder: &Encoder,
    file: &Path,
) -> anyhow::Result<Ended> {
    let reading = Reading::begin(&session.cancel)?;
    let (_, rows) = labelled(file)?;
    drop(reading);
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    let embeddings = embed(session, encoder, &texts)?;
    let place = |row: &Labelled| classifier.labels.iter().position(|l| *l == row.label);
    // A label that was never seen counts as wrong, whatever is said.
    let labels = rows.iter().map(|row| place(row).unwrap_or(usize::MAX));
    let figures = classifier.measure(&Rows {
        embeddings: embeddings.iter().map(Vec::as_slice).collect(),
        labels: labels.collect(),
    });
    if session.global.json {
        output::json(&figures)?
    } else {
        output::line(&described(&figures))?
    }
    Ok(Ended::Done)
}

/// Gives labels to texts: those named, or a file's or stdin's lines.
fn label(
    session: &Session,
    args: &ClassifyArgs,
    classifier: &Classifier,
    encoder: &Encoder,
) -> anyhow::Result<Ended> {
    let _reading = Reading::begin(&session.cancel)?;
    let mut lines: Box<dyn Iterator<Item = std::io::Result<String>>> = match &args.texts {
        texts if !texts.is_empty() => Box::new(texts.clone().into_iter().map(Ok)),
        _ => Box::new(std::io::stdin().lock().lines()),
    };
    loop {
        let batch: Vec<String> = lines
            .by_ref()
            .take(BATCH)
            .collect::<Result<_, _>>()
            .context(Refusal::new("stdin is no UTF-8 text", "convert it first"))?;
        if batch.is_empty() {
            return Ok(Ended::Done);
        }
        let texts: Vec<&str> = batch.iter().map(String::as_str).collect();
        let embeddings = embed(session, encoder, &texts)?;
        for (text, embedding) in texts.iter().zip(&embeddings) {
            let likelihoods = classifier.likelihoods(embedding);
            let found = classifier.predict(embedding);
            let (label, likelihood) = (&classifier.labels[found], likelihoods[found]);
            if session.global.json {
                output::json(&serde_json::json!({
                    "text": text,
                    "label": label,
                    "likelihood": likelihood,
                }))?
            } else {
                output::line(&format!("{label}\t{likelihood:.3}\t{text}"))?
            }
        }
    }
}
