//! `tenk synth`: a training set from the library's own passages.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;

use super::args::SynthArgs;
use super::index::Sink;
use super::remedy::{Refusal, options, refuse};
use super::{Ended, Session, generator, output};
use crate::config::Library;
use crate::job::synthesis::Synthesis;
use crate::progress::{Progress, ProgressSink};
use crate::remedy::Remedy;
use crate::synth::filter::{Limits, Reason};
use crate::synth::negative::Mining;
use crate::synth::report::Report;
use crate::synth::set::{self, Settings};
use crate::units::{self, span, thousands};

pub fn run(session: &Session, args: &SynthArgs) -> anyhow::Result<Ended> {
    let library = session.library_to(!args.stats && args.sample.is_none())?;
    if args.stats || args.sample.is_some() {
        return show(session, &library, args);
    }
    crate::model::check_name(&args.name)?;
    super::check_dev_share(args.dev_share)?;
    let generator = generator::open(session, &args.writer.generator)?;
    if args.writer.no_rules && generator.is_none() {
        return Err(refuse(
            "--no-rules leaves nobody to write",
            "name a language model with --model",
        ));
    }
    let mut settings = settings(args);
    if let Some(generator) = &generator {
        settings.model = format!("{} ({})", generator.name(), generator.fingerprint());
    }
    let model = session.model("serving", Some(&library))?;
    let sink = Arc::new(Events::new(session.global.json));
    let made = Synthesis {
        context: &session.job(&library, sink.clone()),
        name: &args.name,
        settings: &settings,
        encoder: session.embedder(&model)?.encoder,
        generator: generator.as_deref(),
    }
    .run();
    sink.bar.finish();
    let report = super::note_interruption(made, || {
        let kept = match generator {
            Some(_) => "; what the model wrote is kept, and the same command goes on",
            None => "",
        };
        format!("stopped; the set is as it was before{kept}")
    })?;
    print(session, &args.name, &report)?;
    if !session.global.json {
        let at = options(&session.global);
        note!("train on it: tenk train --data {}{at}", args.name);
    }
    Ok(Ended::Done)
}

/// Progress, shown, and under `--json` printed as events.
struct Events {
    bar: Sink,
    is_json: bool,
    last: Mutex<Option<Instant>>,
}

impl Events {
    fn new(is_json: bool) -> Self {
        Self {
            bar: Sink::new(),
            is_json,
            last: Mutex::new(None),
        }
    }

    /// True once a second, and `always`.
    fn is_due(&self, always: bool) -> bool {
        let Ok(mut last) = self.last.lock() else {
            return always;
        };
        let is_due = always || last.is_none_or(|at| at.elapsed() >= Duration::from_secs(1));
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }
}

impl ProgressSink for Events {
    fn report(&self, progress: Progress) {
        if let Progress::Worked {
            what,
            done,
            of,
            seconds,
        } = progress
            && self.is_json
            && self.is_due(done == of)
        {
            let rate = done as f64 / seconds.max(1e-3);
            // Who closed stdout does not want to know.
            let _ = output::json(&serde_json::json!({
                "event": "progress",
                "what": what,
                "done": done,
                "of": of,
                "rate": rate,
                "seconds_left": of.saturating_sub(done) as f64 / rate.max(1e-9),
            }));
        }
        self.bar.report(progress);
    }
}

fn settings(args: &SynthArgs) -> Settings {
    Settings {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        format: args.format,
        most: args.most,
        drafts: 0,
        seed: args.seed,
        dev_share: args.dev_share,
        dev_pages: 0,
        dev_rows: args.dev_rows,
        only: args.only.clone(),
        exclude: args.exclude.clone(),
        rules: !args.writer.no_rules,
        model: String::new(),
        questions: args.writer.questions,
        voices: args.writer.voices.into(),
        per_page: args.amount.per_page,
        per_passage: args.amount.per_passage,
        topics: args.amount.topics,
        per_document: args.amount.per_document,
        limits: Limits {
            most_shared: args.filter.most_shared,
            duplicate: args.filter.duplicate,
            top_k: args.filter.within,
            ..Limits::default()
        },
        mining: Mining {
            count: args.negative.negatives,
            from: args.negative.ranks.0,
            to: args.negative.ranks.1,
            margin: args.negative.margin,
        },
        as_served: args.negative.as_served,
    }
}

/// Prints what a set holds.
fn print(session: &Session, name: &str, report: &Report) -> anyhow::Result<()> {
    let n = |count: usize| thousands(count as u64);
    let counted = |count: usize, one: &str| units::count(count as u64, one);
    if session.global.json {
        let mut value = serde_json::to_value(report)?;
        if let Value::Object(map) = &mut value {
            map.insert("set".to_owned(), name.into());
        }
        return output::json(&value);
    }
    let line = |text: String| output::line(&text);
    line(format!(
        "{}: {} kept of {} written, {}, {}, {}",
        name,
        counted(report.kept, "question"),
        n(report.written),
        counted(report.train_rows, "train row"),
        counted(report.dev_rows, "dev row"),
        span(report.seconds)
    ))?;
    if report.set_aside > 0 {
        line(format!(
            "{} set aside: more than --most",
            n(report.set_aside)
        ))?;
    }
    if report.model_replies + report.model_again > 0 {
        let seconds = report.model_seconds.max(1e-3);
        line(format!(
            "model       {}, {:.1} a second, {:.0} tokens a second; {} from an earlier run",
            counted(report.model_replies, "reply"),
            report.model_replies as f64 / seconds,
            report.model_tokens as f64 / seconds,
            n(report.model_again)
        ))?;
    }
    line(format!(
        "{} with tables, {:.1} questions a page",
        counted(report.pages_with_tables, "page"),
        report.per_page()
    ))?;
    let counts = |map: &BTreeMap<String, usize>| {
        let mut all: Vec<(&String, &usize)> = map.iter().collect();
        all.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), (*name).clone()));
        let each = all
            .into_iter()
            .map(|(name, count)| format!("{name} {}", n(*count)));
        each.collect::<Vec<_>>().join(" · ")
    };
    line(format!("dropped     {}", counts(&report.dropped)))?;
    let thoughts = report.dropped.get(Reason::OnlyThoughts.as_str());
    if thoughts.is_some_and(|count| *count > 0) {
        line(format!("            {}", Remedy::MoreTokens))?;
    }
    line(format!("writers     {}", counts(&report.by_writer)))?;
    line(format!("kinds       {}", counts(&report.by_kind)))?;
    if !report.dev_by_kind.is_empty() {
        line(format!("held out    {}", counts(&report.dev_by_kind)))?;
    }
    line(format!("voices      {}", counts(&report.by_voice)))?;
    if report.negatives.values().any(|count| *count > 0) {
        line(format!("negatives   {}", counts(&report.negatives)))?;
    }
    let (least, mean, most) = report.words;
    line(format!(
        "words       {least} to {most}, {mean:.1} on the mean; {:.0} % of the telling ones are the passage's",
        report.overlap * 100.0
    ))?;
    if let Some((frame, share)) = report.most_used() {
        line(format!(
            "frames      {}; the most used, {frame}, makes {:.1} %; {} to begin",
            n(report.by_frame.len()),
            share * 100.0,
            counted(report.openings, "way")
        ))?;
    }
    let most = report.by_document.iter().max_by_key(|(_, n)| **n);
    if let Some((document, count)) = most {
        line(format!(
            "documents   {}; the most from {document}, {:.1} %",
            n(report.by_document.len()),
            *count as f64 * 100.0 / report.kept.max(1) as f64
        ))?;
    }
    Ok(())
}

/// Shows the counts or some rows of a set that was made.
fn show(session: &Session, library: &Library, args: &SynthArgs) -> anyhow::Result<Ended> {
    let folder = set::find(&library.home, &args.name)?;
    if args.stats {
        let path = folder.join("report.json");
        let text = crate::fsio::read_small_text(&path)
            .with_context(|| again(format!("{} has no report", folder.display())))?;
        print(session, &args.name, &serde_json::from_str(&text)?)?;
    }
    if let Some(count) = args.sample {
        sample(session, &folder.join("train.jsonl"), count, args.seed)?;
    }
    Ok(Ended::Done)
}

fn again(what: String) -> Refusal {
    Refusal::new(what, "make the set again")
}

fn sample(session: &Session, path: &Path, count: usize, seed: u64) -> anyhow::Result<()> {
    let text = crate::fsio::read_text_limited(path, crate::fsio::ROWS)
        .with_context(|| again(format!("{} cannot be read", path.display())))?;
    let mut by_writer: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line)
            .with_context(|| again(format!("{} is damaged", path.display())))?;
        let writer = row["writer"].as_str().unwrap_or("passages").to_owned();
        by_writer.entry(writer).or_default().push(row);
    }
    let mut random = fastrand::Rng::with_seed(seed);
    for (writer, mut rows) in by_writer {
        random.shuffle(&mut rows);
        for row in rows.into_iter().take(count) {
            if session.global.json {
                output::json(&row)?;
                continue;
            }
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            let asked = ["anchor", "sentence1", "text"].map(text).concat();
            output::line(&format!(
                "{} {}",
                output::bold(&asked),
                output::dim(&format!("({writer}, {})", text("frame")))
            ))?;
            output::line(&format!("  {}, page {}", text("document"), row["page"]))?;
            let answer = text("answered_by");
            if !answer.is_empty() {
                output::line(&format!("  {answer}"))?;
            }
        }
    }
    Ok(())
}
