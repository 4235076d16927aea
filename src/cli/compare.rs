//! `tenk compare`: one question to two models side by side, or a file of them as a ladder.

use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::json;

use super::args::CompareArgs;
use super::output::{self, bold, dim};
use super::remedy::{Refusal, refuse};
use super::search::open_with_encoder;
use super::{Ended, Session};
use crate::config::Library;
use crate::eval::Metric;
use crate::eval::movement::counts;
use crate::eval::question::QuestionSet;
use crate::job::comparison::{Climbed, Ladder, Moved, Placed, Rung, placed};
use crate::job::runs;
use crate::model::Model;
use crate::retrieve::{Arm, Outcome, Query, Retriever};

/// Width of a column of the two.
const COLUMN: usize = 46;

pub fn run(session: &Session, args: &CompareArgs) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let right = match &args.right {
        Some(name) => name.clone(),
        None => tuned(&library)?.name,
    };
    if args.questions.is_some() {
        return ladder(session, args, &library, &right);
    }
    let sides = [
        ask(session, args, &library, &args.left)?,
        ask(session, args, &library, &right)?,
    ];
    match session.global.json {
        true => print_json(args, &sides)?,
        false => print(&sides)?,
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

/// What one side answers.
struct Side {
    name: String,
    took: Duration,
    outcome: Outcome,
}

fn ask(
    session: &Session,
    args: &CompareArgs,
    library: &Library,
    name: &str,
) -> anyhow::Result<Side> {
    let settings = session.config.search.clone();
    let is_words = name == Arm::Bm25.as_str();
    let retriever = match is_words {
        true => Retriever::open(library, None, settings)?,
        false => open_with_encoder(session, name, None, library, settings)?,
    };
    let query = Query {
        text: args.query.join(" "),
        arm: if is_words { Arm::Bm25 } else { args.arm },
        top_k: args.top_k,
        filter: args.filter.filter(),
        dim: args.dim.first().copied(),
        aids: args.aids.aids(),
    };
    let began = Instant::now();
    let outcome = retriever.search(&query)?;
    Ok(Side {
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

fn print(sides: &[Side; 2]) -> anyhow::Result<()> {
    let [left, right] = sides;
    let head = |side: &Side| format!("{} · {:.0} ms", side.name, side.took.as_secs_f64() * 1e3);
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
    output::line(&dim("▲ ▼ from which rank on the left; × on one side alone"))
}

fn print_json(args: &CompareArgs, sides: &[Side; 2]) -> anyhow::Result<()> {
    let [left, right] = sides;
    let side = |own: &Side, other: &Side| {
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
        "left": side(left, right),
        "right": side(right, left),
    }))
}

fn ladder(
    session: &Session,
    args: &CompareArgs,
    library: &Library,
    right: &str,
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
    let climbed = climb(
        session,
        library,
        &args.left,
        right,
        &set,
        &args.dim,
        &metrics,
        &mut |rung| {
            if !session.global.json {
                // Who closed stdout does not want to know.
                let _ = output::line(&told(rung, &metrics));
            }
        },
    )?;
    let Some(climbed) = climbed else {
        return Ok(Ended::Interrupted);
    };
    if session.global.json {
        for rung in &climbed.rungs {
            output::json(rung)?;
        }
        output::json(&json!({"questions": climbed.questions}))?;
        return Ok(Ended::Done);
    }
    list(&climbed, args.list)?;
    Ok(Ended::Done)
}

pub fn metrics(named: &[Metric]) -> Vec<Metric> {
    match named.is_empty() {
        true => vec![Metric::Ndcg(10), Metric::Recall(10)],
        false => named.to_vec(),
    }
}

/// The ladder of two models, `left` as the base.
#[allow(clippy::too_many_arguments)] // What a ladder is made of.
pub fn climb(
    session: &Session,
    library: &Library,
    left: &str,
    right: &str,
    set: &QuestionSet,
    dims: &[usize],
    metrics: &[Metric],
    on: &mut dyn FnMut(&Rung),
) -> anyhow::Result<Option<Climbed>> {
    let ladder = Ladder {
        library,
        search: &session.config.search,
        base: &session.model(left, Some(library))?,
        tuned: &session.model(right, Some(library))?,
        precision: session.config.index.precision,
        threads: session.threads(),
        dims,
        metrics,
        cancel: &session.cancel,
    };
    Ok(ladder.climb(set, on)?)
}

/// A rung in a line.
pub fn told(rung: &Rung, metrics: &[Metric]) -> String {
    let how = match (rung.prompt, rung.aids) {
        (true, true) => "questions read",
        (true, false) => "as they are",
        (false, true) => "read, no prompt",
        (false, false) => "as they are, no prompt",
    };
    let dims = rung.dim.map_or(String::new(), |dim| format!(" {dim}"));
    let mut out = format!("{:<24}{:<24}", rung.name() + &dims, how);
    for metric in metrics {
        let name = metric.to_string();
        let (mean, low, high) = rung.metrics[&name];
        out += &format!("{name} {mean:.3} [{low:.3}, {high:.3}]");
        if let Some(test) = rung.compared.get(&name) {
            out += &format!(" {:+.3} p {:.3}", test.difference, test.p);
        }
        out += "   ";
    }
    out.trim_end().to_owned()
}

fn list(climbed: &Climbed, count: usize) -> anyhow::Result<()> {
    let movements: Vec<_> = climbed
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
    } in climbed.questions.iter().take(count)
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
