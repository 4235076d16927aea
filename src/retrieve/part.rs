//! Parts: what a question asks for by naming a ratio, as line items of the statements.

use crate::query::ParsedQuestion;
use crate::query::lexicon::{Lexicon, Named};
use crate::statement::Statement;

/// A query of its own beside the question.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Part {
    /// What is searched for: a line item's name, or the question itself in a statement it names.
    pub text: String,
    /// Other names of the item.
    #[serde(skip)]
    pub names: Vec<String>,
    pub statement: Statement,
    /// Against the question's own 1.
    #[serde(skip)]
    pub weight: f32,
}

/// An item of a measure; one of a measure that may be a mere term (what stands first without it
/// stays first); one that is named itself; a statement alone.
const MEASURE: f32 = 1.0;
const MENTION: f32 = 0.1;
const ITEM: f32 = 0.5;
const STATEMENT: f32 = 0.7;
/// Questions that name more parts than this name none of them in earnest.
const MOST: usize = 8;

/// The parts of a question, in its order, each item once. Only what the statements answer has parts, or a
/// question that names a statement: they would lead any other to a page that has the item and no answer. An item
/// that is only mentioned ("how is goodwill tested?") is none: figures are asked for with a period, a statement,
/// or "how much". A measure of a company that is named is one too; without, it may be asked after as a term.
pub fn parts(question: &ParsedQuestion, of_company: bool, lexicon: &Lexicon) -> Vec<Part> {
    if !question.intent().is_of_statements() && question.statements.is_empty() {
        return Vec::new();
    }
    let lower = question.core.to_lowercase();
    let figure = !question.statements.is_empty()
        || lower.contains("how much")
        || !question.core_period.is_empty();
    let mut items: Vec<(usize, f32)> = Vec::new();
    let mut add = |index: usize, weight: f32| match items.iter_mut().find(|(i, _)| *i == index) {
        Some((_, known)) => *known = known.max(weight),
        None => items.push((index, weight)),
    };
    for mention in &question.measures {
        match mention.named {
            Named::Item(index) if figure => add(index, ITEM),
            Named::Item(_) => {}
            Named::Measure(index) => {
                let measure = &lexicon.measures[index];
                let weight = if figure || of_company {
                    MEASURE
                } else {
                    MENTION
                };
                measure.items.iter().for_each(|item| add(*item, weight));
            }
        }
    }
    items.truncate(MOST);
    let part = |(index, weight): (usize, f32)| {
        let item = &lexicon.items[index];
        // A statement that the question asks for by name is where its items are wanted.
        let sure = question.statements.contains(&item.statement);
        Part {
            text: item.name().to_owned(),
            names: item.names.iter().map(|n| n.text.clone()).collect(),
            statement: item.statement,
            weight: if sure { MEASURE } else { weight },
        }
    };
    let mut out: Vec<Part> = items.into_iter().map(part).collect();
    for statement in &question.statements {
        if !out.iter().any(|part| part.statement == *statement) {
            out.push(Part {
                text: question.core.clone(),
                names: Vec::new(),
                statement: *statement,
                weight: STATEMENT,
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SearchConfig;
    use crate::query::Vocabulary;
    use crate::query::company::Directory;

    fn parts(text: &str) -> Vec<(String, Statement)> {
        let vocabulary = Vocabulary::load(&SearchConfig::default()).unwrap();
        let question = ParsedQuestion::parse(text, &vocabulary, &Directory::new(Vec::new()));
        let parts = super::parts(&question, false, &vocabulary.lexicon);
        parts.into_iter().map(|p| (p.text, p.statement)).collect()
    }

    #[test]
    fn a_ratio_asks_for_its_line_items() {
        let found = parts("What is the quick ratio?");
        assert_eq!(found.len(), 4);
        assert!(found.iter().all(|(_, s)| *s == Statement::Balance));
        assert_eq!(found[3].0, "total current liabilities");
    }

    #[test]
    fn a_statement_named_is_asked_though_no_item_is() {
        let text = "What stands out? Use the cash flow statement.";
        assert_eq!(
            parts(text),
            [(
                "What stands out? (cash flow statement)".to_owned(),
                Statement::CashFlow
            )]
        );
        assert!(parts("Who audits it?").is_empty());
        assert!(parts("How is goodwill tested?").is_empty());
        assert_eq!(parts("What was goodwill at the end of 2022?").len(), 1);
        // What the statements do not tell is not looked for there.
        assert!(parts("Why did revenue fall in 2022?").is_empty());
        assert!(parts("Revenue of the Americas segment, FY2022").is_empty());
        assert!(parts("What revenue is expected in 2023?").is_empty());
    }
}
