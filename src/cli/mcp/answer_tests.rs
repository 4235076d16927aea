use serde_json::{Map, Value, json};

use super::*;
use crate::store::Revision;

fn start() -> Cursor {
    let revision = Revision {
        identity: "a".to_owned(),
        generation: 1,
        mark: "m".to_owned(),
    };
    Cursor::start("t", &Map::new(), &revision)
}

/// All pieces of an answer, each within the budget.
fn pieces(make: impl Fn() -> Answer) -> Vec<Value> {
    let (mut out, mut cursor) = (Vec::new(), start());
    loop {
        let text = make().piece(&cursor).unwrap();
        assert!(text.chars().count() <= BUDGET, "{}", text.chars().count());
        let piece: Value = serde_json::from_str(&text).unwrap();
        let next = piece["cursor"].as_str().map(str::to_owned);
        out.push(piece);
        match next {
            Some(given) => cursor = start().resumed(&given).unwrap(),
            None => return out,
        }
    }
}

fn items(pieces: &[Value], name: &str) -> Vec<Value> {
    let lists = pieces.iter().filter_map(|piece| piece[name].as_array());
    lists.flatten().cloned().collect()
}

#[test]
fn pieces_keep_to_the_budget_and_hold_everything_once() {
    let item = |n: usize| json!({"n": n, "text": "ä\"\n".repeat(n * 37 % 900), "nothing": null});
    let make = || {
        let one: Vec<Value> = (0..90).map(item).collect();
        let two: Vec<Value> = (90..120).map(item).collect();
        Answer::new(
            json!({"found": 120}),
            vec![("one", one), ("none", vec![]), ("two", two)],
        )
    };
    let all = pieces(make);
    assert!(all.len() > 2);
    assert_eq!(all[0]["found"], 120);
    assert!(all[1..].iter().all(|piece| piece["found"].is_null()));
    let numbers = |name| -> Vec<u64> {
        let items = items(&all, name);
        items.iter().map(|i| i["n"].as_u64().unwrap()).collect()
    };
    assert_eq!(numbers("one"), (0..90).collect::<Vec<u64>>());
    assert_eq!(numbers("two"), (90..120).collect::<Vec<u64>>());
    assert!(
        !items(&all, "one")
            .iter()
            .any(|item| item.get("nothing").is_some())
    );
    // Fewer where fewer are wanted.
    let few = pieces(|| Answer {
        most: Some(50),
        ..Answer::new(
            json!({}),
            vec![("hits", (0..120).map(|n| json!(n)).collect())],
        )
    });
    assert_eq!(few.len(), 3);
    assert_eq!(items(&few, "hits").len(), 120);
}

#[test]
fn what_is_too_long_for_any_piece_loses_its_end_and_an_empty_list_is_said() {
    let huge = || json!({"text": "\"".repeat(100_000), "all": vec!["x".repeat(90); 2000]});
    let all = pieces(|| {
        Answer::new(
            json!({"head": huge()}),
            vec![("list", vec![huge(), huge()])],
        )
    });
    assert_eq!(items(&all, "list").len(), 2);
    let none = pieces(|| Answer::new(json!({}), vec![("hits", Vec::new())]));
    assert_eq!(none, [json!({"hits": []})]);
    let beyond = Answer::new(json!({}), vec![("hits", vec![json!(1)])]);
    let refused = beyond.piece(&start().moved(1)).unwrap_err();
    assert!(refused.error.contains("malformed"), "{refused:?}");
}

#[test]
fn text_is_cut_at_lines_and_put_together_again() {
    let text: String = (0..4000).map(|n| format!("row {n} \"é\"\t{n}\n")).collect();
    let (mut whole, mut from) = (String::new(), 0);
    loop {
        let (piece, next) = cut(&text, from, 5000);
        assert!(length(&json!(piece)) <= 5002);
        whole.push_str(&piece);
        match next {
            Some(next) => {
                assert!(piece.ends_with('\n'));
                from = next;
            }
            None => break,
        }
    }
    assert_eq!(whole, text);
    let line = "x".repeat(30);
    assert_eq!(cut(&line, 10, 15), ("x".repeat(15), Some(25)));
}
