//! `tenk compare`: one question to two models side by side, or a file of them in every setting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::json;

use super::args::CompareArgs;
use super::index::embed_first;
use super::output::{self, bold, dim};
use super::remedy::{Refusal, refuse};
use super::search::open_with_encoder;
use super::{Ended, Session};
use crate::config::Library;
use crate::eval::Metric;
use crate::eval::movement::counts;
use crate::eval::question::QuestionSet;
use crate::job::comparison::{Ablation, Comparison, Measured, Moved, Placed, placed};
use crate::job::runs;
use crate::model::Model;
use crate::progress::Silent;
use crate::retrieve::{Arm, Outcome, Query, Retriever};
use crate::units::signed;

/// Width of a column of the two.
const COLUMN: usize = 46;

pub fn run(session: &Session, args: &CompareArgs) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let right = match &args.right {
        Some(name) => name.clone(),
        None => tuned(&library)?.name,
    };
    let left = match &args.left {
        Some(name) => name.clone(),
        None => runs::untuned(&library.home, &right)?.name,
    };
    if args.questions.is_some() {
        return print_ablation(session, args, &library, [&left, &right]);
    }
    let columns = [
        ask(session, args, &library, &left)?,
        ask(session, args, &library, &right)?,
    ];
    if session.global.json {
        print_json(args, &columns)?;
    } else {
        print(&columns)?;
    }
    Ok(Ended::Done)
}

/// The tuned model that serves, else the last one that was trained.
pub fn tuned(library: &Library) -> anyhow::Result<Model> {
    runs::tuned(&library.home)?.context(Refusal::new(
        "there is no tuned model here",
        "make one: tenk tune",
    ))
}

/// What one model finds.
struct Column {
    name: String,
    took: Duration,
    outcome: Outcome,
}

fn ask(
    session: &Session,
    args: &CompareArgs,
    library: &Library,
    name: &str,
) -> anyhow::Result<Column> {
    let settings = session.config.search.clone();
    let is_words = name == Arm::Bm25.as_str();
    let retriever = if is_words {
        Retriever::open(library, None, settings)?
    } else {
        open_with_encoder(session, name, None, library, settings)?
    };
    let query = Query {
        text: args.query.join(" "),
        arm: if is_words { Arm::Bm25 } else { args.arm },
        top_k: args.top_k,
        filter: args.filter.filter(library)?,
        dim: args.dim.first().copied(),
        aids: args.aids.aids(),
    };
    let began = Instant::now();
    let outcome = retriever.search(&query)?;
    Ok(Column {
        name: name.to_owned(),
        took: began.elapsed(),
        outcome,
    })
}

/// How a hit moved: its rank in the other list against its own.
pub fn moved(placed: &Placed<'_>) -> String {
    let own = placed.rank;
    match placed.other {
        None => "×".to_owned(),
        Some(other) if other == own => "=".to_owned(),
        Some(other) if other > own => format!("▲ {other}"),
        Some(other) => format!("▼ {other}"),
    }
}

fn print(columns: &[Column; 2]) -> anyhow::Result<()> {
    let [left, right] = columns;
    let head = |column: &Column| {
        format!(
            "{} · {:.0} ms",
            column.name,
            column.took.as_secs_f64() * 1e3
        )
    };
    output::line(&bold(&format!("{:<COLUMN$} │ {}", head(left), head(right))))?;
    let ours = placed(&left.outcome.hits, &right.outcome.hits);
    let theirs = placed(&right.outcome.hits, &left.outcome.hits);
    let cell = |p: &Placed<'_>| {
        let chunk = &p.hit.chunk;
        let name = chunk.document.trim_end_matches(".pdf");
        let text = format!("{:>2}  {name} p.{}", p.rank, chunk.page);
        text.chars().take(COLUMN - 4).collect::<String>()
    };
    for at in 0..ours.len().max(theirs.len()) {
        let lone = |p: &&Placed<'_>| p.other.is_none();
        let left = ours.get(at).map_or(String::new(), &cell);
        let mark = ours.get(at).filter(lone).map_or("", |_| "×");
        let right = theirs.get(at).map_or(String::new(), |p| {
            format!("{:<width$} {}", cell(p), moved(p), width = COLUMN - 4)
        });
        let gap = COLUMN - 4;
        output::line(&format!("{left:<gap$}  {mark:<2} │ {right}"))?;
    }
    output::line(&dim(
        "▲ ▼ from which rank on the left; × found by one model alone",
    ))
}

fn print_json(args: &CompareArgs, columns: &[Column; 2]) -> anyhow::Result<()> {
    let [left, right] = columns;
    let column = |own: &Column, other: &Column| {
        let hits = placed(&own.outcome.hits, &other.outcome.hits);
        let hits = hits.iter().map(|p| {
            json!({
                "rank": p.rank,
                "other_rank": p.other,
                "document": p.hit.chunk.document,
                "page": p.hit.chunk.page,
                "page_last": p.hit.chunk.page_last,
                "chunk_id": p.hit.chunk.chunk_id,
                "section": p.hit.chunk.section,
                "text": p.hit.chunk.text,
                "dense_rank": p.hit.dense_rank,
                "bm25_rank": p.hit.bm25_rank,
                "score": p.hit.score,
            })
        });
        json!({
            "model": own.name,
            "milliseconds": own.took.as_secs_f64() * 1e3,
            "hits": hits.collect::<Vec<_>>(),
        })
    };
    output::json(&json!({
        "query": args.query.join(" "),
        "arm": args.arm.as_str(),
        "left": column(left, right),
        "right": column(right, left),
    }))
}

fn print_ablation(
    session: &Session,
    args: &CompareArgs,
    library: &Library,
    [left, right]: [&str; 2],
) -> anyhow::Result<Ended> {
    let Some(path) = &args.questions else {
        unreachable!("the caller has looked");
    };
    let set = QuestionSet::read(path, &[] as &[&std::path::Path])?;
    if !set.passages.is_empty() {
        return Err(refuse(
            format!(
                "{} has questions with passages and no pages",
                path.display()
            ),
            "tenk eval takes those",
        ));
    }
    let metrics = metrics(&args.metrics);
    let ablation = ablate(
        session,
        library,
        left,
        right,
        &set,
        &args.dim,
        &metrics,
        &mut |setting| {
            if !session.global.json {
                // Who closed stdout does not want to know.
                let _ = output::line(&described(setting, &metrics));
            }
        },
    )?;
    if session.global.json {
        for setting in &ablation.settings {
            output::json(setting)?;
        }
        // What the settings call by its role.
        output::json(&json!({"base": left, "tuned": right, "questions": ablation.questions}))?;
        return Ok(Ended::Done);
    }
    list(&ablation, args.list)?;
    Ok(Ended::Done)
}

pub fn metrics(named: &[Metric]) -> Vec<Metric> {
    if named.is_empty() {
        vec![Metric::Ndcg(10), Metric::Recall(10)]
    } else {
        named.to_vec()
    }
}

/// Every setting measured with two models, `left` as the base.
#[allow(clippy::too_many_arguments)] // What a comparison is made of.
pub fn ablate(
    session: &Session,
    library: &Library,
    left: &str,
    right: &str,
    set: &QuestionSet,
    dims: &[usize],
    metrics: &[Metric],
    on: &mut dyn FnMut(&Measured),
) -> anyhow::Result<Ablation> {
    embed_first(session, library, left)?;
    embed_first(session, library, right)?;
    let comparison = Comparison {
        context: &session.job(library, Arc::new(Silent)),
        base: &session.model(left, Some(library))?,
        tuned: &session.model(right, Some(library))?,
        dims,
        metrics,
    };
    Ok(comparison.ablate(set, on)?)
}

/// A setting in a line.
pub fn described(setting: &Measured, metrics: &[Metric]) -> String {
    let how = match (setting.prompt, setting.aids) {
        (true, true) => "questions read",
        (true, false) => "as they are",
        (false, true) => "read, no prompt",
        (false, false) => "as they are, no prompt",
    };
    let dims = setting.dim.map_or(String::new(), |dim| format!(" {dim}"));
    let mut out = format!("{:<24}{:<24}", setting.name() + &dims, how);
    for metric in metrics {
        let name = metric.to_string();
        let (mean, low, high) = setting.metrics[&name];
        out += &format!("{name} {mean:.3} [{low:.3}, {high:.3}]");
        if let Some(test) = setting.compared.get(&name) {
            out += &format!(" {} p {:.3}", signed(test.difference, 3), test.p);
        }
        out += "   ";
    }
    out.trim_end().to_owned()
}

fn list(ablation: &Ablation, count: usize) -> anyhow::Result<()> {
    let movements: Vec<_> = ablation
        .questions
        .iter()
        .map(|m| m.movement.clone())
        .collect();
    let all = counts(&movements).map(|(change, n)| format!("{} {n}", change.as_str()));
    output::line(&bold(&format!(
        "\nhybrid, questions read: {}",
        all.join(" · ")
    )))?;
    let rank = |rank: Option<usize>| rank.map_or("–".to_owned(), |rank| rank.to_string());
    for Moved {
        question,
        gold,
        movement,
        first,
        cause,
    } in ablation.questions.iter().take(count)
    {
        let (base, tuned) = (rank(movement.base), rank(movement.tuned));
        output::line(&format!(
            "{base:>4} → {tuned:<4} {}: {question}",
            movement.id
        ))?;
        output::line(&dim(&format!(
            "            answered by {}",
            gold.join(", ")
        )))?;
        if let Some(first) = first {
            let why = cause.map_or(String::new(), |cause| format!(" ({})", cause.as_str()));
            output::line(&dim(&format!("            first now   {first}{why}")))?;
        }
    }
    Ok(())
}
