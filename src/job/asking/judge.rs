//! The judge: an answer set beside the one that was wanted. A question file says which pages answer, and what the
//! answer is; where it lists no page, the right answer is that the library does not say.

use crate::answer::Kind;
use crate::eval::figure::{self, Written};
use crate::eval::question::Question;
use crate::index::lexical::tokens;
use crate::query::filter::is_document;

use super::Answered;

/// What a question of a file wants for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wants {
    /// A figure that stands in a table.
    Figure,
    /// A figure to be computed.
    Computed,
    /// Words.
    Words,
    /// That the library does not say.
    Nothing,
}

/// What an answer is worth.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// It says what was wanted and cites a page that answers; a figure that was worked out may come from another.
    Right,
    /// It cites a page that answers, and says something else of it.
    RightPage,
    /// The same under the words that it is no answer.
    NearestRight,
    /// What nothing answers is said to have no answer; pages that come near are called that.
    RightlyAbstained,
    /// There is an answer, and none is given.
    WronglyAbstained,
    /// It quotes pages that do not answer, as though they did.
    WrongPage,
    /// It gives another figure for the answer, or one where there is none: wrong and confident.
    WrongFigure,
}

impl Grade {
    pub const ALL: [Self; 7] = [
        Self::Right,
        Self::RightPage,
        Self::NearestRight,
        Self::RightlyAbstained,
        Self::WronglyAbstained,
        Self::WrongPage,
        Self::WrongFigure,
    ];

    /// For people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::RightPage => "right page",
            Self::NearestRight => "nearest, right page",
            Self::RightlyAbstained => "rightly abstained",
            Self::WronglyAbstained => "wrongly abstained",
            Self::WrongPage => "wrong page",
            Self::WrongFigure => "wrong figure",
        }
    }

    /// What it counts where runs are compared: an answer 1, a page to read .5, no answer 0, a wrong one −1.
    pub fn worth(self) -> f64 {
        match self {
            Self::Right | Self::RightlyAbstained => 1.0,
            Self::RightPage | Self::NearestRight => 0.5,
            Self::WronglyAbstained => 0.0,
            Self::WrongPage | Self::WrongFigure => -1.0,
        }
    }
}

/// An answer beside what was wanted.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Judged {
    pub wants: Wants,
    pub grade: Grade,
    /// A page that answers is among those found, and among those cited.
    pub retrieved: bool,
    pub cited: bool,
    /// The answer holds the figure that was wanted; none where none was.
    pub holds: Option<bool>,
    /// The figure that it gives for the answer is that one; none where it gives none, or no figure
    /// was wanted.
    pub right: Option<bool>,
}

/// What `question` wants: how its answer is come by as the file says, and a figure only where its
/// answer is written as one.
pub fn wants(question: &Question) -> Wants {
    if question.pages.is_empty() && question.passage.is_none() {
        return Wants::Nothing;
    }
    let reasoning = question
        .reasoning
        .as_deref()
        .unwrap_or_default()
        .to_lowercase();
    let answer = question.answer.as_deref().unwrap_or_default();
    let has_figure = question.value.is_some() || !figure::figures(answer).is_empty();
    // A bare figure; a sentence that has one wants more than it.
    let is_bare = question.value.is_some() || answer.split_whitespace().count() <= 2;
    if has_figure && reasoning.contains("numerical") {
        Wants::Computed
    } else if has_figure && is_bare {
        Wants::Figure
    } else {
        Wants::Words
    }
}

/// The figures of which one is wanted.
struct Wanted {
    written: Vec<Written>,
    value: Option<f64>,
}

impl Wanted {
    fn of(question: &Question) -> Self {
        let answer = question.answer.as_deref().unwrap_or_default();
        Self {
            written: figure::figures(answer),
            value: question.value,
        }
    }

    /// `value` is in single units.
    fn is_value(&self, value: f64) -> bool {
        match self.value {
            // A file may have it rounded, to as many places as it writes.
            Some(wanted) => {
                let text = wanted.abs().to_string();
                let places = text.split_once('.').map_or(0, |(_, rest)| rest.len());
                let half = 0.5 * 10f64.powi(-(places as i32));
                (value.abs() - wanted.abs()).abs() <= half.max(wanted.abs() * 5e-4) * 1.000_001
            }
            None => self.written.iter().any(|w| figure::matches(value, *w)),
        }
    }

    fn is_written(&self, given: Written) -> bool {
        self.written.iter().any(|w| figure::same(given, *w))
    }
}

/// Judges an answer. The figure that it gives is right where it is one of those of the wanted
/// answer; so is a change where it is told by the figures between which it lies.
pub fn judge(question: &Question, answered: &Answered) -> Judged {
    let is_gold = |document: &str, first: u32, last: u32| {
        let mut pages = question.pages.iter();
        pages.any(|(doc, page)| is_document(document, doc) && (first..=last).contains(page))
    };
    let hits = answered.outcome.hits.iter().take(10).map(|hit| &hit.chunk);
    let wanted = Wanted::of(question);
    let answer = &answered.answer;
    let wants = wants(question);
    let in_text = figure::figures(answer.text());
    let holds = in_text.iter().any(|own| wanted.is_written(*own));
    let worked = answer
        .body
        .worked()
        .filter(|_| answer.kind() == Kind::Worked);
    let given = match worked {
        Some(worked) => worked.result.map(|result| {
            let last = worked.periods.last().and_then(|y| y.value);
            let of = [Some(result), worked.growth, last];
            of.into_iter().flatten().any(|value| wanted.is_value(value))
        }),
        // One of several: what is said of it.
        None => answer.body.figure().map(|given| {
            let mut given = figure::figures(given).into_iter();
            given.any(|own| wanted.is_written(own))
        }),
    };
    let wants_figure = matches!(wants, Wants::Figure | Wants::Computed);
    let cited = answer
        .sources
        .iter()
        .any(|s| is_gold(&s.document, s.page, s.page_last));
    let right = given.filter(|_| wants_figure);
    let says_it = match wants {
        Wants::Words => has_words(question, answered),
        _ => holds || right == Some(true),
    };
    Judged {
        wants,
        grade: grade(answered, wants, right, (cited, says_it)),
        retrieved: hits
            .into_iter()
            .any(|c| is_gold(&c.document, c.page, c.page_last)),
        cited,
        holds: wants_figure.then_some(holds || right == Some(true)),
        right,
    }
}

fn grade(
    answered: &Answered,
    wants: Wants,
    right: Option<bool>,
    (cited, says_it): (bool, bool),
) -> Grade {
    let answer = &answered.answer;
    let gives_figure = answer.kind() == Kind::Worked;
    match wants {
        Wants::Nothing if answer.is_abstained() => return Grade::RightlyAbstained,
        Wants::Nothing if gives_figure => return Grade::WrongFigure,
        Wants::Nothing => return Grade::WrongPage,
        _ => {}
    }
    if answer.is_abstained() {
        return if cited {
            Grade::NearestRight
        } else {
            Grade::WronglyAbstained
        };
    }
    match (right, cited, says_it) {
        (Some(true), ..) | (_, true, true) => Grade::Right,
        (Some(false), ..) => Grade::WrongFigure,
        (None, true, _) => Grade::RightPage,
        (None, false, _) => Grade::WrongPage,
    }
}

/// True where the answer has the figures of the wanted one and half of its words.
fn has_words(question: &Question, answered: &Answered) -> bool {
    let wanted = question.answer.as_deref().unwrap_or_default();
    let own = figure::figures(answered.answer.text());
    let wanted_figures = figure::figures(wanted);
    let has = |wanted: &Written| own.iter().any(|own| figure::same(*own, *wanted));
    let in_answer = tokens(answered.answer.text());
    let in_wanted = tokens(wanted);
    let shared = in_wanted.iter().filter(|word| in_answer.contains(word));
    wanted_figures.iter().all(has) && 2 * shared.count() >= in_wanted.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Answer, Source};
    use crate::retrieve::Outcome;

    fn question(answer: &str, pages: &[u32]) -> Question {
        Question {
            id: "1".to_owned(),
            text: "How many plants has Calder?".to_owned(),
            kind: None,
            document: None,
            pages: pages.iter().map(|page| ("X".to_owned(), *page)).collect(),
            passage: None,
            answer: Some(answer.to_owned()),
            reasoning: None,
            value: None,
        }
    }

    fn quoted(text: &str, page: u32) -> Answered {
        let source = Source {
            number: 1,
            document: "X.pdf".to_owned(),
            page,
            page_last: page,
            chunk_id: String::new(),
            line_first: 0,
            line_last: 0,
            proofs: Vec::new(),
        };
        let mut answer = Answer::from(crate::answer::Body::Quoted {
            text: text.to_owned(),
        });
        answer.sources.push(source);
        answered(answer)
    }

    fn answered(answer: Answer) -> Answered {
        Answered {
            answer,
            outcome: Outcome::default(),
            took: std::time::Duration::ZERO,
            tokens: None,
        }
    }

    #[test]
    fn an_answer_is_graded_by_what_it_says_and_by_its_page() {
        let wanted = question("Seven plants in Ohio", &[3]);
        let grade = |answered: &Answered| judge(&wanted, answered).grade;
        let text = "Calder has seven plants in Ohio. [1]";
        assert_eq!(grade(&quoted(text, 3)), Grade::Right);
        assert_eq!(
            grade(&quoted("Calder makes soup. [1]", 3)),
            Grade::RightPage
        );
        assert_eq!(
            grade(&quoted("Calder makes soup. [1]", 4)),
            Grade::WrongPage
        );
        let none = answered(Answer::abstained());
        assert_eq!(grade(&none), Grade::WronglyAbstained);
        let nothing = question("", &[]);
        assert_eq!(judge(&nothing, &none).grade, Grade::RightlyAbstained);
        assert_eq!(judge(&nothing, &quoted(text, 3)).grade, Grade::WrongPage);
    }
}
