use serde_json::{Value, json};

use super::*;

const ALL: [Argument; 6] = [
    Argument::new("query", Kind::Text, "").required(),
    Argument::new("items", Kind::Texts, ""),
    Argument::new("top_k", Kind::Number(1, 50), ""),
    Argument::new("year", Kind::Year, ""),
    Argument::new("segments", Kind::Flag, ""),
    Argument::new("arm", Kind::Choice(&["hybrid", "bm25"]), ""),
];

fn settled(given: Value) -> Result<Value, Refused> {
    settle("search", &ALL, given.as_object().unwrap()).map(Value::Object)
}

#[test]
fn what_models_send_is_taken_for_what_they_mean() {
    let plain = json!({
        "query": "x", "items": ["a", "b"], "top_k": 10, "year": 2022, "segments": true, "arm": "bm25",
    });
    assert_eq!(settled(plain.clone()).unwrap(), plain);
    let loose = json!({
        "query": [" x "], "items": "[\"a\", \"b\"]", "top_k": "10", "year": "FY2022", "segments": "True", "arm": "BM25",
    });
    assert_eq!(settled(loose).unwrap(), plain);
    let loose = json!({
        "query": "x", "items": ["a", null, "b"], "top_k": 10.0, "year": [2022.0], "segments": 1, "arm": ["bm25"],
    });
    assert_eq!(settled(loose).unwrap(), plain);
    let nothing = json!({
        "query": 10, "items": null, "top_k": null, "year": "", "segments": null, "arm": " ", "other": null,
    });
    assert_eq!(settled(nothing).unwrap(), json!({"query": "10"}));
    assert_eq!(
        settled(json!({"query": "x", "items": "revenue"})).unwrap(),
        json!({"query": "x", "items": ["revenue"]})
    );
}

#[test]
fn what_cannot_be_taken_is_named_with_what_it_got_and_what_it_wants() {
    for (given, error, remedy) in [
        (json!({}), "query is missing", "as one text"),
        (json!({"query": null}), "query is missing", "as one text"),
        (json!({"query": "  "}), "query is empty", "as one text"),
        (
            json!({"query": ["a", "b"]}),
            r#"query is ["a","b"]"#,
            "give query as one text",
        ),
        (
            json!({"query": "x", "top_k": "many"}),
            r#"top_k is "many""#,
            "give top_k as a whole number from 1 to 50",
        ),
        (json!({"query": "x", "top_k": 51}), "top_k is 51", "1 to 50"),
        (json!({"query": "x", "top_k": 1.5}), "top_k is 1.5", "whole"),
        (
            json!({"query": "x", "year": [2021, 2022]}),
            "year is [2021,2022]",
            "give year as a year such as 2023",
        ),
        (json!({"query": "x", "year": "soon"}), "year is", "2023"),
        (
            json!({"query": "x", "items": {"a": 1}}),
            "items is {",
            "a list of texts",
        ),
        (
            json!({"query": "x", "segments": "maybe"}),
            "segments is",
            "true or false",
        ),
        (
            json!({"query": "x", "arm": "sparse"}),
            "arm is",
            "one of hybrid, bm25",
        ),
        (
            json!({"query": "x", "limit": 3}),
            r#"search has no argument "limit""#,
            "search takes query, items",
        ),
    ] {
        let refused = settled(given.clone()).unwrap_err();
        assert!(refused.error.starts_with(error), "{given}: {refused:?}");
        assert!(refused.remedy.contains(remedy), "{given}: {refused:?}");
    }
    let long = settled(json!({"query": "x", "year": "y".repeat(5000)})).unwrap_err();
    assert!(long.error.chars().count() < 100, "{long:?}");
}

#[test]
fn a_schema_has_the_arguments_and_no_others() {
    let schema = schema(&ALL);
    assert_eq!(schema["required"], json!(["query"]));
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["top_k"]["maximum"], 50);
    assert_eq!(schema["properties"].as_object().unwrap().len(), ALL.len());
}
