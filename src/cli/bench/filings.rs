//! The bundled model `filings`, made: questions are written from a library and learnt by the base, and the tensors
//! that have changed are written, in f16, with a card.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::cli::args::BenchFilingsArgs;
use crate::cli::index::Sink;
use crate::cli::{Ended, Session, output, tune, work_folder};
use crate::encoder::bundled;
use crate::fsio;
use crate::job::tuning::Tuning;
use crate::model::Model;
use crate::store::Store;
use crate::units::thousands;

/// The name of the set, the run and the model in the library's home.
const NAME: &str = "filings-made";

pub fn run(session: &Session, args: &BenchFilingsArgs) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let documents = Store::open(&library.folder, &library.home)?.documents()?;
    let work = work_folder(Some(&library), "filings")?;
    let sink = Arc::new(Sink::of(session));
    let tuning = Tuning {
        context: &session.job(&library, sink.clone()),
        name: NAME,
        budget: Duration::MAX,
        set: &Tuning::set(args.seed),
        work: work.path(),
    };
    let outcome = tuning.make(args.rows, &mut |stage| tune::show(session, &sink, stage))?;
    sink.finish();
    let (base, tuned) = (bundled::files(), outcome.model.files()?);
    let changed = changed(&base.weights.merged()?, &tuned.weights.merged()?)?;
    let weights = args.out.join("model.safetensors");
    write(&weights, &changed)?;
    let companies = documents.iter().map(|row| row.metadata.company.as_str());
    let companies: BTreeSet<&str> = companies.collect();
    let made_of = format!(
        "{} filings of: {}",
        documents.len(),
        Vec::from_iter(companies).join(", ")
    );
    let card = card(&outcome.model, args, &made_of);
    write(&args.out.join("README.md"), card.as_bytes())?;
    let tensors = SafeTensors::deserialize(&changed)?.len();
    if session.global.json {
        output::json(&serde_json::json!({
            "weights": weights,
            "tensors": tensors,
            "bytes": changed.len(),
        }))?;
    } else {
        output::line(&format!(
            "{tensors} tensors of {} bytes in {}",
            thousands(changed.len() as u64),
            weights.display()
        ))?;
    }
    Ok(Ended::Done)
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let written = fsio::export(path, bytes);
    written.with_context(|| format!("{} cannot be written", path.display()))
}

/// The tensors of `tuned` (f32) that are not as in `base` (f16), in f16.
fn changed(base: &[u8], tuned: &[u8]) -> anyhow::Result<Vec<u8>> {
    let base = SafeTensors::deserialize(base)?;
    let tuned = SafeTensors::deserialize(tuned)?;
    let mut kept: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (name, tensor) in tuned.tensors() {
        let floats = tensor.data().as_chunks::<4>().0.iter();
        let halves = floats.map(|bytes| f16::from_f32(f32::from_le_bytes(*bytes)));
        let halves: Vec<u8> = halves.flat_map(f16::to_le_bytes).collect();
        if base.tensor(&name)?.data() != halves {
            kept.push((name, tensor.shape().to_vec(), halves));
        }
    }
    let views = kept.iter().map(|(name, shape, data)| {
        let view = TensorView::new(Dtype::F16, shape.clone(), data);
        view.map(|view| (name.as_str(), view))
    });
    let views = views.collect::<Result<Vec<_>, _>>()?;
    Ok(safetensors::serialize(views, None)?)
}

/// What it was made of and how.
fn card(model: &Model, args: &BenchFilingsArgs, made_of: &str) -> String {
    let own = model.card().unwrap_or_default();
    let settings = own.split("## Settings").nth(1).unwrap_or_default();
    let settings = settings.split("\n## ").next().unwrap_or_default().trim();
    format!(
        "# filings\n\n`{}`, tuned by tenk {} on questions that its rules wrote from {made_of}. Each \
         question with two passages that the whole search puts beside the answer; every second question as dense \
         search is asked it, every second as it was written. Only the tensors that changed are here, in f16.\n\n\
         Made by `benches/filings.sh`, seed {}, at most {} questions. How it compares with the base is in \
         `benches/RESULTS.md`.\n\n## Settings\n\n{settings}\n",
        bundled::NAME,
        env!("CARGO_PKG_VERSION"),
        args.seed,
        args.rows,
    )
}
