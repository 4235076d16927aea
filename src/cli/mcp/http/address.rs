//! The address to serve at: of this machine alone. Filings may be nobody else's, and what is sent is not encrypted.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::cli::args::DEFAULT_ADDRESS;
use crate::cli::remedy::refuse;

/// `127.0.0.1:7310`, `[::1]:0`, `localhost:7310`, or a port by itself.
///
/// # Errors
///
/// Where it is none, or one that other machines can reach.
pub fn loopback(text: &str) -> anyhow::Result<SocketAddr> {
    let remedy = format!("name one of this machine, such as {DEFAULT_ADDRESS}, or a port");
    let here = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let port = text.strip_prefix("localhost:").unwrap_or(text);
    let parsed = match port.parse() {
        Ok(port) => Some(here(port)),
        Err(_) => text.parse::<SocketAddr>().ok(),
    };
    match parsed {
        Some(address) if address.ip().is_loopback() => Ok(address),
        Some(address) => Err(refuse(
            format!("{address} can be reached from other machines: this server keeps to its own"),
            remedy,
        )),
        None => Err(refuse(
            format!("{text:?} is no address with a port"),
            remedy,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_machine_and_no_others() {
        for (text, address) in [
            (DEFAULT_ADDRESS, DEFAULT_ADDRESS),
            ("0", "127.0.0.1:0"),
            ("8080", "127.0.0.1:8080"),
            ("localhost:8080", "127.0.0.1:8080"),
            ("127.0.0.2:80", "127.0.0.2:80"),
            ("[::1]:80", "[::1]:80"),
        ] {
            assert_eq!(loopback(text).unwrap().to_string(), address);
        }
        for text in ["0.0.0.0:80", "[::]:80", "192.168.1.2:80", "10.0.0.1:0"] {
            let error = loopback(text).unwrap_err().to_string();
            assert!(error.contains("other machines"), "{error}");
        }
        for text in [
            "",
            "here",
            "127.0.0.1",
            "localhost",
            "example.com:80",
            "70000",
        ] {
            let error = loopback(text).unwrap_err().to_string();
            assert!(error.contains("no address"), "{error}");
        }
    }
}
