//! The face over HTTP ("Streamable HTTP" of the protocol): one warm process for many clients on this machine, each with a
//! session of its own. rmcp speaks the protocol, keeps the sessions and looks at `Host` and `Origin`, hyper reads and
//! writes; what is here is the door: a loopback address, a token, bounds.

mod address;
mod connection;
mod guests;
mod token;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::cli::Ended;
use crate::cli::remedy::Refusal;
use crate::progress::CancelToken;
pub use connection::connection;
use connection::{Answer, attended, refusal};
use guests::Guests;
use token::Token;

/// Where the protocol is spoken.
const PATH: &str = "/mcp";
/// Bytes of a request's body; of its head hyper allows as much as it needs to read one.
const BODY: usize = 1024 * 1024;
const HEAD: usize = 64 * 1024;
/// How long a connection may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(30);
/// Connections that wait to be taken; the system may allow fewer.
#[cfg(unix)]
const WAITING: i32 = 4096;
/// Connections at once: each client has one or two.
const CONNECTIONS: usize = 256;
/// How long a client may be silent before its session is closed: a working day.
const SESSION: Duration = Duration::from_secs(12 * 60 * 60);
/// How long answers that are being written may take when the server ends.
const FAREWELL: Duration = Duration::from_secs(1);

type Service<S> = StreamableHttpService<S, LocalSessionManager>;

/// A place to serve at, and who may come in.
pub struct Face {
    listener: TcpListener,
    address: SocketAddr,
    token: Token,
}

impl Face {
    /// Takes `address`, which must be of this machine alone.
    pub fn bind(address: &str) -> anyhow::Result<Self> {
        let address = address::loopback(address)?;
        let token = Token::of_environment()?;
        let taken = || {
            Refusal::new(
                format!("{address} cannot be served at"),
                "name another port, or 0 for one that is free: --http 127.0.0.1:0",
            )
        };
        let listener = TcpListener::bind(address).with_context(taken)?;
        listener.set_nonblocking(true).with_context(taken)?;
        wait_for_more(&listener).with_context(taken)?;
        let address = listener.local_addr().with_context(taken)?;
        Ok(Self {
            listener,
            address,
            token,
        })
    }

    /// Says what a client needs, on stderr: the token is nobody else's.
    pub fn announce(&self, folder: &Path) {
        note!(
            "serving {} at http://{}{PATH}",
            folder.display(),
            self.address
        );
        match self.token.is_own() {
            true => note!("token: {}", self.token.text()),
            false => note!("token: that of {}", token::VARIABLE),
        }
    }

    /// Serves until a signal comes; each client has its own of `server`.
    pub async fn serve<S>(self, server: S, cancel: CancelToken) -> anyhow::Result<Ended>
    where
        S: ServerHandler + Clone + Send + Sync + 'static,
    {
        let listener = tokio::net::TcpListener::from_std(self.listener)
            .context("the address cannot be listened at")?;
        let config = config();
        let end = config.cancellation_token.clone();
        let mut sessions = LocalSessionManager::default();
        sessions.session_config.keep_alive = Some(SESSION);
        let service = Service::new(move || Ok(server.clone()), Arc::new(sessions), config);
        let door = Arc::new(Door {
            token: self.token,
            guests: Guests::default(),
            service,
            cancel: cancel.clone(),
        });
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let mut open = JoinSet::new();
        for number in 0.. {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = open.join_next(), if !open.is_empty() => continue,
                () = super::cancelled(&cancel) => break,
            };
            // From here on the connection is held: a wait that is given up would cut it off.
            let Some(stream) = taken(accepted).await else {
                continue;
            };
            let place = tokio::select! {
                place = place(&places, &door.guests) => place,
                () = super::cancelled(&cancel) => break,
            };
            let own = door.clone();
            let task = open.spawn(async move {
                own.clone().attend(stream, number).await;
                own.guests.known(number);
                drop(place);
            });
            door.guests.came(number, task);
        }
        end.cancel();
        let farewell = async { while open.join_next().await.is_some() {} };
        // Who has not heard the end by now is cut off.
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
        Ok(Ended::Interrupted)
    }
}

/// Lets more connections wait to be taken than the 128 that the standard library asks for: on a busy machine a flood of
/// them would keep the system from taking others, who wait for seconds or are cut off.
fn wait_for_more(listener: &TcpListener) -> std::io::Result<()> {
    #[cfg(unix)]
    rustix::net::listen(listener, WAITING)?;
    #[cfg(not(unix))]
    let _ = listener;
    Ok(())
}

/// A place for a connection, for which who came first and says nothing makes room.
async fn place(places: &Arc<Semaphore>, guests: &Guests) -> OwnedSemaphorePermit {
    if places.available_permits() == 0 {
        guests.dismiss();
    }
    let place = places.clone().acquire_owned().await;
    place.expect("the places are never closed")
}

/// A connection; none where it was gone before it was taken.
async fn taken(accepted: std::io::Result<(TcpStream, SocketAddr)>) -> Option<TcpStream> {
    match accepted {
        Ok((stream, _)) => Some(stream),
        Err(error) => {
            // Out of descriptors, say: those that are open must close first.
            tracing::warn!("a connection was not accepted: {error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

/// What rmcp is to look at: names and pages of this machine alone, against pages elsewhere whose name leads here.
fn config() -> StreamableHttpServerConfig {
    let here = ["localhost", "127.0.0.1", "[::1]"];
    StreamableHttpServerConfig::default()
        .with_allowed_hosts(["localhost", "127.0.0.1", "::1"])
        .with_allowed_origins(here.map(|host| format!("http://{host}:*")))
        .enforce_origin_validation()
        .with_max_request_body_bytes(BODY)
}

/// What stands between a connection and the protocol.
struct Door<S> {
    token: Token,
    guests: Guests,
    service: Service<S>,
    cancel: CancelToken,
}

impl<S: ServerHandler + Send + 'static> Door<S> {
    /// Answers what comes on the `number`th connection.
    async fn attend(self: Arc<Self>, stream: TcpStream, number: u64) {
        let answer = service_fn(move |request| {
            let door = self.clone();
            async move { Ok::<_, std::convert::Infallible>(door.answer(request, number).await) }
        });
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .max_buf_size(HEAD)
            .serve_connection(TokioIo::new(stream), answer);
        if let Err(error) = served.await {
            tracing::debug!("a connection ended early: {error}");
        }
    }

    async fn answer(&self, request: Request<Incoming>, number: u64) -> Response<Answer> {
        if request.uri().path() != PATH {
            let words = format!("there is nothing here: the protocol is spoken at {PATH}");
            return refusal(StatusCode::NOT_FOUND, words);
        }
        if !self
            .token
            .opens(request.headers().get(header::AUTHORIZATION))
        {
            let words = "the token is missing or another one: send Authorization: Bearer TOKEN";
            let mut refused = refusal(StatusCode::UNAUTHORIZED, words.to_owned());
            let bearer = header::HeaderValue::from_static("Bearer");
            refused
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, bearer);
            // Whoever has no token keeps no place from those who have one.
            let close = header::HeaderValue::from_static("close");
            refused.headers_mut().insert(header::CONNECTION, close);
            return refused;
        }
        self.guests.known(number);
        match whole(request).await {
            Ok(request) => attended(&self.service, request, self.cancel.part()).await,
            Err(refused) => *refused,
        }
    }
}

/// A request with its body, which has to come in time.
async fn whole(request: Request<Incoming>) -> Result<Request<Full<Bytes>>, Box<Response<Answer>>> {
    let (parts, body) = request.into_parts();
    let read = tokio::time::timeout(PATIENCE, Limited::new(body, BODY).collect());
    let refused = |status, words: String| Err(Box::new(refusal(status, words)));
    match read.await {
        Ok(Ok(body)) => Ok(Request::from_parts(parts, Full::new(body.to_bytes()))),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let words = format!("a message has at most {BODY} bytes");
            refused(StatusCode::PAYLOAD_TOO_LARGE, words)
        }
        Ok(Err(error)) => refused(
            StatusCode::BAD_REQUEST,
            format!("the body ended early: {error}"),
        ),
        Err(_) => {
            let words = format!("the body did not come within {} s", PATIENCE.as_secs());
            refused(StatusCode::REQUEST_TIMEOUT, words)
        }
    }
}
