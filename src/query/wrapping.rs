//! The wrapping of a question: the role it gives the reader, the sources it wants used and the form
//! the answer should have, apart from what it asks.

use crate::statement::Statement;
use crate::statement::kind::named_in;

/// A question without its wrapping.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unwrapped {
    /// What is asked, and the statements that the wrapping wants used; what both arms search for.
    pub core: String,
    /// Statements that it names, in the core or in the wrapping.
    pub statements: Vec<Statement>,
}

/// How sentences begin that say how to answer.
const INSTRUCTIONS: [&str; 24] = [
    "answer",
    "round",
    "respond",
    "give",
    "provide",
    "please",
    "base",
    "using",
    "use",
    "utilize",
    "you are",
    "we need to",
    "we want to",
    "we would like",
    "assume",
    "express",
    "state",
    "report your",
    "if that",
    "if it is not",
    "make sure",
    "your answer",
    "output",
    "address the question",
];
/// Clauses that put a source before the question.
const SOURCES: [&str; 18] = [
    "according to",
    "based on",
    "basing",
    "in agreement with",
    "taking into account",
    "by drawing",
    "when primarily",
    "when referencing",
    "using",
    "by using",
    "by relying",
    "in light of",
    "considering",
    "from the",
    "with reference to",
    "by referring",
    "per the",
    "as per",
];
/// What makes a bracket an instruction.
const FORMATS: [&str; 10] = [
    "usd", "million", "billion", "thousand", "percent", "decimal", "round", "as a %", "units",
    "dollars",
];
const ASKS: [&str; 18] = [
    "what", "how", "which", "who", "when", "where", "why", "is", "are", "was", "were", "does",
    "do", "did", "has", "have", "can", "by how",
];

/// Takes the wrapping off a question. Something is always left to search for.
pub fn unwrap(text: &str) -> Unwrapped {
    let statements = statements_named(text);
    let sentences = sentences(behind_lead(text));
    let instructs = |s: &&str| begins(s, &INSTRUCTIONS) || waives(s);
    let question = |s: &&str| -> Option<String> {
        let own = if instructs(s) {
            behind_instruction(s)?
        } else {
            *s
        };
        Some(without_source(&without_brackets(own)).to_owned())
    };
    let kept: Vec<String> = sentences.iter().filter_map(question).collect();
    let core = kept
        .join(" ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let letters = core.chars().filter(|c| c.is_alphabetic()).count();
    let mut core = if letters >= 3 {
        core
    } else {
        text.trim().to_owned()
    };
    // A source that the wrapping named says where the answer stands.
    let lost: Vec<&str> = statements
        .iter()
        .filter(|s| !statements_named(&core).contains(s))
        .map(|s| s.as_str())
        .collect();
    if !lost.is_empty() {
        core = format!("{core} ({})", lost.join(", "));
    }
    Unwrapped { core, statements }
}

/// The statements a text names, each once.
fn statements_named(text: &str) -> Vec<Statement> {
    let lower = text.to_lowercase();
    let mut out = Vec::new();
    // Names run up to the next comma or conjunction: "the balance sheet and the P&L statement".
    for part in lower
        .split([',', ';', ':', '.', '?', '(', ')'])
        .flat_map(|p| p.split(" and "))
    {
        if let Some(found) = named_in(part).filter(|s| !out.contains(s)) {
            out.push(found);
        }
    }
    out
}

fn begins(sentence: &str, with: &[&str]) -> bool {
    let lower = sentence.trim_start().to_lowercase();
    with.iter().any(|word| {
        lower
            .strip_prefix(word)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    })
}

/// `If gross margin is not a useful metric for a company like this, then state that …`
fn waives(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    lower.trim_start().starts_with("if ")
        && (lower.contains(" state ") || lower.contains("explain"))
}

/// `… the following question: what is …` asks behind its colon.
fn behind_lead(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    let end = ["question:", "question is:", "question below:"]
        .iter()
        .filter_map(|lead| lower.rfind(lead).map(|at| at + lead.len()))
        .max();
    let rest = end.map_or("", |end| text[end..].trim());
    if rest.split_whitespace().count() >= 3 {
        rest
    } else {
        text
    }
}

/// `Answer by the balance sheet alone: what is …?` asks behind its colon, or its last comma.
fn behind_instruction(sentence: &str) -> Option<&str> {
    let marks = sentence.match_indices([':', ',']).map(|(at, _)| at);
    let asks = |at: &usize| sentence.ends_with('?') && begins(&sentence[at + 1..], &ASKS);
    let at = marks.rev().find(asks)?;
    Some(sentence[at + 1..].trim_start())
}

/// The sentences of a question, each with the mark that ends it.
pub fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, bytes) = (0, text.as_bytes());
    for (at, c) in text.char_indices() {
        let space = bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
        let after = text[at + c.len_utf8()..].trim_start();
        let opens = after
            .chars()
            .next()
            .is_none_or(|c| c.is_uppercase() || c.is_ascii_digit());
        if c == '?' || (matches!(c, '.' | '!') && space && opens) {
            let end = at + c.len_utf8();
            out.push(text[start..end].trim());
            start = end;
        }
    }
    out.push(text[start..].trim());
    out.retain(|s| !s.is_empty());
    out
}

/// Leaves out brackets that say how to write the answer.
fn without_brackets(sentence: &str) -> String {
    let mut out = String::new();
    let mut rest = sentence;
    while let Some(open) = rest.find('(') {
        let Some(length) = rest[open..].find(')') else {
            break;
        };
        let inside = rest[open..open + length].to_lowercase();
        if FORMATS.iter().any(|word| inside.contains(word)) {
            out.push_str(rest[..open].trim_end());
        } else {
            out.push_str(&rest[..open + length + 1]);
        }
        rest = &rest[open + length + 1..];
    }
    out + rest
}

/// Leaves out a clause that names a source before the question begins.
fn without_source(sentence: &str) -> &str {
    if !begins(sentence, &SOURCES) {
        return sentence;
    }
    let asks = |at: &usize| begins(&sentence[at + 1..], &ASKS);
    let comma = sentence.match_indices(',').map(|(at, _)| at).find(asks);
    let Some(comma) = comma else { return sentence };
    let clause = sentence[..comma].to_lowercase();
    let source =
        clause.contains("information") || clause.contains("details") || clause.contains("data");
    if source || !statements_named(&clause).is_empty() {
        sentence[comma + 1..].trim_start()
    } else {
        sentence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrapping_comes_off() {
        for (text, core) in [
            (
                "You are an investment banker and your only resource is the cash flow statement. Here's the \
                 question: what is the FY2015 operating cash flow ratio for Calder? Round your answer to two decimal places.",
                "what is the FY2015 operating cash flow ratio for Calder? (cash flow statement)",
            ),
            (
                "According to the information provided in the statement of cash flows, what is the free cash flow? \
                 Answer in USD millions.",
                "what is the free cash flow? (cash flow statement)",
            ),
            (
                "Does Northgate have an improving gross margin? If gross margin is not a useful metric, then please \
                 state that and explain why.",
                "Does Northgate have an improving gross margin?",
            ),
            (
                "What is its net PP&E (in USD millions)?",
                "What is its net PP&E?",
            ),
            (
                "What is its net PP&E (gross of leases)?",
                "What is its net PP&E (gross of leases)?",
            ),
            (
                "Based in Omaha, what does Calder make?",
                "Based in Omaha, what does Calder make?",
            ),
            (
                "Inventory was written down. How was it valued?",
                "Inventory was written down. How was it valued?",
            ),
            ("Answer", "Answer"),
            ("capex 2018", "capex 2018"),
            (
                "Assume that you are an analyst. Answer the following by the details of your notes: what is the capex?",
                "what is the capex?",
            ),
            (
                "Using nothing else, how did sales grow?",
                "how did sales grow?",
            ),
            ("", ""),
        ] {
            assert_eq!(unwrap(text).core, core, "{text}");
        }
    }

    #[test]
    fn statements_are_known_from_the_wrapping_too() {
        let found =
            unwrap("What are the days payable? Use the balance sheet and the P&L statement.");
        assert_eq!(found.statements, [Statement::Balance, Statement::Income]);
        assert!(unwrap("Who audits it?").statements.is_empty());
    }
}
