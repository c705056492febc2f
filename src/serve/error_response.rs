//! Error responses: JSON under `/api`, and a short HTML page elsewhere.

use std::any::Any;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderValue, Method, Response, StatusCode, Uri};
use axum::response::IntoResponse;

use crate::api::{ApiError, ErrorBody};
use crate::domain::messages::Localize;
use crate::domain::problem::Problem;
use crate::server::locale::Locale;

/// The format of an error response: the locale, JSON or HTML, with or without a body.
#[derive(Debug, Clone)]
pub(super) struct ResponseFormat {
    locale: Option<Locale>,
    wants_json: bool,
    is_head: bool,
}

impl ResponseFormat {
    /// Returns the format for a request.
    pub(super) fn of(request: &Request) -> Self {
        Self::new(request.method(), request.uri(), request.extensions())
    }

    /// Returns the format for a request whose body was already taken.
    pub(super) fn of_parts(parts: &Parts) -> Self {
        Self::new(&parts.method, &parts.uri, &parts.extensions)
    }

    fn new(method: &Method, uri: &Uri, extensions: &Extensions) -> Self {
        let wants_json = uri.path().starts_with("/api/");
        Self { locale: extensions.get().cloned(), wants_json, is_head: *method == Method::HEAD }
    }

    /// Returns the response for an error of a server function. Leptos creates the error without a
    /// locale, so the message is added here.
    pub(super) fn localized(&self, error: ApiError) -> Response<Body> {
        json(&match &self.locale {
            Some(locale) => ApiError { error: error.error.localize(locale) },
            None => error,
        })
    }
}

/// Returns the response for a problem.
pub(super) fn response(problem: Problem, format: &ResponseFormat) -> Response<Body> {
    let error = ApiError::from((problem, format.locale.clone()));
    match &format.locale {
        Some(locale) if !format.wants_json => page(&error.error, locale),
        _ => json(&error),
    }
}

/// Adds a message to an error response without a body, such as one of the router or of the file
/// service. The status and the other headers stay.
pub(super) fn fill_empty(response: Response<Body>, format: &ResponseFormat) -> Response<Body> {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || format.is_head || response.body().size_hint().exact() != Some(0) {
        return response;
    }
    let problem = match status {
        StatusCode::NOT_FOUND => Problem::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Problem::MethodNotAllowed,
        _ if status.is_client_error() => Problem::Malformed,
        _ => Problem::Unavailable,
    };
    let (filled, body) = self::response(problem, format).into_parts();
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.extend(filled.headers);
    Response::from_parts(parts, body)
}

/// Returns the API's JSON response for an error, with the status of its code.
pub(super) fn json(error: &ApiError) -> Response<Body> {
    let body = serde_json::to_vec(error).unwrap_or_default();
    with_status(&error.error, "application/json", body)
}

fn page(error: &ErrorBody, locale: &Locale) -> Response<Body> {
    // The messages come from `locales/` and contain no markup.
    let body = format!(
        "<!DOCTYPE html><html lang=\"{}\" dir=\"{}\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{}</title><p role=\"alert\">{}</p><p><a href=\"/\">{}</a></p>",
        locale.tag,
        locale.message("direction"),
        locale.message("refusal-title"),
        error.message,
        locale.message("go-home"),
    );
    with_status(error, "text/html; charset=utf-8", body.into_bytes())
}

fn with_status(error: &ErrorBody, content_type: &'static str, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status_of(error);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Returns the HTTP status of an error.
pub(super) fn status_of(error: &ErrorBody) -> StatusCode {
    StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
}

/// Returns the response after a panic, without a body. A panic message may contain a secret, so the
/// hook in `server/log.rs` logs only the place of the panic.
pub(super) fn panic_response(_: Box<dyn Any + Send>) -> Response<Body> {
    tracing::error!("a request panicked");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}
