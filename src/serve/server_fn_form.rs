//! The `POST` handlers for the plain forms of server functions. A handler runs the function. After
//! a success the response is a redirect. Otherwise it is the page again, with the error.

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{Response, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect};

use super::error_response::{self, ResponseFormat};
use super::form::{self, Form};
use super::{ServeState, api_layer, pages, run_server_fn};
use crate::api::{ApiError, ErrorBody};
use crate::components::page_context::{FormContext, PageContext};
use crate::domain::problem::Problem;
use crate::pages::render_context::RenderContext;
use crate::server::cookie_jar::CookieJar;

/// Handles the `POST` of a page whose form calls the server function at `path`. A refused form
/// keeps its values and has the error beside its field.
pub(super) async fn submit(
    state: ServeState,
    request: Request,
    path: &'static str,
) -> Response<Body> {
    let page = request.uri().path().to_owned();
    run(state, request, path, &page, |error, values, page, context| {
        (PageContext { form: FormContext { error: Some(error), values }, ..page }, context)
    })
    .await
}

/// Handles the `POST` of one of the forms of the account page, which calls the server function at
/// `path`. The error of a refused form is at the top of the page.
pub(super) async fn submit_action(
    state: ServeState,
    request: Request,
    path: &'static str,
) -> Response<Body> {
    run(state, request, path, pages::ACCOUNT_PAGE, |error, _, page, context| {
        (page, RenderContext { action_error: Some(error.message), ..context })
    })
    .await
}

async fn run(
    state: ServeState,
    request: Request,
    path: &'static str,
    page: &str,
    show_error: impl FnOnce(
        ErrorBody,
        BTreeMap<String, String>,
        PageContext,
        RenderContext,
    ) -> (PageContext, RenderContext),
) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let format = ResponseFormat::of_parts(&parts);
    let body = match form::read(&parts.headers, body).await {
        Ok(body) => body,
        Err(problem) => return error_response::response(problem, &format),
    };
    let mut call = Request::from_parts(parts.clone(), Body::from(body.clone()));
    *call.uri_mut() = Uri::from_static(path);
    let (api_parts, api_body) = run_server_fn(&state.app, call).await.into_parts();
    let bytes = to_bytes(api_body, api_layer::MAX_RESPONSE_BYTES).await.unwrap_or_default();
    let mut response = if api_parts.status.is_success() {
        Redirect::to(&format!("{page}?saved")).into_response()
    } else {
        let Ok(ApiError { error }) = serde_json::from_slice(&bytes) else {
            return error_response::response(Problem::Unavailable, &format);
        };
        parts.uri = page.parse().unwrap_or_default();
        let values = Form::parse(&body).into_fields().collect();
        let shown = render_again(&state, &parts, api_parts.status, |page, context| {
            show_error(error, values, page, context)
        });
        match shown.await {
            Ok(page) => page,
            Err(problem) => return error_response::response(problem, &format),
        }
    };
    for cookie in api_parts.headers.get_all(SET_COOKIE) {
        response.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    response
}

/// Renders the page of a refused form. `show_error` puts the error into the page's contexts.
async fn render_again(
    state: &ServeState,
    parts: &Parts,
    status: StatusCode,
    show_error: impl FnOnce(PageContext, RenderContext) -> (PageContext, RenderContext),
) -> Result<Response<Body>, Problem> {
    let mut jar = CookieJar::of(&state.app, parts);
    let page = pages::page_context(state, &mut jar, parts).await?;
    let account = pages::account_view(state, &jar, &page, parts).await?;
    let context = RenderContext { account, ..pages::render_context(state, parts) };
    let (page, context) = show_error(page, context);
    Ok(pages::render(page, context, &jar, &parts.uri, status).await)
}
