//! Question first: how soon a question, asked while its library is being embedded, has the first page that it has
//! when all is embedded.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::quantiles;
use crate::cli::{Ended, Session, output, work_folder};
use crate::config::Library;
use crate::eval::question::QuestionSet;
use crate::job::indexing::{Indexing, publish};
use crate::job::models::Embedder;
use crate::job::open::Open;
use crate::job::search::{SearchReply, SearchRequest, Searching};
use crate::job::worker::Worker;
use crate::progress::{CancelToken, Progress};
use crate::retrieve::{Hit, Outcome, Query, Retriever};
use crate::store::Store;

const TOP_K: usize = 20;
/// The question comes so long after the run has begun, which embeds by then.
const AFTER: Duration = Duration::from_secs(4);
/// And is followed for so long.
const FOLLOWED: Duration = Duration::from_secs(8);

pub fn run(session: &Session, queries: &Path) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let embedder = session.embedder(&session.model("serving", Some(&library))?)?;
    let encoder = Some(embedder.encoder.clone());
    let whole = Retriever::open(&library, encoder, session.config.search.clone())?;
    let work = work_folder(Some(&library), "ahead")?;
    let home = work.path().join("home");
    std::fs::create_dir_all(&home)?;
    let cold = Cold {
        library: Library::at(&library.folder, Some(&home))?,
        embedder,
        session,
    };
    whole.store().copy_to(&cold.library.home.store())?;
    publish(&cold.library, whole.store())?;
    let serving = library.home.serving();
    if serving.is_file() {
        std::fs::copy(serving, cold.library.home.serving())?;
    }
    let set = QuestionSet::read(queries, &[] as &[&Path])?;
    let mut reached = Vec::new();
    for question in &set.questions {
        let query = Query {
            text: question.text.clone(),
            top_k: TOP_K,
            ..Query::default()
        };
        let wanted = first(&whole.search(&query)?);
        let asked = cold.ask(&query)?;
        let at = asked.settled(wanted.as_ref());
        output::line(&format!("{asked}{}  {}", told(at), question.text))?;
        if at.is_none() {
            let last = asked.first.last().and_then(|(_, place)| place.as_ref());
            output::line(&format!(
                "      {} and not {}",
                page(last),
                page(wanted.as_ref())
            ))?;
        }
        reached.push(at);
    }
    say(&reached)
}

fn told(at: Option<Duration>) -> String {
    at.map_or("  never".into(), |at| format!("{:6.2} s", at.as_secs_f64()))
}

fn say(reached: &[Option<Duration>]) -> anyhow::Result<Ended> {
    let seconds = |at: &Option<Duration>| at.map_or(f64::INFINITY, |at| at.as_secs_f64());
    let times: Vec<f64> = reached.iter().map(seconds).collect();
    if times.is_empty() {
        return Ok(Ended::Done);
    }
    let count = |most: f64| times.iter().filter(|at| **at < most).count();
    let (at_once, soon, never) = (count(0.5), count(3.0), times.len() - count(f64::INFINITY));
    let of = times.len();
    let at = quantiles(times.clone());
    output::line(&format!(
        "the first page as when all is embedded: median {:.2} s, 75 % {:.2} s, 90 % {:.2} s; of {of} questions {at_once} \
         within 0.5 s, {soon} within 3 s, {never} not within {} s",
        at(0.5),
        at(0.75),
        at(0.9),
        FOLLOWED.as_secs()
    ))?;
    Ok(Ended::Done)
}

fn page(place: Option<&Place>) -> String {
    place.map_or_else(
        || "nothing".to_owned(),
        |(document, page)| format!("{document}:{page}"),
    )
}

type Place = (String, u32);

fn first(outcome: &Outcome) -> Option<Place> {
    let place = |hit: &Hit| (hit.chunk.document.clone(), hit.chunk.page);
    outcome.hits.first().map(place)
}

/// What came of a question: the first page, reply by reply, and what it waited for.
struct Asked {
    first: Vec<(Duration, Option<Place>)>,
    of: usize,
    took: Duration,
}

impl Asked {
    /// From when on the first page was `wanted`.
    fn settled(&self, wanted: Option<&Place>) -> Option<Duration> {
        let same = |(_, place): &&(Duration, Option<Place>)| place.as_ref() == wanted;
        let last = self.first.iter().rev().take_while(same).last();
        last.map(|(at, _)| *at)
    }
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (of, took) = (self.of, self.took.as_secs_f64());
        write!(f, "{of:5} passages in {took:5.1} s   ")
    }
}

/// What is heard while a library is embedded and asked.
enum Heard {
    Progress(Progress),
    Reply(SearchReply),
}

/// A library of which nothing is embedded.
struct Cold<'a> {
    library: Library,
    embedder: Embedder,
    session: &'a Session,
}

impl Cold<'_> {
    /// Forgets what was embedded.
    fn cool(&self) -> anyhow::Result<()> {
        let mut store = Store::create(&self.library.home)?;
        let names: Vec<String> = store
            .models()?
            .into_iter()
            .map(|model| model.name)
            .collect();
        for fingerprint in store.forget_models(&names)? {
            let folder = self.library.home.dense_cache(&fingerprint);
            if folder.is_dir() {
                std::fs::remove_dir_all(folder)?;
            }
        }
        Ok(())
    }

    /// Begins to embed the library, and asks meanwhile, as the app does.
    fn ask(&self, query: &Query) -> anyhow::Result<Asked> {
        self.cool()?;
        let (sender, heard) = channel();
        let progress: Sender<Heard> = sender.clone();
        let context = self.session.job(
            &self.library,
            Arc::new(move |p: Progress| drop(progress.send(Heard::Progress(p)))),
        );
        let context = context.cancelled_by(CancelToken::new());
        let searching = Worker::start(Searching::new(Open::new(context.clone())), move |reply| {
            drop(sender.send(Heard::Reply(reply)));
        });
        std::thread::scope(|scope| {
            let models = std::slice::from_ref(&self.embedder);
            let run = scope.spawn(|| Indexing::new(&context, models).run());
            let asked = question(&heard, &searching, query);
            context.cancel.cancel();
            run.join().expect("indexing does not panic")?;
            Ok(asked)
        })
    }
}

/// Asks once the library is being embedded, and again as what the question waits for is.
fn question(heard: &Receiver<Heard>, searching: &Worker<Searching>, query: &Query) -> Asked {
    let _ = heard
        .iter()
        .find(|h| matches!(h, Heard::Progress(Progress::Planned { .. })));
    // The library is open, as it is in an app.
    searching.ask(SearchRequest::Refresh);
    let _ = heard.iter().find(|h| matches!(h, Heard::Reply(_)));
    std::thread::sleep(AFTER);
    let ask = |again| {
        let query = query.clone();
        searching.ask(SearchRequest::Search {
            serial: 1,
            query,
            again,
        });
    };
    let began = Instant::now();
    ask(false);
    let mut asked = Asked {
        first: Vec::new(),
        of: 0,
        took: Duration::ZERO,
    };
    let mut is_done = false;
    while let Ok(next) = heard.recv_timeout(FOLLOWED.saturating_sub(began.elapsed())) {
        match next {
            Heard::Progress(Progress::Ahead { done, of }) => {
                is_done = done == of;
                ask(true);
            }
            Heard::Reply(SearchReply::Hits { outcome, ahead, .. }) => {
                asked.first.push((began.elapsed(), first(&outcome)));
                asked.of = ahead.unwrap_or(asked.of);
                if is_done || asked.of == 0 {
                    break;
                }
            }
            Heard::Reply(_) | Heard::Progress(_) => {}
        }
    }
    asked.took = began.elapsed();
    asked
}
