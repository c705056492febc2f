//! `GET /metrics` at an address of its own, for Prometheus.

use std::io;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, Method};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::server::{AppState, sms_budget};

/// The text format of Prometheus.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// The label of a path that no route of the router has: a file of the site, or nothing.
const NO_ROUTE: &str = "none";

/// The route of a request, which the router fills in for the layers around it.
#[derive(Debug, Clone, Default)]
pub(super) struct RouteSlot(Arc<OnceLock<MatchedPath>>);

impl RouteSlot {
    /// Returns the pattern of the route.
    pub(super) fn route(&self) -> &str {
        self.0.get().map_or(NO_ROUTE, MatchedPath::as_str)
    }
}

/// Fills in the route of a request that the router has routed.
pub(super) fn note_route(request: Request) -> Request {
    let extensions = request.extensions();
    if let (Some(RouteSlot(slot)), Some(route)) = (extensions.get(), extensions.get()) {
        let _ = slot.set(MatchedPath::clone(route));
    }
    request
}

/// Returns the name of a method; clients may send methods of any name.
pub(super) fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

/// Serves the metrics until the future is dropped.
///
/// # Errors
/// Fails if the listener fails.
pub(super) async fn serve(listener: TcpListener, app: AppState) -> io::Result<()> {
    axum::serve(listener, Router::new().route("/metrics", get(show)).with_state(app)).await
}

async fn show(State(app): State<AppState>) -> ([(HeaderName, &'static str); 1], String) {
    match sms_budget::periods(&app).await {
        Ok(budget) => app.metrics.set_budget(budget),
        // The other metrics are needed most while the database is away.
        Err(error) => tracing::error!(%error, "the SMS budget could not be read for the metrics"),
    }
    for (provider, country, is_open) in app.sms.breakers_open(app.clock.now()) {
        app.metrics.set_breaker(provider, country, is_open);
    }
    ([(CONTENT_TYPE, TEXT_FORMAT)], app.metrics.encode())
}
