//! `tenk similar` and `tenk classify`.

use super::place::Place;

#[test]
fn two_texts_have_a_cosine() {
    let place = Place::new();
    let cosine = |a: &str, b: &str| {
        let said = place.json(&["similar", a, b]);
        said["cosine"].as_f64().unwrap()
    };
    assert!((cosine("net sales", "net sales") - 1.0).abs() < 1e-5);
    let near = cosine(
        "capital expenditure",
        "purchases of property, plant and equipment",
    );
    let far = cosine(
        "capital expenditure",
        "our directors are elected each spring",
    );
    assert!(near > far + 0.05, "{near} and {far}");
}

#[test]
fn pairs_of_a_file_are_held_to_their_scores() {
    let place = Place::new();
    let rows = [
        ("revenue rose", "sales grew", 0.9),
        ("revenue rose", "net sales fell", 0.5),
        ("revenue rose", "the board met in Oslo", 0.0),
    ];
    let line = |(a, b, score): &(&str, &str, f64)| {
        format!(
            "{}\n",
            serde_json::json!({"sentence1": a, "sentence2": b, "score": score})
        )
    };
    place.write("scored.jsonl", rows.iter().map(line).collect::<String>());
    let outcome = place
        .run(&["similar", "--pairs", "scored.jsonl", "--json"])
        .ok();
    assert_eq!(outcome.json_lines().len(), 4);
    let last = outcome.last_json();
    assert_eq!(last["spearman"], 1.0, "{last}");
    assert_eq!(last["pairs"], 3);
    place.write("labelled.csv", "text,label\na,x\nb,y\n");
    let refused = place.run(&["similar", "--pairs", "labelled.csv"]);
    assert!(refused.stderr.contains("expected pairs"), "{refused:?}");
    let refused = place.run(&["similar", "a", "b", "--dim", "385"]);
    assert!(
        refused
            .stderr
            .contains("--dim 385 is not possible; name 1 to 384"),
        "{refused:?}"
    );
}

/// Sentences of three kinds.
fn sentences() -> Vec<(String, &'static str)> {
    let things = [
        "Oslo", "Lima", "Kyoto", "Cairo", "Quito", "Turin", "Ghent", "Porto", "Perth", "Accra",
    ];
    let mut out = Vec::new();
    for thing in things {
        out.push((
            format!("We lease office space and a warehouse in {thing}."),
            "properties",
        ));
        out.push((
            format!("A lawsuit was filed against us in a court of {thing}."),
            "legal",
        ));
        out.push((
            format!("Our net sales in {thing} rose by nine percent."),
            "results",
        ));
    }
    out
}

#[test]
fn labels_are_learnt_measured_and_given() {
    let place = Place::new();
    let line = |(text, label): &(String, &str)| format!("{text}\t{label}\n");
    let rows: String = sentences().iter().map(line).collect();
    place.write("kinds.tsv", format!("text\tlabel\n{rows}"));
    let fitted = place.json(&["classify", "--name", "kinds", "--data", "kinds.tsv"]);
    assert_eq!(
        fitted["labels"],
        serde_json::json!(["legal", "properties", "results"])
    );
    let held = &fitted["held_out"];
    assert_eq!(held["rows"], 6);
    assert!(held["accuracy"].as_f64().unwrap() > 0.8, "{fitted}");
    assert!(held["macro_f1"].is_number() && held["most_frequent"].is_number());
    let said = place.json(&["classify", "--name", "kinds", "We rent a plant in Bergen."]);
    assert_eq!(said["label"], "properties");
    let measured = place.json(&["classify", "--name", "kinds", "--test", "kinds.tsv"]);
    assert_eq!(measured["rows"], 30);
    let unknown = place.run(&["classify", "--name", "none", "a text"]);
    assert!(
        unknown.stderr.contains("there is no classifier \"none\""),
        "{unknown:?}"
    );
    // Embeddings of another kind are no longer what it was fitted on.
    place.configure("[index]\nprecision = \"f32\"\n");
    let other = place.run(&["classify", "--name", "kinds", "a text"]);
    let is_same = cfg!(not(target_arch = "x86_64"));
    assert!(
        is_same || other.stderr.contains("are not those of today"),
        "{other:?}"
    );
}
