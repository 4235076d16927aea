//! `tenk explain`: what is read from a question.

use super::place::{NORTHGATE, Place};

#[test]
fn a_question_is_taken_apart() {
    let place = Place::with(&[NORTHGATE, "TARRANT_2023_10K.pdf"]);
    place.json(&["index", "."]);
    let text = "You are an analyst. What was the FY2023 current ratio of Northgate in the 10-K? Round to two \
                decimal places.";
    let read = place.json(&["explain", text]);
    assert_eq!(
        read["core"],
        "What was the FY2023 current ratio of Northgate in the 10-K?"
    );
    assert_eq!(read["companies"][0]["written"], "Northgate");
    assert_eq!(read["companies"][0]["names"][0], "Northgate Industries");
    assert_eq!(read["periods"]["years"], serde_json::json!([2023]));
    let parts =
        "What was Northgate's revenue in Q3'23, and in the nine months ended September 30, 2023?";
    let periods = &place.json(&["explain", parts])["periods"];
    assert_eq!(periods["quarter"], 3);
    assert_eq!(periods["ends"][0]["day"], "2023-09-30");
    assert_eq!(periods["ends"][0]["months"], 9);
    assert_eq!(read["forms"], serde_json::json!(["10-K"]));
    assert_eq!(read["measures"][0]["name"], "current ratio");
    assert_eq!(read["presentation"]["decimals"], 2);
    assert_eq!(read["intent"], "ratio");
    assert_eq!(read["left_over"], serde_json::json!([]));
    let other = place.json(&["explain", "Who insures Northgate's foundry?"]);
    assert_eq!(other["intent"], "event");
    assert_eq!(
        other["left_over"],
        serde_json::json!(["Who", "insures", "foundry"])
    );
    // What drives a terminal does not reach it.
    let shown = place
        .run(&["explain", "Northgate\u{1b}[31m revenue"])
        .ok()
        .stdout;
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    // A list is never made for more hits than there can be.
    let many = place.json(&["search", "goodwill", "--arm", "bm25", "-k", "99999999999"]);
    assert!(!many["hits"].as_array().unwrap().is_empty());
    // Searching says the same of the question beside its hits.
    let found = place.json(&["search", text, "--explain", "--arm", "bm25"]);
    assert_eq!(found["parsed"]["core"], read["core"]);
    let plain = place.json(&["search", text, "--arm", "bm25"]);
    assert!(plain.get("parsed").is_none());
}
