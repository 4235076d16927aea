//! `tenk similar`: how similar two texts are in meaning, or the pairs of a file.

use super::args::SimilarArgs;
use super::remedy::refuse;
use super::{Ended, Reading, Session, output};
use crate::dataset::{Dataset, Examples};
use crate::encoder::{Embedding, Encoder, pooling};
use crate::eval::agreement::{average_precision, pearson, spearman};
use crate::units::{count, fixed};

/// Pairs encoded at a time.
const BATCH: usize = 256;

pub fn run(session: &Session, args: &SimilarArgs) -> anyhow::Result<Ended> {
    let mut encoder = session.encoder_in(&args.model, args.precision)?;
    let full = encoder.dim();
    let dim = args.dim.unwrap_or(full);
    if dim == 0 || dim > full {
        return Err(refuse(
            format!("--dim {dim} is not possible"),
            format!("name 1 to {full}"),
        ));
    }
    if !args.query {
        // Both sides are alike.
        encoder.set_prompts(Default::default());
    }
    let Some(file) = &args.pairs else {
        let pairs = [(args.texts[0].as_str(), args.texts[1].as_str())];
        let cosine = cosines(&encoder, &pairs, dim)?[0];
        if session.global.json {
            output::json(&serde_json::json!({"cosine": cosine}))?
        } else {
            output::line(&fixed(cosine, 4))?
        }
        return Ok(Ended::Done);
    };
    let reading = Reading::begin(&session.cancel)?;
    let data = Dataset::read(file)?;
    drop(reading);
    if matches!(data.examples, Examples::Labelled(_)) {
        return Err(refuse(
            format!("{} holds {}", file.display(), data.format().as_str()),
            "expected pairs: sentence1 and sentence2, with a score or without",
        ));
    }
    let pairs: Vec<(&str, &str)> = (0..data.len())
        .map(|i| data.texts(i))
        .map(|texts| (texts[0], texts[1]))
        .collect();
    let mut all = Vec::with_capacity(pairs.len());
    for part in pairs.chunks(BATCH) {
        session.cancel.check()?;
        for ((a, b), cosine) in part.iter().zip(cosines(&encoder, part, dim)?) {
            all.push(cosine);
            if session.global.json {
                output::json(
                    &serde_json::json!({"sentence1": a, "sentence2": b, "cosine": cosine}),
                )?
            } else {
                output::line(&fixed(cosine, 4))?
            }
        }
    }
    conclude(session, &data.examples, &all)?;
    Ok(Ended::Done)
}

/// How far the cosines agree with what the file says.
fn conclude(session: &Session, examples: &Examples, cosines: &[f64]) -> anyhow::Result<()> {
    let figures = match examples {
        Examples::Scored(rows) => {
            let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.is)).collect();
            vec![
                ("spearman", spearman(cosines, &scores)),
                ("pearson", pearson(cosines, &scores)),
            ]
        }
        Examples::Same(rows) => {
            let same: Vec<bool> = rows.iter().map(|row| row.is).collect();
            vec![("average_precision", average_precision(cosines, &same))]
        }
        _ => Vec::new(),
    };
    if session.global.json {
        let figures = figures.iter().map(|(name, value)| (*name, (*value).into()));
        let mut all: serde_json::Map<String, serde_json::Value> = figures
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        all.insert("pairs".to_owned(), cosines.len().into());
        return output::json(&all);
    }
    for (name, value) in figures {
        let pairs = count(cosines.len() as u64, "pair");
        note!("{name} {} over {pairs}", fixed(value, 4));
    }
    Ok(())
}

fn cosines(encoder: &Encoder, pairs: &[(&str, &str)], dim: usize) -> anyhow::Result<Vec<f64>> {
    let (first, second): (Vec<&str>, Vec<&str>) = pairs.iter().copied().unzip();
    let cut = |mut row: Embedding| {
        row.truncate(dim);
        pooling::normalize(&mut row);
        row
    };
    let first = encoder.encode_queries(&first)?.into_iter().map(cut);
    let second = encoder.encode_passages(&second, &Default::default())?;
    let second = second.map(|e| e.embeddings).unwrap_or_default();
    let rows = first.zip(second.into_iter().map(cut));
    let dot = |(a, b): (Embedding, Embedding)| -> f64 {
        let products = a.iter().zip(&b).map(|(x, y)| f64::from(*x) * f64::from(*y));
        products.sum::<f64>().clamp(-1.0, 1.0)
    };
    Ok(rows.map(dot).collect())
}
