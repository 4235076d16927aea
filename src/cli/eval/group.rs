//! Questions by group: what each kind of question gains or loses.

use std::collections::BTreeMap;

use serde_json::json;

use crate::cli::args::Grouping;
use crate::cli::{Session, output};
use crate::eval::question::QuestionSet;
use crate::eval::{Metric, Qrels, Run, mean, values};
use crate::retrieve::Retriever;

/// What is reported of a group.
const METRICS: [Metric; 4] = [
    Metric::Hit(1),
    Metric::Hit(10),
    Metric::Recall(10),
    Metric::Ndcg(10),
];

/// The ids of the questions of each group.
pub fn groups(
    set: &QuestionSet,
    grouping: Grouping,
    retriever: &Retriever,
) -> crate::retrieve::Result<BTreeMap<String, Vec<String>>> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for question in &set.questions {
        let name = match grouping {
            Grouping::Kind => question.kind_name().to_owned(),
            Grouping::Intent => retriever
                .parse(&question.text)?
                .intent()
                .as_str()
                .to_owned(),
        };
        out.entry(name).or_default().push(question.id.clone());
    }
    Ok(out)
}

/// Prints a line a group, and one of all.
pub fn print(
    session: &Session,
    setting: &str,
    groups: &BTreeMap<String, Vec<String>>,
    qrels: &Qrels,
    run: &Run,
) -> anyhow::Result<()> {
    let all: Vec<String> = qrels.keys().cloned().collect();
    let own = groups.iter().map(|(name, ids)| (name.as_str(), ids));
    for (name, ids) in own.chain([("all", &all)]) {
        let of_group: Qrels = ids
            .iter()
            .map(|id| (id.clone(), qrels[id].clone()))
            .collect();
        let figures =
            METRICS.map(|metric| (metric.to_string(), mean(&values(metric, &of_group, run))));
        if session.global.json {
            let figures: BTreeMap<String, f64> = figures.into();
            output::json(
                &json!({"setting": setting, "group": name, "questions": ids.len(), "metrics": figures}),
            )?;
            continue;
        }
        let figures = figures.map(|(name, value)| format!("{name} {value:.3}"));
        output::line(&format!(
            "  {name:<16} {:>4}  {}",
            ids.len(),
            figures.join("  ")
        ))?;
    }
    Ok(())
}
