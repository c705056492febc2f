//! Between the wire and the server functions of `/api/auth`. Leptos 0.8 reads only forms, answers every refusal with 500
//! and redirects whoever accepts HTML; the contract has forms and flat JSON, its own statuses, and JSON for everybody.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use axum::response::IntoResponse;
use percent_encoding::percent_decode;
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
    let form = match media_type(&parts.headers).as_deref() {
        Some("application/json") => Bytes::from(json_as_form(&body)?),
        kind => checked(kind.unwrap_or(FORM), body)?,
    };
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(form.len()));
    Ok(Request::from_parts(parts, Body::from(form)))
}

/// Reads a plain form whole.
pub(super) async fn read_form(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    checked(media_type(headers).as_deref().unwrap_or_default(), read(body).await?)
}

/// The media type of a body in small letters, without parameters: those may hold any bytes.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(CONTENT_TYPE)?.as_bytes().split(|byte| *byte == b';').next()?;
    Some(String::from_utf8_lossy(kind.trim_ascii()).to_ascii_lowercase())
}

/// A body that is a form, and text throughout once its percent signs are read. What parts fields is ASCII, so none can begin a
/// character that the next one ends.
fn checked(kind: &str, form: Bytes) -> Result<Bytes, Problem> {
    let readable = kind == FORM && percent_decode(&form).decode_utf8().is_ok();
    if readable || form.is_empty() { Ok(form) } else { Err(Problem::Malformed) }
}

/// Reads a body whole, if it is neither too long nor too slow.
async fn read(body: Body) -> Result<Bytes, Problem> {
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

    #[test]
    fn a_form_is_text_throughout_or_malformed() {
        let check = |kind: &str, form: &'static [u8]| checked(kind, Bytes::from_static(form));
        for form in [&b"first_name=Jos%C3%A9"[..], "first_name=José".as_bytes(), b"a=%EF%BF%BD&b=%", b"a=%zz", b"", b"&&="] {
            assert_eq!(check(FORM, form), Ok(Bytes::from_static(form)));
        }
        for form in [&b"first_name=Jos%E9"[..], b"first_name=Jos\xE9", b"Jos%e9=", b"a=%C3&b=%A9", b"a=%ED%A0%80", b"a=%C0%AF"] {
            assert_eq!(check(FORM, form), Err(Problem::Malformed), "{}", String::from_utf8_lossy(form));
        }
        assert_eq!(check("text/plain", b"a=b"), Err(Problem::Malformed));
        assert_eq!(check("text/plain", b""), Ok(Bytes::new()));
    }

    #[test]
    fn a_media_type_is_read_without_its_parameters_whatever_they_hold() {
        let read =
            |kind: &'static [u8]| media_type(&[(CONTENT_TYPE, HeaderValue::from_bytes(kind).unwrap())].into_iter().collect());
        assert_eq!(read(b"Application/JSON ; charset=\xE9").as_deref(), Some("application/json"));
        assert_eq!(read(b"application/x-www-form-urlencoded;charset=UTF-8").as_deref(), Some(FORM));
        assert_eq!(read(b"application/x-www-form-urlencodedx").as_deref(), Some("application/x-www-form-urlencodedx"));
        assert_eq!(media_type(&HeaderMap::new()), None);
    }
}
