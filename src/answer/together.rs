//! Together: figures of several companies, measures or parts as one answer, that of the first of them or their sum before
//! them, and first of all what of it is missing.

use std::sync::LazyLock;

use regex::Regex;

use super::Answer;
use super::body::{Body, Figures};
use super::render;
use super::worked::Worked;
use crate::pattern::compiled;
use crate::query::Over;

/// What the figures are of that stand beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    Companies,
    Measures,
    Parts,
}

/// The one that a question after the highest or the lowest of several means, in a sentence, and its
/// figure.
pub fn foremost(question: &str, answers: &[Answer], beside: Beside) -> Option<(String, String)> {
    static MOST: LazyLock<Regex> = LazyLock::new(|| {
        compiled(
            r"(?i)\b(?:most|higher|highest|larger|largest|greater|greatest|bigger|biggest|better|best)\b",
        )
    });
    static LEAST: LazyLock<Regex> = LazyLock::new(|| {
        compiled(r"(?i)\b(?:least|lower|lowest|smaller|smallest|worse|worst|fewest)\b")
    });
    // "The most, or lost the least" asks for the most.
    let sign = match (MOST.is_match(question), LEAST.is_match(question)) {
        (true, _) => 1.0,
        (false, true) => -1.0,
        (false, false) => return None,
    };
    if answers.len() < 2 {
        return None;
    }
    // Of amounts in two currencies none is the higher.
    let amounts = answers.iter().filter_map(|own| own.body.worked());
    if !are_in_one_currency(amounts.filter(|own| own.is_amount())) {
        return None;
    }
    let value = |answer: &Answer| Some(sign * answer.body.worked()?.result?);
    let values: Option<Vec<f64>> = answers.iter().map(value).collect();
    let values = values?;
    let (at, _) = values
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1))?;
    let worked = answers[at].body.worked()?;
    let what = match beside {
        Beside::Companies => &worked.company,
        Beside::Measures => &worked.subject.name,
        Beside::Parts => worked.part.as_ref()?,
    };
    let how = if sign > 0.0 { "highest" } else { "lowest" };
    let figure = answers[at].body.figure()?;
    let sentence = format!("The {how}: {what}, {figure}.");
    Some((sentence, figure.to_owned()))
}

fn are_in_one_currency<'a>(all: impl Iterator<Item = &'a Worked>) -> bool {
    let mut signs = all.map(render::currency);
    let first = signs.next();
    signs.all(|sign| Some(&sign) == first.as_ref())
}

/// What the figures of several companies come to, in a sentence, and the figure, where a question asks for it.
pub fn sum(question: &str, answers: &[Answer], beside: Beside) -> Option<(String, String)> {
    static SUM: LazyLock<Regex> = LazyLock::new(|| {
        compiled(r"(?i)\b(?:sum|combined|together|in (?:total|aggregate)|altogether)\b")
    });
    if beside == Beside::Measures || !SUM.is_match(question) {
        return None;
    }
    let all: Option<Vec<&Worked>> = answers.iter().map(|own| own.body.worked()).collect();
    let all = all?;
    let is_one =
        |own: &&Worked| own.over == Over::Each && own.periods.len() == 1 && own.is_amount();
    let is_alike = are_in_one_currency(all.iter().copied())
        && all
            .windows(2)
            .all(|two| two[0].subject.expr == two[1].subject.expr);
    let values: Option<Vec<f64>> = all.iter().map(|own| own.result).collect();
    if !is_alike || !all.iter().all(is_one) {
        return None;
    }
    let mut whole = (*all.first()?).clone();
    whole.result = Some(values?.iter().sum());
    let figure = render::figure(&whole, crate::query::Presentation::default())?;
    Some((format!("Together: {figure}."), figure))
}

/// Answers about several companies or measures as one; `foremost`, where one of them is meant, stands
/// over them, and else it has no figure of its own. Where some of them lack a figure, that is said first.
pub fn together(mut answers: Vec<Answer>, foremost: Option<(String, String)>) -> Answer {
    if answers.len() == 1 {
        return answers.remove(0);
    }
    let missing: Vec<String> = answers.iter().filter_map(missing).collect();
    let is_found = answers.iter().any(|answer| !answer.is_abstained());
    let mut out = Answer::abstained();
    let (sentence, figure) = foremost.unzip();
    let mut lines: Vec<String> = sentence.into_iter().collect();
    if is_found && !missing.is_empty() {
        lines.push(format!("Found in part, without {}.", missing.join(" and ")));
    }
    let (mut steps, mut each) = (Vec::new(), Vec::new());
    for answer in answers {
        each.extend(answer.body.all_worked().cloned());
        let before = out.sources.len();
        steps.extend_from_slice(answer.body.steps());
        // From the last number down, lest one that was changed is changed again.
        let mut text = answer.text().to_owned();
        for source in answer.sources.iter().rev() {
            let (old, new) = (source.number, source.number + before);
            text = text.replace(&format!("[{old}]"), &format!("[{new}]"));
        }
        lines.extend((!answer.is_abstained()).then_some(text));
        out.sources
            .extend(answer.sources.into_iter().map(|mut source| {
                source.number += before;
                source
            }));
        out.notes.extend(answer.notes);
    }
    let mut figures = Figures {
        steps,
        each,
        ..Figures::default()
    };
    let text = lines.join("\n");
    out.body = match (is_found, missing.is_empty()) {
        (true, true) => {
            figures.figure = figure;
            Body::Worked { text, figures }
        }
        (true, false) => Body::Partial {
            text,
            figures,
            unsupported: Vec::new(),
        },
        (false, _) => Body::Abstained {
            figures,
            nearest: None,
        },
    };
    out
}

/// A question without companies that are named in it, and without what sets them beside others.
pub fn without(question: &str, names: &[String]) -> String {
    let mut out = question.to_owned();
    for name in names {
        let name = regex::escape(name);
        let beside = r"(?:,\s*(?:and\s+|or\s+)?|and|or|vs\.?|versus|against|with|to|than)";
        for own in [
            format!(r"(?i)\s*\b{beside}\s+{name}\b(?:['’]s)?"),
            format!(r"(?i)\b{name}\b(?:['’]s)?\s*{beside}\s"),
            format!(r"(?i)\b{name}\b(?:['’]s)?"),
        ] {
            let found = Regex::new(&own).map(|own| own.replacen(&out, 1, " ").into_owned());
            match found {
                Ok(text) if text != out => {
                    out = text;
                    break;
                }
                _ => {}
            }
        }
    }
    out.trim().to_owned()
}

/// An answer of those companies that the library has, which says first whom it lacks.
pub fn in_part(mut answer: Answer, absent: &[String]) -> Answer {
    let names = absent.join(", ");
    let lines = |text: &str| {
        format!("Found in part, without {names}: the library has no document of it.\n{text}")
    };
    answer.body = match answer.body {
        Body::Worked { text, figures } => Body::Partial {
            text: lines(&text),
            figures: Figures {
                figure: None,
                ..figures
            },
            unsupported: Vec::new(),
        },
        Body::Partial {
            text,
            figures,
            unsupported,
        } => Body::Partial {
            text: lines(&text),
            figures,
            unsupported,
        },
        body => body,
    };
    answer
}

/// Whose figure an answer lacks; none where it has one.
fn missing(answer: &Answer) -> Option<String> {
    let worked = answer.body.worked().filter(|_| answer.is_abstained())?;
    Some(format!("{}'s {}", worked.company, worked.subject.name))
}
