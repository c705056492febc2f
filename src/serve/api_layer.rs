//! Between the wire and the server functions of `/api/auth`. Leptos 0.8 reads only forms, answers every refusal with 500
//! and redirects whoever accepts HTML; the contract has forms and flat JSON, its own statuses, and JSON for everybody.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderValue, Method, Response, StatusCode};
use axum::response::IntoResponse;
use serde_json::Value;

use super::refusal::{self, Asker};
use crate::api::ApiError;
use crate::domain::problem::Problem;

/// The most bytes of a body.
pub(super) const LONGEST_BODY: usize = 16 * 1024;
/// How long a body may take to arrive: 16 KiB at the speed of the slowest phones. A request that sends none of it holds its place
/// no longer than this.
const BODY_TIMEOUT: Duration = Duration::from_secs(5);
/// An answer of ours is far shorter.
pub(super) const LONGEST_ANSWER: usize = 64 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

/// Runs a server function: turns the request into a form and the answer into the contract's.
pub(super) async fn translate<R>(request: Request, run: impl FnOnce(Request) -> R) -> Response<Body>
where
    R: Future<Output: IntoResponse>,
{
    let asker = Asker::of(&request);
    match as_form(request).await {
        Ok(request) => as_contract(run(request).await.into_response(), &asker).await,
        Err(problem) => refusal::response(problem, &asker),
    }
}

async fn as_form(request: Request) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    parts.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if parts.method == Method::HEAD {
        // Leptos knows no HEAD; the server drops the body of a GET's answer.
        parts.method = Method::GET;
    }
    if parts.method != Method::POST {
        return Ok(Request::from_parts(parts, Body::empty()));
    }
    let body = read(body).await?;
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or(FORM);
    let form = match kind.split(';').next().map(|kind| kind.trim().to_ascii_lowercase()).as_deref() {
        Some(FORM) => body,
        Some("application/json") => Bytes::from(json_as_form(&body)?),
        _ if body.is_empty() => body,
        _ => return Err(Problem::Malformed),
    };
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(form.len()));
    Ok(Request::from_parts(parts, Body::from(form)))
}

/// Reads a body whole, if it is neither too long nor too slow.
pub(super) async fn read(body: Body) -> Result<Bytes, Problem> {
    let whole = tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, LONGEST_BODY)).await.map_err(|_| Problem::Malformed)?;
    whole.map_err(|error| {
        #[expect(clippy::redundant_closure_for_method_calls, reason = "the method's path cannot be written without its own lint")]
        let too_long = std::error::Error::source(&error).is_some_and(|source| source.is::<http_body_util::LengthLimitError>());
        if too_long { Problem::TooLarge } else { Problem::Malformed }
    })
}

/// A flat object as a form: texts as they are, numbers as they are written, `null` as if the field were missing.
///
/// # Errors
/// `malformed` for anything else.
pub fn json_as_form(body: &[u8]) -> Result<String, Problem> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(if body.is_empty() { b"{}" } else { body }) else {
        return Err(Problem::Malformed);
    };
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in &fields {
        match value {
            Value::String(text) => form.append_pair(name, text),
            Value::Number(number) => form.append_pair(name, &number.to_string()),
            Value::Null => continue,
            _ => return Err(Problem::Malformed),
        };
    }
    Ok(form.finish())
}

/// Gives a refusal its status; whatever else is no answer of ours says only that we cannot.
async fn as_contract(response: Response<Body>, asker: &Asker) -> Response<Body> {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, LONGEST_ANSWER).await.unwrap_or_default();
    let mut response = match serde_json::from_slice::<ApiError>(&bytes) {
        Ok(error) => asker.tell(error),
        Err(_) => refusal::response(Problem::Unavailable, asker),
    };
    for cookie in parts.headers.get_all(SET_COOKIE) {
        response.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_json_becomes_a_form_and_anything_else_is_malformed() {
        assert_eq!(json_as_form(br#"{"phone":"+91 98","country":"IN"}"#), Ok("country=IN&phone=%2B91+98".into()));
        assert_eq!(json_as_form(br#"{"code":123456,"reference":null}"#), Ok("code=123456".into()));
        assert_eq!(json_as_form(b"{}"), Ok(String::new()));
        for body in [&b"[]"[..], b"null", b"\"x\"", b"{\"code\":[\"1\"]}", b"{\"code\":{}}", b"{\"code\":true}", b"{", b"\xFF"] {
            assert_eq!(json_as_form(body), Err(Problem::Malformed), "{body:?}");
        }
    }
}
