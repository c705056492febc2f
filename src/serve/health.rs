//! The health checks for load balancers and orchestrators.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use tokio::sync::Mutex;

use super::ServeState;
use crate::domain::time::Timestamp;

pub(super) const LIVENESS: &str = "/healthz";
pub(super) const READINESS: &str = "/readyz";

/// Returns `true` for the address of a health check. Health checks may use any host name.
pub(super) fn is_health_check(uri: &Uri) -> bool {
    [LIVENESS, READINESS].contains(&uri.path())
}

/// The time and the result of the last readiness check. The result is valid for that second,
/// because a check occupies the database's writer and any client may request one.
pub(super) type ReadinessCache = Arc<Mutex<Option<(Timestamp, bool)>>>;

/// Handles `/healthz`: the process is alive.
pub(super) async fn liveness() -> &'static str {
    "ok"
}

/// Handles `/readyz`: the database answers, accepts writes and has its tables.
pub(super) async fn readiness(State(state): State<ServeState>) -> (StatusCode, &'static str) {
    // Concurrent requests wait here for the same result.
    let mut cached = state.readiness.lock().await;
    let now = state.app.clock.now();
    let ready = match *cached {
        Some((checked_at, ready)) if checked_at == now => ready,
        _ => {
            let result = state.app.store.ping().await;
            if let Err(error) = &result {
                tracing::error!(%error, "not ready");
            }
            *cached = Some((now, result.is_ok()));
            result.is_ok()
        }
    };
    if ready { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready") }
}
