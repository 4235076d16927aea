//! The tools, all of them, and the way of a call: it is settled, answered, and cut to the budget.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::argument::settle;
use super::cursor::Cursor;
use super::refusal::Refused;
use super::tool::{Asked, Given, Opened, Tool};
use super::{documents, figures, questions};
use crate::progress::CancelToken;

pub static TOOLS: LazyLock<Vec<Tool>> = LazyLock::new(|| {
    let all = questions::tools().into_iter().chain(documents::tools());
    all.chain(figures::tools()).collect()
});

impl Opened {
    /// Answers a call with one text within the budget; none where there is no such tool.
    pub fn call(
        &mut self,
        name: &str,
        given: &Map<String, Value>,
        cancel: &CancelToken,
    ) -> Option<Result<String, Refused>> {
        let tool = TOOLS.iter().find(|tool| tool.name == name)?;
        Some(self.answer(tool, given, cancel))
    }

    fn answer(
        &mut self,
        tool: &Tool,
        given: &Map<String, Value>,
        cancel: &CancelToken,
    ) -> Result<String, Refused> {
        // It may have been cancelled while it waited.
        cancel.check()?;
        let mut arguments = settle(tool.name, &tool.arguments, given)?;
        self.retriever.refresh()?;
        let resumed = arguments.remove("cursor");
        let start = Cursor::start(tool.name, &arguments, &self.retriever.store().revision()?);
        let cursor = match &resumed {
            Some(Value::String(given)) => start.resumed(given)?,
            _ => start,
        };
        let asked = Asked {
            opened: self,
            arguments,
            cursor,
            cancel,
        };
        let answered = (tool.answer)(&asked)?;
        cancel.check()?;
        match answered {
            Given::Whole(answer) => answer.piece(&asked.cursor),
            Given::Piece(piece) => Ok(piece.to_string()),
        }
    }
}
