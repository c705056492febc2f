//! The page `/dev/inbox` with the messages that the inbox provider keeps in memory. Only clients on
//! this machine that connect without a proxy can open it.

use std::net::SocketAddr;

use axum::Json;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Response, StatusCode};
use axum::middleware::Next;
use axum::response::IntoResponse;

use super::{ServeState, pages};
use crate::pages::render_context::InboxEntry;
use crate::server::AppState;
use crate::server::sms::InboxMessage;

/// The path of the page with the messages.
pub(super) const PAGE: &str = "/dev/inbox";

/// The headers that show that a proxy forwarded the request.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/// Hides the inbox (404) unless the client is on this machine and the inbox provider is in use.
pub(super) async fn guard(
    State(state): State<ServeState>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_local = peer.is_some_and(|peer| peer.0.ip().is_loopback())
        && FORWARDED.iter().all(|name| !request.headers().contains_key(*name));
    if is_local && state.app.sms.inbox().is_some() {
        return next.run(request).await;
    }
    pages::not_found(State(state), request).await
}

/// Returns the messages as JSON, for `/dev/inbox.json`.
pub(super) async fn json(State(state): State<ServeState>) -> Response<Body> {
    match state.app.sms.inbox() {
        Some(inbox) => Json(inbox.messages()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Returns the page with the messages, for `/dev/inbox`.
pub(super) async fn show(State(state): State<ServeState>, request: Request) -> Response<Body> {
    pages::respond(&state, request, entries(&state.app), StatusCode::OK).await
}

fn entries(app: &AppState) -> Option<Vec<InboxEntry>> {
    let now = app.clock.now();
    let to_entry = |message: InboxMessage| InboxEntry {
        age: now.seconds_since(crate::domain::time::Timestamp(message.sent_at)),
        phone: message.phone,
        code: message.code,
        text: message.text,
    };
    app.sms.inbox().map(|inbox| inbox.messages().into_iter().map(to_entry).collect())
}
