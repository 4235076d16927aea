//! `tenk filters`: filters that are kept under a name.

use super::args::{FiltersAction, FiltersArgs};
use super::{Ended, Session, output};
use crate::folders;
use crate::query::filter::{Kept, Names};

pub fn run(session: &Session, args: &FiltersArgs) -> anyhow::Result<Ended> {
    let library = session.library_to(args.action.is_some())?;
    let Some(action) = &args.action else {
        return list(session, &Kept::read(&library.home)?);
    };
    library.create_home()?;
    let _held = folders::hold(&library.home)?;
    let names = Names::of(&library)?;
    let mut kept = names.kept.clone();
    match action {
        FiltersAction::Keep { name, filter } => {
            kept.keep(&library.home, name, &filter.join(" "), &names)?;
            tell(session, name, kept.get(name).unwrap_or_default())?;
            if let Some(before) = names.kept.get(name) {
                note!("in place of: {before}");
            }
        }
        FiltersAction::Forget { name } => {
            kept.forget(&library.home, name)?;
            if !session.global.json {
                output::line(&format!("@{name} is forgotten"))?;
            }
        }
    }
    Ok(Ended::Done)
}

fn list(session: &Session, kept: &Kept) -> anyhow::Result<Ended> {
    for (name, filter) in kept.all() {
        tell(session, name, filter)?;
    }
    if kept.all().next().is_none() && !session.global.json {
        note!("no filter is kept: tenk filters keep NAME company:northgate form:10-K");
    }
    Ok(Ended::Done)
}

fn tell(session: &Session, name: &str, filter: &str) -> anyhow::Result<()> {
    match session.global.json {
        true => output::json(&serde_json::json!({"name": name, "filter": filter})),
        false => output::line(&format!("@{name}  {filter}")),
    }
}
