//! `tenk eval`: how well questions find what answers them, with intervals and paired tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

mod group;
mod reliability;

use crate::cli::args::EvalArgs;
use crate::cli::index::Sink;
use crate::cli::search::open_with_encoder;
use crate::cli::{Ended, Reading, Session, output, work_folder};
use crate::config::{Library, SearchConfig};
use crate::eval::question::QuestionSet;
use crate::eval::significance::{Paired, bootstrap, paired};
use crate::eval::{Metric, Qrels, Run, mean, trec, values};
use crate::job::evaluation::{self, Level, Setting};
use crate::job::passages;
use crate::query::filter::Filter;
use crate::retrieve::{Aids, Arm, Query, Retriever};
use crate::units::count;

/// What a line of the report says.
#[derive(Serialize)]
struct Report {
    setting: String,
    questions: usize,
    metrics: BTreeMap<&'static str, BTreeMap<String, f64>>,
    /// 95 % of the mean, by bootstrap over the questions.
    intervals: BTreeMap<&'static str, BTreeMap<String, (f64, f64)>>,
    /// Against the first setting, or the run that was named.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    compared: BTreeMap<&'static str, BTreeMap<String, Paired>>,
}

/// A setting's rankings at every level.
struct Measured {
    name: String,
    runs: BTreeMap<Level, Run>,
}

pub fn run(session: &Session, args: &EvalArgs) -> anyhow::Result<Ended> {
    let mut session = session.clone();
    let precision = &mut session.config.index.precision;
    *precision = args.precision.unwrap_or(*precision);
    let session = &session;
    let metrics = if args.metrics.is_empty() {
        Metric::USUAL.to_vec()
    } else {
        args.metrics.clone()
    };
    if let Some(qrels) = &args.qrels {
        let _reading = Reading::begin(&session.cancel)?;
        let qrels = BTreeMap::from([(Level::Chunk, trec::read_qrels(qrels)?)]);
        let mut baseline = None;
        for path in &args.run {
            let measured = Measured {
                name: path.display().to_string(),
                runs: BTreeMap::from([(Level::Chunk, trec::read_run(path)?)]),
            };
            print(
                session,
                &report(&measured, &qrels, &metrics, baseline.as_ref()),
                &metrics,
            )?;
            baseline.get_or_insert(measured.runs);
        }
        return Ok(Ended::Done);
    }
    let Some(questions) = &args.questions else {
        unreachable!("clap asks for --questions or --run");
    };
    let reading = Reading::begin(&session.cancel)?;
    let set = QuestionSet::read(questions, &args.corpus)?;
    drop(reading);
    let folder = work_folder(None, "eval")?;
    let retriever = open(session, args, &set, folder.path())?;
    let documents = retriever.store().documents()?;
    let missing = evaluation::missing(&set, &documents);
    if !missing.is_empty() {
        note!(
            "note: not in the library, so never found: {}",
            missing.join(", ")
        );
    }
    let levels = Level::judged(&set);
    let judged = |level: &Level| (*level, evaluation::qrels(&set, *level, &documents));
    let qrels: BTreeMap<Level, Qrels> = levels.iter().map(judged).collect();
    if let Some(path) = &args.write_qrels {
        trec::write_qrels(path, &qrels[&levels[0]])?;
    }
    let reading = Reading::begin(&session.cancel)?;
    let saved = args.against.as_deref().map(trec::read_run).transpose()?;
    drop(reading);
    let mut baseline = saved.map(|run| BTreeMap::from([(levels[0], run)]));
    let groups = args.by.map(|by| group::groups(&set, by, &retriever));
    let groups = groups.transpose()?;
    let filter = match args.filter.of.needs_names() {
        true => args.filter.filter(&session.library(None)?)?,
        false => args.filter.alone()?,
    };
    for (name, setting) in settings(args, &filter) {
        let runs = evaluation::run(&retriever, &set, &setting, &session.cancel, &|| ())?;
        let measured = Measured { name, runs };
        print(
            session,
            &report(&measured, &qrels, &metrics, baseline.as_ref()),
            &metrics,
        )?;
        if args.worst > 0 {
            list_worst(
                &set,
                &qrels[&levels[0]],
                &measured.runs[&levels[0]],
                args.worst,
            );
        }
        if let Some(path) = args
            .write_run
            .as_ref()
            .filter(|_| setting.query.arm == args.arm[0])
        {
            trec::write_run(path, &measured.runs[&levels[0]], "tenk")?;
        }
        if let Some(groups) = &groups {
            let (level, run) = (levels[0], &measured.runs[&levels[0]]);
            group::print(session, &measured.name, groups, &qrels[&level], run)?;
        }
        if args.reliability || args.write_signs.is_some() {
            let judged = evaluation::judged(&retriever, &set, &setting, &session.cancel)?;
            reliability::print(session, &measured.name, &judged)?;
            if let Some(path) = &args.write_signs {
                reliability::write(path, &judged)?;
            }
        }
        baseline.get_or_insert(measured.runs);
    }
    if !set.unanswerable.is_empty() {
        match set.unanswerable.len() {
            1 => note!("note: 1 question has no page that answers it, and is not measured"),
            n => note!("note: {n} questions have no page that answers them, and are not measured"),
        }
    }
    Ok(Ended::Done)
}

/// The library, or one made of the questions' own passages.
fn open(
    session: &Session,
    args: &EvalArgs,
    set: &QuestionSet,
    folder: &std::path::Path,
) -> anyhow::Result<Retriever> {
    let own = &session.config.search;
    let settings = SearchConfig {
        fusion: args.fusion.unwrap_or(own.fusion),
        bm25_weight: args.bm25_weight.unwrap_or(own.bm25_weight),
        rrf_k: args.rrf_k.unwrap_or(own.rrf_k),
        ..own.clone()
    };
    let words_alone = args.arm.iter().all(|arm| *arm == Arm::Bm25);
    if set.passages.is_empty() {
        let library: Library = session.library(None)?;
        if words_alone {
            return Ok(Retriever::open(&library, None, settings)?);
        }
        let prompt = args.prompt.as_deref();
        return open_with_encoder(session, &args.model, prompt, &library, settings);
    }
    let encoder = if words_alone {
        None
    } else {
        let mut encoder = session.encoder_in(&args.model, session.config.index.precision)?;
        if let Some(prompt) = &args.prompt {
            encoder.set_query_prompt(prompt);
        }
        Some(Arc::new(encoder))
    };
    let sink = Arc::new(Sink::new());
    let context = session.job(&passages::library(folder)?, sink.clone());
    let indexed = passages::index(&context, &set.passages, encoder.as_deref());
    sink.finish();
    indexed?;
    Ok(Retriever::open(&context.library, encoder, settings)?)
}

/// What is to be measured, by name.
fn settings(args: &EvalArgs, filter: &Filter) -> Vec<(String, Setting)> {
    let steps: Vec<(&str, Aids)> = if args.ablation {
        let words = Aids {
            words: true,
            ..Aids::NONE
        };
        let scope = Aids {
            scope: true,
            ..words
        };
        vec![
            ("plain", Aids::NONE),
            ("+ words", words),
            ("+ found filters", scope),
            ("+ parts", Aids::ALL),
        ]
    } else {
        vec![("", args.aids.aids())]
    };
    let mut out = Vec::new();
    let dims: Vec<Option<usize>> = if args.dim.is_empty() {
        vec![None]
    } else {
        args.dim.iter().copied().map(Some).collect()
    };
    let all = steps
        .iter()
        .flat_map(|step| args.arm.iter().map(move |arm| (step, *arm)));
    for ((step, aids), arm) in all {
        for &dim in &dims {
            let mut name = format!("{} {step}", arm.as_str()).trim_end().to_owned();
            if let Some(dim) = dim.filter(|_| dims.len() > 1) {
                name += &format!(" {dim}");
            }
            let query = Query {
                arm,
                dim,
                filter: filter.clone(),
                aids: *aids,
                ..Query::default()
            };
            out.push((
                name,
                Setting {
                    query,
                    within: args.within,
                },
            ));
        }
    }
    out
}

fn report(
    measured: &Measured,
    qrels: &BTreeMap<Level, Qrels>,
    metrics: &[Metric],
    baseline: Option<&BTreeMap<Level, Run>>,
) -> Report {
    let mut out = Report {
        setting: measured.name.clone(),
        questions: qrels.values().map(BTreeMap::len).max().unwrap_or_default(),
        metrics: BTreeMap::new(),
        intervals: BTreeMap::new(),
        compared: BTreeMap::new(),
    };
    for (level, qrels) in qrels {
        let Some(run) = measured.runs.get(level) else {
            continue;
        };
        let other = baseline.and_then(|runs| runs.get(level));
        for &metric in metrics {
            let (level, name) = (level.as_str(), metric.to_string());
            let ours = values(metric, qrels, run);
            let interval = bootstrap(&ours);
            out.metrics
                .entry(level)
                .or_default()
                .insert(name.clone(), mean(&ours));
            out.intervals
                .entry(level)
                .or_default()
                .insert(name.clone(), interval);
            if let Some(other) = other {
                let test = paired(&ours, &values(metric, qrels, other));
                out.compared.entry(level).or_default().insert(name, test);
            }
        }
    }
    out
}

fn print(session: &Session, report: &Report, metrics: &[Metric]) -> anyhow::Result<()> {
    if session.global.json {
        return output::json(report);
    }
    let levels = [Level::Chunk, Level::Page, Level::Document].map(Level::as_str);
    for level in levels {
        let Some(values) = report.metrics.get(level) else {
            continue;
        };
        let title = format!(
            "{} ({level}, {})",
            report.setting,
            count(report.questions as u64, "question")
        );
        output::line(&output::bold(&title))?;
        for metric in metrics {
            let name = metric.to_string();
            let (low, high) = report.intervals[level][&name];
            let compared = report.compared.get(level).and_then(|c| c.get(&name));
            let compared = compared.map_or(String::new(), |test| {
                let Paired {
                    p,
                    better,
                    same,
                    worse,
                    ..
                } = test;
                let test = test.written(4);
                format!("   {test} p {p:.4}  {better} better, {same} same, {worse} worse")
            });
            output::line(&format!(
                "  {name:<14} {:.4}  [{low:.4}, {high:.4}]{compared}",
                values[&name]
            ))?;
        }
    }
    Ok(())
}

/// The questions whose best relevant item ranks lowest, with what came first instead.
fn list_worst(set: &QuestionSet, qrels: &Qrels, run: &Run, count: usize) {
    let rank = |id: &String| {
        let ranked = run.get(id).map_or(&[][..], Vec::as_slice);
        ranked
            .iter()
            .position(|item| qrels[id].contains_key(item))
            .map(|at| at + 1)
    };
    let mut order: Vec<_> = set.questions.iter().map(|q| (rank(&q.id), q)).collect();
    order.sort_by_key(|(rank, _)| std::cmp::Reverse(rank.unwrap_or(usize::MAX)));
    for (rank, question) in order.into_iter().take(count) {
        let rank = rank.map_or("–".to_owned(), |r| r.to_string());
        let gold: Vec<&str> = qrels[&question.id].keys().map(String::as_str).collect();
        let first = run.get(&question.id).map_or(&[][..], Vec::as_slice);
        let first: Vec<&str> = first.iter().take(4).map(String::as_str).collect();
        note!("{rank:>4}  {}: {}", question.id, question.text);
        note!("      answers: {}", gold.join(", "));
        note!("      first:   {}", first.join(", "));
    }
}
