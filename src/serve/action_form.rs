//! The plain forms of the account pages: reads a form, runs its use case, and shows the page again
//! with the error.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, Uri};
use axum::response::{IntoResponse, Redirect};

use super::error_response::{self, ResponseFormat};
use super::form::Form;
use super::paths::VERIFY_PAGE;
use super::{ServeState, locale, pages};
use crate::api::ErrorBody;
use crate::domain::next::{safe_redirect, with_next};
use crate::domain::problem::Problem;
use crate::pages::render_context::{ActionContext, RenderContext};
use crate::server::cookie_jar::CookieJar;
use crate::server::state::AppState;

pub(super) fn see_other(path: &str) -> Response<Body> {
    Redirect::to(path).into_response()
}

pub(super) fn text(form: &Form, name: &str) -> Option<String> {
    form.get(name).map(str::to_owned)
}

pub(super) fn next(form: &Form) -> Option<&str> {
    form.get("next").and_then(safe_redirect)
}

/// Runs a use case with the fields of a form. The use case returns the response to a success. If a
/// sign-in or a verification is missing, the response leads there and then to `page`. After any
/// other error it is `page` again.
pub(super) async fn submit(
    state: ServeState,
    request: Request,
    page: &'static str,
    use_case: impl AsyncFnOnce(&AppState, &mut CookieJar, &Form) -> Result<Response<Body>, Problem>,
) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let format = ResponseFormat::of_parts(&parts);
    let mut jar = CookieJar::of(&state.app, &parts);
    let form = match Form::read(&parts.headers, body).await {
        Ok(form) => form,
        Err(problem) => return error_response::response(problem, &format),
    };
    let result = match use_case(&state.app, &mut jar, &form).await {
        Ok(response) => Ok(response),
        Err(problem @ (Problem::NotSignedIn | Problem::VerificationRequired)) => Err(problem),
        Err(problem) => {
            parts.uri = Uri::from_static(page);
            show_error(&state, &parts, &mut jar, &form, problem).await
        }
    };
    // An error of the page itself may also be that it needs a verification.
    let mut response = match result {
        Ok(response) => response,
        Err(Problem::NotSignedIn) => see_other(&with_next("/sign-in", Some(page))),
        Err(Problem::VerificationRequired) => see_other(&with_next(VERIFY_PAGE, Some(page))),
        Err(problem) => error_response::response(problem, &format),
    };
    if !response.headers().contains_key(SET_COOKIE) {
        jar.write_cookies(response.headers_mut());
    }
    response
}

/// Renders the page again with the error of its form.
async fn show_error(
    state: &ServeState,
    parts: &Parts,
    jar: &mut CookieJar,
    form: &Form,
    problem: Problem,
) -> Result<Response<Body>, Problem> {
    let (page, context) = pages::contexts(state, jar, parts).await?;
    let RenderContext { action, .. } = context;
    // A browser without scripts cannot solve a puzzle, so its next form presents a wait token.
    let (wait, retry_after) = match &problem {
        Problem::ProofRequired { wait, wait_seconds, .. } => (wait.clone(), Some(*wait_seconds)),
        problem => (String::new(), problem.retry_after()),
    };
    let error = ErrorBody::localized(&problem, &locale::of(state, parts));
    let status = error_response::status_of(&error);
    // A form with a number is shown again, also if an earlier number waits for its code.
    let challenge = action.challenge.filter(|_| form.get("phone").is_none());
    let action = ActionContext {
        challenge,
        error: Some(error),
        wait,
        phone: form.get("phone").unwrap_or_default().to_owned(),
        code: form.get("code").unwrap_or_default().to_owned(),
        email: form.get("email").unwrap_or_default().to_owned(),
        next: next(form).map(str::to_owned).or(action.next),
        has_passkeys: action.has_passkeys,
        token: form.get("token").unwrap_or_default().to_owned(),
        ..ActionContext::default()
    };
    let mut context = RenderContext { action, ..context };
    if let Some(country) = text(form, "country")
        && state.app.config.countries.serves(&country)
    {
        context.country = country;
    }
    let mut response = pages::render(page, context, jar, &parts.uri, status).await;
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}
