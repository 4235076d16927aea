//! Where a shared library lies, and as whom it is asked.

use std::fmt;
use std::net::IpAddr;

use super::{Result, ShareError};

/// The port of the engine where an address names none.
const PORT: u16 = 19530;

/// `milvus://HOST:PORT/NAME`: an engine, and the database in it that is the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    pub database: String,
    /// Whether all goes encrypted, and the engine proves who it is.
    pub is_private: bool,
}

/// As whom it is asked: from the environment alone, where neither a shell's history nor a list of processes has it.
#[derive(Clone, Default)]
pub struct Credentials {
    /// `user:password`, or a token that the engine has given.
    pub token: Option<String>,
    /// A file of certificates to be trusted beside the system's.
    pub authority: Option<String>,
}

impl Credentials {
    pub fn from_environment() -> Self {
        let named = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            token: named("TENK_MILVUS_TOKEN"),
            authority: named("TENK_MILVUS_CA"),
        }
    }
}

impl Address {
    /// # Errors
    ///
    /// `Address`, where it is none, or has a password in it.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why| ShareError::Address {
            address: match text.split_once('@') {
                Some((_, rest)) => format!("…@{rest}"),
                None => text.to_owned(),
            },
            why,
        };
        let (is_private, rest) = match text.split_once("://") {
            Some(("milvus", rest)) => (false, rest),
            Some(("milvus+tls", rest)) => (true, rest),
            _ => {
                return Err(wrong(
                    "it begins neither with milvus:// nor with milvus+tls://",
                ));
            }
        };
        if rest.contains('@') {
            return Err(wrong(
                "a password belongs in TENK_MILVUS_TOKEN, as user:password",
            ));
        }
        let (place, database) = rest.split_once('/').ok_or(wrong("it names no library"))?;
        let database = database.trim_end_matches('/');
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let begins = database.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !begins || !database.chars().all(is_name) || database.len() > 200 {
            return Err(wrong(
                "a library's name has letters, digits and _, a letter first",
            ));
        }
        // The colons of an IPv6 address are in brackets.
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                let port = port.parse().ok().filter(|port| *port != 0);
                (host, port.ok_or(wrong("its port is no number"))?)
            }
            _ => (place, PORT),
        };
        let is_host = |c: char| c.is_ascii_alphanumeric() || ".-_[]:".contains(c);
        if host.is_empty()
            || !host.chars().all(is_host)
            || host.contains(':') != host.starts_with('[')
        {
            return Err(wrong("it names no host"));
        }
        Ok(Self {
            host: host.to_owned(),
            port,
            database: database.to_owned(),
            is_private,
        })
    }

    /// As the engine's client wants it.
    pub fn uri(&self) -> String {
        let scheme = if self.is_private { "https" } else { "http" };
        format!("{scheme}://{}:{}", self.host, self.port)
    }

    /// Whether it is this machine.
    pub fn is_here(&self) -> bool {
        let bare = self.host.trim_matches(['[', ']']);
        bare == "localhost" || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_private {
            "milvus+tls"
        } else {
            "milvus"
        };
        write!(
            f,
            "{scheme}://{}:{}/{}",
            self.host, self.port, self.database
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written() {
        for (text, written, is_here) in [
            (
                "milvus://localhost/filings",
                "milvus://localhost:19530/filings",
                true,
            ),
            (
                "milvus+tls://db.example:443/a_1/",
                "milvus+tls://db.example:443/a_1",
                false,
            ),
            ("milvus://[::1]:19531/x", "milvus://[::1]:19531/x", true),
            ("milvus://[fe80::1]/x", "milvus://[fe80::1]:19530/x", false),
            ("milvus://127.0.0.1:1/x", "milvus://127.0.0.1:1/x", true),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(
                (address.to_string().as_str(), address.is_here()),
                (written, is_here)
            );
            assert_eq!(Address::parse(written).unwrap(), address);
        }
    }

    #[test]
    fn what_is_none_is_refused_and_no_password_is_repeated() {
        for text in [
            "http://localhost/x",
            "milvus://localhost",
            "milvus://localhost/",
            "milvus://localhost/1x",
            "milvus://localhost/a b",
            "milvus:///x",
            "milvus://host:0/x",
            "milvus://host:port/x",
            "milvus://ho st/x",
            "milvus://::1/x",
            "milvus://root:secret@localhost/x",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
