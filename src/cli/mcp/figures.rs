//! The tools for figures: facts of the statements, and grids of them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::tool::{Described, Refused, schema};
use crate::book::grid::{Columns, Spec};
use crate::cli;
use crate::cli::args::FactsArgs;
use crate::retrieve::Retriever;

/// Facts of one answer at most.
const FACTS: usize = 200;

pub fn described() -> [Described; 2] {
    let companies = json!({"type": "array", "items": {"type": "string"}, "description": "Names or tickers; all without"});
    [
        Described {
            name: "facts",
            what: "The figures of the statements that add up: line item (us-gaap name), period, value in full units, \
                   document and page. At most 200; name a company and an item.",
            schema: schema(
                json!({
                    "company": companies,
                    "item": {"type": "string", "description": "\"total assets\", or Assets as the us-gaap taxonomy has it"},
                    "document": {"type": "string"},
                    "year": {"type": "integer", "description": "Fiscal year"},
                    "months": {"type": "integer", "description": "3, 6, 9, 12; 0 for balance-sheet dates"},
                }),
                &[],
            ),
        },
        Described {
            name: "grid",
            what: "Line items and measures (\"operating margin\", \"free cash flow\") of companies over fiscal years or \
                   quarters, each cell with its state (stated, derived, restated, unchecked, missing and why) and pages.",
            schema: schema(
                json!({
                    "items": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                    "company": companies,
                    "first_year": {"type": "integer"},
                    "last_year": {"type": "integer"},
                    "columns": {"type": "string", "enum": ["years", "quarters", "trailing"], "default": "years"},
                    "segments": {"type": "boolean", "default": false},
                }),
                &["items"],
            ),
        },
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactsParameters {
    #[serde(default)]
    company: Vec<String>,
    item: Option<String>,
    document: Option<String>,
    year: Option<i32>,
    months: Option<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridParameters {
    items: Vec<String>,
    #[serde(default)]
    company: Vec<String>,
    first_year: Option<i32>,
    last_year: Option<i32>,
    #[serde(default)]
    columns: Columns,
    #[serde(default)]
    segments: bool,
}

pub fn facts(retriever: &Retriever, p: FactsParameters) -> Result<Value, Refused> {
    let args = FactsArgs {
        company: p.company,
        document: p.document,
        item: p.item,
        year: p.year,
        months: p.months,
        all: false,
    };
    let found = cli::facts::selected(
        retriever.store(),
        retriever.directory(),
        retriever.lexicon()?,
        &args,
    );
    let found = found.map_err(|error| Refused::Parameters(error.to_string()))?;
    let shown: Vec<Value> = found.iter().take(FACTS).map(cli::facts::value).collect();
    Ok(json!({"facts": shown, "found": found.len()}))
}

pub fn grid(retriever: &Retriever, p: GridParameters) -> Result<Value, Refused> {
    let years = match (p.first_year, p.last_year) {
        (Some(first), Some(last)) if first <= last => Some((first, last)),
        (None, None) => None,
        (Some(year), None) | (None, Some(year)) => Some((year, year)),
        (Some(first), Some(last)) => {
            return Err(Refused::Parameters(format!("{first} is after {last}")));
        }
    };
    if p.items.is_empty() {
        return Err(Refused::Parameters("name an item".to_owned()));
    }
    let spec = Spec {
        items: p.items,
        companies: p.company,
        columns: p.columns,
        years,
        by_part: p.segments,
    };
    let found = spec.fill(
        retriever.store(),
        retriever.directory(),
        retriever.lexicon()?,
    );
    let found = found.map_err(|error| Refused::Parameters(error.to_string()))?;
    let rows: Vec<Value> = found.rows.iter().map(cli::grid::value).collect();
    Ok(json!({"periods": found.columns, "rows": rows}))
}
