//! The tools for figures: facts of the statements, and grids of them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, length};
use super::argument::{Argument, Kind};
use super::refusal::Refused;
use super::scope::{DOCUMENT, TAG, document, tagged};
use super::tool::{Asked, Given, Tool};
use crate::book::elements;
use crate::book::grid::{Columns, GridError, OPEN, Row, Spec};
use crate::cli;
use crate::cli::args::{FactsArgs, OfArgs};
use crate::query::lexicon::{Lexicon, Named};
use crate::query::near::near;

/// Characters of one row's cells that stand together: a longer row is given in parts.
const CELLS: usize = 10_000;

pub fn tools() -> [Tool; 2] {
    let companies = Argument::new(
        "company",
        Kind::Texts,
        "Names or tickers, all companies unless given",
    );
    let item = Argument::new(
        "item",
        Kind::Text,
        "\"total assets\", or Assets as the us-gaap taxonomy has it",
    );
    let months = Argument::new(
        "months",
        Kind::Number(0, 12),
        "3, 6, 9, 12, or 0 for balance-sheet dates",
    );
    let columns = Argument::new(
        "columns",
        Kind::Choice(&["years", "quarters", "trailing"]),
        "years unless given",
    );
    [
        Tool::new(
            "facts",
            "The figures of the statements that add up: line item (us-gaap name), period, value in full units, document \
             and page. Name a company and an item.",
            &[
                companies,
                item,
                DOCUMENT,
                TAG,
                Argument::new("year", Kind::Year, "Only of this fiscal year"),
                months,
            ],
            facts,
        ),
        Tool::new(
            "grid",
            "Line items and measures (\"operating margin\", \"free cash flow\") of companies over fiscal years or \
             quarters, each cell with its state (stated, derived, restated, unchecked, missing and why) and pages.",
            &[
                Argument::new("items", Kind::Texts, "Line items and measures").required(),
                companies,
                TAG,
                Argument::new("first_year", Kind::Year, "The first fiscal year"),
                Argument::new(
                    "last_year",
                    Kind::Year,
                    "The last fiscal year, the newest unless given",
                ),
                columns,
                Argument::new(
                    "segments",
                    Kind::Flag,
                    "A row for each segment that has the figure",
                ),
            ],
            grid,
        ),
    ]
}

#[derive(Deserialize)]
struct Facts {
    #[serde(default)]
    company: Vec<String>,
    item: Option<String>,
    document: Option<String>,
    tag: Option<String>,
    year: Option<i32>,
    months: Option<u8>,
}

fn facts(asked: &Asked<'_>) -> Result<Given, Refused> {
    let p: Facts = asked.typed()?;
    let retriever = asked.retriever();
    let lexicon = retriever.lexicon()?;
    if let Some(name) = &p.item
        && elements(lexicon, name).is_none()
    {
        return Err(no_item(lexicon, name).into());
    }
    let named = p
        .document
        .map(|name| document(retriever.documents(), &name));
    let args = FactsArgs {
        company: p.company,
        document: named.transpose()?.map(|row| row.path.clone()),
        item: p.item,
        year: p.year,
        of: OfArgs::default(),
        months: p.months,
        all: false,
    };
    let of_tag = tagged(retriever.directory(), p.tag)?;
    let directory = of_tag.as_ref().unwrap_or(retriever.directory());
    let store = retriever.store();
    let found = cli::facts::selected(store, directory, lexicon, &args, asked.cancel)?;
    let facts: Vec<Value> = found.iter().map(cli::facts::value).collect();
    let head = json!({"found": facts.len()});
    Ok(Given::Whole(Answer::new(head, vec![("facts", facts)])))
}

/// As a grid says it.
fn no_item(lexicon: &Lexicon, name: &str) -> GridError {
    let with_facts = |at: &usize| !lexicon.items[*at].elements.is_empty();
    let items = (0..lexicon.items.len()).filter(with_facts);
    GridError::NoItem {
        name: name.to_owned(),
        near: near(name, items.flat_map(|at| lexicon.names(&Named::Item(at)))),
    }
}

#[derive(Deserialize)]
struct Grid {
    items: Vec<String>,
    #[serde(default)]
    company: Vec<String>,
    tag: Option<String>,
    first_year: Option<i32>,
    last_year: Option<i32>,
    #[serde(default)]
    columns: Columns,
    #[serde(default)]
    segments: bool,
}

fn grid(asked: &Asked<'_>) -> Result<Given, Refused> {
    let p: Grid = asked.typed()?;
    let years = match (p.first_year, p.last_year) {
        (Some(first), Some(last)) if first > last => {
            return Err(Refused::new(
                format!("first_year is {first}, after last_year, which is {last}"),
                "give first_year as the earlier of the two",
            ));
        }
        (Some(first), last) => Some((first, last.unwrap_or(OPEN))),
        (None, last) => last.map(|year| (year, year)),
    };
    let spec = Spec {
        items: p.items,
        companies: p.company,
        columns: p.columns,
        years,
        by_part: p.segments,
    };
    let retriever = asked.retriever();
    let of_tag = tagged(retriever.directory(), p.tag)?;
    let directory = of_tag.as_ref().unwrap_or(retriever.directory());
    let store = retriever.store();
    let found = spec.fill_unless(store, directory, retriever.lexicon()?, asked.cancel)?;
    let rows = found.rows.iter().flat_map(parts).collect();
    let left_out = found.left_out.into_iter().map(Value::from).collect();
    Ok(Given::Whole(Answer::new(
        json!({"periods": found.columns}),
        vec![("rows", rows), ("left_out", left_out)],
    )))
}

/// A row, in several parts where it is long.
fn parts(row: &Row) -> Vec<Value> {
    let mut whole = cli::grid::value(row);
    let cells = whole["cells"].take();
    let (mut out, mut own, mut takes) = (Vec::new(), Vec::new(), 0);
    for mut cell in cells.as_array().cloned().unwrap_or_default() {
        if cell["sources"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
        {
            // The first source says where it stands.
            cell["document"].take();
            cell["page"].take();
        }
        let length = length(&cell);
        if takes + length > CELLS && !own.is_empty() {
            out.push(std::mem::take(&mut own));
            takes = 0;
        }
        takes += length;
        own.push(cell);
    }
    out.push(own);
    let with_head = |cells: Vec<Value>| {
        let mut part = whole.clone();
        part["cells"] = Value::Array(cells);
        part
    };
    out.into_iter().map(with_head).collect()
}
