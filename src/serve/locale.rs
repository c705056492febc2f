//! The locale of a request: its detection before routing, and the form that changes it.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response};
use axum::response::{IntoResponse, Redirect};

use super::ServeState;
use super::error_response::{self, ResponseFormat};
use super::form::Form;
use crate::domain::next::safe_redirect;
use crate::server::accept_language;
use crate::server::cookie::{CookieName, PREFERENCE_TTL};
use crate::server::locale::Locale;

/// Puts the locale into a request's extensions: the one of the `language` cookie, else the best
/// match of `Accept-Language`, else English.
pub(super) fn detect(state: &ServeState, request: &mut Request) {
    let (headers, locales) = (request.headers(), &state.app.locales);
    let chosen = state.app.cookies.read(headers, CookieName::Language);
    let locale = locales.negotiate(chosen, &accept_language::from_headers(headers));
    request.extensions_mut().insert(locale);
}

/// Returns the locale that [`detect`] put into a request.
pub(super) fn of(state: &ServeState, parts: &Parts) -> Locale {
    parts.extensions.get().cloned().unwrap_or_else(|| state.app.locales.negotiate(None, ""))
}

/// Handles `POST /language`: stores the chosen locale in a cookie and redirects to the page of the
/// form.
pub(super) async fn choose(State(state): State<ServeState>, request: Request) -> Response<Body> {
    let format = ResponseFormat::of(&request);
    let (parts, body) = request.into_parts();
    let form = match Form::read(&parts.headers, body).await {
        Ok(form) => form,
        Err(problem) => return error_response::response(problem, &format),
    };
    let mut response =
        Redirect::to(form.get("next").and_then(safe_redirect).unwrap_or("/")).into_response();
    let chosen = form.get("language").and_then(|tag| state.app.locales.find(tag));
    if let Some(cookie) = chosen
        .map(|locale| state.app.cookies.set(CookieName::Language, &locale.tag, PREFERENCE_TTL))
    {
        response
            .headers_mut()
            .extend(HeaderValue::from_str(&cookie).ok().map(|cookie| (SET_COOKIE, cookie)));
    }
    response
}
