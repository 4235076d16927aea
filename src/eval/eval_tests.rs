use std::str::FromStr;

use serde::Deserialize;

use super::*;

/// Random qrels and runs with the values that `pytrec_eval` gives them, query by query
/// (`tests/golden/eval.py` writes the file).
#[derive(Deserialize)]
struct Golden {
    qrels: Qrels,
    run: Run,
    values: BTreeMap<String, BTreeMap<String, f64>>,
}

#[test]
fn every_metric_equals_pytrec_eval() {
    let text = include_str!("../../tests/golden/eval.json");
    let golden: Golden = serde_json::from_str(text).unwrap();
    assert!(golden.qrels.len() >= 40 && golden.values.len() >= 10);
    for (name, expected) in &golden.values {
        let metric = Metric::from_str(name).unwrap();
        let ours = values(metric, &golden.qrels, &golden.run);
        for (query, ours) in golden.qrels.keys().zip(ours) {
            // A query that the run lacks is left out there, and counts 0 here.
            let theirs = expected.get(query).copied().unwrap_or(0.0);
            assert!(
                (ours - theirs).abs() < 1e-9,
                "{name} {query}: {ours} {theirs}"
            );
        }
    }
}

#[test]
fn a_metric_is_named_as_it_is_read() {
    for metric in Metric::USUAL {
        assert_eq!(Metric::from_str(&metric.to_string()).unwrap(), metric);
    }
    for bad in ["ndcg", "ndcg@0", "ndcg@x", "f1@10", ""] {
        assert!(Metric::from_str(bad).is_err(), "{bad}");
    }
}
