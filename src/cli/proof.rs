//! Proofs on the command line: `--proof DIR` of `tenk ask` and `tenk grid`.

use std::path::Path;

use serde_json::{Value, json};

use super::output::dim;
use super::{Ended, Session};
use crate::config::Library;
use crate::proof::{Claim, Made, Maker, Target};
use crate::store::Store;

/// Refuses a folder that no proof may take, before anything is asked.
pub fn check(folder: Option<&Path>) -> anyhow::Result<()> {
    folder.map(Target::new).transpose()?;
    Ok(())
}

/// Puts a proof of `claim` into `folder`.
pub fn make(
    session: &Session,
    library: &Library,
    store: &Store,
    claim: &Claim,
    folder: &Path,
) -> anyhow::Result<Made> {
    let maker = Maker {
        store,
        library,
        config: &session.config.extract,
        cancel: &session.cancel,
    };
    Ok(maker.make(claim, folder)?)
}

/// Says where the proof lies and what it lacks.
pub fn tell(made: &Made) {
    for warning in &made.warnings {
        note!("warning: {warning}");
    }
    let pages = match made.pages {
        1 => "1 page".to_owned(),
        n => format!("{n} pages"),
    };
    let earlier = match made.is_replaced {
        true => ", in place of the earlier proof there",
        false => "",
    };
    let text = format!(
        "proof: {pages} and a note in {}{earlier}",
        made.folder.display()
    );
    note!("{}", dim(&text));
}

pub fn value(made: &Made) -> Value {
    json!({
        "folder": made.folder,
        "files": made.files,
        "pages": made.pages,
        "warnings": made.warnings,
    })
}

/// Done, unless a page could not be copied.
pub fn ended(made: Option<&Made>) -> Ended {
    match made.is_some_and(|made| !made.warnings.is_empty()) {
        true => Ended::Partly,
        false => Ended::Done,
    }
}
