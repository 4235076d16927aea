//! `tenk ask`: an answer with the pages that prove it, or a file of questions whose answers are known.

mod judged;
mod moved;

use serde_json::{Value, json};

use super::args::AskArgs;
use super::output::{self, bold, dim, link};
use super::own_file::note_gone;
use super::search::{note_coverage, open_with_encoder};
use super::{Ended, Reading, Session, generator, proof, usage};
use crate::answer::spoken::{Said, Turn};
use crate::answer::{Answer, Source};
use crate::config::Library;
use crate::eval::question::QuestionSet;
use crate::folders::Folders;
use crate::generate::Generator;
use crate::job::asking::{Answered, Asker, bounds};
use crate::proof::{Claim, Made};
use crate::query::filter::Filter;
use crate::retrieve::{Arm, Query, Retriever};

pub fn run(session: &Session, args: &AskArgs) -> anyhow::Result<Ended> {
    proof::check(args.proof.as_deref())?;
    let library = session.library(None)?;
    let settings = session.config.search.clone();
    let retriever = match args.arm {
        Arm::Bm25 => Retriever::open(&library, None, settings)?,
        _ => open_with_encoder(session, &args.model, None, &library, settings)?,
    };
    if args.arm != Arm::Bm25 {
        note_coverage(session, retriever.coverage()?, &args.model);
    }
    let writer = writer(session, args)?;
    let asker = Asker {
        retriever: &retriever,
        writer: writer.as_deref(),
        works: !args.writer.no_figures,
        bounds: bounds(writer.as_deref(), args.writer.sources, args.writer.most),
    };
    let ask = Ask {
        session,
        args,
        library: &library,
        filter: args.filter.filter(&library)?,
        folders: Folders::known(&library),
        asker,
        role: session.role(&args.model, &library)?,
    };
    match &args.questions {
        Some(file) => {
            let reading = Reading::begin(&session.cancel)?;
            let set = QuestionSet::read_any(file)?;
            drop(reading);
            judged::run(&ask, &set)
        }
        None => ask.answer(&usage::question(&args.query)?),
    }
}

/// The model that answers in its words; none where none is wanted or known.
fn writer(session: &Session, args: &AskArgs) -> anyhow::Result<Option<Box<dyn Generator>>> {
    let (name, endpoint) = (
        args.writer.writer.as_deref(),
        args.writer.endpoint.as_deref(),
    );
    match (name, endpoint) {
        (Some("none"), None) => Ok(None),
        (name, endpoint) => generator::named(session, name, endpoint, "--writer"),
    }
}

struct Ask<'a> {
    session: &'a Session,
    args: &'a AskArgs,
    library: &'a Library,
    filter: Filter,
    folders: Folders,
    asker: Asker<'a>,
    role: String,
}

impl Ask<'_> {
    fn query(&self, text: &str) -> Query {
        Query {
            text: text.to_owned(),
            arm: self.args.arm,
            top_k: self.args.top_k,
            filter: self.filter.clone(),
            dim: None,
            aids: self.args.aids.aids(),
        }
    }

    fn answer(&self, text: &str) -> anyhow::Result<Ended> {
        // On a terminal the text is seen as it comes, and then once more, cited.
        let mut is_told = false;
        let mut stream = |said: Said<'_>| match said {
            Said::More { text, sure } => {
                if !sure && !std::mem::replace(&mut is_told, true) {
                    note!("{}", dim("(as it comes; it may be a thought still)"));
                }
                output::piece(&dim(text));
            }
            Said::Anew => note!("\n{}", dim("(so the model thought; it answers:)")),
        };
        let mut silent = |_: Said<'_>| {};
        let on: &mut dyn FnMut(Said<'_>) = if output::is_styled() && !self.session.global.json {
            &mut stream
        } else {
            &mut silent
        };
        let before = self.args.after.iter().map(|question| Turn {
            question: question.clone(),
            answer: String::new(),
        });
        let before: Vec<Turn> = before.collect();
        let query = self.query(text);
        let answered = self.asker.ask(&query, &before, &self.session.cancel, on)?;
        let sources = answered.answer.sources.iter();
        note_gone(
            self.asker.retriever.store(),
            &self.folders,
            sources.map(|source| source.document.as_str()),
        );
        let is_json = self.session.global.json;
        if !is_json {
            self.print(&answered)?;
        }
        let made = self.proof(text, &answered)?;
        if is_json {
            let mut value = self.json(text, &answered);
            if let Some(made) = &made {
                value["proof"] = proof::value(made);
            }
            output::json(&value)?;
        } else if let Some(made) = &made {
            proof::tell(made);
        }
        Ok(proof::ended(made.as_ref()))
    }

    /// The proof of an answer, where one is wanted.
    fn proof(&self, text: &str, answered: &Answered) -> anyhow::Result<Option<Made>> {
        let Some(folder) = &self.args.proof else {
            return Ok(None);
        };
        let writer = self.asker.writer.map(Generator::name);
        let claim = Claim::of_answer(text, &answered.taken_as(), &answered.answer, writer);
        let store = self.asker.retriever.store();
        proof::make(self.session, self.library, store, &claim, folder).map(Some)
    }

    fn print(&self, answered: &Answered) -> anyhow::Result<()> {
        let answer = &answered.answer;
        if answered.tokens.is_some() && output::is_styled() {
            note!("\n");
        }
        note!("{}", dim(&format!("asking: {}", answered.taken_as())));
        let linked = |source: &Source| {
            let path = self.folders.path_of(&source.document);
            link(&path, source.page, &source.citation())
        };
        for line in answer.cited_as(linked).lines() {
            output::line(&bold(line))?;
        }
        for step in answer.body.steps() {
            output::line(&format!("  {step}"))?;
        }
        for note in &answer.notes {
            output::line(&dim(&format!("note: {note}")))?;
        }
        let unsupported = answer.body.unsupported();
        if !unsupported.is_empty() {
            let list = unsupported.join(", ");
            output::line(&bold(&format!("unsupported: {list}")))?;
        }
        for (at, source) in answer.sources.iter().enumerate() {
            let proofs = || source.proofs.iter().filter(|own| !answer.shows(own));
            if at == 0 || proofs().next().is_some() {
                output::line("")?;
            }
            output::line(&format!("{}  {}", linked(source), dim(&source.chunk_id)))?;
            for proof in proofs() {
                let mut text = proof.text.clone();
                for mark in &proof.marks {
                    text = text.replacen(mark.as_str(), &bold(&format!("▸{mark}◂")), 1);
                }
                output::line(&format!("    {text}"))?;
            }
        }
        let speed = answered.tokens.map_or(String::new(), |tokens| {
            format!(
                ", {:.0} tokens/s",
                tokens as f64 / answered.took.as_secs_f64().max(1e-3)
            )
        });
        note!(
            "{}",
            dim(&format!(
                "{:.0} ms{speed}",
                answered.took.as_secs_f64() * 1e3
            ))
        );
        Ok(())
    }

    fn json(&self, text: &str, answered: &Answered) -> Value {
        let mut out = answer_json(&answered.answer);
        out["question"] = json!(text);
        out["taken_as"] = json!(answered.taken_as());
        out["model"] = json!(self.role);
        out["writer"] = json!(self.asker.writer.map(|w| w.name().to_owned()));
        out["seconds"] = json!(answered.took.as_secs_f64());
        out["tokens"] = json!(answered.tokens);
        out
    }
}

/// An answer as JSON.
pub fn answer_json(answer: &Answer) -> Value {
    let worked = answer.body.worked().map(|worked| {
        let operand = |o: &crate::answer::Operand| {
            json!({
                "item": o.item, "year": o.period.year, "period": o.period.label(), "value": o.entry.value, "printed": o.entry.printed,
                "unit": o.entry.unit, "label": o.entry.label, "head": o.entry.head,
                "document": o.entry.document, "page": o.entry.page, "line": o.entry.line,
            })
        };
        let missing = |m: &crate::answer::Missing| {
            json!({"item": m.item, "year": m.period.year, "period": m.period.label(), "counts_as_nothing": m.is_nothing})
        };
        let year = |p: &crate::answer::Periodic| {
            json!({"year": p.period.year, "period": p.label, "value": p.value})
        };
        json!({
            "company": worked.company,
            "measure": worked.subject.name,
            "part": worked.part,
            "formula": worked.subject.formula,
            "defined_by_question": worked.subject.is_defined,
            "years": worked.periods.iter().map(year).collect::<Vec<_>>(),
            "value": worked.result,
            "growth": worked.growth,
            "operands": worked.operands.iter().map(operand).collect::<Vec<_>>(),
            "missing": worked.missing.iter().map(missing).collect::<Vec<_>>(),
        })
    });
    json!({
        "kind": answer.kind(),
        "answer": answer.cited(),
        "text": answer.text(),
        "figure": answer.body.figure(),
        "worked": worked,
        "citations": answer.sources,
        "unsupported": answer.body.unsupported(),
        "cells": answer.body.cells(),
        "notes": answer.notes,
    })
}
