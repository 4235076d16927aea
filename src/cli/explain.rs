//! `tenk explain`: what is read from a question, before anything is searched.

use super::args::ExplainArgs;
use super::output;
use super::{Ended, Session};
use crate::query::ParsedQuestion;
use crate::retrieve::Retriever;

pub fn run(session: &Session, args: &ExplainArgs) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let retriever = Retriever::open(&library, None, session.config.search.clone())?;
    let parsed = retriever.parse(&args.question.join(" "))?;
    if session.global.json {
        output::json(&parsed)?;
    } else {
        print(&parsed)?;
    }
    Ok(Ended::Done)
}

/// The parsed question for people, a fact a line.
pub fn print(parsed: &ParsedQuestion) -> anyhow::Result<()> {
    for line in parsed.lines() {
        // A question may bring characters that drive a terminal.
        output::line(&line.replace(char::is_control, ""))?;
    }
    Ok(())
}
