//! A refusal as a response: JSON under `/api`, a short page elsewhere.

use std::any::Any;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Response, StatusCode, Uri};

use crate::api::{ApiError, Refusal, status};
use crate::domain::problem::Problem;

/// The response for a request to `uri`.
pub(super) fn response(problem: Problem, uri: &Uri) -> Response<Body> {
    if uri.path().starts_with("/api/") { json(&problem.into()) } else { page(&problem.into()) }
}

/// The contract's body under its status.
pub(super) fn json(error: &ApiError) -> Response<Body> {
    let body = serde_json::to_vec(error).unwrap_or_default();
    with_status(&error.error, "application/json", body)
}

fn page(refusal: &Refusal) -> Response<Body> {
    // The words are ours and hold no markup.
    let body = format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>That did not work</title><p role=\"alert\">{}</p><p><a href=\"/\">Go to the home page</a></p>",
        refusal.message
    );
    with_status(refusal, "text/html; charset=utf-8", body.into_bytes())
}

fn with_status(refusal: &Refusal, content_type: &'static str, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status_of(refusal);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The HTTP status of a refusal.
pub(super) fn status_of(refusal: &Refusal) -> StatusCode {
    StatusCode::from_u16(status(&refusal.code)).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
}

/// What a panic comes to. Its words may hold anything, so only its place is logged, by the hook in `server/log.rs`.
pub(super) fn panicked(_: Box<dyn Any + Send>) -> Response<Body> {
    tracing::error!("a request panicked");
    json(&Problem::Unavailable.into())
}
