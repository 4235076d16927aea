//! `tenk report`: one page of what tuning changed.

use std::path::Path;

use anyhow::Context;

use super::args::ReportArgs;
use super::remedy::{Refusal, refuse};
use super::{Ended, Reading, Session, compare, output};
use crate::config::Library;
use crate::eval::question::QuestionSet;
use crate::job::{promotion, runs};
use crate::report::{Report, html, markdown};
use crate::store::Store;
use crate::train::run;

pub fn run(session: &Session, args: &ReportArgs) -> anyhow::Result<Ended> {
    let extension = args
        .file
        .extension()
        .map(|x| x.to_string_lossy().to_lowercase());
    let write = match extension.as_deref() {
        Some("html" | "htm") => html::write,
        Some("md" | "markdown") => markdown::write,
        _ => {
            return Err(refuse(
                format!("{} is no kind of file that is written", args.file.display()),
                "name a file that ends in .html or .md",
            ));
        }
    };
    let library = session.library(None)?;
    let tuned = match &args.model {
        Some(name) => session.model(name, Some(&library))?,
        None => compare::tuned(&library)?,
    };
    let base = runs::untuned(&library.home, &tuned.name)?;
    let store = Store::open(&library.folder, &library.home)?;
    let documents = store.documents()?;
    let reading = Reading::begin(&session.cancel)?;
    let (questions, set) = questions(&library, args, &tuned.name)?;
    drop(reading);
    let metrics = compare::metrics(&[]);
    let mut print = |setting: &_| note!("{}", compare::described(setting, &metrics));
    let ablation = compare::ablate(
        session,
        &library,
        &base.name,
        &tuned.name,
        &set,
        &args.dim,
        &metrics,
        &mut print,
    )?;
    let precision = session.config.index.precision;
    let report = Report {
        library: library
            .folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        documents: documents.len(),
        chunks: store.chunk_count()?,
        questions,
        count: set.questions.len(),
        base: (base.name.clone(), base.fingerprint(precision)?.to_string()),
        tuned: (
            tuned.name.clone(),
            tuned.fingerprint(precision)?.to_string(),
        ),
        metrics: metrics.iter().map(ToString::to_string).collect(),
        ablation,
        run: run::read(&library.home, &tuned.name)?,
        list: args.list,
    };
    crate::fsio::export(&args.file, write(&report).as_bytes())
        .with_context(|| format!("{} cannot be written", args.file.display()))?;
    if session.global.json {
        output::json(&serde_json::json!({"report": args.file}))?
    } else {
        output::line(&args.file.display().to_string())?
    }
    Ok(Ended::Done)
}

/// The questions named, or those that the model's run held out.
fn questions(
    library: &Library,
    args: &ReportArgs,
    name: &str,
) -> anyhow::Result<(String, QuestionSet)> {
    if let Some(path) = &args.questions {
        let set = QuestionSet::read(path, &[] as &[&Path])?;
        if !set.passages.is_empty() {
            return Err(refuse(
                format!(
                    "{} has questions with passages and no pages",
                    path.display()
                ),
                "name one with pages",
            ));
        }
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        return Ok((file.into_owned(), set));
    }
    let documents = Store::open(&library.folder, &library.home)?.documents()?;
    let held = promotion::held_out_on_pages(library, name, &documents)?;
    let set = held.with_context(|| {
        Refusal::new(
            format!("no questions about pages were held out when {name} was trained"),
            "name some with --questions",
        )
    })?;
    Ok((
        "held out when it was trained, of other documents".to_owned(),
        set,
    ))
}
