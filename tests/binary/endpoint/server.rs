//! A scripted server on this machine, which has one habit of endpoints.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// A request that a server got.
#[derive(Clone)]
pub struct Request {
    pub path: String,
    pub key: String,
    pub body: Value,
}

/// A server with a habit.
pub struct Server {
    /// Host and port.
    pub host: String,
    got: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// `habit` answers each request, which is the so-manieth.
    pub fn start(habit: impl Fn(&Request, usize, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let got = Arc::new(Mutex::new(Vec::new()));
        let (log, habit) = (got.clone(), Arc::new(habit));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let (log, habit) = (log.clone(), habit.clone());
                std::thread::spawn(move || {
                    let request = read(&stream);
                    let at = {
                        let mut log = log.lock().unwrap();
                        log.push(request.clone());
                        log.len() - 1
                    };
                    habit(&request, at, &mut stream);
                });
            }
        });
        Self { host, got }
    }

    /// One that streams an answer.
    pub fn streaming(deltas: Vec<Value>) -> Self {
        Self::start(move |_, _, out| {
            begin(out);
            deltas.iter().for_each(|delta| send(out, delta.clone()));
            finish(out, "stop");
        })
    }

    pub fn got(&self) -> Vec<Request> {
        self.got.lock().unwrap().clone()
    }
}

/// Reads a request.
pub fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let (mut length, mut key, mut path) = (0, String::new(), String::new());
    for at in 0.. {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if at == 0 {
            path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        }
        let (name, value) = line.split_once(": ").unwrap_or(("", ""));
        match name.to_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "authorization" => key = value.trim().to_owned(),
            _ => {}
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Request { path, key, body }
}

// Who was cancelled, or has enough, hears nothing: what is written may get nowhere.

/// Begins a stream that ends with its connection.
pub fn begin(out: &mut TcpStream) {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
    let _ = out.write_all(head.as_bytes());
}

pub fn send(out: &mut TcpStream, delta: Value) {
    let value = json!({"choices": [{"delta": delta}]});
    let _ = out.write_all(format!("data: {value}\n\n").as_bytes());
}

pub fn say(out: &mut TcpStream, text: &str) {
    send(out, json!({"content": text}));
}

pub fn finish(out: &mut TcpStream, reason: &str) {
    let value = json!({"choices": [{"delta": {}, "finish_reason": reason}]});
    let _ = out.write_all(format!("data: {value}\n\ndata: [DONE]\n\n").as_bytes());
}

/// Answers in one piece.
pub fn answer(out: &mut TcpStream, status: u16, head: &str, body: &Value) {
    let text = body.to_string();
    let length = text.len();
    let text = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{head}Connection: close\r\n\r\n{text}"
    );
    let _ = out.write_all(text.as_bytes());
}

pub fn refuse(out: &mut TcpStream, status: u16, error: Value) {
    answer(out, status, "", &json!({"error": error}));
}
