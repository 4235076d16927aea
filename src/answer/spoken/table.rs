//! A table: the answer to a question that sets companies, periods or measures beside each other. Where
//! an endpoint takes a JSON schema, the model is asked for its cells, each with what it rests on.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::json;

use super::super::given::Given;
use crate::generate::Format;
use crate::pattern::compiled;
use crate::query::{Intent, ParsedQuestion};

/// Cells that are asked for at most.
const MOST: usize = 40;
/// Tokens of a cell, as JSON with its names.
const TOKENS: usize = 60;

/// What a table is asked of; an empty side is the model's to fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub companies: Vec<String>,
    pub items: Vec<String>,
    /// `FY2023`.
    pub periods: Vec<String>,
}

/// Words that ask for figures where no measure is named.
static COUNTS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\bhow (?:many|much|large|high|big)\b|\bnumbers? of\b|\bamounts? of\b|\btable\b|\bgrid\b",
    )
});

impl Table {
    /// The table that a question asks for: of several companies, periods or measures, in figures; none
    /// where it wants words.
    pub fn asked(question: &ParsedQuestion) -> Option<Self> {
        let wants_words = matches!(
            question.intent(),
            Intent::Cause | Intent::Policy | Intent::Risk | Intent::Guidance
        );
        let wants_figures = !question.measures.is_empty() || COUNTS.is_match(&question.core);
        let mut items: Vec<String> = Vec::new();
        for mention in &question.measures {
            if !items.contains(&mention.name) {
                items.push(mention.name.clone());
            }
        }
        let periods = match &question.task {
            Some(task) if !task.periods.all.is_empty() => {
                task.periods.all.iter().map(|own| own.label()).collect()
            }
            _ => question.core_period.labels(),
        };
        let out = Self {
            companies: question.company_names(),
            items,
            periods,
        };
        let is_table = (2..=MOST).contains(&out.cells());
        (wants_figures && !wants_words && is_table).then_some(out)
    }

    fn cells(&self) -> usize {
        let sides = [&self.companies, &self.items, &self.periods];
        sides.iter().map(|side| side.len().max(1)).product()
    }

    /// Tokens that it takes to say it.
    pub fn tokens(&self) -> usize {
        TOKENS * (self.cells() + 1)
    }

    /// How it is asked for: each company and period by its name here, each citation by its id.
    pub fn format(&self, given: &Given<'_>) -> Format {
        let text = || json!({"type": "string"});
        let one_of = |side: &[String]| match side {
            [] => text(),
            side => json!({"type": "string", "enum": side}),
        };
        let passages = given.passages.iter().map(|own| own.number.to_string());
        let facts = (1..=given.facts.len()).map(|id| format!("F{id}"));
        let ids: Vec<String> = passages.chain(facts).collect();
        let cell = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["company", "item", "period", "figure", "cites"],
            "properties": {
                "company": one_of(&self.companies),
                "item": text(),
                "period": one_of(&self.periods),
                "figure": text(),
                "cites": {"type": "array", "items": {"type": "string", "enum": ids}},
            },
        });
        let side = |side: &[String], any: &str| match side {
            [] => any.to_owned(),
            side => side.join(", "),
        };
        Format {
            name: "cells",
            schema: json!({
                "type": "object",
                "additionalProperties": false,
                "required": ["answer", "cells"],
                "properties": {
                    "answer": text(),
                    "cells": {"type": "array", "items": cell},
                },
            }),
            ask: format!(
                "Answer as JSON: {{\"answer\", \"cells\": [{{\"company\", \"item\", \"period\", \"figure\", \"cites\"}}]}}. \
                 answer is a sentence with the numbers and ids behind it, like [1] or [F1]. There is a cell for each company ({}), item ({}) and period ({}). figure is as printed, with its unit, and empty where \
                 neither sources nor facts say it; cites are the numbers and ids that it stands in.",
                side(&self.companies, "each that is asked about"),
                side(&self.items, "each that is asked about"),
                side(&self.periods, "each that is asked about"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cells::tests::{sales, table};
    use super::*;

    #[test]
    fn a_format_has_the_ids_and_names_that_there_are() {
        let format = table().format(&sales());
        let cell = &format.schema["properties"]["cells"]["items"]["properties"];
        assert_eq!(cell["company"]["enum"], json!(["Acme", "Tarrant"]));
        assert_eq!(
            cell["cites"]["items"]["enum"],
            json!(["1", "F1", "F2", "F3"])
        );
        assert!(format.ask.contains("FY2022, FY2023"), "{}", format.ask);
        let any = Table {
            companies: Vec::new(),
            ..table()
        };
        let format = any.format(&sales());
        let cell = &format.schema["properties"]["cells"]["items"]["properties"];
        assert_eq!(cell["company"], json!({"type": "string"}));
    }
}
