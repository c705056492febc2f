//! The receipts of SMS providers, and the state of delivery for the page that waits for the code.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use serde_json::json;

use super::error_response::{self, ResponseFormat};
use super::{ServeState, form, locale};
use crate::domain::challenge::Challenge;
use crate::domain::delivery::Delivery;
use crate::domain::messages::Localize;
use crate::domain::problem::Problem;
use crate::server::cookie_jar::CookieJar;
use crate::server::receipts::record_receipt;
use crate::server::sign_in::current_challenge;
use crate::server::sms::{RECEIPTS_PATH, ReceiptRequest};

/// Returns `true` for the path of a receipt. Receipts come from servers of the provider, so they
/// have no origin, and few addresses send all of them. They are authentic or are not read.
pub(super) fn is_receipt(path: &str) -> bool {
    path.starts_with(RECEIPTS_PATH)
}

/// Returns the path of a request without the last part of a receipt's, which may be a token.
pub(super) fn without_key(path: &str) -> &str {
    match path.strip_prefix(RECEIPTS_PATH).and_then(|rest| rest.find('/')) {
        Some(end) => &path[..RECEIPTS_PATH.len() + end],
        None => path,
    }
}

/// Handles a receipt at `/receipts/{provider}`.
pub(super) async fn record(
    State(state): State<ServeState>,
    Path(provider): Path<String>,
    request: Request,
) -> Response<Body> {
    receive(&state, &provider, "", request).await
}

/// Handles a receipt at `/receipts/{provider}/{key}`.
pub(super) async fn record_with_key(
    State(state): State<ServeState>,
    Path((provider, key)): Path<(String, String)>,
    request: Request,
) -> Response<Body> {
    receive(&state, &provider, &key, request).await
}

async fn receive(
    state: &ServeState,
    provider: &str,
    key: &str,
    request: Request,
) -> Response<Body> {
    let format = ResponseFormat::of(&request);
    let (parts, body) = request.into_parts();
    let body = match form::read_body(body).await {
        Ok(body) => String::from_utf8_lossy(&body).into_owned(),
        Err(problem) => return error_response::response(problem, &format),
    };
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let url = format!("{}{path}", state.app.config.origin.as_str());
    let (headers, now) = (&parts.headers, state.app.clock.now());
    let receipt = ReceiptRequest { url: &url, key, headers, body: &body, now };
    match record_receipt(&state.app, provider, &receipt).await {
        Ok(true) => StatusCode::NO_CONTENT.into_response(),
        Ok(false) => error_response::response(Problem::NotFound, &format),
        Err(error) => error_response::response(error.into(), &format),
    }
}

/// Returns the delivery of the last text of this browser's challenge, with the words for it.
pub(super) async fn delivery(State(state): State<ServeState>, request: Request) -> Response<Body> {
    let format = ResponseFormat::of(&request);
    let (parts, _) = request.into_parts();
    let jar = CookieJar::of(&state.app, &parts);
    let challenge = match current_challenge(&state.app, &jar).await {
        Ok(challenge) => challenge,
        Err(problem) => return error_response::response(problem, &format),
    };
    let delivery = challenge.as_ref().map(|challenge| challenge.delivery);
    let state_name = delivery.map(Delivery::as_str);
    let number = challenge.as_ref().map(|challenge| challenge.cooldown_step);
    let message = delivery.and_then(message_id).map(|id| locale::of(&state, &parts).message(id));
    Json(json!({ "delivery": state_name, "message": message, "number": number })).into_response()
}

/// Returns the id of the message about the last text of a challenge, for its page; `None` if there
/// is nothing to say, or no provider reports.
pub(super) fn message_for(state: &ServeState, challenge: &Challenge) -> Option<&'static str> {
    message_id(challenge.delivery).filter(|_| state.app.sms.has_receipts())
}

/// Returns the id of the message about a state of delivery; `None` if there is nothing to say.
fn message_id(delivery: Delivery) -> Option<&'static str> {
    match delivery {
        Delivery::Pending => None,
        Delivery::Delivered => Some("text-delivered"),
        Delivery::Failed => Some("text-failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_has_no_token_of_a_receipt() {
        for (path, logged) in [
            ("/receipts/msg91/token", "/receipts/msg91"),
            ("/receipts/msg91/token/x", "/receipts/msg91"),
            ("/receipts/webhook", "/receipts/webhook"),
            ("/receipts/", "/receipts/"),
            ("/account/number", "/account/number"),
        ] {
            assert_eq!(without_key(path), logged);
        }
    }
}
