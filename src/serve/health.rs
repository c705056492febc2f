//! For load balancers and orchestrators.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use tokio::sync::Mutex;

use super::ServeState;
use crate::domain::time::Timestamp;

pub(super) const LIVENESS: &str = "/healthz";
pub(super) const READINESS: &str = "/readyz";

/// Whether an address is one of these: they are asked for under whatever name the machine has.
pub(super) fn is_health_check(uri: &Uri) -> bool {
    [LIVENESS, READINESS].contains(&uri.path())
}

/// When the database was last asked, and whether it was ready. Its answer is good for that second: asking takes its writer, and
/// anybody may ask.
pub(super) type ReadinessCache = Arc<Mutex<Option<(Timestamp, bool)>>>;

/// `/healthz`: the process lives.
pub(super) async fn liveness() -> &'static str {
    "ok"
}

/// `/readyz`: the database answers, takes writes and has its tables.
pub(super) async fn readiness(State(state): State<ServeState>) -> (StatusCode, &'static str) {
    // Whoever asks meanwhile waits here for the same answer.
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
