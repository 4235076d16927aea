//! `tenk extract`: a PDF's text page by page, and the child process that reads it.

use super::args::{EngineArg, ExtractArgs, ExtractorArgs};
use super::{Ended, Session, output, tables};
use crate::pdf::reader::EngineChoice;
use crate::pdf::sandbox::{self, ChildTask, Sandbox};
use crate::pdf::{Engine, LineKind, Page, PageState, table};

impl From<EngineArg> for EngineChoice {
    fn from(arg: EngineArg) -> Self {
        match arg {
            EngineArg::Both => EngineChoice::Both,
            EngineArg::PdfExtract => EngineChoice::Only(Engine::PdfExtract),
            EngineArg::Hayro => EngineChoice::Only(Engine::Hayro),
            EngineArg::Stock => EngineChoice::Stock,
        }
    }
}

pub fn run(session: &Session, args: &ExtractArgs) -> anyhow::Result<Ended> {
    let sandbox = Sandbox {
        engine: args.engine.into(),
        threads: session.threads(),
        ..session.sandbox()?
    };
    let document = match sandbox.read(&args.file, &session.cancel) {
        Ok(Some(document)) => document,
        Ok(None) => return Ok(Ended::Interrupted),
        Err(failure) => {
            let named = args.file.display().to_string();
            return Err(anyhow::Error::from(failure).context(named));
        }
    };
    if let Some(format) = args.tables {
        tables::write(&document, format, args.output.as_deref())?;
        return Ok(Ended::Done);
    }
    for page in &document.pages {
        let text = page.text(args.raw);
        if session.global.json {
            output::json(&serde_json::json!({
                "page": page.number,
                "text": text,
                "state": page.state,
                "reason": page.reason,
                "engine": page.engine,
                "headings": headings(page),
                "tables": table::from_page(page),
            }))?;
        } else {
            let note = page
                .reason
                .as_ref()
                .map(|r| format!(" ({r})"))
                .unwrap_or_default();
            output::line(&format!("\n=== page {}{note} ===\n{text}", page.number))?;
        }
    }
    let failed = document.pages.iter().any(|p| p.state == PageState::Failed);
    Ok(if failed { Ended::Partly } else { Ended::Done })
}

/// A page's headings with their levels; one set in two lines is one.
fn headings(page: &Page) -> Vec<serde_json::Value> {
    let mut out: Vec<(u8, String)> = Vec::new();
    for line in &page.lines {
        let LineKind::Heading(level) = line.kind else {
            continue;
        };
        match out.last_mut().filter(|_| !line.starts_block) {
            Some((_, text)) => *text = format!("{text} {}", line.text),
            None => out.push((level, line.text.clone())),
        }
    }
    let heading = |(level, text)| serde_json::json!({"level": level, "text": text});
    out.into_iter().map(heading).collect()
}

/// The hidden subcommand: reads a PDF for a parent process.
pub fn child(args: ExtractorArgs) {
    sandbox::child_main(ChildTask {
        path: args.file,
        pages: args.from..=args.last,
        memory_mb: args.memory_mb,
        engine: args.engine.into(),
        threads: args.workers,
        picture: args.picture,
    });
}
