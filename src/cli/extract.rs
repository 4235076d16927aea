//! `tenk extract`: a PDF's text page by page, and the child process that reads it.

use super::args::{EngineArg, ExtractArgs, ExtractorArgs};
use super::index::Sink;
use super::remedy::Refusal;
use super::{Ended, Session, output, tables};
use crate::ocr::{Ocr, Recognised};
use crate::pdf::reader::EngineChoice;
use crate::pdf::sandbox::{self, ChildTask, Drawing, Sandbox};
use crate::pdf::{Document, Engine, LineKind, Page, PageState, table};

use anyhow::Context;

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
    let Some(document) = read(session, &sandbox, args)? else {
        return Ok(Ended::Interrupted);
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
                "sure": page.sure,
                "headings": headings(page),
                "tables": table::from_page(page),
            }))?;
        } else {
            let reason = page.reason.as_ref();
            let note = reason.map_or_else(|| page.ocr(), |reason| format!(" ({reason})"));
            output::line(&format!("\n=== page {}{note} ===\n{text}", page.number))?;
        }
    }
    let failed = document.pages.iter().any(|p| p.state == PageState::Failed);
    Ok(if failed { Ended::Partly } else { Ended::Done })
}

/// The document, its pictures read by OCR; none when interrupted.
fn read(
    session: &Session,
    sandbox: &Sandbox,
    args: &ExtractArgs,
) -> anyhow::Result<Option<Document>> {
    let named = || args.file.display().to_string();
    let ocr = Ocr::open(&session.config.ocr, session.threads(), None)?;
    let raw = sandbox.raw(&args.file, None, &session.cancel);
    let Some(mut raw) = raw.with_context(named)? else {
        return Ok(None);
    };
    if let Some(ocr) = ocr.filter(|ocr| ocr.has_work(&raw)) {
        let sink = Sink::new();
        let on = |Recognised { done, of }: Recognised| {
            sink.show(done, of, "pages read by OCR".to_owned(), done == of);
        };
        ocr.complete(sandbox, &args.file, &mut raw, &session.cancel, &on)?;
    }
    let mode = session.config.ocr.mode;
    let finished = raw.finish().map_err(|failure| {
        let remedy = failure.reason.remedy_by(mode).to_string();
        let is_own = remedy != failure.reason.remedy().to_string();
        let error = anyhow::Error::new(failure);
        match is_own {
            true => error.context(Refusal::new(named(), remedy)),
            false => error.context(named()),
        }
    });
    Ok(Some(finished?))
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
        drawing: args
            .picture
            .map(Drawing::Width)
            .or(args.grey.map(|dpi| Drawing::Grey { dpi })),
        copies: args.copy,
    });
}
