//! `tenk filters`: filters that are kept under a name.

use super::args::{FiltersAction, FiltersArgs};
use super::{Ended, Session, output};
use crate::query::filter::Names;

pub fn run(session: &Session, args: &FiltersArgs) -> anyhow::Result<Ended> {
    let library = match &args.action {
        None => session.library(None)?,
        Some(_) => session.library_to_write(None)?,
    };
    let names = Names::of(&library)?;
    let mut kept = names.kept.clone();
    match &args.action {
        Some(FiltersAction::Keep { name, filter }) => {
            library.create_home()?;
            kept.keep(&library.home, name, &filter.join(" "), &names)?;
        }
        Some(FiltersAction::Forget { name }) => kept.forget(&library.home, name)?,
        None => {}
    }
    for (name, filter) in kept.all() {
        if session.global.json {
            output::json(&serde_json::json!({"name": name, "filter": filter}))?;
        } else {
            output::line(&format!("@{name}  {filter}"))?;
        }
    }
    if kept.all().next().is_none() && !session.global.json {
        note!("no filter is kept: tenk filters keep NAME company:northgate form:10-K");
    }
    Ok(Ended::Done)
}
