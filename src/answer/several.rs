//! Several parts of one company that a question sets beside each other: "Consumer and Business operating income".

use crate::query::word::{is_in, words};
use crate::query::{ParsedQuestion, Task};

/// Words between two parts that set one beside the other.
const JOINING: &str = "and or plus vs versus against with to than compared";
/// Words between those of one part.
const WITHIN: &str = "the of its their segment segments division business";

/// The words of each part that the question names; empty where it names one or none.
pub fn parts(question: &ParsedQuestion, task: &Task) -> Vec<Vec<String>> {
    let core = question.core.as_str();
    // "FedEx Express and FedEx Ground".
    let names: Vec<&str> = question
        .companies
        .iter()
        .map(|own| own.written.as_str())
        .collect();
    let is_name = |text: &str| {
        names
            .iter()
            .any(|name| words(name).iter().any(|own| own.text == text))
    };
    let all = words(core);
    let mut out: Vec<Vec<String>> = Vec::new();
    let mut last = None;
    for (at, word) in all.iter().enumerate() {
        if !task.part.contains(&word.text) {
            continue;
        }
        let between = last.map(|last: usize| &all[last + 1..at]);
        let has_comma = last.is_some_and(|last: usize| core[all[last].to..word.from].contains(','));
        let is_other = match between {
            Some(own) => has_comma || own.iter().any(|word| is_in(JOINING, &word.text)),
            None => true,
        };
        let is_within = |own: &[_]| {
            own.iter().all(|word: &crate::query::word::Word| {
                is_in(JOINING, &word.text) || is_in(WITHIN, &word.text) || is_name(&word.text)
            })
        };
        // What stands apart from each other is not beside each other.
        if between.is_some_and(|own| !is_within(own)) {
            return Vec::new();
        }
        match out.last_mut() {
            Some(part) if !is_other => part.push(word.text.clone()),
            _ => out.push(vec![word.text.clone()]),
        }
        last = Some(at);
    }
    if out.len() < 2 { Vec::new() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(core: &str, part: &[&str]) -> Vec<String> {
        let question = ParsedQuestion {
            core: core.to_owned(),
            ..ParsedQuestion::default()
        };
        let task = Task {
            subjects: Vec::new(),
            periods: Default::default(),
            over: crate::query::Over::Each,
            is_trailing: false,
            part: part.iter().map(|word| (*word).to_owned()).collect(),
        };
        parts(&question, &task)
            .iter()
            .map(|own| own.join(" "))
            .collect()
    }

    #[test]
    fn parts_beside_each_other_are_several() {
        assert_eq!(
            named(
                "Consumer and Business operating income 2022",
                &["Consumer", "Business"]
            ),
            ["Consumer", "Business"]
        );
        assert_eq!(
            named(
                "sales of North America, the Europe segment or Asia",
                &["North", "America", "Europe", "Asia"]
            ),
            ["North America", "Europe", "Asia"]
        );
        assert!(named("footwear revenue", &["footwear"]).is_empty());
        assert!(
            named(
                "Footwear revenue that came from Asia",
                &["Footwear", "Asia"]
            )
            .is_empty()
        );
    }
}
