//! `tenk ask`: an answer with the pages that prove it, or a file of questions whose answers are known.

use std::io::Write;

use serde_json::{Value, json};

use super::args::AskArgs;
use super::output::{self, bold, dim, link};
use super::search::open_with_encoder;
use super::{Ended, Session, generator};
use crate::answer::spoken::Said;
use crate::answer::{Answer, Kind, Source};
use crate::config::Library;
use crate::eval::question::{Question, QuestionSet};
use crate::generate::Generator;
use crate::job::asking::{Answered, AskError, Asker, Judged, Wants, bounds, judge};
use crate::job::evaluation::with_own_names;
use crate::retrieve::{Arm, Query, Retriever};
use crate::store::from_key;

pub fn run(session: &Session, args: &AskArgs) -> anyhow::Result<Ended> {
    let library = session.library(None)?;
    let settings = session.config.search.clone();
    let retriever = match args.arm {
        Arm::Bm25 => Retriever::open(&library, None, settings)?,
        _ => open_with_encoder(session, &args.model, None, &library, settings)?,
    };
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
        asker,
        role: session.role(&args.model, &library)?,
    };
    match &args.questions {
        Some(file) => ask.judge_all(&QuestionSet::read(file, &[] as &[&str])?.questions),
        None => ask.answer(&args.query.join(" ")),
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
    asker: Asker<'a>,
    role: String,
}

impl Ask<'_> {
    fn query(&self, text: &str) -> Query {
        Query {
            text: text.to_owned(),
            arm: self.args.arm,
            top_k: self.args.top_k,
            filter: self.args.filter.filter(),
            dim: None,
            aids: self.args.aids.aids(),
        }
    }

    fn answer(&self, text: &str) -> anyhow::Result<Ended> {
        // On a terminal the text is seen as it comes, and then once more, cited.
        let mut is_told = false;
        let mut stream = |said: Said<'_>| {
            match said {
                Said::More { text, sure } => {
                    if !sure && !std::mem::replace(&mut is_told, true) {
                        eprintln!("{}", dim("(as it comes; it may be a thought still)"));
                    }
                    eprint!("{}", dim(text));
                }
                Said::Anew => eprintln!("\n{}", dim("(so the model thought; it answers:)")),
            }
            let _ = std::io::stderr().flush();
        };
        let mut silent = |_: Said<'_>| {};
        let on: &mut dyn FnMut(Said<'_>) = if output::is_styled() && !self.session.global.json {
            &mut stream
        } else {
            &mut silent
        };
        let answered = self
            .asker
            .ask(&self.query(text), &[], &self.session.cancel, on)?;
        if self.session.global.json {
            output::json(&self.json(text, &answered))?;
        } else {
            self.print(&answered)?;
        }
        Ok(Ended::Done)
    }

    fn print(&self, answered: &Answered) -> anyhow::Result<()> {
        let answer = &answered.answer;
        if answered.tokens.is_some() && output::is_styled() {
            eprintln!("\n");
        }
        let linked = |source: &Source| {
            let path = self.library.folder.join(from_key(&source.document));
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
            output::line(&bold(&format!(
                "unsupported: {list} is on no page that is cited"
            )))?;
        }
        for source in &answer.sources {
            output::line("")?;
            output::line(&format!("{}  {}", linked(source), dim(&source.chunk_id)))?;
            for proof in &source.proofs {
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
        eprintln!(
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
        out["model"] = json!(self.role);
        out["writer"] = json!(self.asker.writer.map(|w| w.name().to_owned()));
        out["seconds"] = json!(answered.took.as_secs_f64());
        out["tokens"] = json!(answered.tokens);
        out
    }

    /// Answers questions whose answers are known, and says how many are right.
    fn judge_all(&self, questions: &[Question]) -> anyhow::Result<Ended> {
        let mut tally = Tally::default();
        for question in questions {
            let query = self.query(&question.text);
            let asked = self
                .asker
                .ask(&query, &[], &self.session.cancel, &mut |_| {});
            let answered = match asked {
                // The next one may be answered.
                Err(error) if error.is_unanswered() => {
                    tally.leave(question, &error, self.session.global.json)?;
                    continue;
                }
                asked => asked?,
            };
            let wanted = with_own_names(question, self.asker.retriever.documents());
            let judged = judge(&wanted, &answered);
            tally.add(&judged, &answered);
            if self.session.global.json {
                let mut line = self.json(&question.text, &answered);
                line["id"] = json!(question.id);
                line["wanted"] = json!(question.answer);
                line["judged"] = json!(judged);
                output::json(&line)?;
            } else {
                eprintln!(
                    "{:<28} {}",
                    question.id,
                    answered.answer.text().lines().next().unwrap_or_default()
                );
            }
        }
        if self.session.global.json {
            output::json(&tally.json())?;
        } else {
            tally.print()?;
        }
        Ok(Ended::Done)
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
        "notes": answer.notes,
    })
}

/// Answers counted.
#[derive(Default)]
struct Tally {
    questions: usize,
    cited: usize,
    abstained: usize,
    /// By the model that was asked.
    unanswered: usize,
    /// Of figures in tables: asked, their page found, the figure held.
    figures: [usize; 3],
    /// Of computed ones: asked, the value right.
    computed: [usize; 2],
    /// A figure was given for the answer: the right one, another one.
    right: usize,
    wrong: usize,
    unsupported: usize,
    milliseconds: Vec<f64>,
}

impl Tally {
    fn add(&mut self, judged: &Judged, answered: &Answered) {
        self.questions += 1;
        self.cited += usize::from(judged.cited);
        self.abstained += usize::from(answered.answer.is_abstained());
        self.unsupported += usize::from(!answered.answer.body.unsupported().is_empty());
        let holds = judged.holds == Some(true);
        match judged.wants {
            Wants::Figure => {
                self.figures[0] += 1;
                self.figures[1] += usize::from(judged.retrieved);
                self.figures[2] += usize::from(judged.retrieved && holds);
            }
            Wants::Computed => {
                self.computed[0] += 1;
                // Words that hold the value count for a model, which gives no figure by itself.
                let right = judged
                    .right
                    .unwrap_or(answered.answer.kind() == Kind::Spoken && holds);
                self.computed[1] += usize::from(right);
            }
            Wants::Words => {}
        }
        self.right += usize::from(judged.right == Some(true));
        self.wrong += usize::from(judged.right == Some(false));
        self.milliseconds.push(answered.took.as_secs_f64() * 1e3);
    }

    /// Counts a question that the model does not answer, and says why.
    fn leave(&mut self, question: &Question, why: &AskError, is_json: bool) -> anyhow::Result<()> {
        self.questions += 1;
        self.unanswered += 1;
        if !is_json {
            eprintln!("{:<28} {why}", question.id);
            return Ok(());
        }
        let why = why.to_string();
        output::json(&json!({"id": question.id, "question": question.text, "unanswered": why}))
    }

    fn percentile(&self, share: f64) -> f64 {
        let mut all = self.milliseconds.clone();
        all.sort_by(f64::total_cmp);
        let at = ((all.len() as f64 - 1.0) * share).round().max(0.0) as usize;
        all.get(at).copied().unwrap_or_default()
    }

    fn json(&self) -> Value {
        json!({
            "questions": self.questions,
            "gold_page_cited": self.cited,
            "abstained": self.abstained,
            "unanswered": self.unanswered,
            // The name of earlier versions.
            "silent": self.abstained,
            "figures": {"asked": self.figures[0], "page_found": self.figures[1], "held": self.figures[2]},
            "computed": {"asked": self.computed[0], "right": self.computed[1]},
            "given": {"right": self.right, "wrong": self.wrong},
            "with_unsupported_figures": self.unsupported,
            "milliseconds": {"p50": self.percentile(0.5), "p95": self.percentile(0.95)},
        })
    }

    fn print(&self) -> anyhow::Result<()> {
        let [asked, found, held] = self.figures;
        output::line(&format!(
            "{} questions, {} abstained{}",
            self.questions,
            self.abstained,
            match self.unanswered {
                0 => String::new(),
                n => format!(", {n} left unanswered by the model"),
            }
        ))?;
        output::line(&format!(
            "answers that cite a page that answers: {}",
            self.cited
        ))?;
        output::line(&format!(
            "figures stated in a table: {asked} asked for, {found} with their page retrieved, {held} of these with the figure in the answer"
        ))?;
        output::line(&format!(
            "figures to be computed: {} asked for, {} right",
            self.computed[0], self.computed[1]
        ))?;
        output::line(&format!(
            "figures given for the answer: {} right, {} wrong",
            self.right, self.wrong
        ))?;
        output::line(&format!(
            "answers with unsupported figures: {}; median {:.0} ms, 95 % within {:.0} ms",
            self.unsupported,
            self.percentile(0.5),
            self.percentile(0.95)
        ))
    }
}
