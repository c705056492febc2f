//! The `POST` handler for the plain form of a server function. The form posts to the address of its
//! page, and the handler runs the function. After a success the response is a redirect to the page
//! with `?saved`. Otherwise it is the page again, with the typed values and the error beside its
//! field.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::SET_COOKIE;
use axum::http::{Response, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect};

use super::error_response::{self, ResponseFormat};
use super::form::{self, Form};
use super::paths::VERIFY_PAGE;
use super::{ServeState, api_layer, pages, run_server_fn};
use crate::api::ApiError;
use crate::components::page_context::{FormContext, PageContext};
use crate::domain::next::with_next;
use crate::domain::problem::Problem;
use crate::server::cookie_jar::CookieJar;

/// Handles the `POST` of a page whose form calls the server function at `path`.
pub(super) async fn submit(
    state: ServeState,
    request: Request,
    path: &'static str,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let format = ResponseFormat::of_parts(&parts);
    let body = match form::read(&parts.headers, body).await {
        Ok(body) => body,
        Err(problem) => return error_response::response(problem, &format),
    };
    let mut call = Request::from_parts(parts.clone(), Body::from(body.clone()));
    *call.uri_mut() = Uri::from_static(path);
    let (api_parts, api_body) = run_server_fn(&state.app, call).await.into_parts();
    let mut response = if api_parts.status == StatusCode::FORBIDDEN {
        // The change needs a verification first.
        Redirect::to(&with_next(VERIFY_PAGE, Some(parts.uri.path()))).into_response()
    } else if api_parts.status.is_success() {
        Redirect::to(&format!("{}?saved", parts.uri.path())).into_response()
    } else {
        let bytes = to_bytes(api_body, api_layer::MAX_RESPONSE_BYTES).await.unwrap_or_default();
        let Ok(ApiError { error }) = serde_json::from_slice(&bytes) else {
            return error_response::response(Problem::Unavailable, &format);
        };
        let mut jar = CookieJar::of(&state.app, &parts);
        let (page, context) = match pages::contexts(&state, &mut jar, &parts).await {
            Ok(contexts) => contexts,
            Err(problem) => return error_response::response(problem, &format),
        };
        let values = Form::parse(&body).into_fields().collect();
        let page = PageContext { form: FormContext { error: Some(error), values }, ..page };
        pages::render(page, context, &jar, &parts.uri, api_parts.status).await
    };
    for cookie in api_parts.headers.get_all(SET_COOKIE) {
        response.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    response
}
