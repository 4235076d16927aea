//! A request's connection: as long as it stands somebody waits for the answer, and when it breaks the work is cancelled.
//! The protocol would let a client come back for an answer; one that is gone is not worked for here.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode, header};
use rmcp::ServerHandler;
use rmcp::service::{RequestContext, RoleServer};

use serde_json::json;

use super::Service;
use crate::cli::mcp::call::Leash;
use crate::progress::CancelToken;

/// JSON-RPC's number for what is no request.
const INVALID_REQUEST: i32 = -32600;

/// What a request that came by HTTP is cancelled by, besides by its client.
#[derive(Clone)]
struct Connection(CancelToken);

/// The token of a request's connection; none where it came another way.
pub fn connection(context: &RequestContext<RoleServer>) -> Option<&CancelToken> {
    let parts = context.extensions.get::<Parts>()?;
    Some(&parts.extensions.get::<Connection>()?.0)
}

/// Answers a request that may come in; `cancel` is its own.
pub async fn attended<S: ServerHandler + Send + 'static>(
    service: &Service<S>,
    mut request: Request<Full<Bytes>>,
    cancel: CancelToken,
) -> Response<Answer> {
    request.extensions_mut().insert(Connection(cancel.clone()));
    // Held while the request is read and, after that, until its answer is written.
    let leash = Leash(cancel);
    let is_json = is_json(&request);
    let mut answered = service.handle(request).await;
    if is_json && answered.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
        answered = no_message();
    }
    answered.map(|body| Answer {
        body,
        leash: Some(leash),
    })
}

fn is_json(request: &Request<Full<Bytes>>) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.starts_with("application/json")
}

/// To a body of JSON that is not a message: rmcp says of it that its type is not supported.
fn no_message() -> Response<BoxBody<Bytes, Infallible>> {
    let words =
        "the body is no message: send one JSON-RPC 2.0 object at a time, batches are not taken";
    let error =
        json!({"jsonrpc": "2.0", "id": null, "error": {"code": INVALID_REQUEST, "message": words}});
    let mut out = Response::new(Full::new(Bytes::from(error.to_string())).boxed());
    *out.status_mut() = StatusCode::BAD_REQUEST;
    let json = header::HeaderValue::from_static("application/json");
    out.headers_mut().insert(header::CONTENT_TYPE, json);
    out
}

/// An answer to who may not come in, or came to the wrong place.
pub fn refusal(status: StatusCode, words: String) -> Response<Answer> {
    let body = Answer {
        body: Full::new(Bytes::from(words)).boxed(),
        leash: None,
    };
    let mut refused = Response::new(body);
    *refused.status_mut() = status;
    let plain = header::HeaderValue::from_static("text/plain; charset=utf-8");
    refused.headers_mut().insert(header::CONTENT_TYPE, plain);
    refused
}

/// The body of an answer: dropped when it is written, or when nobody is there any more.
pub struct Answer {
    body: BoxBody<Bytes, Infallible>,
    leash: Option<Leash>,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(None) = polled {
            self.leash = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
