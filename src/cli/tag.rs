//! `tenk tag`: what a user calls documents, for filters.

use std::collections::BTreeMap;

use super::args::TagArgs;
use super::remedy::refuse;
use super::{Ended, Session, document_named, output};
use crate::query::filter;
use crate::store::{DocumentRow, Store};
use crate::units::count;

pub fn run(session: &Session, args: &TagArgs) -> anyhow::Result<Ended> {
    let library = session.library_to(args.name.is_some())?;
    let store = Store::open(&library.folder, &library.home)?;
    let all = store.documents()?;
    let filter = args.filter.filter(&library)?;
    if filter.section.is_some() {
        return Err(refuse(
            "a tag is of whole documents, and a section of a part",
            "leave it out",
        ));
    }
    let Some(written) = &args.name else {
        let meant = all.iter().filter(|row| filter.matches(row));
        return list(session, meant);
    };
    let tag = &filter::tag(written, all.iter())?;
    if args.documents.is_empty() && filter.is_empty() {
        return Err(refuse(
            format!("no document is named to tag with {tag:?}"),
            "name documents, or filter them, as with --company or --form",
        ));
    }
    let rows = match args.documents.is_empty() {
        true => all,
        false => {
            let named = args.documents.iter();
            let rows = named.map(|name| document_named(&store, name));
            rows.collect::<anyhow::Result<_>>()?
        }
    };
    let meant: Vec<&DocumentRow> = rows.iter().filter(|row| filter.matches(row)).collect();
    if let Some(why) = filter::unmet(&filter, rows.iter()) {
        return Err(refuse(why, "see tenk list"));
    }
    // A reader makes do with what cannot be written. No index hangs on tags: a run that is at work is not waited for.
    let changed = Store::create(&library.home)?.tag(&meant, tag, !args.remove)?;
    if session.global.json {
        let documents: Vec<&str> = meant.iter().map(|row| row.path.as_str()).collect();
        output::json(&serde_json::json!({
            "tag": tag,
            "documents": documents,
            "changed": changed,
        }))?;
        return Ok(Ended::Done);
    }
    let done = if args.remove { "taken off" } else { "given to" };
    let all = count(meant.len() as u64, "document");
    output::line(&match changed == meant.len() {
        true => format!("#{tag} {done} {all}"),
        false => format!("#{tag} {done} {changed} of {all}, the others were so before"),
    })?;
    Ok(Ended::Done)
}

/// The tags there are, with how many documents have each.
fn list<'a>(
    session: &Session,
    rows: impl Iterator<Item = &'a DocumentRow>,
) -> anyhow::Result<Ended> {
    let mut tags: BTreeMap<&str, u64> = BTreeMap::new();
    for tag in rows.flat_map(|row| &row.tags) {
        *tags.entry(tag).or_default() += 1;
    }
    for (tag, documents) in &tags {
        if session.global.json {
            output::json(&serde_json::json!({"tag": tag, "documents": documents}))?;
        } else {
            output::line(&format!("#{tag}  {}", count(*documents, "document")))?;
        }
    }
    if tags.is_empty() && !session.global.json {
        note!("no document has a tag yet: tenk tag NAME DOC");
    }
    Ok(Ended::Done)
}
