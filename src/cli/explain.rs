//! `tenk explain`: what is read from a question, before anything is searched.

use serde::Serialize;

use super::args::ExplainArgs;
use super::output;
use super::{Ended, Session};
use crate::query::{self, ParsedQuestion};
use crate::retrieve::Retriever;

pub fn run(session: &Session, args: &ExplainArgs) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let retriever = Retriever::open(&library, None, session.config.search.clone())?;
    let question = args.question.join(" ");
    if let Some(cut) = query::cut(&question) {
        note!("{cut}");
    }
    let parsed = retriever.parse(&question)?;
    let strangers = retriever.strangers(&parsed)?;
    if session.global.json {
        output::json(&Explained {
            parsed: &parsed,
            strangers: &strangers,
        })?;
    } else {
        print(&parsed)?;
        if !strangers.is_empty() {
            output::line(&format!("not here   {}", strangers.join(", ")))?;
        }
    }
    Ok(Ended::Done)
}

/// What scripts are told: the question, and whom the library has no document of.
#[derive(Serialize)]
struct Explained<'a> {
    #[serde(flatten)]
    parsed: &'a ParsedQuestion,
    strangers: &'a [String],
}

/// The parsed question for people, a fact a line.
pub fn print(parsed: &ParsedQuestion) -> anyhow::Result<()> {
    for line in parsed.lines() {
        // A question may bring characters that drive a terminal.
        output::line(&line.replace(char::is_control, ""))?;
    }
    Ok(())
}
