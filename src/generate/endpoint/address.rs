//! An address: where an endpoint is asked, made of what people paste, what variables of the
//! environment say, and what a server prints of itself.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::super::{GenerateError, Result};

/// Where Ollama listens unless told otherwise.
const OLLAMA_PORT: u16 = 11434;
/// What follows the base in addresses that are pasted whole.
const PATHS: [&str; 3] = ["chat/completions", "completions", "models"];

/// The base of an endpoint's addresses.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    scheme: String,
    /// Name and password, where the address has them: they are sent and never shown.
    user: Option<String>,
    host: String,
    path: String,
}

impl Address {
    /// The address given, or where it is empty that of `OPENAI_BASE_URL` or `OLLAMA_HOST`.
    pub fn find(given: &str) -> Result<Self> {
        if !given.trim().is_empty() {
            return Self::parse(given);
        }
        let variable = |name| {
            let value = std::env::var(name).ok();
            value.filter(|value: &String| !value.trim().is_empty())
        };
        if let Some(base) = variable("OPENAI_BASE_URL") {
            return Self::parse(&base);
        }
        let host = variable("OLLAMA_HOST").ok_or(GenerateError::NoEndpoint)?;
        Self::parse(&of_ollama(&host))
    }

    /// A bare host gets `http://` before it and `/v1` behind it; what is pasted beyond the base is
    /// cut.
    pub fn parse(given: &str) -> Result<Self> {
        let given = given.trim();
        let (scheme, rest) = given.split_once("://").unwrap_or(("http", given));
        let end = rest.find(['?', '#']).unwrap_or(rest.len());
        let (place, behind) = rest.split_at(end);
        let (authority, path) = place.split_once('/').unwrap_or((place, ""));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        let shown = || format!("{scheme}://{host}/{path}");
        // A key may stand there: it is not shown.
        if let Some(mark) = behind.chars().next() {
            let url = shown();
            let what = if mark == '?' { "a query" } else { "a fragment" };
            return Err(GenerateError::AddressEnd { url, what });
        }
        let scheme = scheme.to_lowercase();
        let is_good = |text: &str| !text.contains(|c: char| c.is_whitespace() || c.is_control());
        let is_known = ["http", "https"].contains(&scheme.as_str());
        if !is_known || !is_host(host) || !is_good(path) || !user.is_none_or(is_good) {
            let url = match user {
                Some(_) => shown(),
                None => given.to_owned(),
            };
            return Err(GenerateError::Address { url });
        }
        Ok(Self {
            scheme,
            user: user.map(str::to_owned),
            host: reached(host),
            path: match path.trim_matches('/') {
                "" => "v1".to_owned(),
                path => base(path).to_owned(),
            },
        })
    }

    /// As it is shown and kept.
    pub fn shown(&self) -> String {
        self.written("")
    }

    /// Where `what` is asked for; holds what is not shown.
    pub fn of(&self, what: &str) -> String {
        let user = self.user.as_ref().map(|user| format!("{user}@"));
        format!("{}/{what}", self.written(&user.unwrap_or_default()))
    }

    /// What must not be shown.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let user = self.user.as_deref();
        let password = user.and_then(|user| Some(user.split_once(':')?.1));
        user.into_iter().chain(password)
    }

    fn written(&self, user: &str) -> String {
        let slash = if self.path.is_empty() { "" } else { "/" };
        let Self {
            scheme, host, path, ..
        } = self;
        format!("{scheme}://{user}{host}{slash}{path}")
    }
}

/// `OLLAMA_HOST` as Ollama reads it: where it names no scheme it is a host with or without a port.
fn of_ollama(given: &str) -> String {
    let given = given.trim().trim_matches(['"', '\'']).trim();
    if given.contains("://") {
        return given.to_owned();
    }
    let (host, path) = given.split_once('/').unwrap_or((given, ""));
    let host = match host.parse::<Ipv6Addr>() {
        Ok(ip) => format!("[{ip}]"),
        Err(_) => host.to_owned(),
    };
    let (name, port) = parts(&host);
    let name = if name.is_empty() { "127.0.0.1" } else { name };
    let port = port.map_or(OLLAMA_PORT.to_string(), str::to_owned);
    format!("http://{name}:{port}/{path}")
}

/// Name and port of a host.
fn parts(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    }
}

fn is_host(host: &str) -> bool {
    let (name, port) = parts(host);
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    let is_name = match name.strip_prefix('[') {
        Some(rest) => rest
            .strip_suffix(']')
            .is_some_and(|ip| ip.parse::<Ipv6Addr>().is_ok()),
        None => name
            .chars()
            .all(|c| c.is_alphanumeric() || ".-_".contains(c)),
    };
    !name.is_empty() && is_name && port.is_none_or(is_port)
}

/// Where a server is reached that listens everywhere.
fn reached(host: &str) -> String {
    let (name, port) = parts(host);
    let name = match name {
        "0.0.0.0" => "127.0.0.1",
        "[::]" => "[::1]",
        name => name,
    };
    port.map_or(name.to_owned(), |port| format!("{name}:{port}"))
}

/// A path without what is asked for below it.
fn base(path: &str) -> &str {
    let is_below = |end: &str| path == end || path.ends_with(&format!("/{end}"));
    match PATHS.into_iter().find(|end| is_below(end)) {
        Some(end) => base(path[..path.len() - end.len()].trim_end_matches('/')),
        None => path,
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

/// `url` without what may be a name, a password or a key in it, whether it is a good address or not; what is no address is
/// left as it is.
pub fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (place, behind) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    let (authority, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    let (user, host) = match authority.rsplit_once('@') {
        Some((_, host)) => ("…@", host),
        None => ("", authority),
    };
    let behind = behind.chars().next().map(|mark| format!("{mark}…"));
    format!(
        "{scheme}://{user}{host}{path}{}",
        behind.unwrap_or_default()
    )
}

/// True where what is sent to `url` stays on this machine.
pub fn is_here(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let (name, _) = parts(host);
    let ip = name.trim_matches(['[', ']']).parse();
    let is_local = ip.is_ok_and(|ip: IpAddr| ip.is_loopback() || ip.is_unspecified());
    is_local || name.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(given: &str) -> String {
        Address::parse(given).map_or(String::new(), |address| address.shown())
    }

    #[test]
    fn a_bare_host_becomes_an_address() {
        assert_eq!(full("localhost:11434"), "http://localhost:11434/v1");
        assert_eq!(full("http://10.0.0.2:8000/"), "http://10.0.0.2:8000/v1");
        assert_eq!(
            full(" HTTPS://x.example/api/v3// "),
            "https://x.example/api/v3"
        );
        assert_eq!(full("[::1]:80"), "http://[::1]:80/v1");
        assert_eq!(full("0.0.0.0:8000/v1"), "http://127.0.0.1:8000/v1");
        for wrong in [
            "ftp://x",
            "http://a b",
            "",
            "http://",
            "x:99999",
            "x:",
            "[::1",
            "x/a b",
        ] {
            assert_eq!(full(wrong), "", "{wrong}");
        }
    }

    #[test]
    fn what_is_pasted_beyond_the_base_is_cut() {
        for path in [
            "/chat/completions",
            "/completions",
            "/models/",
            "//",
            "/chat/completions//",
        ] {
            assert_eq!(
                full(&format!("http://x:1/v1{path}")),
                "http://x:1/v1",
                "{path}"
            );
        }
        assert_eq!(full("https://x/openai/models"), "https://x/openai");
        // Whoever pastes it without a version has a server that has none.
        assert_eq!(full("https://x/chat/completions"), "https://x");
        let whole = Address::parse("https://x/chat/completions").unwrap();
        assert_eq!(whole.of("chat/completions"), "https://x/chat/completions");
    }

    #[test]
    fn a_query_is_refused_and_not_shown() {
        for (end, what) in [("?key=hidden", "a query"), ("#hidden", "a fragment")] {
            let error = Address::parse(&format!("https://u:hidden@x/v1{end}"))
                .err()
                .unwrap();
            let error = error.to_string();
            assert!(
                error.contains(what) && error.contains("https://x/v1"),
                "{error}"
            );
            assert!(!error.contains("hidden"), "{error}");
        }
    }

    #[test]
    fn names_and_passwords_are_sent_and_not_shown() {
        for (url, shown) in [
            ("http://u:pw@h:1/v1?key=k", "http://…@h:1/v1?…"),
            ("https://h/v1", "https://h/v1"),
            ("ftp://a@b@c", "ftp://…@c"),
            ("a model", "a model"),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
        let address = Address::parse("http://me:hidden@x:1/v1").unwrap();
        assert_eq!(address.shown(), "http://x:1/v1");
        assert_eq!(address.of("models"), "http://me:hidden@x:1/v1/models");
        assert_eq!(
            address.secrets().collect::<Vec<_>>(),
            ["me:hidden", "hidden"]
        );
        let error = Address::parse("ftp://me:hidden@x").err().unwrap();
        assert!(!error.to_string().contains("hidden"));
    }

    #[test]
    fn a_host_is_read_as_ollama_reads_it() {
        let of = |given: &str| full(&of_ollama(given));
        assert_eq!(of("0.0.0.0"), "http://127.0.0.1:11434/v1");
        assert_eq!(of("\"0.0.0.0:8080\""), "http://127.0.0.1:8080/v1");
        assert_eq!(of("box.example"), "http://box.example:11434/v1");
        assert_eq!(of("box.example/proxy"), "http://box.example:11434/proxy");
        assert_eq!(of(":8080"), "http://127.0.0.1:8080/v1");
        assert_eq!(of("::1"), "http://[::1]:11434/v1");
        assert_eq!(of("[::]"), "http://[::1]:11434/v1");
        assert_eq!(of("http://box.example"), "http://box.example/v1");
    }

    #[test]
    fn it_is_known_what_leaves_the_machine() {
        assert!(is_here("http://localhost:11434/v1") && is_here("http://[::1]/v1"));
        assert!(is_here("http://127.0.0.2/v1") && is_here("http://user@0.0.0.0:1/v1"));
        assert!(!is_here("https://localhost.example.com/v1") && !is_here("http://10.0.0.2/v1"));
    }
}
