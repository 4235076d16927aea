//! `tenk mcp --http`: who may come in, several clients at once, bounds, and how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use super::mcp::{content, greeting, library};
use super::place::{PATIENCE, Place, signal};

/// A server over HTTP at a free port.
struct Server {
    child: Child,
    /// `127.0.0.1:PORT`.
    address: String,
    token: String,
}

impl Server {
    fn start(place: &Place, token: Option<&str>) -> Self {
        let mut command = place.tenk(&["mcp", "--http", "127.0.0.1:0"]);
        command.env_remove("TENK_MCP_TOKEN");
        if let Some(token) = token {
            command.env("TENK_MCP_TOKEN", token);
        }
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = |what: &str| loop {
            let line = lines.next().expect("the server is gone").unwrap();
            if let Some((_, rest)) = line.split_once(what) {
                return rest.to_owned();
            }
        };
        let address = said("http://").trim_end_matches("/mcp").to_owned();
        let printed = said("token: ");
        let token = match token {
            Some(token) => {
                assert!(!printed.contains(token), "{printed}");
                token.to_owned()
            }
            None => printed,
        };
        // What it goes on to say has a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            child,
            address,
            token,
        }
    }

    /// Begins a request; `headers` are those beside what every one has.
    fn open(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\nContent-Length: {}\r\n",
            body.len()
        );
        let own = [("Host", self.address.as_str())];
        let is_given = |name: &str| headers.iter().any(|(other, _)| *other == name);
        let own = own.iter().filter(|(name, _)| !is_given(name));
        for (name, value) in own.chain(headers) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        // A server that refuses may close before it has read everything.
        let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes());
        stream
    }

    fn send(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        Reply::read(self.open("POST", path, headers, body))
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// How it ends by a signal.
    fn end(mut self, name: &str) -> Option<i32> {
        signal(self.child.id(), name);
        self.child.wait().unwrap().code()
    }
}

/// An answer as it came.
struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn read(mut stream: TcpStream) -> Self {
        let mut all = Vec::new();
        // Who is refused while sending may see the connection reset behind the answer.
        let _ = stream.read_to_end(&mut all);
        let all = String::from_utf8(all).unwrap();
        let (head, body) = all.split_once("\r\n\r\n").expect("an answer");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let is_chunked = head.to_lowercase().contains("transfer-encoding: chunked");
        Self {
            status,
            head: head.to_owned(),
            body: if is_chunked {
                joined(body)
            } else {
                body.to_owned()
            },
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut own = lines.filter(|(own, _)| own.eq_ignore_ascii_case(name));
        own.next().map(|(_, value)| value)
    }

    /// The message of the number `id` among its events.
    fn message(&self, id: u64) -> Value {
        let data = self
            .body
            .lines()
            .filter_map(|line| line.strip_prefix("data:"));
        let mut messages = data.filter_map(|text| serde_json::from_str::<Value>(text.trim()).ok());
        messages
            .find(|message| message["id"] == id)
            .unwrap_or_else(|| panic!("{} {}", self.head, self.body))
    }
}

/// The chunks of a body, put together.
fn joined(mut body: &str) -> String {
    let mut out = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        out.push_str(&rest[..size]);
        body = rest[size..].trim_start_matches("\r\n");
    }
    out
}

/// A client with a session of its own.
struct Client<'a> {
    server: &'a Server,
    session: String,
}

impl<'a> Client<'a> {
    fn start(server: &'a Server) -> Self {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": greeting()});
        let bearer = server.bearer();
        let reply = server.send("/mcp", &[("Authorization", &bearer)], &body.to_string());
        assert_eq!(reply.status, 200, "{} {}", reply.head, reply.body);
        assert_eq!(reply.message(1)["result"]["serverInfo"]["name"], "tenk");
        let session = reply.header("mcp-session-id").unwrap().to_owned();
        let client = Self { server, session };
        let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        assert_eq!(client.send(&ready).status, 202);
        client
    }

    fn open(&self, message: &Value) -> TcpStream {
        let bearer = self.server.bearer();
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Mcp-Session-Id", &self.session),
        ];
        self.server
            .open("POST", "/mcp", &headers, &message.to_string())
    }

    fn send(&self, message: &Value) -> Reply {
        Reply::read(self.open(message))
    }

    fn tool(&self, id: u64, name: &str, arguments: Value) -> Value {
        let (answer, is_error) = content(&self.send(&call(id, name, arguments)).message(id));
        assert!(!is_error, "{answer}");
        answer
    }
}

fn call(id: u64, name: &str, arguments: Value) -> Value {
    let parameters = json!({"name": name, "arguments": arguments});
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": parameters})
}

#[test]
fn clients_have_a_session_each_and_are_answered_at_once() {
    let server = Server::start(library(), None);
    assert_eq!(server.token.len(), 64);
    let clients: Vec<Client<'_>> = (0..4).map(|_| Client::start(&server)).collect();
    for (at, client) in clients.iter().enumerate() {
        let others = &clients[..at];
        assert!(others.iter().all(|other| other.session != client.session));
    }
    std::thread::scope(|scope| {
        for (at, client) in clients.iter().enumerate() {
            scope.spawn(move || {
                for id in 10..15 {
                    // Numbers of requests are each client's own.
                    let found =
                        client.tool(id, "search", json!({"query": "goodwill", "top_k": at + 1}));
                    assert_eq!(found["hits"].as_array().unwrap().len(), at + 1);
                }
            });
        }
    });
    // One goes, the others stay.
    let bearer = server.bearer();
    let gone = [
        ("Authorization", bearer.as_str()),
        ("Mcp-Session-Id", &clients[0].session),
    ];
    let closed = Reply::read(server.open("DELETE", "/mcp", &gone, ""));
    assert!((200..300).contains(&closed.status), "{}", closed.head);
    assert_eq!(clients[0].send(&call(20, "status", json!({}))).status, 404);
    assert_eq!(clients[1].tool(20, "status", json!({}))["documents"], 2);
    assert_eq!(server.end("-TERM"), Some(130));
}

#[test]
fn the_door_opens_to_the_token_and_to_names_of_this_machine_alone() {
    let server = Server::start(library(), Some("a-token-that-is-to-stay"));
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": greeting()});
    let body = body.to_string();
    let bearer = server.bearer();
    let right = ("Authorization", bearer.as_str());
    for wrong in [
        "Bearer another-token-altogether",
        "Bearer ",
        "Basic a-token-that-is-to-stay",
    ] {
        let reply = server.send("/mcp", &[("Authorization", wrong)], &body);
        assert_eq!(reply.status, 401, "{wrong}: {}", reply.head);
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    }
    assert_eq!(server.send("/mcp", &[], &body).status, 401);
    assert_eq!(server.send("/", &[right], &body).status, 404);
    let port = server.address.rsplit(':').next().unwrap();
    let named = |host: &str| format!("{host}:{port}");
    for (headers, status) in [
        (vec![("Host", named("evil.example"))], 403),
        (vec![("Host", "evil.example".to_owned())], 403),
        (vec![("Host", named("localhost"))], 200),
        (vec![("Origin", "https://evil.example".to_owned())], 403),
        (vec![("Origin", "null".to_owned())], 403),
        (vec![("Origin", "http://localhost:6274".to_owned())], 200),
    ] {
        let own = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let reply = server.send("/mcp", &own.chain([right]).collect::<Vec<_>>(), &body);
        assert_eq!(reply.status, status, "{headers:?}: {}", reply.body);
    }
    let huge = format!("{}{body}", " ".repeat(2 * 1024 * 1024));
    assert_eq!(server.send("/mcp", &[right], &huge).status, 413);
    let client = Client::start(&server);
    assert_eq!(client.tool(2, "status", json!({}))["documents"], 2);
    assert_eq!(server.end("-INT"), Some(130));
}

#[test]
fn whoever_says_nothing_keeps_nobody_out_and_no_message_is_told_so() {
    let server = Server::start(library(), None);
    let silent: Vec<TcpStream> = (0..400)
        .map(|_| {
            let mut stream = TcpStream::connect(&server.address).unwrap();
            stream
                .write_all(b"POST /mcp HTTP/1.1\r\nHost: loc")
                .unwrap();
            stream
        })
        .collect();
    let began = Instant::now();
    let client = Client::start(&server);
    assert_eq!(client.tool(2, "status", json!({}))["documents"], 2);
    // A head may take half a minute.
    let took = began.elapsed();
    assert!(took < std::time::Duration::from_secs(25), "{took:?}");
    drop(silent);
    let bearer = server.bearer();
    let headers = [("Authorization", bearer.as_str())];
    for body in ["{\"jsonrpc\": ", "[]", "{}", "nothing"] {
        let reply = server.send("/mcp", &headers, body);
        assert_eq!(reply.status, 400, "{body}: {}", reply.head);
        let error: Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(error["error"]["code"], -32600, "{error}");
    }
    assert_eq!(server.end("-TERM"), Some(130));
}

#[test]
fn a_client_that_goes_is_not_worked_for_and_one_that_cancels_stays() {
    let server = Server::start(library(), None);
    let (gone, stays) = (Client::start(&server), Client::start(&server));
    let question = json!({"question": "How is goodwill tested for impairment?"});
    let ask = |id: u64| call(id, "ask", question.clone());
    let began = Instant::now();
    gone.tool(5, "ask", question.clone());
    let one = began.elapsed();
    // Many at once, and none waits for its answer.
    let began = Instant::now();
    for round in 0..4 {
        let open: Vec<TcpStream> = (0..40)
            .map(|at| gone.open(&ask(100 * (round + 1) + at)))
            .collect();
        drop(open);
    }
    let waiting = stays.open(&ask(7));
    let cancelled =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}});
    assert_eq!(stays.send(&cancelled).status, 202);
    assert_eq!(stays.tool(8, "status", json!({}))["documents"], 2);
    assert_eq!(gone.tool(9, "status", json!({}))["documents"], 2);
    // All of them would have taken 160 times as long as one.
    let took = began.elapsed();
    assert!(took < 80 * one, "{took:?}, and one took {one:?}");
    // An open stream does not hold the server.
    assert_eq!(server.end("-TERM"), Some(130));
    drop(waiting);
}

#[test]
fn an_address_that_others_can_reach_and_a_token_that_is_none_are_refused() {
    let place = library();
    for (address, error, remedy) in [
        (
            "0.0.0.0:0",
            "can be reached from other machines",
            "127.0.0.1",
        ),
        ("[::]:0", "can be reached from other machines", "127.0.0.1"),
        ("example.com:80", "no address", "127.0.0.1"),
    ] {
        let ended = place.run(&["mcp", "--http", address, "--json"]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let said = ended.last_json();
        let of = |key: &str| said[key].as_str().unwrap().to_owned();
        assert!(
            of("error").contains(error) && of("remedy").contains(remedy),
            "{said}"
        );
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = place.run(&["mcp", "--http", &address]);
    assert!(
        ended.code == Some(1) && ended.stderr.contains("--http 127.0.0.1:0"),
        "{ended:?}"
    );
    let mut short = place.tenk(&["mcp", "--http", "0"]);
    let ended = short.env("TENK_MCP_TOKEN", "short").output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(
        ended.status.code() == Some(1) && said.contains("TENK_MCP_TOKEN holds no token"),
        "{said}"
    );
}
