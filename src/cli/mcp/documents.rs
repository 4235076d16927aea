//! The tools for documents: which there are, a page of one, and what the library holds.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, BUDGET, cut, length};
use super::argument::{Argument, Kind};
use super::refusal::Refused;
use super::scope::{COMPANY, FORM, Scope, TAG, YEAR, document};
use super::tool::{Asked, Given, Tool};
use crate::cli::{list, status};

pub fn tools() -> [Tool; 3] {
    let name = Argument::new("document", Kind::Text, "The document, as list names it");
    let page = Argument::new("page", Kind::Number(1, i64::from(u32::MAX)), "From 1 on");
    [
        Tool::new(
            "list",
            "The documents of this library, each with what is known of it: company, ticker, form, period, fiscal year, \
             pages, or why it could not be read.",
            &[COMPANY, FORM, YEAR, TAG],
            documents,
        ),
        Tool::new(
            "page",
            "Read a page of a document as text. Where it is long, cursor goes on.",
            &[name.required(), page.required()],
            read,
        ),
        Tool::new(
            "status",
            "What this library holds, in numbers: documents, pages, failed files, the model that serves. list names the \
             documents.",
            &[],
            held,
        ),
    ]
}

fn documents(asked: &Asked<'_>) -> Result<Given, Refused> {
    let scope: Scope = asked.typed()?;
    let directory = asked.retriever().directory();
    let filter = scope.filter(directory)?;
    let aliases = directory.aliases();
    let rows = directory.documents().iter();
    let own: Vec<Value> = rows
        .filter(|row| filter.matches(row))
        .map(|row| {
            let mut own = list::document(row, aliases.get(&row.id));
            if row.paths.len() == 1 {
                // The document's name says it.
                own["paths"].take();
            }
            own
        })
        .collect();
    let head = json!({"found": own.len()});
    Ok(Given::Whole(Answer::new(head, vec![("documents", own)])))
}

#[derive(Deserialize)]
struct Page {
    document: String,
    page: u32,
}

fn read(asked: &Asked<'_>) -> Result<Given, Refused> {
    let Page {
        document: name,
        page,
    } = asked.typed()?;
    let row = document(asked.retriever().documents(), &name)?;
    let Some(found) = asked.retriever().store().page(&row.path, page)? else {
        return Err(Refused::new(
            format!("{} has no page {page}", row.path),
            format!("give page as a whole number from 1 to {}", row.pages),
        ));
    };
    let text = found.page.text(false);
    let at = asked.cursor.at;
    if at > 0 && at >= text.chars().count() {
        return Err(asked.cursor.is_beyond());
    }
    let mut out = json!({"document": row.path, "page": page, "pages": found.pages});
    if at == 0 {
        out["state"] = json!(found.page.state);
        if let Some(reason) = &found.page.reason {
            out["reason"] = json!(reason);
        }
        if let Some(sure) = found.page.sure {
            out["read_by_ocr_percent_sure"] = json!(sure);
        }
    }
    // The names of the text and the cursor, and the cursor.
    const AROUND: usize = 100;
    let room = BUDGET.saturating_sub(length(&out) + AROUND);
    let (text, next) = cut(&text, at, room);
    out["text"] = json!(text);
    if let Some(next) = next {
        out["cursor"] = json!(asked.cursor.moved(next).to_string());
    }
    Ok(Given::Piece(out))
}

fn held(asked: &Asked<'_>) -> Result<Given, Refused> {
    let opened = asked.opened;
    let mut head = status::json(&opened.session, &opened.library, opened.retriever.store())?;
    let failed = head["failed"].take();
    let failed = failed.as_array().cloned().unwrap_or_default();
    Ok(Given::Whole(Answer::new(head, vec![("failed", failed)])))
}
