//! The report of a request, for `ringkey check`. For everybody else there is no such page.

use std::net::SocketAddr;

use axum::Json;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, SET_COOKIE};
use axum::http::{HeaderValue, Response};
use axum::response::IntoResponse;

use super::{ServeState, pages};
use crate::domain::client_network::ClientNetwork;
use crate::server::client_ip::forwarded_for;
use crate::server::cookie::{CookieName, PROBE_TTL};
use crate::server::diagnostics::{RequestReport, is_valid_token};

/// Reports what the server sees of a request, and sets the probe cookie.
pub(super) async fn show(State(state): State<ServeState>, request: Request) -> Response<Body> {
    let app = &state.app;
    let token = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer "));
    if !token.is_some_and(|token| is_valid_token(&app.keys, token, app.clock.now())) {
        return pages::not_found(State(state), request).await;
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let client = request.extensions().get::<ClientNetwork>();
    let report = RequestReport {
        peer: peer.map(|peer| peer.0.ip().to_canonical().to_string()).unwrap_or_default(),
        forwarded_for: forwarded_for(request.headers()).map(str::to_owned).collect(),
        client: client.map(|client| client.address.clone()).unwrap_or_default(),
        has_cookie: app.cookies.has_any(request.headers()),
        now: app.clock.now().0,
    };
    let mut response = Json(report).into_response();
    let probe = app.cookies.set(CookieName::Probe, "1", PROBE_TTL);
    if let Ok(probe) = HeaderValue::try_from(probe) {
        response.headers_mut().insert(SET_COOKIE, probe);
    }
    response
}
