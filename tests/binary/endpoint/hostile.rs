//! Servers that are slow, silent, without measure, or after the key.

use super::super::place::{Outcome, signal, wait};
use super::server::{Server, answer, begin, refuse, say};
use super::*;

#[test]
fn a_server_that_is_slow_is_ended_in_time() {
    let place = library();
    place.configure("[generate]\nfirst_token_seconds = 1");
    // It holds its peace; it sends what is no token.
    for is_begun in [false, true] {
        let gone = Arc::new(AtomicBool::new(false));
        let over = gone.clone();
        let server = Server::start(move |_, _, out| {
            if is_begun {
                begin(out);
                let _ = out.write_all(b": keep-alive\n\n");
            }
            wait("the end of the test", || over.load(Ordering::SeqCst));
        });
        let said = failed(&place, &server.host).stderr;
        assert!(said.contains("says nothing within 1 s"), "{said}");
        assert!(said.contains("first_token_seconds"), "{said}");
        assert_eq!(server.got().len(), 1, "it is not made to say nothing again");
        gone.store(true, Ordering::SeqCst);
    }
    place.configure("[generate]\ntimeout_seconds = 4");
    // Thoughts that drip are no answer; an answer that drips is one as far as it goes.
    let drip = |text: &'static str| {
        Server::start(move |_, _, out| {
            begin(out);
            say(out, text);
            let drop = format!(
                "data: {}\n",
                json!({"choices": [{"delta": {"content": "a"}}]})
            );
            for byte in drop.repeat(100).bytes() {
                if out.write_all(&[byte]).is_err() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        })
    };
    let server = drip("<think>hm");
    let began = Instant::now();
    let said = failed(&place, &server.host).stderr;
    assert!(said.contains("is not done within 4 s"), "{said}");
    assert!(began.elapsed() < Duration::from_secs(60));
    let server = drip(ANSWER);
    let answer = asked(&place, &server.host);
    let note = answer["notes"][0].as_str().unwrap_or_default();
    assert!(
        note.contains("broken off") && note.contains("time"),
        "{answer}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_takes_no_connection_is_not_waited_for() {
    let place = library();
    place.configure("[generate]\nconnect_seconds = 1\ntimeout_seconds = 4");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Nobody accepts: the queue is full at some time, and who comes then is not answered.
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        waiting.push(stream);
        assert!(waiting.len() < 10_000, "the queue has no end");
    }
    let said = failed(&place, &address.to_string()).stderr;
    assert!(
        said.contains("cannot be reached") && said.contains("connect"),
        "{said}"
    );
}

#[test]
fn a_server_without_measure_is_not_read_to_the_end() {
    let place = library();
    let written = Arc::new(Mutex::new(0_usize));
    for is_stream in [true, false] {
        let count = written.clone();
        let server = Server::start(move |_, _, out| {
            begin(out);
            if is_stream {
                let _ = out.write_all(b"data: ");
            }
            let block = [b'a'; 1 << 16];
            // A gigabyte, unless nobody reads it.
            for _ in 0..1 << 14 {
                if out.write_all(&block).is_err() {
                    break;
                }
                *count.lock().unwrap() += block.len();
            }
        });
        let said = failed(&place, &server.host).stderr;
        assert!(said.contains("a line of more than 4 MiB"), "{said}");
    }
    assert!(*written.lock().unwrap() < 128 << 20);
    // Nor is one that says more than it was asked for.
    let server = Server::start(|_, _, out| {
        begin(out);
        say(out, ANSWER);
        for n in 0..200_000 {
            say(out, &format!(" It has {n} of them."));
        }
    });
    let answer = asked(&place, &server.host);
    let text = answer["text"].as_str().unwrap();
    assert!(
        text.contains(ANSWER) && text.len() <= 2 * 300 * 32,
        "{}",
        text.len()
    );
    assert!(
        answer["notes"][0].as_str().unwrap().contains("broken off"),
        "{answer}"
    );
}

#[test]
fn neither_key_nor_passages_go_to_another_host() {
    let place = library();
    let other = Server::streaming(texts(&[ANSWER]));
    let to = format!("http://{}/v1/chat/completions?hidden-key", other.host);
    for status in [301, 302, 307, 308] {
        let to = to.clone();
        let server = Server::start(move |_, _, out| {
            answer(out, status, &format!("Location: {to}\r\n"), &json!({}));
        });
        let mut command = place.tenk(&arguments(&server.host));
        let outcome = Outcome::of(command.env("OPENAI_API_KEY", "hidden-key"));
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        let said = &outcome.stderr;
        assert!(
            said.contains("sends on to") && said.contains(&other.host),
            "{said}"
        );
        assert!(!said.contains("hidden-key"), "{said}");
        assert_eq!(server.got()[0].key, "Bearer hidden-key");
    }
    assert!(other.got().is_empty());
}

#[test]
fn the_settings_are_shown_without_what_is_secret_in_them() {
    let place = library();
    place.configure("[generate]\nendpoint = \"http://me:hidden-word@h:1/v1?key=hidden-key\"");
    for arguments in [&["config", "show"][..], &["config", "show", "--json"]] {
        let shown = place.run(arguments).ok().stdout;
        assert!(shown.contains("@h:1/v1"), "{shown}");
        assert!(!shown.contains("hidden"), "{shown}");
    }
}

#[test]
fn a_key_is_struck_from_what_a_server_says() {
    let place = library();
    place.configure("[generate]\ntimeout_seconds = 5");
    let key = "hidden-key-0123456789";
    for habit in ["json", "text", "stream", "whole"] {
        let server = Server::start(move |request, _, out| match habit {
            "json" => refuse(
                out,
                401,
                json!({"message": format!("wrong: {}", request.key)}),
            ),
            "text" => answer(
                out,
                403,
                "",
                &json!(format!("{}{}", "x".repeat(190), request.key)),
            ),
            "stream" => {
                begin(out);
                let error = json!({"error": {"message": request.key}});
                let _ = out.write_all(format!("data: {error}\n\n").as_bytes());
            }
            _ => answer(out, 200, "", &json!({"key": request.key})),
        });
        for more in [&[][..], &["--json"]] {
            let mut command = place.tenk(&[&arguments(&server.host)[..], more].concat());
            command.env("OPENAI_API_KEY", key).env("TENK_LOG", "trace");
            let outcome = Outcome::of(&mut command);
            assert_eq!(outcome.code, Some(1), "{outcome:?}");
            let said = outcome.stdout + &outcome.stderr;
            assert!(!said.contains("hidden-key"), "{habit}: {said}");
        }
    }
}

#[test]
fn a_silent_server_is_left_at_once_when_it_is_cancelled() {
    let place = library();
    let gone = Arc::new(AtomicBool::new(false));
    let over = gone.clone();
    let server = Server::start(move |_, _, out| {
        begin(out);
        say(out, "<think>");
        wait("the end of the test", || over.load(Ordering::SeqCst));
    });
    let mut command = place.tenk(&arguments(&server.host));
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap();
    wait("the question", || !server.got().is_empty());
    signal(child.id(), "-INT");
    let began = Instant::now();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    // The deadlines are minutes away.
    assert!(began.elapsed() < Duration::from_secs(60));
    gone.store(true, Ordering::SeqCst);
}
