//! `tenk models`: which there are, and how they come and go.

use std::path::Path;

use anyhow::Context;

use super::args::{ModelsAction, ModelsArgs};
use super::index::Sink;
use super::{Ended, Session, output, promote, remedy};
use crate::config::{Library, Precision};
use crate::model::hub::{Fetched, HubError};
use crate::model::language::{self, Pulled};
use crate::model::{self, Model, Place, hub};
use crate::remedy::in_words;
use crate::store::{Store, WriterLock};
use crate::units::{count, thousands};

pub fn run(session: &Session, args: &ModelsArgs) -> anyhow::Result<Ended> {
    let library = session.library_to(!matches!(
        args.action,
        ModelsAction::List
            | ModelsAction::Show { .. }
            | ModelsAction::Pull { .. }
            | ModelsAction::Export { .. }
    ))?;
    match &args.action {
        ModelsAction::List => list(session, &library)?,
        ModelsAction::Show { name } => show(session, &session.model(name, Some(&library))?)?,
        ModelsAction::Pull { id } => return pull(session, id),
        ModelsAction::Import { folder, name } => {
            import(session, &library, folder, name.as_deref())?
        }
        ModelsAction::Export { name, folder } => {
            model::export(&session.model(name, Some(&library))?, folder)?;
            crate::fsio::share(folder).with_context(|| folder.display().to_string())?;
            print_place(session, name, folder, "written to")?;
        }
        ModelsAction::Promote {
            name,
            questions,
            force,
        } => return promote::run(session, &library, name, questions.as_deref(), *force),
        ModelsAction::Rollback => promote::roll_back(session, &library)?,
        ModelsAction::Remove { name } => remove(session, &library, name)?,
    }
    Ok(Ended::Done)
}

fn place(model: &Model) -> (&'static str, String) {
    match &model.place {
        Place::Bundled(_) => ("bundled", "in this program".to_owned()),
        Place::Own(path) => ("own", path.display().to_string()),
        Place::Hub(path) => ("hub", path.display().to_string()),
    }
}

fn list(session: &Session, library: &Library) -> anyhow::Result<()> {
    let store = Store::open(&library.folder, &library.home).ok();
    // One that is gone is told where it is looked for: here is what there is to take its place.
    let serving = match Model::named(&library.home, "serving") {
        Ok(serving) => Some(serving.name),
        Err(error) => {
            let described = remedy::describe(&error.into(), &session.global);
            note!("note: {described}");
            None
        }
    };
    for model in model::list(&library.home)? {
        // Of its weights as they are now: whoever exchanged them has nothing embedded with these.
        let embedded = store.as_ref().and_then(|store| {
            let fingerprint = model.fingerprint(session.config.index.precision).ok()?;
            store.coverage_by(fingerprint.as_str()).ok()?
        });
        let coverage = embedded.unwrap_or_default();
        let (kind, path) = place(&model);
        if session.global.json {
            output::json(&serde_json::json!({
                "name": model.name,
                "kind": kind,
                "path": model.path(),
                "serves": Some(&model.name) == serving.as_ref(),
                "encoded": coverage.encoded,
                "chunks": coverage.chunks,
            }))?;
            continue;
        }
        let covered = match coverage.encoded {
            0 => String::new(),
            n => format!("  {} of {}", thousands(n), count(coverage.chunks, "chunk")),
        };
        let role = match (
            model == Model::base(),
            Some(&model.name) == serving.as_ref(),
        ) {
            (true, true) => " (base, serves)",
            (true, false) => " (base)",
            (false, true) => " (serves)",
            (false, false) => "",
        };
        let named = format!("{}{role}", model.name);
        output::line(&format!("{named:<32} {path}{covered}"))?;
    }
    Ok(())
}

fn show(session: &Session, model: &Model) -> anyhow::Result<()> {
    let traits = model.traits()?;
    let (kind, path) = place(model);
    let prints = [Precision::F32, Precision::Int8].map(|precision| model.fingerprint(precision));
    let [f32, int8] = prints;
    let (f32, int8) = (f32?.to_string(), int8?.to_string());
    if session.global.json {
        return output::json(&serde_json::json!({
            "name": model.name,
            "kind": kind,
            "path": model.path(),
            "dim": traits.config.hidden_size,
            "layers": traits.config.num_hidden_layers,
            "max_tokens": traits.max_tokens,
            "pooling": traits.pooling.as_str(),
            "prompt": traits.prompts.query,
            "passage_prompt": traits.prompts.passage,
            "fingerprints": {"f32": f32, "int8": int8},
            "card": model.card(),
        }));
    }
    let facts = [
        ("name", model.name.clone()),
        ("where", path),
        ("dimensions", traits.config.hidden_size.to_string()),
        ("layers", traits.config.num_hidden_layers.to_string()),
        ("tokens", format!("{} at the most", traits.max_tokens)),
        ("pooling", traits.pooling.as_str().to_owned()),
        ("before queries", format!("{:?}", traits.prompts.query)),
        ("before passages", format!("{:?}", traits.prompts.passage)),
        ("fingerprint", format!("{f32} (int8 {int8})")),
    ];
    for (name, value) in facts {
        output::line(&format!("{name:<16} {value}"))?;
    }
    let card: String = model.card().unwrap_or_default();
    if card.is_empty() {
        Ok(())
    } else {
        output::line(&format!("\n{}", card.trim_end()))
    }
}

fn pull(session: &Session, id: &str) -> anyhow::Result<Ended> {
    let sink = Sink::new();
    let mut report = |fetched: Fetched<'_>| {
        let mib = |bytes: u64| (bytes >> 20) as usize;
        let line = format!("MiB {}", fetched.file);
        sink.show(mib(fetched.bytes), mib(fetched.of), line, false);
    };
    let pulled = if language::is_language(id) {
        language::pull(id, &session.cancel, &mut report).map(|p| (id.to_owned(), p))
    } else {
        hub::pull(id, &session.cancel, &mut report).map(|model| {
            let path = model.path().unwrap_or(Path::new("")).to_owned();
            let how = "fetched from the hub; hashes are those stated there".to_owned();
            (model.name, Pulled { path, how })
        })
    };
    sink.finish();
    let (name, Pulled { path, how }) = match pulled {
        Err(HubError::Interrupted) => {
            note!("{}", in_words(&HubError::Interrupted));
            return Ok(Ended::Interrupted);
        }
        pulled => pulled?,
    };
    note!("{how}");
    if !language::is_language(id) {
        session.model(&name, None)?.traits()?;
    }
    print_place(session, &name, &path, "lies in")?;
    Ok(Ended::Done)
}

fn import(
    session: &Session,
    library: &Library,
    folder: &Path,
    name: Option<&str>,
) -> anyhow::Result<()> {
    library.create_home()?;
    let absolute = std::path::absolute(folder)?;
    let own = absolute.file_name().map(|name| name.to_string_lossy());
    let name = name.map_or(own.unwrap_or_default().into_owned(), str::to_owned);
    let model = model::import(&library.home, &absolute, &name)?;
    print_place(session, &name, model.path().unwrap_or(folder), "lies in")
}

/// Says what became of a model.
fn print_place(session: &Session, name: &str, path: &Path, what: &str) -> anyhow::Result<()> {
    if session.global.json {
        output::json(&serde_json::json!({"model": name, "path": path}))
    } else {
        output::line(&format!("{name} {what} {}", path.display()))
    }
}

fn remove(session: &Session, library: &Library, name: &str) -> anyhow::Result<()> {
    let model = session.model(name, Some(library))?;
    // Before anything of it is forgotten.
    model::removable(&library.home, &model)?;
    let forgotten = match Store::open(&library.folder, &library.home) {
        Err(_) => 0,
        Ok(_) => {
            let _lock = WriterLock::acquire(&library.home)?;
            let mut store = Store::create(&library.home)?;
            let names = [Precision::F32, Precision::Int8].map(|p| model.stored_name(p));
            let mut embeddings = 0;
            for fingerprint in store.forget_models(&names)? {
                embeddings += 1;
                let folder = library.home.dense_cache(&fingerprint);
                // A cache of what is gone; the next sync does not look at it.
                let _ = std::fs::remove_dir_all(folder);
            }
            embeddings
        }
    };
    model::remove(&library.home, name)?;
    if session.global.json {
        output::json(&serde_json::json!({"model": name, "removed": true, "indexes": forgotten}))
    } else {
        output::line(&format!("{name} removed, with {forgotten} index(es) by it"))
    }
}
