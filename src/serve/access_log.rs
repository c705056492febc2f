//! The access log: one line per request, without its query, its headers or its body.
//!
//! `tower_http::trace` is not used, because it logs the whole URI, and a query may contain a phone
//! number.

use std::time::Instant;

use axum::extract::Request;
use axum::http::{Method, StatusCode, Uri};

use super::metrics::{self, RouteSlot};
use super::{ServeState, health, receipts};
use crate::server::refusal_counts::Refusal;

/// The statuses of refusals that any client can cause at no cost.
const COUNTED_STATUSES: [u16; 8] = [400, 403, 404, 405, 413, 421, 428, 429];
/// The maximum number of bytes of a path that are logged. Every path of the site is less than half
/// as long.
const MAX_LOGGED_PATH: usize = 100;

/// The log line of one request.
pub(super) struct AccessLogEntry {
    pub method: Method,
    pub uri: Uri,
    started: Instant,
    route: Option<RouteSlot>,
}

impl AccessLogEntry {
    #[expect(
        clippy::disallowed_methods,
        reason = "the duration is only logged; no rule depends on it"
    )]
    pub(super) fn start(state: &ServeState, request: &mut Request) -> Self {
        // Without an address nobody reads the metrics, and requests need not pay for them.
        let route = state.app.config.metrics_address.map(|_| RouteSlot::default());
        if let Some(route) = &route {
            request.extensions_mut().insert(route.clone());
        }
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            started: Instant::now(),
            route,
        }
    }

    /// Writes the line. Health checks and the refusals of `COUNTED_STATUSES` are counted instead,
    /// and the counts are logged once per minute, so that a flood of them does not fill the disk.
    /// Their own lines have the level `debug`.
    pub(super) fn write(&self, state: &ServeState, id: &str, status: StatusCode) {
        let Self { method, uri, started, .. } = self;
        let (path, status, duration) = (uri.path(), status.as_u16(), started.elapsed());
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        if let Some(route) = &self.route {
            let method_name = metrics::method_name(method);
            state.app.metrics.record_response(method_name, route.route(), status, duration);
        }
        let path = receipts::without_key(path);
        let path = &path[..path.floor_char_boundary(MAX_LOGGED_PATH)];
        if COUNTED_STATUSES.contains(&status) || health::is_health_check(uri) {
            state.app.refusal_counts.increment(Refusal::Response(status));
            tracing::debug!(%method, path, status, micros, id, "request");
        } else {
            tracing::info!(%method, path, status, micros, id, "request");
        }
    }
}
