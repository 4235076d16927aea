//! The compare pane: one question, a column a model.

use std::time::Instant;

use super::Input;
use crate::job::comparison::{Moved, placed};
use crate::job::side_by_side::Column;
use crate::retrieve::Arm;

#[derive(Default)]
pub struct ComparePane {
    pub input: Input,
    pub arm: Arm,
    /// Names that a column may have, the base first.
    pub names: Vec<String>,
    /// The tuned one, as far as is known.
    pub tuned: Option<String>,
    /// The columns' models: left, right, and maybe a third.
    pub models: Vec<String>,
    pub columns: Vec<Column>,
    /// Column and row under the cursor.
    pub column: usize,
    pub row: usize,
    pub serial: u64,
    pub due: Option<Instant>,
    pub waiting: bool,
    /// Questions with known pages, those that move most first, for the left and right models.
    pub walked: Vec<Moved>,
    /// For which columns `walked` is; empty before it was asked for.
    pub walked_for: (String, String),
    /// The question that stands in the input.
    pub at: Option<usize>,
    /// The walk was asked for before it was known which models there are.
    pub wants_walk: bool,
}

impl ComparePane {
    /// Pages, as `DOCUMENT:PAGE`, that answer the question in the input, where they are known.
    pub fn gold(&self) -> &[String] {
        let known = self.at.and_then(|at| self.walked.get(at));
        known
            .filter(|moved| moved.question == self.input.text)
            .map_or(&[], |moved| &moved.gold)
    }

    /// The hit under the cursor.
    pub fn hit(&self) -> Option<&crate::retrieve::Hit> {
        let pages = placed(&self.columns.get(self.column)?.hits, &[]);
        pages.get(self.row).map(|placed| placed.hit)
    }

    /// The name after `name` in a column's turn.
    pub fn after(&self, name: &str) -> Option<String> {
        let at = self.names.iter().position(|n| n == name);
        let next = at.map_or(0, |at| (at + 1) % self.names.len().max(1));
        self.names.get(next).cloned()
    }
}
