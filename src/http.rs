//! The one HTTP client: the system's trust store (and `SSL_CERT_FILE`), the proxies that the
//! environment names, no telemetry.

use std::time::Duration;

pub use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

/// What a server answered, its body still to be read.
pub type Response = ureq::http::Response<ureq::Body>;

/// A client; answers of any status are answers, not errors. A server must begin its answer within
/// a minute.
pub fn agent() -> Agent {
    agent_within(Duration::from_secs(60))
}

/// A client for servers that think before they answer, `timeout` at most.
pub fn agent_within(timeout: Duration) -> Agent {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .timeout_connect(Some(Duration::from_secs(20)))
        .timeout_recv_response(Some(timeout))
        .user_agent(concat!("tenk/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}

/// True where the environment asks that nothing be fetched.
pub fn is_offline() -> bool {
    ["TENK_OFFLINE", "HF_HUB_OFFLINE"]
        .iter()
        .any(|name| std::env::var(name).is_ok_and(|v| !["", "0", "false"].contains(&v.as_str())))
}
