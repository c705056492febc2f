//! For load balancers and orchestrators.

use axum::extract::State;
use axum::http::StatusCode;

use super::Site;

/// `/healthz`: the process lives.
pub(super) async fn lives() -> &'static str {
    "ok"
}

/// `/readyz`: the database answers and has its tables.
pub(super) async fn ready(State(site): State<Site>) -> (StatusCode, &'static str) {
    match site.app.store.ping().await {
        Ok(()) => (StatusCode::OK, "ready"),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready")
        }
    }
}
