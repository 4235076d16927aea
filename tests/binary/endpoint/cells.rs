//! Tables that a model is asked for as JSON, where its server takes a schema.

use std::net::TcpStream;

use serde_json::{Value, json};

use super::facts::id;
use super::server::{Request, Server, begin, finish, refuse, say};
use super::{Place, library};

const QUESTION: &str = "What were Northgate's net sales in 2022 and 2023?";
const PROSE: &str = "Net sales were $2,184.6 million in 2023 and $2,041.3 million in 2022.";

fn arguments(endpoint: &str) -> [&str; 6] {
    [
        "ask",
        "--endpoint",
        endpoint,
        "--writer",
        "m",
        "--no-figures",
    ]
}

fn asked(place: &Place, server: &Server) -> Value {
    place.json(&[&arguments(&server.host)[..], &[QUESTION]].concat())
}

/// Answers to a file that asks the same so many times.
fn asked_often(place: &Place, server: &Server, times: usize) -> Value {
    let row = |id: usize| {
        let evidence = json!([{"doc": "NORTHGATE_2023_10K", "page": 10}]);
        json!({"id": id.to_string(), "question": QUESTION, "answer": "x", "evidence": evidence})
    };
    let rows: Vec<String> = (0..times).map(|id| row(id).to_string()).collect();
    place.write("questions.jsonl", rows.join("\n"));
    place.json(
        &[
            &arguments(&server.host)[..],
            &["--questions", "questions.jsonl"],
        ]
        .concat(),
    )
}

fn reply(out: &mut TcpStream, text: &str) {
    begin(out);
    // In pieces, as they come.
    for piece in text.as_bytes().chunks(40) {
        say(out, &String::from_utf8_lossy(piece));
    }
    finish(out, "stop");
}

fn cell(period: &str, figure: &str, cites: &[&str]) -> Value {
    json!({
        "company": "Northgate Industries", "item": "Net sales", "period": period, "figure": figure,
        "cites": cites,
    })
}

fn has_format(request: &Request) -> bool {
    !request.body["response_format"].is_null()
}

#[test]
fn a_server_that_takes_a_schema_is_asked_for_cells_and_they_are_checked() {
    let place = library();
    let server = Server::start(|request, _, out| {
        let own = |year: &str| id(request, &["Net sales", year]);
        let cells = [
            cell("FY2022", "$2.0 billion", &[&own("FY2022"), "F99"]),
            // The figure of another year.
            cell("FY2023", "$2,041.3 million", &[&own("FY2022")]),
        ];
        let lead = format!("They rose to $2.2 billion in 2023 [{}].", own("FY2023"));
        reply(out, &json!({"answer": lead, "cells": cells}).to_string());
    });
    let answer = asked(&place, &server);
    let request = &server.got()[0].body;
    let format = &request["response_format"];
    assert_eq!(format["type"], "json_schema");
    let schema = &format["json_schema"];
    assert_eq!(
        (&schema["name"], &schema["strict"]),
        (&json!("cells"), &json!(true))
    );
    let properties = &schema["schema"]["properties"]["cells"]["items"]["properties"];
    assert_eq!(properties["period"]["enum"], json!(["FY2022", "FY2023"]));
    assert_eq!(server.got().len(), 1);
    let text = answer["text"].as_str().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("Not all of this is proved"), "{text}");
    assert_eq!(lines[1], "They rose to $2.2 billion in 2023 [1].");
    assert_eq!(
        lines[2],
        "Northgate Industries, Net sales: FY2022 $2.0 billion [1]; FY2023 $2,041.3 million [unsupported]"
    );
    assert_eq!(answer["unsupported"], json!(["$2,041.3 million"]));
    let cells = answer["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 2);
    assert_eq!(
        (&cells[0]["is_supported"], &cells[0]["sources"]),
        (&json!(true), &json!([1]))
    );
    assert_eq!(cells[1]["is_supported"], false);
    assert_eq!(answer["citations"][0]["page"], 10);
}

#[test]
fn a_schema_that_is_refused_or_ignored_gives_prose_and_is_not_sent_again() {
    let place = library();
    for refuses in [true, false] {
        let server = Server::start(
            move |request, _, out| match has_format(request) && refuses {
                true => refuse(
                    out,
                    400,
                    json!({"message": "response_format: only text is supported"}),
                ),
                false => reply(out, PROSE),
            },
        );
        let answer = asked(&place, &server);
        assert_eq!(answer["cells"], json!([]), "{answer}");
        assert_eq!(answer["unsupported"], json!([]), "{answer}");
        let text = answer["text"].as_str().unwrap();
        assert!(
            text.starts_with("Net sales were $2,184.6 million"),
            "{answer}"
        );
        // It is cited by what it says.
        assert!(!answer["citations"].as_array().unwrap().is_empty());
        let before = server.got().len();
        assert_eq!(before, if refuses { 2 } else { 1 });
        let tally = asked_often(&place, &server, 3);
        assert_eq!(tally["unanswered"], 0, "{tally}");
        let with: Vec<bool> = server.got()[before..].iter().map(has_format).collect();
        let expected: &[bool] = match refuses {
            true => &[true, false, false, false],
            false => &[true, false, false],
        };
        assert_eq!(with, expected);
        // What asks for JSON goes with the format.
        let last = server.got().pop().unwrap();
        let asks = |request: &Request| request.body.to_string().contains("Answer as JSON");
        assert!(asks(&server.got()[0]) && !asks(&last));
    }
}

#[test]
fn json_that_is_no_table_is_asked_for_as_prose() {
    let place = library();
    for broken in [
        "{\"answer\": \"They rose\", \"cells\": [{\"company\": \"North",
        "{\"rows\": []}",
        "{\"answer\": \"They rose\", \"cells\": []}",
    ] {
        let server = Server::start(move |request, _, out| match has_format(request) {
            true => reply(out, broken),
            false => reply(out, PROSE),
        });
        let answer = asked(&place, &server);
        let text = answer["text"].as_str().unwrap();
        assert!(text.starts_with("Net sales were"), "{broken}: {answer}");
        assert_eq!(server.got().len(), 2, "{broken}");
    }
}

#[test]
fn a_question_for_one_figure_or_for_words_asks_for_no_json() {
    let place = library();
    let server = Server::streaming(vec![json!({"content": "It makes pumps."})]);
    for question in [
        "What were Northgate's net sales in 2023?",
        "Why did Northgate's net sales rise between 2022 and 2023?",
    ] {
        place.json(&[&arguments(&server.host)[..], &[question]].concat());
    }
    assert!(!server.got().iter().any(has_format));
}
