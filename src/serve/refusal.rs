//! A refusal as a response: JSON under `/api`, a short page elsewhere.

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderValue, Method, Response, StatusCode, Uri};

use crate::api::{ApiError, ErrorBody, status};
use crate::domain::messages::Localize;
use crate::domain::problem::Problem;
use crate::server::locale::Locale;

/// Whom a refusal is told: in which language, and whether as JSON.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    language: Option<Locale>,
    wants_json: bool,
    /// Whether only the head of the answer is asked for.
    wants_head: bool,
}

impl Asker {
    /// Of a request, by its address and what was found out about it.
    pub(super) fn of(request: &Request) -> Self {
        Self::found(request.method(), request.uri(), request.extensions())
    }

    /// The same of a request whose body was taken.
    pub(super) fn of_parts(parts: &Parts) -> Self {
        Self::found(&parts.method, &parts.uri, &parts.extensions)
    }

    fn found(method: &Method, uri: &Uri, extensions: &Extensions) -> Self {
        let wants_json = uri.path().starts_with("/api/");
        Self { language: extensions.get().cloned(), wants_json, wants_head: *method == Method::HEAD }
    }

    /// An error of the API, its words found where Leptos, which knows no language, made it.
    pub(super) fn tell(&self, error: ApiError) -> Response<Body> {
        json(&match &self.language {
            Some(language) => ApiError { error: error.error.localize(language) },
            None => error,
        })
    }
}

/// The response.
pub(super) fn response(problem: Problem, asker: &Asker) -> Response<Body> {
    let error = ApiError::from((problem, asker.language.clone()));
    match &asker.language {
        Some(language) if !asker.wants_json => page(&error.error, language),
        _ => json(&error),
    }
}

/// A refusal that came without words, such as a router's or a file server's own, with words. Its status and headers stay.
pub(super) fn in_words(refused: Response<Body>, asker: &Asker) -> Response<Body> {
    let status = refused.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || asker.wants_head || refused.body().size_hint().exact() != Some(0) {
        return refused;
    }
    let problem = match status {
        StatusCode::NOT_FOUND => Problem::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Problem::MethodNotAllowed,
        _ if status.is_client_error() => Problem::Malformed,
        _ => Problem::Unavailable,
    };
    let (said, words) = response(problem, asker).into_parts();
    let (mut parts, _) = refused.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.extend(said.headers);
    Response::from_parts(parts, words)
}

/// The contract's body under its status.
pub(super) fn json(error: &ApiError) -> Response<Body> {
    let body = serde_json::to_vec(error).unwrap_or_default();
    with_status(&error.error, "application/json", body)
}

fn page(error: &ErrorBody, locale: &Locale) -> Response<Body> {
    // The words are ours and hold no markup.
    let body = format!(
        "<!DOCTYPE html><html lang=\"{}\" dir=\"{}\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
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

/// The HTTP status of a refusal.
pub(super) fn status_of(error: &ErrorBody) -> StatusCode {
    StatusCode::from_u16(status(&error.code)).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
}

/// What a panic comes to. Its words may hold anything, so only its place is logged, by the hook in `server/log.rs`.
pub(super) fn panicked(asker: &Asker) -> Response<Body> {
    tracing::error!("a request panicked");
    response(Problem::Unavailable, asker)
}
