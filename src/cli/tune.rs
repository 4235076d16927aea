//! `tenk tune`: questions, training, index and judgement in one, within a time.

use std::io::{BufRead, IsTerminal};
use std::sync::Arc;

use super::args::TuneArgs;
use super::index::Sink;
use super::remedy::{options, refuse};
use super::{Ended, Session, index, output, promote, work_folder};
use crate::config::Library;
use crate::folders::Folders;
use crate::index::sync as folder;
use crate::job::tuning::{self, Planned, Stage, Tuning};
use crate::job::verdict::LEAST;
use crate::model::{free_name, serving};
use crate::store::Store;
use crate::synth::set::Settings;
use crate::train::Event;
use crate::train::event::Reason;
use crate::units::{count, span, thousands};

pub fn run(session: &Session, args: &TuneArgs) -> anyhow::Result<Ended> {
    let library = session.library_to_write(None)?;
    session.follow_orders(&library);
    let name = &name(session, &library, args)?;
    if args.resume.is_none() {
        crate::model::check_new(&library.home, name)?;
    }
    if chunks(&library) == 0 && !folder::list_all(&Folders::of(&library)?).files.is_empty() {
        let ended = index::sync(session, &library, None)?;
        if ended == Ended::Interrupted {
            return Ok(ended);
        }
    }
    if chunks(&library) == 0 {
        let what = format!(
            "{} has no text to write questions from",
            library.folder.display()
        );
        let at = options(&session.global);
        let remedy = format!("put PDFs with text into it (tenk list{at} says what failed)");
        return Err(refuse(what, remedy));
    }
    let work = work_folder(Some(&library), "tune")?;
    let sink = Arc::new(Sink::of(session));
    let set = Settings {
        exclude: args.exclude.clone(),
        ..Tuning::set(args.seed)
    };
    let budget = span(args.budget.as_secs_f64());
    let tuning = Tuning {
        context: &session.job(&library, sink.clone()),
        name,
        budget: args.budget,
        set: &set,
        work: work.path(),
    };
    let on = &mut |stage: Stage<'_>| show(session, &sink, stage);
    let tuned = if args.resume.is_some() {
        note!("within {budget}: go on with {name}, embed the library with it, judge it");
        tuning.resume(on)
    } else {
        note!(
            "within {budget}: write questions by rules, learn them as {name}, embed the library with it, judge it"
        );
        tuning.run(on)
    };
    sink.finish();
    let at = options(&session.global);
    let tuned = super::note_interruption(tuned, || {
        let has_begun = library.home.run(name).exists();
        match (has_begun, session.global.background) {
            (true, true) => "stopped; it can go on".to_owned(),
            (true, false) => format!("stopped; tenk tune --resume={name}{at} goes on"),
            (false, true) => "stopped before it learnt anything".to_owned(),
            (false, false) => {
                format!("stopped before it learnt anything; tenk tune{at} begins again")
            }
        }
    })?;
    promote::show(session, &tuned.verdict)?;
    note!("{} in all", span(tuned.seconds));
    let refusals = tuned.verdict.refusals();
    let promoted = if refusals.is_empty() {
        args.promote || agrees(name)
    } else {
        note!("{name} is not promoted: {}", refusals.join(", "));
        false
    };
    if promoted {
        serving::promote(&library.home, name)?;
    }
    if session.global.json {
        return output::json(&serde_json::json!({
            "model": name,
            "seconds": tuned.seconds,
            "planned": tuned.planned,
            "step": tuned.step,
            "verdict": tuned.verdict,
            "refused": refusals,
            "promoted": promoted,
        }))
        .map(|()| Ended::Done);
    }
    if promoted {
        output::line(&format!(
            "{name} serves now (tenk models rollback{at} goes back)"
        ))?;
    } else if refusals.is_empty() {
        output::line(&format!("have it serve: tenk models promote {name}{at}"))?;
    } else {
        what_next(name, tuned.planned.as_ref(), &at)?;
    }
    output::line(&format!(
        "see what it changed: tenk compare \"a question\"{at}"
    ))?;
    Ok(Ended::Done)
}

/// What can be done about a model that may not serve.
fn what_next(name: &str, planned: Option<&Planned>, at: &str) -> anyhow::Result<()> {
    let more = match planned.and_then(|planned| planned.wanted) {
        Some(wanted) => format!(
            "tenk tune --budget {:.0}m{at} has time for {}",
            (wanted.budget / 60.0).ceil(),
            count(wanted.rows as u64, "question")
        ),
        None => "more documents give it more to learn from, and more to be judged by".to_owned(),
    };
    for line in [
        format!("what serves is as it was; {more}"),
        format!(
            "judge it by questions of your own: tenk models promote {name} --questions FILE{at}"
        ),
        format!("use it by its name (--model {name}), or remove it: tenk models remove {name}{at}"),
    ] {
        output::line(&line)?;
    }
    Ok(())
}

/// Chunks of the library, as it is.
fn chunks(library: &Library) -> u64 {
    let store = Store::open(&library.folder, &library.home);
    store.and_then(|store| store.chunk_count()).unwrap_or(0)
}

/// What the model is called, or is it that goes on.
fn name(session: &Session, library: &Library, args: &TuneArgs) -> anyhow::Result<String> {
    let home = &library.home;
    let is_taken = |name: &str| home.model(name).exists() || home.run(name).exists();
    let Some(named) = &args.resume else {
        let name = args.name.clone();
        return Ok(name.unwrap_or_else(|| free_name(is_taken)));
    };
    let goes_on = match named.as_str() {
        "" => tuning::last(home),
        name => is_taken(name).then(|| name.to_owned()),
    };
    let at = options(&session.global);
    goes_on.ok_or_else(|| match tuning::last(home) {
        Some(last) => refuse(
            format!("there is no tuning {named:?} that could go on"),
            format!("tenk tune --resume={last}{at} goes on with the last one"),
        ),
        None => refuse(
            "no tuning was begun that could go on",
            format!("tenk tune{at} begins one"),
        ),
    })
}

/// Asks on a terminal whether the model may serve.
fn agrees(name: &str) -> bool {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return false;
    }
    output::piece(&format!("have {name} serve in the base's place? [y/N] "));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.is_ok() && answer.trim().eq_ignore_ascii_case("y")
}

/// Shows how far it is.
pub(super) fn show(session: &Session, sink: &Sink, stage: Stage<'_>) {
    match stage {
        Stage::Measuring => {
            // What was counted before is done.
            sink.finish();
            sink.say("measuring how fast this machine is");
        }
        Stage::Planned(planned) => {
            if session.global.json {
                // Who closed stdout does not want to know.
                let _ = output::json(&serde_json::json!({"event": "planned", "plan": planned}));
            }
            sink.say(&plan(planned));
            if planned.held_apart < LEAST {
                sink.say(&format!(
                    "warning: the {} held-out questions that stand apart by text and page are too few to decide whether it may \
                     serve, {LEAST} are needed: index more documents, or judge it by questions of your own (tenk models promote \
                     --questions)",
                    planned.held_apart
                ));
            }
            if let Some(wanted) = planned.wanted {
                sink.say(&format!(
                    "{} questions are few, and may gain nothing that can be told from chance: --budget {:.0}m has \
                     time for {}",
                    thousands(planned.rows as u64),
                    (wanted.budget / 60.0).ceil(),
                    thousands(wanted.rows as u64)
                ));
            }
        }
        Stage::Training(event) => {
            if session.global.json {
                let _ = output::json(event);
            }
            match event {
                Event::Step {
                    step,
                    steps,
                    loss,
                    seconds_left,
                    ..
                } => {
                    let line = format!("steps, loss {loss:.3}, {} left", span(*seconds_left));
                    sink.show(*step, *steps, line, step == steps);
                }
                Event::Evaluated { step, value, .. } => {
                    let what = if *step == 0 { "as it begins" } else { "now" };
                    sink.say(&format!("held-out questions, dense alone: {value:.4} ({what})"));
                }
                Event::Ended {
                    step,
                    reason: Reason::Stopped,
                    ..
                } => sink.say(&format!(
                    "training ends after step {step}: the rest of the time is needed to embed and judge"
                )),
                _ => {}
            }
        }
        Stage::Embedding => {
            sink.say("embedding the library with it; the old model serves meanwhile")
        }
        Stage::Judging { what, done, of } => promote::measured(sink, what, done, of),
    }
}

/// What will be done and how long it takes here.
fn plan(planned: &Planned) -> String {
    let Planned {
        questions,
        rows,
        epochs,
        rows_per_second,
        ..
    } = planned;
    let times = match epochs {
        1 => "once".to_owned(),
        n => format!("{n} times"),
    };
    format!(
        "{} of {} with their hard negatives, {times}, {rows_per_second:.1} a second: {} of training, then {} \
         of embedding and {} of judging; {} in all",
        thousands(*rows as u64),
        count(*questions as u64, "question"),
        span(planned.training),
        span(planned.embedding),
        span(planned.judging),
        span(planned.total())
    )
}
