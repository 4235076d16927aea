//! `tenk models promote` and `rollback`: which model serves.

use std::path::Path;
use std::sync::Arc;

use super::index::Sink;
use super::remedy::{options, refuse};
use super::{Ended, Session, index, output, work_folder};
use crate::config::Library;
use crate::job::promotion::{self, Promotion};
use crate::job::verdict::{Judged, Lost, Trial, Verdict, Way};
use crate::model::{Model, serving};
use crate::printable::on_a_line;
use crate::progress::Silent;

pub fn run(
    session: &Session,
    library: &Library,
    name: &str,
    questions: Option<&Path>,
    force: bool,
) -> anyhow::Result<Ended> {
    session.follow_orders(library);
    let model = session.model(name, Some(library))?;
    serving::check(&model)?;
    if force && questions.is_none() {
        return unmeasured(session, library, &model);
    }
    let now = Model::named(&library.home, "serving")?;
    if now.name == model.name {
        return Err(refuse(
            format!("{name} serves already"),
            format!(
                "tenk models rollback{} goes back to the one before",
                options(&session.global)
            ),
        ));
    }
    if !force {
        promotion::check(library, name, questions)?;
    }
    if embed(session, library, &model)? == Ended::Interrupted {
        return Ok(Ended::Interrupted);
    }
    let work = work_folder(Some(library), "promote")?;
    let sink = Sink::of(session);
    let verdict = Promotion {
        context: &session.job(library, Arc::new(Silent)),
        serving: &session.embedder(&now)?,
        tuned: &session.embedder(&model)?,
        name,
        questions,
        work: work.path(),
        on: &|what, done, of| measured(&sink, what, done, of),
    }
    .judge()?;
    sink.finish();
    show(session, &verdict)?;
    let refusals = verdict.refusals();
    if !refusals.is_empty() && !force {
        return Err(refuse(
            format!("{name} is not promoted: {}", refusals.join(", ")),
            "--force promotes it all the same",
        ));
    }
    serving::promote(&library.home, name)?;
    print_serving(session, name)?;
    Ok(Ended::Done)
}

/// Has the model serve once the library is embedded with it, whatever it is worth, and whatever serves now.
fn unmeasured(session: &Session, library: &Library, model: &Model) -> anyhow::Result<Ended> {
    if embed(session, library, model)? == Ended::Interrupted {
        return Ok(Ended::Interrupted);
    }
    note!("not measured: --questions names a file to measure it by all the same");
    serving::promote(&library.home, &model.name)?;
    print_serving(session, &model.name)?;
    Ok(Ended::Done)
}

/// Embeds what of the library is not embedded with the model.
fn embed(session: &Session, library: &Library, model: &Model) -> anyhow::Result<Ended> {
    let covered = index::covered(session, library, model)?;
    if covered.is_some_and(|c| c.encoded >= c.chunks) {
        return Ok(Ended::Done);
    }
    let name = &model.name;
    note!("embedding the library with {name} first; searches go on as before meanwhile");
    index::sync(session, library, Some(std::slice::from_ref(name)))
}

pub fn roll_back(session: &Session, library: &Library) -> anyhow::Result<()> {
    let serving = serving::roll_back(&library.home)?;
    let model = serving.model(&library.home)?;
    let covered = index::covered(session, library, &model)?;
    if covered.is_none_or(|c| c.encoded == 0) {
        let at = options(&session.global);
        note!("note: nothing is embedded with it yet: tenk index{at} does");
    }
    print_serving(session, serving.tuned.as_deref().unwrap_or("base"))
}

fn print_serving(session: &Session, name: &str) -> anyhow::Result<()> {
    if session.global.json {
        output::json(&serde_json::json!({"serving": name}))
    } else {
        output::line(&format!("{name} serves now"))
    }
}

/// Says what is measured, and how far.
pub fn measured(sink: &Sink, what: &str, done: usize, of: usize) {
    if done == 0 {
        sink.say(&format!("measuring {what}"));
    } else {
        sink.show(
            done,
            of,
            "searches, by both models, as served and dense alone".to_owned(),
            done == of,
        );
    }
}

/// Prints what a promotion is decided by.
pub fn show(session: &Session, verdict: &Verdict) -> anyhow::Result<()> {
    if session.global.json {
        return output::json(&serde_json::json!({
            "held_out": verdict.held_out,
            "others": verdict.others,
            "refused": verdict.refusals(),
        }));
    }
    if let Some(held) = &verdict.held_out {
        judged(&held.judged)?;
        output::line(&format!(
            "  {} found among the first ten that were not, {} lost",
            held.gained,
            held.lost.len()
        ))?;
        held.lost.iter().take(LOST).try_for_each(lost)?;
        for kind in &held.by_intent {
            let what = format!("  of which {}", kind.intent);
            line(&what, kind.questions, &kind.served)?;
        }
    }
    verdict.others.iter().try_for_each(judged)
}

/// Lost questions that are named.
const LOST: usize = 5;

fn judged(judged: &Judged) -> anyhow::Result<()> {
    let (served, raw) = (&judged.served, &judged.raw);
    match judged.decides {
        Way::Served => {
            line(&judged.what, judged.questions, served)?;
            line("  dense alone, as they are", judged.questions, raw)
        }
        Way::Raw => line(&judged.what, judged.questions, raw),
    }
}

fn line(what: &str, questions: usize, trial: &Trial) -> anyhow::Result<()> {
    let Trial { base, tuned, test } = trial;
    let sign = test.sign();
    output::line(&format!(
        "{what:<34} {questions:>4}   NDCG@10 {base:.4} → {tuned:.4}   {sign} {}",
        test.written(4)
    ))
}

fn lost(lost: &Lost) -> anyhow::Result<()> {
    let rank = |rank: Option<usize>| rank.map_or("not found".to_owned(), |rank| rank.to_string());
    output::line(&format!(
        "  lost: {} → {}  {}",
        lost.base_rank,
        rank(lost.tuned_rank),
        on_a_line(&lost.question)
    ))
}
