//! `tenk publish`: bring the library's documents to one that a team shares.

use std::sync::Arc;
use std::time::Instant;

use super::args::PublishArgs;
use super::index::Sink;
use super::{Ended, Session, output};
use crate::config::Library;
use crate::model::Place;
use crate::progress::{Progress, ProgressSink};
use crate::share::Engine;
use crate::share::address::{Address, Credentials};
use crate::share::publish::{Published, Publisher};
use crate::share::serving::{self, SharedModel};
use crate::store::Store;
use crate::units::{count, span};

pub fn run(session: &Session, args: &PublishArgs) -> anyhow::Result<Ended> {
    let address = Address::parse(&args.address)?;
    let credentials = Credentials::from_environment();
    if !address.is_private && !address.is_here() {
        let and = match credentials.token {
            Some(_) => " and the password",
            None => "",
        };
        note!(
            "note: the documents{and} go over the network as they are (milvus+tls:// encrypts them)"
        );
    }
    if args.rollback {
        let engine = Engine::connect(&address, &credentials, false)?;
        let model = serving::roll_back(&engine)?;
        return switched(session, &address, &model.name);
    }
    let library = session.library(None)?;
    let store = Store::open(&library.folder, &library.home)?;
    let model = shared_model(session, &library, &store)?;
    let engine = Engine::connect(&address, &credentials, true)?;
    let began = Instant::now();
    let sink = Arc::new(Sink::of(session));
    let progress = |done: usize, of: usize| {
        sink.report(Progress::Worked {
            what: "documents published",
            done,
            of,
            seconds: began.elapsed().as_secs_f64(),
        });
    };
    let published = Publisher {
        engine: &engine,
        store: &store,
        model: &model,
        owner: None,
        progress: &progress,
        cancel: &session.cancel,
    }
    .run();
    sink.finish();
    let published = published?;
    print(
        session,
        &address,
        &published,
        &model,
        began.elapsed().as_secs_f64(),
    )?;
    if args.promote {
        let model = serving::promote(&engine, &model.fingerprint, args.force)?;
        return switched(session, &address, &model.name);
    }
    Ok(Ended::Done)
}

/// The library's serving model, as the store and readers know it.
pub(super) fn shared_model(
    session: &Session,
    library: &Library,
    store: &Store,
) -> anyhow::Result<SharedModel> {
    let model = session.model("serving", Some(library))?;
    let encoder = session.embedder(&model)?.encoder;
    let fingerprint = encoder.fingerprint().as_str().to_owned();
    let id = store.model(&fingerprint, encoder.dim())?;
    let id = id.ok_or_else(|| {
        super::remedy::refuse(
            format!("nothing of the library is embedded with {}", model.name),
            "index it first: tenk index",
        )
    })?;
    let folder = match &model.place {
        Place::Bundled(_) => None,
        Place::Own(folder) | Place::Hub(folder) => Some(folder.clone()),
    };
    Ok(SharedModel {
        name: session.role("serving", library)?,
        stored: model.stored_name(session.config.index.precision),
        fingerprint,
        dimensions: encoder.dim(),
        id,
        folder,
    })
}

fn print(
    session: &Session,
    address: &Address,
    published: &Published,
    model: &SharedModel,
    seconds: f64,
) -> anyhow::Result<()> {
    if session.global.json {
        return output::json(published);
    }
    output::line(&format!(
        "{address}: {}, {} of this library",
        count(published.documents as u64, "document"),
        count(published.chunks, "chunk")
    ))?;
    output::line(&format!(
        "{} changed, {} written, {} removed in {}",
        published.changed,
        published.written,
        published.removed,
        span(seconds)
    ))?;
    if published.swept > 0 {
        let swept = count(published.swept as u64, "version");
        output::line(&format!("{swept} that nobody had any more removed"))?;
    }
    if published.unembedded > 0 {
        let documents = count(published.unembedded as u64, "document");
        note!("{documents} not embedded as a whole: tenk index goes on, then publish again");
    }
    if published.serves != model.name {
        note!(
            "{} answers there, not {} (--promote switches)",
            published.serves,
            model.name
        );
    }
    Ok(())
}

fn switched(session: &Session, address: &Address, name: &str) -> anyhow::Result<Ended> {
    if session.global.json {
        output::json(&serde_json::json!({"serves": name}))?;
    } else {
        output::line(&format!("{name} answers in {address} now"))?;
    }
    Ok(Ended::Done)
}
