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
/// because a check takes the database's writer and any client may ask for it.
pub(super) type ReadinessCache = Arc<Mutex<Option<(Timestamp, bool)>>>;

/// Handles `/healthz`: the process is alive.
pub(super) async fn liveness() -> &'static str {
    "ok"
}

/// Handles `/readyz`: the database answers, takes writes and has its tables.
pub(super) async fn readiness(State(state): State<ServeState>) -> (StatusCode, &'static str) {
    // Requests that arrive meanwhile wait here for the same result.
    let mut last = state.readiness.lock().await;
    let now = state.app.clock.now();
    let ready = match *last {
        Some((at, ready)) if at == now => ready,
        _ => {
            let asked = state.app.store.ping().await;
            if let Err(error) = &asked {
                tracing::error!(%error, "not ready");
            }
            *last = Some((now, asked.is_ok()));
            asked.is_ok()
        }
    };
    if ready { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready") }
}
