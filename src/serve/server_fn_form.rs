//! The plain form of a server function. It is posted to its page's own address and runs the function; the answer is a redirect
//! to the page, which says by `?saved` that it was, or the page again with the error beside its field and what was typed.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::SET_COOKIE;
use axum::http::{Response, Uri};

use super::forms::see_other;
use super::refusal::{self, Asker};
use super::{Site, api_layer, pages, run_server_fn};
use crate::api::ApiError;
use crate::components::page_context::{FormContext, PageContext};
use crate::domain::problem::Problem;
use crate::server::browser::Browser;

/// Answers the `POST` of a page whose form calls the server function at `path`.
pub(super) async fn submit(site: Site, request: Request, path: &'static str) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let asker = Asker::of_parts(&parts);
    let body = match api_layer::read_form(&parts.headers, body).await {
        Ok(body) => body,
        Err(problem) => return refusal::response(problem, &asker),
    };
    let mut call = Request::from_parts(parts.clone(), Body::from(body.clone()));
    *call.uri_mut() = Uri::from_static(path);
    let (answer, answer_body) = run_server_fn(&site.app, call).await.into_parts();
    let mut response = if answer.status.is_success() {
        see_other(&format!("{}?saved", parts.uri.path()))
    } else {
        let bytes = to_bytes(answer_body, api_layer::LONGEST_ANSWER).await.unwrap_or_default();
        let Ok(ApiError { error }) = serde_json::from_slice(&bytes) else {
            return refusal::response(Problem::Unavailable, &asker);
        };
        let mut browser = Browser::of(&site.app, &parts);
        let page = match pages::page_context(&site, &mut browser, &parts).await {
            Ok(page) => page,
            Err(problem) => return refusal::response(problem, &asker),
        };
        let values = form_urlencoded::parse(&body).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let page = PageContext { form: FormContext { error: Some(error), values }, ..page };
        pages::render(page, pages::render_context(&site, &parts), &browser, &parts.uri, answer.status).await
    };
    for cookie in answer.headers.get_all(SET_COOKIE) {
        response.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    response
}
