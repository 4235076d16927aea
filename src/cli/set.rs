//! `tenk set`: corrects what is known of a document's origin.

use std::collections::BTreeMap;

use super::args::SetArgs;
use super::remedy::refuse;
use super::{Ended, Session, document_named, output};
use crate::job::indexing;
use crate::metadata;
use crate::printable::is_active;
use crate::store::{DocumentRow, Field, Store, WriterLock, composed};

pub fn run(session: &Session, args: &SetArgs) -> anyhow::Result<Ended> {
    let library = session.library_to(!args.corrections.is_empty())?;
    let corrections = args
        .corrections
        .iter()
        .map(|text| parse(text))
        .collect::<anyhow::Result<Vec<_>>>()?;
    if !corrections.is_empty() {
        // Where there is no library yet, that is what is wrong, and not that there is no lock.
        Store::open(&library.folder, &library.home)?;
        let _lock = WriterLock::acquire(&library.home)?;
        // A reader makes do with what cannot be written, and would say no more than that.
        let mut store = Store::create(&library.home)?;
        let row = document_named(&store, &args.document)?;
        let found = metadata::read(
            &composed(&row.path),
            &row.metadata.title,
            &store.pages(row.id)?,
        );
        store.correct(&row, &corrections, &found.metadata)?;
        indexing::settle(&mut store)?;
        indexing::read_facts(&mut store, &session.cancel)?;
        indexing::publish(&library, &store)?;
    }
    let store = Store::open(&library.folder, &library.home)?;
    let row = document_named(&store, &args.document)?;
    let known = &row.metadata;
    let sources = sources(&store, &row)?;
    if session.global.json {
        output::json(&serde_json::json!({
            "document": row.path,
            "company": known.company,
            "form": known.form,
            "year": known.year,
            "quarter": known.quarter,
            "ticker": known.ticker,
            "period_end": known.period_end.map(|day| day.to_string()),
            "months": known.months,
            "registrants": known.registrants,
            "confidence": known.confidence,
            "from": sources.iter().map(|(field, text)| (field.as_str(), text)).collect::<BTreeMap<_, _>>(),
        }))?;
    } else {
        output::line(&row.path)?;
        for (field, source) in &sources {
            let value = field.value(known);
            let source = if source.is_empty() {
                String::new()
            } else {
                format!("  ({source})")
            };
            let line = format!("  {:<8} {value}{source}", field.as_str());
            output::line(line.trim_end())?;
        }
        if let Some(end) = known.period_end {
            let months = known
                .months
                .map_or_else(String::new, |m| format!("{m} months "));
            output::line(&format!("  period   {months}to {end}"))?;
        }
        if !known.registrants.is_empty() {
            output::line(&format!("  with     {}", known.registrants.join(", ")))?;
        }
    }
    Ok(Ended::Done)
}

/// `year=2023`, `quarter=Q4`, or `year=` to take a correction back.
fn parse(text: &str) -> anyhow::Result<(Field, Option<String>)> {
    let fields = format!("fields are {}", Field::ALL.map(Field::as_str).join(", "));
    let Some((name, value)) = text.split_once('=') else {
        return Err(refuse(format!("{text:?} is no FIELD=VALUE"), fields));
    };
    let field = Field::ALL.into_iter().find(|f| f.as_str() == name.trim());
    let Some(field) = field else {
        return Err(refuse(format!("there is no field {name:?}"), fields));
    };
    if value.trim().is_empty() {
        return Ok((field, None));
    }
    if value.chars().any(is_active) {
        return Err(refuse(
            format!("{text:?} has a character that acts on a terminal"),
            "leave it out",
        ));
    }
    match field.parse(value) {
        Some(value) => Ok((field, Some(value))),
        None => Err(refuse(
            format!("{value:?} is no {name}"),
            "write a number, as in year=2023 or quarter=Q2",
        )),
    }
}

/// Where each field is from: the user, or the places of the document.
fn sources(store: &Store, row: &DocumentRow) -> anyhow::Result<Vec<(Field, String)>> {
    let corrected = store.corrected(&row.path)?;
    let read = metadata::read(
        &composed(&row.path),
        &row.metadata.title,
        &store.pages(row.id)?,
    );
    let source = |field: Field| {
        let value = field.value(&row.metadata);
        let text = if corrected.contains(&field) {
            "you set it".to_owned()
        } else if value.is_empty() {
            String::new()
        } else if value != field.value(&read.metadata) {
            "other documents of the company".to_owned()
        } else if field == Field::Company {
            let doubt = if row.metadata.is_doubtful() {
                "; not sure"
            } else {
                ""
            };
            format!("{}{doubt}", read.places.join(", "))
        } else {
            "its pages".to_owned()
        };
        (field, text)
    };
    Ok(Field::ALL.map(source).to_vec())
}
