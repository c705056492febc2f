//! The bridge from server functions to use cases. It passes the shared state and the browser's
//! cookies to a use case, and adds the cookies that the use case sets to the response.

use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use leptos::context::use_context;
use leptos_axum::ResponseOptions;

use super::cookie_jar::CookieJar;
use super::locale::Locale;
use super::state::AppState;
use crate::domain::problem::Problem;

/// Runs a use case for the current request. The cookies that the use case sets are added to the
/// response, even if it fails.
///
/// # Errors
/// Fails as the use case does, with the locale of the request. The locale is `None` if the request
/// has none.
pub async fn run_use_case<T>(
    use_case: impl AsyncFnOnce(&AppState, &mut CookieJar) -> Result<T, Problem>,
) -> Result<T, (Problem, Option<Locale>)> {
    let (Some(app), Some(parts), Some(response)) =
        (use_context::<AppState>(), use_context::<Parts>(), use_context::<ResponseOptions>())
    else {
        tracing::error!("a server function ran outside the router of `serve`");
        return Err((Problem::Unavailable, None));
    };
    let mut jar = CookieJar::of(&app, &parts);
    let outcome = use_case(&app, &mut jar).await;
    for cookie in jar.set_cookie_headers() {
        response.append_header(SET_COOKIE, cookie);
    }
    outcome.map_err(|problem| (problem, parts.extensions.get::<Locale>().cloned()))
}
