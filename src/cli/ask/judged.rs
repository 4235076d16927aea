//! Answers judged: a file of questions whose answers are known, how many are right, and what another run of the same
//! questions had.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Ask;
use super::moved::{Moved, earlier};
use crate::answer;
use crate::cli::args::Grouping;
use crate::cli::{Ended, Reading, output};
use crate::eval::question::{Question, QuestionSet};
use crate::job::asking::judge::{Grade, Judged, Wants, judge};
use crate::job::asking::{Answered, AskError};
use crate::job::evaluation::with_own_names;
use crate::query::filter::is_document;
use crate::units::count;

/// Answers the questions and says how many answers are right.
pub(super) fn run(ask: &Ask<'_>, set: &QuestionSet) -> anyhow::Result<Ended> {
    let reading = Reading::begin(&ask.session.cancel)?;
    let against = ask.args.against.as_deref().map(earlier).transpose()?;
    drop(reading);
    let mut tally = Tally::default();
    let header = || format!("id\tpage answers\t{}\n", answer::Signs::NAMES.join("\t"));
    let mut rows = ask.args.write_signs.as_ref().map(|_| header());
    for question in set.questions.iter().chain(&set.unanswerable) {
        let query = ask.query(&question.text);
        let asked = ask.asker.ask(&query, &[], &ask.session.cancel, &mut |_| {});
        let answered = match asked {
            // The next one may be answered.
            Err(error) if error.is_unanswered() => {
                tally.leave(question, &error, ask.session.global.json)?;
                continue;
            }
            asked => asked?,
        };
        let wanted = with_own_names(question, ask.asker.retriever.documents());
        let judged = judge(&wanted, &answered);
        tally.add(
            &group(ask, question, &answered),
            (question, &judged),
            &answered,
        );
        if let Some(rows) = &mut rows {
            signs(ask, &wanted, &answered, rows)?;
        }
        if ask.session.global.json {
            let mut line = ask.json(&question.text, &answered);
            line["id"] = json!(question.id);
            line["question_kind"] = json!(question.kind);
            line["intent"] = json!(answered.outcome.question.intent());
            line["wanted"] = json!(question.answer);
            line["judged"] = json!(judged);
            output::json(&line)?;
        } else {
            note!(
                "{:<28} {:<20} {}",
                question.id,
                judged.grade.as_str(),
                answered.answer.text().lines().next().unwrap_or_default()
            );
        }
    }
    if let (Some(path), Some(rows)) = (&ask.args.write_signs, &rows) {
        crate::fsio::export(path, rows.as_bytes())?;
    }
    if ask.session.global.json {
        let mut all = tally.json();
        if let Some(before) = &against {
            all["against"] = tally.moved(before).json();
        }
        output::json(&all)?;
        return Ok(Ended::Done);
    }
    tally.print()?;
    if let Some(before) = &against {
        tally.moved(before).print()?;
    }
    Ok(Ended::Done)
}

/// Adds the signs of all that might be quoted for a question.
fn signs(
    ask: &Ask<'_>,
    question: &Question,
    answered: &Answered,
    rows: &mut String,
) -> anyhow::Result<()> {
    for (document, page, signs) in answer::signs(ask.asker.retriever, &answered.outcome)? {
        let mut gold = question.pages.iter();
        let is_gold = gold.any(|(own, number)| is_document(&document, own) && *number == page);
        let values = signs.values().map(|value| format!("{value:.4}"));
        let values = values.join("\t");
        rows.push_str(&format!(
            "{}\t{}\t{values}\n",
            question.id,
            u8::from(is_gold)
        ));
    }
    Ok(())
}

fn group(ask: &Ask<'_>, question: &Question, answered: &Answered) -> String {
    match ask.args.by {
        Some(Grouping::Kind) => question.kind_name().to_owned(),
        Some(Grouping::Intent) => answered.outcome.question.intent().as_str().to_owned(),
        None => String::new(),
    }
}

/// Answers counted.
#[derive(Default)]
struct Tally {
    grades: BTreeMap<String, Grade>,
    /// Of each group, by grade.
    groups: BTreeMap<String, BTreeMap<Grade, usize>>,
    cited: usize,
    /// Questions that a page answers.
    answerable: usize,
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
    fn add(&mut self, group: &str, (question, judged): (&Question, &Judged), answered: &Answered) {
        self.grades.insert(question.id.clone(), judged.grade);
        let own = self.groups.entry(group.to_owned()).or_default();
        *own.entry(judged.grade).or_default() += 1;
        self.answerable += usize::from(judged.wants != Wants::Nothing);
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
                let is_spoken = answered.answer.kind() == crate::answer::Kind::Spoken;
                let right = judged.right.unwrap_or(is_spoken && holds);
                self.computed[1] += usize::from(right);
            }
            Wants::Words | Wants::Nothing => {}
        }
        self.right += usize::from(judged.right == Some(true));
        self.wrong += usize::from(judged.right == Some(false));
        self.milliseconds.push(answered.took.as_secs_f64() * 1e3);
    }

    /// Counts a question that the model does not answer, and says why.
    fn leave(&mut self, question: &Question, why: &AskError, is_json: bool) -> anyhow::Result<()> {
        self.unanswered += 1;
        if !is_json {
            note!("{:<28} {why}", question.id);
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

    /// How many have each grade, all groups together.
    fn count(&self, grade: Grade) -> usize {
        self.grades.values().filter(|own| **own == grade).count()
    }

    fn json(&self) -> Value {
        json!({
            "questions": self.grades.len() + self.unanswered,
            "answerable": self.answerable,
            "gold_page_cited": self.cited,
            "abstained": self.abstained,
            "unanswered": self.unanswered,
            // The name of earlier versions.
            "silent": self.abstained,
            "grades": Grade::ALL.map(|grade| (grade, self.count(grade))).into_iter().collect::<BTreeMap<_, _>>(),
            "groups": self.groups,
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
            "{}, {} abstained{}",
            count((self.grades.len() + self.unanswered) as u64, "question"),
            self.abstained,
            match self.unanswered {
                0 => String::new(),
                n => format!(", {n} left unanswered by the model"),
            }
        ))?;
        output::line(&format!(
            "answers that cite a page that answers: {} of {}",
            self.cited, self.answerable
        ))?;
        let all = self
            .grades
            .values()
            .fold(BTreeMap::new(), |mut all, grade| {
                *all.entry(*grade).or_insert(0) += 1;
                all
            });
        let own = self.groups.iter().filter(|(name, _)| !name.is_empty());
        for (name, grades) in own
            .map(|(name, own)| (name.as_str(), own))
            .chain([("all", &all)])
        {
            output::line(&format!("  {name:<16} {}", in_words(grades)))?;
        }
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

    /// What became of the questions that both runs have.
    fn moved(&self, before: &BTreeMap<String, Grade>) -> Moved {
        let both = self.grades.iter();
        let both = both.filter_map(|(id, now)| Some((id.clone(), *before.get(id)?, *now)));
        Moved { of: both.collect() }
    }
}

fn in_words(grades: &BTreeMap<Grade, usize>) -> String {
    let own: Vec<String> = grades
        .iter()
        .map(|(grade, count)| format!("{count} {}", grade.as_str()))
        .collect();
    own.join(", ")
}
