//! What the workers report: replies of the search worker, progress and end of the indexing job.

use super::super::model::{Ahead, JobState, Model, Pane};
use super::{Command, ask, filter, find, preview, redline, repeat};
use crate::index::watch::How;
use crate::job::indexing::Summary;
use crate::job::search::SearchReply;
use crate::progress::Progress;
use crate::retrieve::Hit;
use crate::units::count;

pub fn on_search(model: &mut Model, reply: SearchReply) -> Vec<Command> {
    match reply {
        SearchReply::Hits {
            serial,
            outcome,
            terms,
            took,
            coverage,
            ahead,
        } => {
            if serial != model.search.serial {
                return Vec::new();
            }
            let search = &mut model.search;
            let place = |hit: &Hit| (hit.chunk.document.clone(), hit.chunk.page);
            let before = search.hits.first().map(place);
            let is_same = search.answered_serial == serial;
            // The cursor stays on the page that it was moved to.
            let chosen = search.hits.get(search.selected).map(place);
            let chosen = chosen.filter(|_| search.selected > 0 && is_same);
            match ahead {
                Some(of) => {
                    let done = search.ahead.take();
                    let done = done.filter(|own| is_same && of == 0 && own.is_done());
                    search.ahead = Ahead::of(of).or(done);
                }
                None => {
                    if let Some(ahead) = &mut search.ahead {
                        ahead.changed |= outcome.hits.first().map(place) != before;
                    }
                }
            }
            let at = |chosen| outcome.hits.iter().position(|hit| place(hit) == chosen);
            search.selected = chosen.and_then(at).unwrap_or(0);
            model.search.waiting = false;
            model.search.answered = model.search.input.text.clone();
            model.search.answered_serial = serial;
            model.search.terms = terms;
            if !is_same || model.search.took.is_none() {
                model.search.took = Some(took);
                model.search.timed(took);
            }
            model.library.coverage = coverage;
            model.search.lacks = outcome.lacks();
            model.search.hits = outcome.hits;
            model.search.scope = outcome.scope;
            model.search.parts = outcome.parts;
            if model.search.selected == 0 {
                model.search.offset = 0;
            }
            if model.search.reading {
                Vec::new()
            } else {
                preview(model)
            }
        }
        SearchReply::Page(Some(found)) => {
            if let Some(view) = &mut model.search.page
                && (view.document.as_str(), view.number) == (found.document.as_str(), found.number)
            {
                view.pages = found.pages;
                view.page = Some(found.page);
                view.follow = true;
                find::arrived(model);
            }
            Vec::new()
        }
        SearchReply::Page(None) => Vec::new(),
        SearchReply::Found {
            document,
            page,
            forward,
        } => find::answered(model, document, page, forward),
        SearchReply::Explained(explanation) => filter::explained(model, &explanation),
        SearchReply::Documents {
            rows,
            coverage,
            by_document,
            names,
        } => {
            match names {
                Ok(names) => model.library.names = names,
                Err(why) => model.say(why, true),
            }
            model.library.unread.retain(|_, read| !*read);
            model.library.rows = rows;
            let last = model.library.entries().len().saturating_sub(1);
            model.library.selected = model.library.selected.min(last);
            let had = std::mem::replace(&mut model.library.coverage, coverage);
            model.library.by_document = by_document.into_iter().collect();
            // Another process may have embedded what the question found by words alone.
            let is_more = coverage.encoded > had.encoded && model.job.state != JobState::Running;
            let is_asked = !model.search.hits.is_empty() && !model.search.waiting;
            match is_more && is_asked {
                true => repeat(model, false),
                false => Vec::new(),
            }
        }
        SearchReply::BundledAnswers(why) => {
            model.say(format!("a bundled model answers: {why}"), true);
            Vec::new()
        }
        SearchReply::Failed(why) => {
            model.search.waiting = false;
            // Before the first index there is no library yet: the job will bring it, or the folder is empty.
            if !model.is_coming() && !model.is_empty() {
                model.say(why, true);
            }
            Vec::new()
        }
    }
}

pub fn on_progress(model: &mut Model, progress: Progress) -> Vec<Command> {
    let job = &mut model.job;
    match progress {
        Progress::Planned { to_extract, .. } => {
            job.documents = (0, to_extract.len());
            model.library.unread = to_extract.into_iter().map(|name| (name, false)).collect();
        }
        Progress::Extracted {
            document,
            pages,
            chunks,
            done,
            of,
        } => {
            job.documents = (done, of);
            job.pages += pages as u64;
            job.chunks += chunks as u64;
            model.library.mark_read(&document);
            job.current = document;
        }
        Progress::Recognised {
            document, done, of, ..
        } => {
            job.recognised = (done < of).then_some((document, done, of));
        }
        Progress::Failed { document, .. } => {
            job.failed += 1;
            model.library.mark_read(&document);
            job.current = document;
        }
        Progress::Encoded {
            chunks,
            of,
            tokens,
            seconds,
        } => {
            job.encoded = Some((chunks, of, tokens, seconds));
        }
        Progress::Busy { process } => {
            let name = crate::remedy::process(process);
            model.say(
                format!("another tenk{name} changes this library: it is waited for"),
                true,
            );
        }
        Progress::Ahead { done, of } => return sharpened(model, done, of),
        Progress::Indexing { .. } | Progress::Worked { .. } => {}
        Progress::Visible { .. } => return refreshed(model),
    }
    Vec::new()
}

/// More is embedded of what the latest question waits for: it is asked again.
fn sharpened(model: &mut Model, done: usize, of: usize) -> Vec<Command> {
    let reached = |ahead: &mut Option<Ahead>| {
        let ahead = ahead.as_mut();
        ahead.is_some_and(|ahead| ahead.reached(done, of))
    };
    let mut commands = Vec::new();
    if reached(&mut model.search.ahead) {
        commands.extend(repeat(model, true));
    }
    if reached(&mut model.ask.ahead) {
        commands.extend(ask::again(model));
    }
    commands
}

/// Something was indexed: the rows anew, and the question of the pane in front once more, which may wait for other
/// documents now.
fn refreshed(model: &mut Model) -> Vec<Command> {
    let mut commands = vec![Command::Refresh];
    if model.pane == Pane::Ask {
        commands.extend(ask::anew(model));
    }
    let is_asked = !model.search.input.text.trim().is_empty() && !model.search.waiting;
    let is_open = model.job.state == JobState::Running && model.pane != Pane::Ask;
    if is_asked && model.search.hits.is_empty() {
        commands.extend(ask(model));
    } else if is_asked && is_open && model.search.due.is_none() {
        commands.extend(repeat(model, false));
    }
    commands
}

pub fn on_job_ended(model: &mut Model, result: Result<Box<Summary>, String>) -> Vec<Command> {
    let mut commands = Vec::new();
    match result {
        Ok(summary) => {
            let changed = summary.extracted + summary.removed + summary.renamed;
            if changed > 0 {
                commands.extend(redline::anew(model));
            }
            if changed > 0 && !summary.cancelled {
                let documents = count(summary.documents as u64, "document");
                model.say(format!("indexed: {documents}"), false);
            }
            model.job.state = JobState::Done(summary);
        }
        Err(why) => {
            model.say(why.clone(), true);
            model.job.state = JobState::Stopped(why);
        }
    }
    commands.extend(refreshed(model));
    // All is embedded, whatever was waited for.
    let waits = |ahead: &mut Option<Ahead>| ahead.take_if(|ahead| !ahead.is_done()).is_some();
    if waits(&mut model.search.ahead) {
        commands.extend(repeat(model, true));
    }
    if waits(&mut model.ask.ahead) {
        commands.extend(ask::again(model));
    }
    if std::mem::take(&mut model.job.again) {
        commands.extend(start_indexing(model));
    }
    commands
}

/// The folder is watched from now on, or in another way than before: what changed meanwhile is looked for.
pub fn watched(model: &mut Model, how: How) -> Vec<Command> {
    if let How::Looks(_) = how {
        model.say(format!("the folder is watched {how}"), false);
    }
    let is_first = model.library.watched.replace(how).is_none();
    if is_first && model.job.state == JobState::Running {
        // It has only begun.
        return Vec::new();
    }
    start_indexing(model)
}

/// Begins to watch the folder, or ends it.
pub fn watch(model: &mut Model) -> Vec<Command> {
    if model.library.watched.take().is_some() {
        model.say(
            "the folder is not watched any more: w watches it, r looks once",
            false,
        );
        return vec![Command::Unwatch];
    }
    model.say("the folder is watched", false);
    vec![Command::Watch]
}

pub fn start_indexing(model: &mut Model) -> Vec<Command> {
    if model.job.state == JobState::Running {
        model.job.again = true;
        return Vec::new();
    }
    vec![Command::StartIndexing]
}
