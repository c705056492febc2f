//! The language of a request: found out before anything is answered, chosen by a plain form.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response};

use super::forms::{field, see_other};
use super::refusal::{self, Asker};
use super::{Site, api_layer};
use crate::domain::next::safe_redirect;
use crate::server::accept_language;
use crate::server::cookie::{CHOICE_TTL, Name};
use crate::server::locale::Locale;

/// Picks the request's locale: the `language` cookie, else the best match of `Accept-Language`, else English.
pub(super) fn find(site: &Site, request: &mut Request) {
    let (headers, locales) = (request.headers(), &site.app.locales);
    let chosen = site.app.cookies.read(headers, Name::Language).find(|tag| locales.find(tag).is_some());
    let language = locales.negotiate(chosen, &accept_language::from_headers(headers));
    request.extensions_mut().insert(language);
}

/// The language that [`find`] found.
pub(super) fn of(site: &Site, parts: &Parts) -> Locale {
    parts.extensions.get().cloned().unwrap_or_else(|| site.app.locales.negotiate(None, ""))
}

/// `POST /language`: keeps the choice and goes back to the page that it was made on.
pub(super) async fn choose(State(site): State<Site>, request: Request) -> Response<Body> {
    let asker = Asker::of(&request);
    let (parts, body) = request.into_parts();
    let body = match api_layer::read_form(&parts.headers, body).await {
        Ok(body) => body,
        Err(problem) => return refusal::response(problem, &asker),
    };
    let back = field(&body, "next");
    let mut response = see_other(back.as_deref().and_then(safe_redirect).unwrap_or("/"));
    let chosen = field(&body, "language").and_then(|tag| site.app.locales.find(&tag).map(|language| language.tag.clone()));
    if let Some(cookie) = chosen.map(|tag| site.app.cookies.set(Name::Language, &tag, CHOICE_TTL)) {
        response.headers_mut().extend(HeaderValue::from_str(&cookie).ok().map(|cookie| (SET_COOKIE, cookie)));
    }
    response
}
