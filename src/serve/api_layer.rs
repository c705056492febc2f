//! The translation between HTTP and the server functions under `/api`. Leptos 0.8 reads only forms,
//! answers every refusal with 500 and redirects a client that accepts HTML. The API accepts forms
//! and flat JSON, has its own statuses, and answers every client with JSON.
//!
//! No crate sets these statuses for Leptos 0.8. Delete this file with Leptos 0.9 if its errors
//! carry statuses.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderValue, Method, Response, StatusCode};
use axum::response::IntoResponse;
use serde_json::Value;

use super::error_response::{self, ResponseFormat};
use super::form;
use crate::api::ApiError;
use crate::domain::problem::Problem;

/// The maximum size of a server function's response, in bytes. Responses are far shorter.
pub(super) const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// Runs a server function: turns the request into a form, and the response into one of the API.
pub(super) async fn translate<R>(request: Request, run: impl FnOnce(Request) -> R) -> Response<Body>
where
    R: Future<Output: IntoResponse>,
{
    let format = ResponseFormat::of(&request);
    match to_form_request(request).await {
        Ok(request) => to_api_response(run(request).await.into_response(), &format).await,
        Err(problem) => error_response::response(problem, &format),
    }
}

async fn to_form_request(request: Request) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    parts.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if parts.method == Method::HEAD {
        // Leptos does not handle HEAD. The HTTP server drops the body of the response to GET.
        parts.method = Method::GET;
    }
    if parts.method != Method::POST {
        return Ok(Request::from_parts(parts, Body::empty()));
    }
    let body = form::read_body(body).await?;
    let form_body = match form::media_type(&parts.headers).as_deref() {
        Some("application/json") => Bytes::from(json_as_form(&body)?),
        media_type => form::checked(media_type.unwrap_or(form::MEDIA_TYPE), body)?,
    };
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(form::MEDIA_TYPE));
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(form_body.len()));
    Ok(Request::from_parts(parts, Body::from(form_body)))
}

/// Converts a flat JSON object to a form. Strings and numbers keep their text, and `null` becomes a
/// missing field.
///
/// # Errors
/// Fails with `malformed` for anything else.
pub fn json_as_form(body: &[u8]) -> Result<String, Problem> {
    let Ok(Value::Object(fields)) =
        serde_json::from_slice(if body.is_empty() { b"{}" } else { body })
    else {
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

/// Turns the response of Leptos into one of the API: a refusal gets its status, and any other
/// failure becomes `unavailable`.
async fn to_api_response(response: Response<Body>, format: &ResponseFormat) -> Response<Body> {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_RESPONSE_BYTES).await.unwrap_or_default();
    let mut response = match serde_json::from_slice::<ApiError>(&bytes) {
        Ok(error) => format.localized(error),
        Err(_) => error_response::response(Problem::Unavailable, format),
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
        assert_eq!(
            json_as_form(br#"{"phone":"+91 98","country":"IN"}"#),
            Ok("country=IN&phone=%2B91+98".into())
        );
        assert_eq!(json_as_form(br#"{"code":123456,"reference":null}"#), Ok("code=123456".into()));
        assert_eq!(json_as_form(b"{}"), Ok(String::new()));
        for body in [
            &b"[]"[..],
            b"null",
            b"\"x\"",
            b"{\"code\":[\"1\"]}",
            b"{\"code\":{}}",
            b"{\"code\":true}",
            b"{",
            b"\xFF",
            b"{\"code\":\"\xE9\"}",
        ] {
            assert_eq!(json_as_form(body), Err(Problem::Malformed), "{body:?}");
        }
    }
}
