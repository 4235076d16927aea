//! `tenk list`: the documents of the library, with what is known of each.

use serde_json::json;

use super::args::ListArgs;
use super::own_file::OwnFile;
use super::{Ended, Session, output};
use crate::folders::Folders;
use crate::metadata::Metadata;
use crate::query::company::Directory;
use crate::query::filter;
use crate::store::{DocumentRow, DocumentState, Store};
use crate::units::thousands;

/// Letters that nobody sees of which a document has much.
pub const MUCH_HIDDEN: u32 = 100;

pub fn run(session: &Session, args: &ListArgs) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let folders = Folders::of(&library)?;
    let store = Store::open(&library.folder, &library.home)?;
    let all = store.documents()?;
    let file = |row: &DocumentRow| match store.is_mirror() {
        true => OwnFile::Published,
        false => OwnFile::of(&folders, &row.path),
    };
    let filter = args.filter.filter(&library)?;
    if let Some(why) = filter::unmet(&filter, all.iter()).filter(|_| !filter.is_empty()) {
        note!("{why}");
    }
    let rows: Vec<&DocumentRow> = all.iter().filter(|row| filter.matches(row)).collect();
    if session.global.json {
        let aliases = Directory::new(all.clone()).aliases();
        for row in rows {
            let mut own = document(row, aliases.get(&row.id));
            own["file"] = file(row).as_str().into();
            output::json(&own)?;
        }
        return Ok(Ended::Done);
    }
    let width = |text: &dyn Fn(&DocumentRow) -> String, most: usize| {
        let widths = rows.iter().map(|row| text(row).chars().count());
        widths.max().unwrap_or(0).min(most)
    };
    let (names, companies) = (width(&|r| r.path.clone(), 48), width(&company, 36));
    for row in &rows {
        let line = format!(
            "{:<names$}  {:<companies$}  {}{}{}{}",
            row.path,
            company(row),
            rest(row),
            tags(row),
            copies(row),
            file(row).note()
        );
        output::line(line.trim_end())?;
    }
    Ok(Ended::Done)
}

/// A document as the command line's contract has it.
pub fn document(row: &DocumentRow, aliases: Option<&Vec<String>>) -> serde_json::Value {
    let known = &row.metadata;
    let state = match row.state {
        DocumentState::Indexed => "indexed",
        DocumentState::Failed => "failed",
    };
    json!({
        "document": row.path,
        "paths": row.paths,
        "tags": row.tags,
        "company": known.company,
        "registrants": known.registrants,
        "aliases": aliases.cloned().unwrap_or_default(),
        "ticker": known.ticker,
        "form": known.form,
        "period_end": known.period_end.map(|day| day.to_string()),
        "months": known.months,
        "fiscal_year": known.year,
        "quarter": known.quarter,
        "state": state,
        "reason": row.reason,
        "pages": row.pages,
        "hidden": row.hidden,
        "recognised": row.recognised,
        "unread": row.unread,
        // To two places: no more is known of it.
        "confidence": (f64::from(known.confidence) * 100.0).round() / 100.0,
    })
}

/// What a document is tagged with.
fn tags(row: &DocumentRow) -> String {
    row.tags.iter().map(|tag| format!("  #{tag}")).collect()
}

/// Says that the same document lies in other places too.
fn copies(row: &DocumentRow) -> String {
    match row.paths.len() {
        0 | 1 => String::new(),
        2 => "  (also as one copy)".to_owned(),
        n => format!("  (also as {} copies)", n - 1),
    }
}

/// Pages that are pictures: those that OCR has read, and those that nothing has.
fn pictures(row: &DocumentRow) -> String {
    match (row.recognised, row.unread) {
        (0, 0) => String::new(),
        (0, unread) => format!(", {unread} without text"),
        (recognised, 0) => format!(", {recognised} by OCR"),
        (recognised, unread) => format!(", {recognised} by OCR, {unread} without text"),
    }
}

/// The company, with a question mark where it is not sure.
fn company(row: &DocumentRow) -> String {
    let known = &row.metadata;
    let doubt = if known.is_doubtful() { " ?" } else { "" };
    format!("{}{doubt}", known.name())
}

/// `10-Q  FY2024 Q2  to 2023-07-29  34 pages`, or why it failed.
fn rest(row: &DocumentRow) -> String {
    if row.state == DocumentState::Failed {
        let why = row.detail.as_deref().or(row.reason.as_deref());
        return format!("failed: {}", why.unwrap_or_default());
    }
    let Metadata {
        form,
        year,
        quarter,
        period_end,
        ..
    } = &row.metadata;
    let year = year.map_or_else(String::new, |year| format!("FY{year}"));
    let quarter = quarter.map_or_else(String::new, |quarter| format!(" Q{quarter}"));
    let end = period_end.map_or_else(String::new, |day| format!("to {day}"));
    let hidden = match row.hidden {
        n if n >= MUCH_HIDDEN => format!("  ({} hidden letters are left out)", thousands(n.into())),
        _ => String::new(),
    };
    format!(
        "{form:<18}{:<10}{end:<15}{:>4} pages{}{hidden}",
        format!("{year}{quarter}"),
        row.pages,
        pictures(row)
    )
}
