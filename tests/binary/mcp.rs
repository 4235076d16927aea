//! `tenk mcp`: what clients of the protocol get for what models send, in which pieces, and how it ends.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Stdio};

use serde_json::{Value, json};

use super::pdf::Pdf;
use super::place::{NORTHGATE, Place, signal};

/// Characters of one answer at most.
const BUDGET: usize = 30_000;

const NO_ITEM: &str = "\"happiness\" is neither a line item nor a measure";

/// A library of two issuers.
pub fn library() -> &'static Place {
    Place::shared(&[NORTHGATE, "TARRANT_2023_10K.pdf"])
}

pub fn greeting() -> Value {
    json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}})
}

/// The one text of a tool's answer, and whether it is a refusal: nothing is given twice.
#[track_caller]
pub fn content(answer: &Value) -> (Value, bool) {
    let result = &answer["result"];
    assert_eq!(result["structuredContent"], Value::Null, "{answer}");
    let [content] = &result["content"].as_array().expect("content")[..] else {
        panic!("several: {answer}");
    };
    let text = content["text"].as_str().unwrap();
    assert!(text.chars().count() <= BUDGET, "{}", text.chars().count());
    let is_error = result["isError"] == true;
    (serde_json::from_str(text).unwrap(), is_error)
}

/// A client on stdin and stdout: sends lines, reads lines.
pub struct Client {
    child: Child,
    reader: BufReader<ChildStdout>,
    id: u64,
}

impl Client {
    pub fn start(place: &Place) -> Self {
        let mut child = place
            .tenk(&["mcp"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let reader = BufReader::new(child.stdout.take().unwrap());
        let mut client = Self {
            child,
            reader,
            id: 0,
        };
        let greeted = client.call("initialize", greeting());
        assert_eq!(greeted["result"]["serverInfo"]["name"], "tenk");
        client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        client
    }

    fn send(&mut self, message: &Value) {
        let input = self.child.stdin.as_mut().unwrap();
        writeln!(input, "{message}").unwrap();
    }

    /// Sends a request and does not wait for its answer, which will have this number.
    fn ask(&mut self, method: &str, parameters: Value) -> u64 {
        self.id += 1;
        let id = self.id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters}));
        id
    }

    /// The next message; stdout carries nothing else.
    fn next(&mut self) -> Value {
        let mut line = String::new();
        let read = self.reader.read_line(&mut line).unwrap();
        assert!(read > 0, "the server is gone");
        serde_json::from_str(&line).unwrap()
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        let id = self.ask(method, parameters);
        loop {
            let message = self.next();
            if message["id"] == id {
                return message;
            }
        }
    }

    fn tool(&mut self, name: &str, arguments: Value) -> Value {
        self.call("tools/call", json!({"name": name, "arguments": arguments}))
    }

    #[track_caller]
    pub fn answer(&mut self, name: &str, arguments: Value) -> Value {
        let (answer, is_error) = content(&self.tool(name, arguments));
        assert!(!is_error, "{answer}");
        answer
    }

    /// The error and the remedy of a call that is refused, which is a result of the tool.
    #[track_caller]
    pub fn refusal(&mut self, name: &str, arguments: Value) -> (String, String) {
        let (refused, is_error) = content(&self.tool(name, arguments));
        assert!(is_error, "{refused}");
        let of = |key: &str| refused[key].as_str().unwrap().to_owned();
        let whole = (of("error"), of("remedy"));
        for said in [&whole.0, &whole.1] {
            assert!(
                !said.is_empty() && !said.contains("tenk ") && !said.contains("--"),
                "{refused}"
            );
        }
        whole
    }

    /// The whole of an answer, piece by piece.
    fn pieces(&mut self, name: &str, arguments: Value) -> Vec<Value> {
        let mut out = vec![self.answer(name, arguments.clone())];
        while let Some(cursor) = out.last().unwrap()["cursor"].as_str() {
            let mut more = arguments.clone();
            more["cursor"] = json!(cursor);
            out.push(self.answer(name, more));
        }
        out
    }

    /// The client goes; how the server ends.
    pub fn leave(mut self) -> Option<i32> {
        drop(self.child.stdin.take());
        self.child.wait().unwrap().code()
    }
}

pub fn items(pieces: &[Value], name: &str) -> Vec<Value> {
    let lists = pieces.iter().filter_map(|piece| piece[name].as_array());
    lists.flatten().cloned().collect()
}

#[test]
fn a_client_of_the_protocol_searches_reads_and_asks() {
    let mut client = Client::start(library());
    let tools = client.call("tools/list", json!({}));
    let tools = tools["result"]["tools"].as_array().unwrap();
    let names: Vec<&str> = tools.iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["search", "ask", "list", "page", "status", "facts", "grid"]
    );
    for tool in tools {
        assert_eq!(tool["annotations"]["readOnlyHint"], true);
        assert_eq!(tool["inputSchema"]["additionalProperties"], false);
        assert!(tool["inputSchema"]["properties"]["cursor"].is_object());
    }
    let listed = client.answer("list", json!({}));
    let documents = listed["documents"].as_array().unwrap();
    assert_eq!((documents.len(), &listed["found"]), (2, &json!(2)));
    let northgate = &documents[0];
    assert_eq!(northgate["document"], NORTHGATE);
    let company = northgate["company"].as_str().unwrap().to_lowercase();
    assert!(company.starts_with("northgate"), "{northgate}");
    assert_eq!(
        (
            &northgate["form"],
            &northgate["fiscal_year"],
            &northgate["pages"]
        ),
        (&json!("10-K"), &json!(2023), &json!(16)),
        "{northgate}"
    );
    let page = client.answer(
        "page",
        json!({"document": "NORTHGATE_2023_10K", "page": 11}),
    );
    let text = page["text"].as_str().unwrap();
    assert!(text.contains("Total current assets"));
    assert_eq!(page["cursor"], Value::Null);
    let question = "What is the FY2023 current ratio of Northgate?";
    let asked = client.answer("ask", json!({"question": question}));
    assert_eq!(asked["kind"], "worked");
    assert_eq!(asked["operands"].as_array().unwrap().len(), 2, "{asked}");
    assert_eq!(asked["citations"][0]["document"], NORTHGATE, "{asked}");
    assert_eq!(client.answer("status", json!({}))["documents"], 2);
    let facts = client.answer(
        "facts",
        json!({"company": ["northgate"], "item": "total assets", "year": 2023}),
    );
    assert_eq!(
        (&facts["found"], &facts["facts"][0]["item"]),
        (&1.into(), &"Assets".into()),
        "{facts}"
    );
    let grid = client.answer(
        "grid",
        json!({"items": ["revenue"], "first_year": 2022, "last_year": 2023}),
    );
    assert_eq!(grid["periods"], json!(["FY2022", "FY2023"]));
    assert_eq!(grid["rows"].as_array().unwrap().len(), 2, "{grid}");
    let since = client.answer("grid", json!({"items": ["revenue"], "first_year": 2021}));
    assert_eq!(since["periods"], json!(["FY2021", "FY2022", "FY2023"]));
    let near = client.refusal("page", json!({"document": "NORTHGATE", "page": 1}));
    assert!(near.1.contains(NORTHGATE), "{near:?}");
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn arguments_are_taken_as_models_send_them() {
    let mut client = Client::start(library());
    for (name, plain, loose) in [
        (
            "search",
            json!({"query": "cleanup reserve", "top_k": 2, "year": 2023, "arm": "bm25"}),
            json!({"query": ["cleanup reserve"], "top_k": "2", "year": "FY2023", "arm": "BM25", "company": null, "form": ""}),
        ),
        (
            "page",
            json!({"document": NORTHGATE, "page": 11}),
            json!({"document": NORTHGATE, "page": "11", "cursor": null}),
        ),
        (
            "facts",
            json!({"company": ["northgate"], "item": "Assets", "months": 0}),
            json!({"company": "northgate", "item": ["Assets"], "months": "0", "year": null}),
        ),
        (
            "grid",
            json!({"items": ["revenue"], "first_year": 2022, "last_year": 2023, "segments": false}),
            json!({"items": "revenue", "first_year": "2022", "last_year": 2023.0, "segments": "false", "company": null}),
        ),
        (
            "grid",
            json!({"items": ["revenue", "net income"], "company": ["northgate"]}),
            json!({"items": "[\"revenue\", \"net income\"]", "company": "northgate", "columns": ""}),
        ),
    ] {
        let meant = client.answer(name, plain);
        assert_eq!(client.answer(name, loose.clone()), meant, "{name} {loose}");
    }
    // All of them written into a text, or none.
    let text = json!({"name": "search", "arguments": "{\"query\": \"cleanup\"}"});
    let (found, is_error) = content(&client.call("tools/call", text));
    assert!(!is_error && !found["hits"].as_array().unwrap().is_empty());
    let none = json!({"name": "status", "arguments": null});
    assert_eq!(content(&client.call("tools/call", none)).0["documents"], 2);

    for (name, arguments, error, remedy) in [
        (
            "search",
            json!({"query": "x", "limit": 3}),
            "no argument \"limit\"",
            "search takes query",
        ),
        (
            "search",
            json!({"query": "x", "top_k": 1000}),
            "top_k is 1000",
            "from 1 to 50",
        ),
        (
            "search",
            json!({"query": "x", "top_k": "many"}),
            "top_k is \"many\"",
            "from 1 to 50",
        ),
        (
            "search",
            json!({"query": ["x", "y"]}),
            "query is [\"x\",\"y\"]",
            "as one text",
        ),
        (
            "search",
            json!({"query": "x", "arm": "z"}),
            "arm is \"z\"",
            "hybrid, dense, bm25",
        ),
        (
            "facts",
            json!({"year": "last"}),
            "year is \"last\"",
            "such as 2023",
        ),
        (
            "facts",
            json!({"company": {"name": "x"}}),
            "company is {",
            "list of texts",
        ),
        (
            "grid",
            json!({"items": ["revenue"], "segments": "some"}),
            "segments is",
            "true or false",
        ),
        (
            "page",
            json!({"document": NORTHGATE, "page": 1.5}),
            "page is 1.5",
            "whole number",
        ),
    ] {
        let refused = client.refusal(name, arguments.clone());
        assert!(
            refused.0.contains(error) && refused.1.contains(remedy),
            "{name} {arguments}: {refused:?}"
        );
    }
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn the_same_fault_is_refused_in_the_same_words_by_every_tool() {
    let mut client = Client::start(library());
    // What each tool is asked beside the fault.
    let beside = |name: &str| match name {
        "search" => json!({"query": "x"}),
        "ask" => json!({"question": "x"}),
        "page" => json!({"page": 1}),
        "grid" => json!({"items": ["revenue"]}),
        _ => json!({}),
    };
    for (tools, field, value, error, remedy) in [
        (
            "search ask facts page",
            "document",
            json!("NONE_2023_10K"),
            "the library has no document \"NONE_2023_10K\"",
            "list names the documents",
        ),
        (
            "search ask list facts grid",
            "company",
            json!("Northgat"),
            "the library has no document of Northgat",
            "did you mean Northgate",
        ),
        (
            "search ask list",
            "form",
            json!("20-F"),
            "the library has no document of form \"20-F\"",
            "it has 10-K",
        ),
        (
            "search ask list",
            "year",
            json!(1999),
            "the library has no document of fiscal year 1999",
            "it has 2023",
        ),
        (
            "search",
            "query",
            json!(" "),
            "query is empty",
            "as one text",
        ),
        (
            "ask",
            "question",
            json!(""),
            "question is empty",
            "as one text",
        ),
        (
            "page",
            "document",
            json!([""]),
            "document is empty",
            "as one text",
        ),
        (
            "grid",
            "items",
            json!([]),
            "items is empty",
            "list of texts",
        ),
        (
            "search",
            "query",
            Value::Null,
            "query is missing",
            "as one text",
        ),
        (
            "page",
            "document",
            Value::Null,
            "document is missing",
            "as one text",
        ),
        ("facts", "item", json!("happiness"), NO_ITEM, "us-gaap"),
        ("grid", "items", json!("happiness"), NO_ITEM, "us-gaap"),
    ] {
        for name in tools.split(' ') {
            let mut arguments = beside(name);
            arguments[field] = value.clone();
            let refused = client.refusal(name, arguments);
            assert!(
                refused.0 == error && refused.1.contains(remedy),
                "{name} {field}: {refused:?}"
            );
        }
    }
    for (page, error) in [(0, "page is 0"), (17, "has no page 17")] {
        let (said, remedy) = client.refusal("page", json!({"document": NORTHGATE, "page": page}));
        let wants = "give page as a whole number from 1";
        assert!(
            said.contains(error) && remedy.contains(wants),
            "{said} {remedy}"
        );
    }
    let years = json!({"items": ["revenue"], "first_year": 2023, "last_year": 2022});
    let (error, _) = client.refusal("grid", years);
    assert!(
        error.contains("first_year is 2023, after last_year"),
        "{error}"
    );
    // What is no call of a tool is an error of the protocol.
    for (call, error) in [
        (
            json!({"name": "index", "arguments": {}}),
            "there is no tool index: there are search",
        ),
        (
            json!({"name": "search", "arguments": [1]}),
            "arguments are no object",
        ),
        (json!({"arguments": {}}), "name is missing"),
    ] {
        let answer = client.call("tools/call", call);
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(message.contains(error), "{answer}");
        assert_eq!(answer["error"]["code"], -32602, "{answer}");
    }
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn a_long_answer_comes_in_pieces_that_hold_everything_once() {
    let place = library();
    let mut client = Client::start(place);
    // Hits of one search, however they are cut.
    let query = json!({"query": "environmental cleanup reserve", "top_k": 50});
    let whole = client.pieces("search", query);
    let few = client.pieces(
        "search",
        json!({"query": "environmental cleanup reserve", "top_k": 7}),
    );
    assert!(whole.len() > 1 && few.len() > whole.len());
    assert!(
        few.iter()
            .all(|piece| piece["hits"].as_array().unwrap().len() <= 7)
    );
    let ids = |pieces: &[Value]| -> Vec<Value> {
        let hits = items(pieces, "hits").into_iter();
        hits.map(|hit| hit["chunk_id"].clone()).collect()
    };
    assert_eq!(ids(&whole), ids(&few));
    assert!(few[1..].iter().all(|piece| piece["model"].is_null()));
    // Facts, as the command line has them.
    let facts = client.pieces("facts", json!({}));
    let printed = place.run(&["facts", "--json"]).ok().json_lines();
    assert!(facts.len() > 1 && facts[0]["found"] == printed.len());
    let place_of = |fact: &Value| {
        [
            fact["document"].clone(),
            fact["page"].clone(),
            fact["line"].clone(),
            fact["head"].clone(),
        ]
    };
    let of = |all: &[Value]| -> Vec<_> { all.iter().map(place_of).collect() };
    assert_eq!(of(&items(&facts, "facts")), of(&printed));
    // Rows of a grid.
    let wanted = [
        "revenue",
        "net income",
        "total assets",
        "operating margin",
        "free cash flow",
        "total debt",
    ];
    let arguments =
        json!({"items": wanted, "columns": "quarters", "first_year": 2018, "last_year": 2023});
    let grid = client.pieces("grid", arguments);
    let mut seen: Vec<[Value; 3]> = Vec::new();
    for row in items(&grid, "rows") {
        for cell in row["cells"].as_array().unwrap() {
            seen.push([
                row["company"].clone(),
                row["item"].clone(),
                cell["period"].clone(),
            ]);
        }
    }
    let periods = grid[0]["periods"].as_array().unwrap().len();
    assert_eq!(seen.len(), 2 * wanted.len() * periods);
    for (at, cell) in seen.iter().enumerate() {
        assert!(!seen[..at].contains(cell), "twice: {cell:?}");
    }
    // A cursor holds for its call.
    let cursor = few[0]["cursor"].clone();
    let other = json!({"query": "something else", "top_k": 7, "cursor": cursor});
    assert!(client.refusal("search", other).0.contains("another call"));
    for wrong in ["", "x", "7", "99999-00000000-00000000"] {
        let arguments = json!({"query": "x", "cursor": wrong});
        match wrong {
            // Nothing was said.
            "" => drop(client.answer("search", arguments)),
            _ => assert!(
                client.refusal("search", arguments).0.contains("cursor"),
                "{wrong}"
            ),
        }
    }
    let parts: Vec<&str> = cursor.as_str().unwrap().split('-').collect();
    let beyond = format!("5000-{}-{}", parts[1], parts[2]);
    let arguments = json!({"query": "environmental cleanup reserve", "top_k": 7, "cursor": beyond});
    assert!(client.refusal("search", arguments).0.contains("malformed"));
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn a_long_page_is_read_on_and_a_cursor_of_an_earlier_library_is_stale() {
    let place = Place::with(&[NORTHGATE]);
    let lines: String = (0..250)
        .map(|n| {
            format!(
                "({}) Tj 0 -3 Td ",
                format!("Row {n} of a long page says much. ").repeat(6)
            )
        })
        .collect();
    let content = format!("BT /F1 2 Tf 20 780 Td {lines} ET");
    place.write("LONG_2023.pdf", Pdf::page(&content).bytes());
    place.run(&["index", "."]).ok();
    let shown = place.json(&["show", "LONG_2023.pdf:1"]);
    let shown = shown["text"].as_str().unwrap();
    assert!(shown.chars().count() > BUDGET, "{}", shown.chars().count());
    let mut client = Client::start(&place);
    let arguments = json!({"document": "LONG_2023", "page": 1});
    let pieces = client.pieces("page", arguments.clone());
    assert!(pieces.len() > 1);
    let text: String = pieces
        .iter()
        .filter_map(|piece| piece["text"].as_str())
        .collect();
    assert_eq!(text.trim_end(), shown.trim_end());
    // The library moves on under the server.
    place
        .run(&["set", "NORTHGATE_2023_10K", "company=Southgate"])
        .ok();
    let mut late = arguments.clone();
    late["cursor"] = pieces[0]["cursor"].clone();
    let (error, remedy) = client.refusal("page", late);
    assert!(
        error.contains("stale") && remedy.contains("leave cursor out"),
        "{error}"
    );
    assert_eq!(client.pieces("page", arguments).len(), pieces.len());
    let listed = client.answer("list", json!({"company": "southgate"}));
    assert_eq!(listed["found"], 1, "{listed}");
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn a_call_that_is_cancelled_is_not_worked_for() {
    let mut client = Client::start(library());
    // More work than is done before it is cancelled.
    let question =
        json!({"name": "ask", "arguments": {"question": "How is goodwill tested for impairment?"}});
    let all: Vec<u64> = (0..400)
        .map(|_| client.ask("tools/call", question.clone()))
        .collect();
    for id in &all {
        let parameters = json!({"requestId": id, "reason": "enough"});
        client.send(
            &json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": parameters}),
        );
    }
    let last = client.ask("tools/call", json!({"name": "status", "arguments": {}}));
    let mut answered = 0;
    loop {
        let message = client.next();
        if message["id"] == last {
            assert_eq!(content(&message).0["documents"], 2);
            break;
        }
        answered += 1;
    }
    // A call has no answer once it is cancelled; the worker may have been sooner with the first.
    assert!(answered < all.len() / 2, "{answered} answered");
    assert_eq!(client.answer("status", json!({}))["documents"], 2);
    // A client that goes leaves nothing behind that the server would wait for.
    for _ in 0..400 {
        client.ask("tools/call", question.clone());
    }
    assert_eq!(client.leave(), Some(0));
}

#[test]
fn a_signal_and_a_client_that_says_nothing_end_the_server() {
    let mut client = Client::start(library());
    // Taken out of the child, whose wait would close it.
    let input = client.child.stdin.take();
    signal(client.child.id(), "-TERM");
    assert_eq!(client.child.wait().unwrap().code(), Some(130));
    drop(input);
    let mut silent = library().tenk(&["mcp"]);
    let ended = silent.stdin(Stdio::null()).output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(ended.stdout.is_empty(), "{ended:?}");
}
