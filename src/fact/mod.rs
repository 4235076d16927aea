//! Facts: every figure of a document's tables, with what it is of: line item, dimension, entity, basis,
//! period, unit; and where it stands.
//!
//! The tables are those of `pdf::table`. `period` says what each column is of, `label` what each row is called, `unit` what its figures count; `item` names the line items,
//! `entity` says whose statement it is, `dimension` of which part of the company, and `check` holds all to
//! accounting. The rest of the program reads facts from the store and no table anew.

mod check;
mod dimension;
mod entity;
mod item;
mod label;
mod period;
mod read;
mod table;
mod unit;

use crate::metadata::Metadata;
use crate::statement::Statement;
pub use check::{Check, Checks, share};
pub use dimension::{Axis, Dimension, is_place};
pub use entity::Entity;
pub use item::{element, is_narrow, is_summed, is_wider};
pub use period::Period;
pub use read::read;
pub use unit::Unit;

/// Changes when the same pages would give other facts: they are read again from the stored pages.
pub const FACT_VERSION: u32 = 10;

/// By what the facts of a document are read: other metadata give its columns other periods.
pub fn key(metadata: &Metadata) -> String {
    let end = metadata
        .period_end
        .map_or(String::new(), |end| end.to_string());
    format!(
        "{FACT_VERSION}/{end}/{:?}/{:?}/{}",
        metadata.year,
        metadata.quarter,
        metadata.registrants.join(";")
    )
}

/// A figure of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// From 1.
    pub page: u32,
    /// The line of the page, from 0.
    pub line: usize,
    /// Left and right edge of the figure, in points.
    pub place: (f32, f32),
    /// The table's number in the document, and that of the run of tables that make one statement.
    pub table: usize,
    pub run: usize,
    pub row: usize,
    pub column: usize,
    pub statement: Option<Statement>,
    /// As printed.
    pub label: String,
    /// The labels over it, the outermost first.
    pub over: Vec<String>,
    pub head: String,
    pub period: Option<Period>,
    pub printed: String,
    pub is_nil: bool,
    /// In full units.
    pub value: f64,
    pub scale: f64,
    pub unit: Unit,
    /// What amounts are in: `USD`.
    pub currency: &'static str,
    pub entity: Entity,
    /// The part of the company that it is of; none for all of it.
    pub dimension: Option<Dimension>,
    /// As adjusted by the issuer, not as accounting rules have it.
    pub is_adjusted: bool,
    /// The line item, by its name in the us-gaap taxonomy.
    pub item: Option<&'static str>,
    /// It stands on a page that OCR has read.
    pub is_recognised: bool,
    /// OCR is not sure of it. Not stored: the check remembers.
    pub is_doubtful: bool,
    /// Checks that it passed, and that it failed.
    pub passed: Checks,
    pub failed: Checks,
}

impl Fact {
    /// It is a line item of the issuer's own, of a known period, and failed no check.
    pub fn is_certain(&self) -> bool {
        self.item.is_some()
            && (self.statement.is_some() || self.dimension.is_some())
            && self.period.is_some()
            && self.entity == Entity::Consolidated
            && !self.is_adjusted
            && self.failed.is_empty()
    }

    /// The label as printed behind those over it: `Earnings per share — Diluted`.
    pub fn whole_label(&self) -> String {
        let own = Some(&self.label).filter(|label| !label.is_empty());
        let labels: Vec<&str> = self.over.iter().chain(own).map(String::as_str).collect();
        // A total that has no label is not what it stands under.
        let unlabelled = if self.label.is_empty() {
            " — (no label)"
        } else {
            ""
        };
        format!("{}{unlabelled}", labels.join(" — "))
    }

    /// Its label says that what belongs to others than the parent's owners is not in it.
    pub fn is_of_owners(&self) -> bool {
        item::is_of_owners(&self.label)
    }

    /// For people: whether it adds up.
    pub fn state(&self) -> String {
        let state = match (self.failed.is_empty(), self.passed.is_empty()) {
            (false, _) => format!("fails: {}", self.failed.names().join(", ")),
            (true, false) => "checked".to_owned(),
            (true, true) => "unchecked".to_owned(),
        };
        if self.is_recognised {
            format!("{state}, read by OCR")
        } else {
            state
        }
    }

    /// In full units with the sign that is printed.
    fn value_as_printed(&self) -> f64 {
        crate::pdf::table::token::value(&self.printed).map_or(0.0, |value| value * self.scale)
    }
}

#[cfg(test)]
#[path = "fact_tests.rs"]
mod tests;
