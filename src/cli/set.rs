//! `tenk set`: corrects what is known of a document's origin.

use super::args::SetArgs;
use super::remedy::refuse;
use super::{Ended, Session, document_named, output};
use crate::job::indexing;
use crate::metadata;
use crate::store::{Field, Store, WriterLock, composed};

pub fn run(session: &Session, args: &SetArgs) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let corrections = args
        .corrections
        .iter()
        .map(|text| parse(text))
        .collect::<anyhow::Result<Vec<_>>>()?;
    if !corrections.is_empty() {
        // Where there is no library yet, that is what is wrong, and not that there is no lock.
        let mut store = Store::open(&library.folder, &library.home)?;
        let _lock = WriterLock::acquire(&library.home)?;
        let row = document_named(&store, &args.document)?;
        let found = metadata::from_pages(&composed(&row.path), &store.pages(row.id)?);
        store.correct(&row, &corrections, &found)?;
        indexing::settle(&mut store)?;
        indexing::publish(&library, &store)?;
    }
    let store = Store::open(&library.folder, &library.home)?;
    let row = document_named(&store, &args.document)?;
    let known = &row.metadata;
    if session.global.json {
        output::json(&serde_json::json!({
            "document": row.path,
            "company": known.company,
            "form": known.form,
            "year": known.year,
            "quarter": known.quarter,
            "ticker": known.ticker,
        }))?;
    } else {
        output::line(&row.path)?;
        for field in Field::ALL {
            output::line(&format!("  {:<8} {}", field.as_str(), field.value(known)))?;
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
    let value = value.trim();
    if !value.is_empty() && !field.takes(value) {
        return Err(refuse(
            format!("{value:?} is no {name}"),
            "write a number, as in year=2023 or quarter=2",
        ));
    }
    Ok((field, (!value.is_empty()).then(|| value.to_owned())))
}
