//! The one HTTP client: the system's trust store (and `SSL_CERT_FILE`), the proxies that the
//! environment names, no telemetry.

use std::time::Duration;

pub use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::typestate::AgentScope;

/// What a server answered, its body still to be read.
pub type Response = ureq::http::Response<ureq::Body>;

/// A client; answers of any status are answers, not errors. A server must begin its answer within
/// a minute.
pub fn agent() -> Agent {
    let builder = configured(Duration::from_secs(20));
    let begun = builder.timeout_recv_response(Some(Duration::from_secs(60)));
    begun.build().new_agent()
}

/// A client for servers that are shown what is not theirs to pass on: it follows no redirect, which
/// is an answer like others. It connects within `connect`, and all of an answer has come within
/// `total`.
pub fn agent_that_stays(connect: Duration, total: Duration) -> Agent {
    let builder = configured(connect).timeout_resolve(Some(connect));
    let builder = builder.timeout_global(Some(total));
    builder.max_redirects(0).build().new_agent()
}

fn configured(connect: Duration) -> ConfigBuilder<AgentScope> {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .timeout_connect(Some(connect))
        .user_agent(concat!("tenk/", env!("CARGO_PKG_VERSION")))
}

/// True where the environment asks that nothing be fetched.
pub fn is_offline() -> bool {
    ["TENK_OFFLINE", "HF_HUB_OFFLINE"]
        .iter()
        .any(|name| std::env::var(name).is_ok_and(|v| !["", "0", "false"].contains(&v.as_str())))
}
