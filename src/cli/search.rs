//! `tenk search`: one question, or a file of them.

use std::io::{BufRead, Read};
use std::sync::Arc;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::args::SearchArgs;
use super::index::embed_first;
use super::output::{self, bold, dim, link};
use super::own_file::note_gone;
use super::remedy::{options, refuse};
use super::show::named_page;
use super::{Ended, Reading, Session};
use crate::config::{Library, SearchConfig};
use crate::folders::Folders;
use crate::model::ModelError;
use crate::query::filter::Filter;
use crate::query::{self, ParsedQuestion, filter};
use crate::remedy::Remedy;
use crate::retrieve::explain::Explanation;
use crate::retrieve::{Arm, Hit, Outcome, Part, Query, Retriever, Signs};
use crate::store::Coverage;
use crate::units::count;

/// Bytes of a line of `--queries` at most.
const LINE: u64 = 32 << 20;

/// The next line; none behind the last one.
fn line(mut reader: &mut dyn BufRead) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let read = Read::take(&mut reader, LINE + 1).read_until(b'\n', &mut bytes)?;
    if bytes.len() as u64 > LINE {
        let what = format!("it is longer than {} MiB", LINE >> 20);
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, what));
    }
    let text = String::from_utf8(bytes).map_err(|_| std::io::ErrorKind::InvalidData)?;
    Ok((read > 0).then_some(text))
}

/// A line of `--queries`.
#[derive(Deserialize)]
struct Question {
    id: Option<serde_json::Value>,
    question: String,
    document: Option<String>,
}

#[derive(Serialize)]
struct Answered<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<serde_json::Value>,
    query: &'a str,
    arm: &'a str,
    model: &'a str,
    /// Companies, periods and forms found in the question.
    found: Vec<String>,
    /// What was asked for besides: the line items of a ratio.
    parts: &'a [Part],
    /// Companies that the question is about and the library lacks, and what it lacks in words.
    strangers: &'a [String],
    lacks: Option<&'a str>,
    /// How likely it is that a page which answers is among the first ten hits, and by what.
    confidence: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signs: Option<Signs>,
    hits: Vec<JsonHit<'a>>,
    /// What is to be said of how it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// How the question was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    parsed: Option<&'a ParsedQuestion>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    explained: &'a [Explanation],
    /// Chunks that the dense arm can see, of all.
    encoded: u64,
    chunks: u64,
}

#[derive(Serialize)]
pub(super) struct JsonHit<'a> {
    rank: usize,
    document: &'a str,
    page: u32,
    page_last: u32,
    chunk_id: &'a str,
    section: &'a str,
    text: &'a str,
    dense_rank: Option<usize>,
    bm25_rank: Option<usize>,
    score: f32,
    cosine: Option<f32>,
    bm25_score: Option<f32>,
}

pub fn run(session: &Session, args: &SearchArgs) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let settings = session.config.search.clone();
    let retriever = match args.arm {
        Arm::Bm25 => Retriever::open(&library, None, settings)?,
        _ => open_with_encoder(session, &args.model, None, &library, settings)?,
    };
    let coverage = retriever.coverage()?;
    if args.arm != Arm::Bm25 {
        note_coverage(session, coverage, &args.model);
    }
    let search = Search {
        session,
        role: session.role(&args.model, &library)?,
        args,
        filter: args.filter.filter(&library)?,
        folders: Folders::known(&library),
        retriever,
        coverage,
    };
    match &args.queries {
        None => search.answer(None, &super::usage::question(&args.query)?, None)?,
        Some(file) => search.answer_file(file)?,
    }
    Ok(Ended::Done)
}

/// Loads the indexes while the model loads; `prompt` takes the place of the model's own.
pub(super) fn open_with_encoder(
    session: &Session,
    model: &str,
    prompt: Option<&str>,
    library: &Library,
    settings: SearchConfig,
) -> anyhow::Result<Retriever> {
    let precision = session.config.index.precision;
    if model != "serving" {
        embed_first(session, library, model)?;
    }
    let model = session.model(model, Some(library))?;
    std::thread::scope(|scope| {
        let encoder = scope.spawn(|| {
            let mut encoder = model.encoder(precision, session.threads())?;
            if let Some(prompt) = prompt {
                encoder.set_query_prompt(prompt);
            }
            Ok::<_, ModelError>(encoder)
        });
        let opened = Retriever::open(library, None, settings).and_then(|mut retriever| {
            retriever.preload(&model.stored_name(precision))?;
            Ok(retriever)
        });
        let encoder = encoder.join().expect("loading a model reports its errors");
        let mut retriever = opened?;
        retriever.set_encoder(Arc::new(encoder?))?;
        Ok(retriever)
    })
}

struct Search<'a> {
    session: &'a Session,
    args: &'a SearchArgs,
    filter: Filter,
    folders: Folders,
    retriever: Retriever,
    coverage: Coverage,
    /// What the model is called in results.
    role: String,
}

impl Search<'_> {
    fn answer_file(&self, file: &std::path::Path) -> anyhow::Result<()> {
        let _reading = Reading::begin(&self.session.cancel)?;
        let (name, mut reader): (_, Box<dyn BufRead>) = if file.as_os_str() == "-" {
            ("stdin".to_owned(), Box::new(std::io::stdin().lock()))
        } else {
            let opened = std::fs::File::open(file)
                .with_context(|| format!("{} cannot be opened", file.display()))?;
            let name = file.display().to_string();
            (name, Box::new(std::io::BufReader::new(opened)))
        };
        for number in 1.. {
            let at = format!("{name} line {number}");
            let line = line(&mut reader).map_err(|error| match Remedy::to_read(&error) {
                Some(remedy) => refuse(format!("{at} cannot be read: {error}"), remedy.to_string()),
                None => error.into(),
            })?;
            let Some(line) = line else { break };
            // Some editors begin a file with a mark of its encoding.
            let line = line.trim_start_matches('\u{feff}');
            if line.trim().is_empty() {
                continue;
            }
            let question: Question = serde_json::from_str(line).map_err(|e| {
                refuse(
                    format!("{at}: {e}"),
                    "expected {\"id\", \"question\", \"document\"?}",
                )
            })?;
            self.answer(question.id, &question.question, question.document)?;
        }
        Ok(())
    }

    fn answer(
        &self,
        id: Option<serde_json::Value>,
        text: &str,
        document: Option<String>,
    ) -> anyhow::Result<()> {
        let args = self.args;
        let query = Query {
            text: text.to_owned(),
            arm: args.arm,
            top_k: args.top_k.unwrap_or(self.session.config.search.top_k),
            filter: Filter {
                document: document.or_else(|| self.filter.document.clone()),
                ..self.filter.clone()
            },
            dim: args.dim,
            aids: args.aids.aids(),
        };
        let outcome = self.retriever.search(&query)?;
        let confidence = outcome.confidence();
        let unmet = match outcome.hits.is_empty() && !query.filter.is_empty() {
            true => filter::unmet(&query.filter, self.retriever.documents().iter()),
            false => None,
        };
        let lacks = outcome
            .lacks()
            .or_else(|| unmet.clone().filter(|_| self.session.global.json));
        let Outcome {
            hits,
            question,
            scope,
            parts,
            strangers,
            signs,
            left_out: _,
            is_later: _,
        } = outcome;
        note_gone(
            self.retriever.store(),
            &self.folders,
            hits.iter().map(|hit| hit.chunk.document.as_str()),
        );
        let parsed = args.explain.is_some().then_some(&question);
        let explained = self.explained(&query, &hits)?;
        if self.session.global.json {
            return output::json(&Answered {
                id,
                query: text,
                arm: args.arm.as_str(),
                model: &self.role,
                found: scope.chips(),
                parts: &parts,
                strangers: &strangers,
                lacks: lacks.as_deref(),
                confidence,
                signs: signs.filter(|_| args.explain.is_some()),
                hits: hits.iter().map(json_hit).collect(),
                note: query::cut(text),
                parsed,
                explained: &explained,
                encoded: self.coverage.encoded,
                chunks: self.coverage.chunks,
            });
        }
        if let Some(id) = id {
            output::line(&format!("# {id} {text}"))?;
        }
        if let Some(cut) = query::cut(text) {
            note!("{cut}");
        }
        parsed.map_or(Ok(()), super::explain::print)?;
        let found = scope.chips();
        if !found.is_empty() {
            note!(
                "about: {}   (--no-found searches everything)",
                found.join(" · ")
            );
        }
        if !parts.is_empty() {
            let asked: Vec<&str> = parts.iter().map(|p| p.text.as_str()).collect();
            note!("also asked for: {}", asked.join(" · "));
        }
        match (lacks, hits.is_empty()) {
            (Some(lacks), true) => note!("{lacks}   (--no-found searches the others)"),
            (Some(lacks), false) => note!("{lacks}"),
            (None, true) => {
                let why = unmet.unwrap_or_else(|| "no passage has these words".to_owned());
                note!("nothing found: {why}");
            }
            (None, false) => {}
        }
        if let Some(low) = confidence.filter(|own| *own < Signs::DOUBTFUL && !hits.is_empty()) {
            let percent = (100.0 * low).round();
            note!("that a page here answers is {percent} % likely");
        }
        let terms = self.retriever.marks(text, &parts);
        for hit in &hits {
            self.print(hit, &terms)?;
            let chunk = &hit.chunk;
            let of_hit = |e: &&Explanation| e.document == chunk.document && e.page == chunk.page;
            explained
                .iter()
                .find(of_hit)
                .map_or(Ok(()), print_explanation)?;
        }
        let listed = |e: &&Explanation| e.rank.is_some_and(|rank| rank <= hits.len());
        let others = explained.iter().filter(|e| !listed(e));
        others.into_iter().try_for_each(print_explanation)
    }

    /// Why the hits were found, or what became of the page that was named.
    fn explained(&self, query: &Query, hits: &[Hit]) -> anyhow::Result<Vec<Explanation>> {
        let Some(named) = &self.args.explain else {
            return Ok(Vec::new());
        };
        let page = |hit: &Hit| (hit.chunk.document.clone(), hit.chunk.page);
        let pages: Vec<(String, u32)> = if named.is_empty() {
            hits.iter().map(page).collect()
        } else {
            vec![named_page(self.retriever.store(), named)?]
        };
        Ok(self.retriever.explain(query, &pages)?)
    }

    fn print(&self, hit: &Hit, terms: &[String]) -> anyhow::Result<()> {
        let chunk = &hit.chunk;
        let place = format!("{} p.{}", chunk.document, chunk.page);
        let path = self.folders.path_of(&chunk.document);
        let rank = |name: &str, rank: Option<usize>| {
            rank.map_or(format!("{name}–"), |r| format!("{name}{r}"))
        };
        let ranks = format!("{} {}", rank("d", hit.dense_rank), rank("b", hit.bm25_rank));
        let heading = chunk.heading();
        let is_under = chunk.section.ends_with(heading);
        let section = if is_under { &chunk.section } else { heading };
        output::line(&format!(
            "{:>2}  {}  {}  {}",
            hit.rank,
            bold(&link(&path, chunk.page, &place)),
            section,
            dim(&format!("{ranks}  {}", chunk.chunk_id))
        ))?;
        let snippet = crate::retrieve::snippet::best_lines(&chunk.text, terms, 3);
        for line in snippet {
            let marked: String = line
                .into_iter()
                .map(|(text, hit)| if hit { bold(&text) } else { text })
                .collect();
            output::line(&format!("      {marked}"))?;
        }
        Ok(())
    }
}

fn print_explanation(explanation: &Explanation) -> anyhow::Result<()> {
    let lines = explanation.lines();
    lines
        .iter()
        .try_for_each(|text| output::line(&dim(&format!("        {text}"))))
}

pub(super) fn json_hit(hit: &Hit) -> JsonHit<'_> {
    JsonHit {
        rank: hit.rank,
        document: &hit.chunk.document,
        page: hit.chunk.page,
        page_last: hit.chunk.page_last,
        chunk_id: &hit.chunk.chunk_id,
        section: &hit.chunk.section,
        text: &hit.chunk.text,
        dense_rank: hit.dense_rank,
        bm25_rank: hit.bm25_rank,
        score: hit.score,
        cosine: hit.cosine,
        bm25_score: hit.bm25_score,
    }
}

/// Says where dense search sees a part of the library alone.
pub(super) fn note_coverage(session: &Session, coverage: Coverage, model: &str) {
    if coverage.encoded >= coverage.chunks {
        return;
    }
    let at = options(&session.global);
    let goes_on = match (coverage.encoded, model) {
        (1.., _) | (0, "serving") => format!("tenk index{at} goes on"),
        (0, name) => format!("tenk index --model {name}{at} embeds them"),
    };
    note!(
        "note: {} of {} are embedded; the dense arm sees only those ({goes_on})",
        coverage.encoded,
        count(coverage.chunks, "chunk")
    );
}
