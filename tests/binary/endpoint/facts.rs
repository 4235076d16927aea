//! Facts that a model is given with ids, and what becomes of its figures.

use serde_json::{Value, json};

use super::server::{Request, Server, begin, finish, say};
use super::{Place, library};

const QUESTION: &str = "What were Northgate's net sales in 2023?";
const WARNING: &str = "Not all of this is proved";

/// What the last message of a request says.
pub fn said(request: &Request) -> &str {
    let messages = request.body["messages"].as_array().unwrap();
    messages.last().unwrap()["content"].as_str().unwrap()
}

/// The id of the fact whose row has all of `words`, as the model is shown it.
pub fn id(request: &Request, words: &[&str]) -> String {
    let rows = said(request).lines().filter(|line| line.starts_with('F'));
    let mut rows = rows.filter(|row| words.iter().all(|word| row.contains(word)));
    let row = rows
        .next()
        .unwrap_or_else(|| panic!("no {words:?} in {}", said(request)));
    row.split(' ').next().unwrap().to_owned()
}

/// The number of the passage that has `text`.
fn number(request: &Request, text: &str) -> String {
    let sources = said(request).split("<source number=\"").skip(1);
    let mut sources = sources.filter(|own| own.contains(text));
    let source = sources.next().expect("a passage has it");
    source.split('"').next().unwrap().to_owned()
}

/// What is answered where the model says what `reply` makes of the request.
fn answered(place: &Place, reply: impl Fn(&Request) -> String + Send + Sync + 'static) -> Value {
    let server = Server::start(move |request, _, out| {
        begin(out);
        say(out, &reply(request));
        finish(out, "stop");
    });
    let endpoint = ["ask", "--endpoint", &server.host, "--writer", "m"];
    place.json(&[&endpoint[..], &["--no-figures", QUESTION]].concat())
}

#[test]
fn a_fact_is_cited_by_its_id_and_leads_to_its_line() {
    let place = library();
    let answer = answered(&place, |request| {
        let own = id(
            request,
            &["Northgate", "Net sales", "FY2023", "$2,184.6 million"],
        );
        format!("Net sales were $2.2 billion in 2023 [{own}, F99].")
    });
    assert_eq!(answer["text"], "Net sales were $2.2 billion in 2023 [1].");
    assert_eq!(answer["unsupported"], json!([]));
    let page = &answer["citations"][0];
    assert_eq!(
        (&page["document"], &page["page"]),
        (&json!("NORTHGATE_2023_10K.pdf"), &json!(10))
    );
    let proof = &page["proofs"][0];
    assert_eq!(proof["marks"], json!(["$2,184.6"]));
    assert_eq!(proof["line"], page["line_first"]);
    assert!(proof["text"].as_str().unwrap().starts_with("Net sales"));
}

#[test]
fn an_id_of_nothing_is_taken_out() {
    let place = library();
    let answer = answered(&place, |_| {
        "It makes pumps [F77] (F78) [source 99].".to_owned()
    });
    let text = answer["text"].as_str().unwrap();
    assert!(
        text.starts_with("It makes pumps.\n\nThe pages say:\n"),
        "{text}"
    );
    let note = answer["notes"][0].as_str().unwrap();
    assert!(note.contains("nothing that it says is proved"), "{answer}");
}

#[test]
fn figures_are_held_against_facts_in_their_scale_and_year() {
    let place = library();
    // Each with what it cites.
    for (figure, cites, right) in [
        ("$2.2 billion", "F", true),
        ("$2,184.6 million", "F", true),
        ("2,184.6", "1", true),
        ("$2,184,600 thousand", "F", true),
        ("$2.3 billion", "F", false),
        ("$2.2 million", "F", false),
        // Of 2022.
        ("$2,041.3 million", "1", false),
        ("$2.0 billion", "1", false),
        ("$2.0 billion", "F", false),
    ] {
        let answer = answered(&place, move |request| {
            let cites = match cites {
                "F" => id(request, &["Net sales", "FY2023"]),
                _ => number(request, "2,041.3"),
            };
            format!("Net sales were {figure} in 2023 [{cites}].")
        });
        let text = answer["text"].as_str().unwrap();
        let whole = answer["unsupported"] == json!([]);
        assert_eq!(whole, right, "{figure} of {cites}: {answer}");
        assert_eq!(!text.starts_with(WARNING), right, "{answer}");
        assert_eq!(
            !text.contains(&format!("{figure} [unsupported]")),
            right,
            "{answer}"
        );
        if figure.starts_with("$2,041.3") {
            let note = answer["notes"][0].as_str().unwrap();
            assert!(note.contains("\"Net sales\" of FY2022"), "{answer}");
        }
    }
}

#[test]
fn facts_take_a_part_of_the_tokens_of_the_sources() {
    let place = library();
    let server = Server::streaming(vec![json!({"content": "It makes pumps."})]);
    let endpoint = ["ask", "--endpoint", &server.host, "--writer", "m"];
    for sources in ["300", "2400"] {
        let bound = ["--no-figures", "--sources", sources, QUESTION];
        place.json(&[&endpoint[..], &bound].concat());
    }
    // What an endpoint's tokens are is reckoned at three bytes each.
    let (few, many) = (server.got().remove(0), server.got().remove(1));
    let question = format!("\nQuestion: {QUESTION}");
    for (request, sources) in [(few, 300), (many, 2400)] {
        let given = said(&request).strip_suffix(question.as_str()).unwrap();
        assert!(given.len() <= 3 * (sources + 20), "{}", given.len());
        let facts = given.split("<facts>").nth(1).unwrap_or_default();
        assert!(facts.len() <= 3 * sources / 4, "{facts}");
        assert!(
            sources < 2400 || facts.contains("F1 | Northgate"),
            "{given}"
        );
    }
}
