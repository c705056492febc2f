//! The handlers of pages. Each builds the page context and then renders the whole page.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, Response, StatusCode, Uri, Version};
use axum::response::{IntoResponse, Redirect};
use leptos::context::provide_context;
use leptos_axum::render_app_async_with_context;

use super::error_response::{self, ResponseFormat};
use super::page_query::PageQuery;
use super::paths::{DETAILS_PAGE, OWNER_PAGE, VERIFY_PAGE};
use super::{ServeState, account_pages, locale, receipts};
use crate::api::ErrorBody;
use crate::components::page_context::{
    AuthMode, FormContext, PageContext, SignInContext, provide_page_context,
};
use crate::domain::account::AccountView;
use crate::domain::challenge::Challenge;
use crate::domain::error_code::ErrorCode;
use crate::domain::next::{safe_redirect, with_next};
use crate::domain::problem::Problem;
use crate::domain::response::OtpSent;
use crate::domain::step::Step;
use crate::pages::render_context::{ActionContext, InboxEntry, PageLocale, RenderContext};
use crate::pages::shell;
use crate::server::accept_language;
use crate::server::cookie::CookieName;
use crate::server::cookie_jar::CookieJar;
use crate::server::sign_in::{current_challenge, current_user, is_owner_check_required};

/// A path that no page has.
const UNKNOWN_PATH: &str = "/-";

/// The marker of a response that contains personal data.
#[derive(Debug, Clone, Copy)]
struct Personal;

/// Returns `true` if a response contains no personal data, so that it may be compressed. Pages
/// contain their own address. If a name and an e-mail address were compressed beside it, an
/// attacker who chooses that address and sees the length could guess them letter by letter.
pub(super) fn is_public(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<Personal>().is_none()
}

/// Marks a response as one that contains personal data, so that it is not compressed.
pub(super) fn mark_personal(response: &mut Response<Body>) {
    response.extensions_mut().insert(Personal);
}

/// Handles the `GET` of a page.
pub(super) async fn show(State(state): State<ServeState>, request: Request) -> Response<Body> {
    respond(&state, request, None, StatusCode::OK).await
}

/// Redirects a page's path with a trailing slash to the path without the slash. Only paths of
/// routes get here, so the target is never on another host.
pub(super) async fn redirect_trailing_slash(uri: Uri) -> Redirect {
    let (path, query) = (uri.path().trim_end_matches('/'), uri.query());
    Redirect::permanent(&query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
}

/// Returns the page for unknown addresses (404).
pub(super) async fn not_found(State(state): State<ServeState>, request: Request) -> Response<Body> {
    respond(&state, request, None, StatusCode::NOT_FOUND).await
}

pub(super) async fn respond(
    state: &ServeState,
    request: Request,
    inbox: Option<Vec<InboxEntry>>,
    status: StatusCode,
) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let mut jar = CookieJar::of(&state.app, &parts);
    if parts.uri.path() == DETAILS_PAGE {
        let query = PageQuery::of(&parts);
        // The number has an account that was not used for long.
        if query.new.is_none()
            && let Ok(true) = is_owner_check_required(&state.app, &jar).await
        {
            let next = query.next.as_deref().and_then(safe_redirect);
            return Redirect::to(&with_next(OWNER_PAGE, next)).into_response();
        }
    }
    match contexts(state, &mut jar, &parts).await {
        Ok((page, context)) => {
            let context = RenderContext { inbox, ..context };
            // Leptos parses paths differently and might find a page where the router has none.
            let unknown = Uri::from_static(UNKNOWN_PATH);
            let uri = if status == StatusCode::NOT_FOUND { &unknown } else { &parts.uri };
            render(page, context, &jar, uri, status).await
        }
        Err(Problem::VerificationRequired) => {
            let path = with_next(VERIFY_PAGE, Some(parts.uri.path()));
            let mut response = Redirect::to(&path).into_response();
            jar.write_cookies(response.headers_mut());
            response
        }
        Err(problem) => error_response::response(problem, &ResponseFormat::of_parts(&parts)),
    }
}

/// Returns both contexts of a page. The lists and the forms of an account page are read, too.
///
/// # Errors
/// Fails with `verification_required` if the page needs a recent verification first, or with
/// `unavailable`.
pub(super) async fn contexts(
    state: &ServeState,
    jar: &mut CookieJar,
    parts: &Parts,
) -> Result<(PageContext, RenderContext), Problem> {
    let (page, challenge) = page_and_challenge(state, jar, parts).await?;
    let account = account_pages::account_view(state, jar, &page, parts).await?;
    let action = account_pages::action_context(state, jar, parts).await?;
    let waiting = challenge.filter(|_| page.sign_in.step == Step::Code);
    let delivery = waiting.and_then(|challenge| receipts::message_for(state, &challenge));
    Ok((page, RenderContext { delivery, account, action, ..render_context(state, parts) }))
}

/// Returns the page context, with the signed-in user and the state of the sign-in flow.
pub(super) async fn page_context(
    state: &ServeState,
    jar: &mut CookieJar,
    parts: &Parts,
) -> Result<PageContext, Problem> {
    Ok(page_and_challenge(state, jar, parts).await?.0)
}

/// Returns the page context, and the challenge of a signed-out user's browser.
async fn page_and_challenge(
    state: &ServeState,
    jar: &mut CookieJar,
    parts: &Parts,
) -> Result<(PageContext, Option<Challenge>), Problem> {
    let user = current_user(&state.app, jar).await?;
    // Every page for a signed-out user has the phone form. Its field `cookies` states that the
    // browser should send a cookie.
    jar.set_probe(&state.app);
    let challenge = if user.is_none() { current_challenge(&state.app, jar).await? } else { None };
    let page = PageContext { user, ..signed_out_context(state, challenge.as_ref(), parts) };
    Ok((page, challenge))
}

/// Returns the page context of a signed-out user. It needs no database.
pub(super) fn signed_out_context(
    state: &ServeState,
    challenge: Option<&Challenge>,
    parts: &Parts,
) -> PageContext {
    PageContext {
        user: None,
        sign_in: sign_in_context(state, challenge, parts),
        form: FormContext::default(),
        messages: locale::of(state, parts).messages.clone(),
        logo: state.assets.logo.clone(),
    }
}

/// Returns the data of a page that is not part of the page context.
pub(super) fn render_context(state: &ServeState, parts: &Parts) -> RenderContext {
    let locale = locale::of(state, parts);
    RenderContext {
        app_name: state.app.config.brand.name.clone(),
        prerendered: state.prerendered.get(&locale.tag).cloned().unwrap_or_default(),
        country: country(state, parts),
        locale: PageLocale::new(locale.clone()),
        language: locale.tag.clone(),
        languages: state.app.locales.names(),
        path: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        has_flash: PageQuery::of(parts).has_flash(),
        assets: state.assets.clone(),
        has_receipts: state.app.sms.has_receipts(),
        delivery: None,
        account: AccountView::default(),
        action: ActionContext::default(),
        inbox: None,
    }
}

/// Returns the country to preselect: the one of the browser's last message, or else the best match
/// of `Accept-Language`.
fn country(state: &ServeState, parts: &Parts) -> String {
    let config = &state.app.config;
    let from_cookie = state
        .app
        .cookies
        .read(&parts.headers, CookieName::Country)
        .find(|region| config.countries.serves(region));
    from_cookie
        .unwrap_or_else(|| {
            config.countries.preselect(&accept_language::from_headers(&parts.headers))
        })
        .to_owned()
}

fn sign_in_context(
    state: &ServeState,
    challenge: Option<&Challenge>,
    parts: &Parts,
) -> SignInContext {
    let now = state.app.clock.now();
    let (path, query) = (parts.uri.path(), PageQuery::of(parts));
    // A script that cannot continue loads this page with the code of the error. The page shows this
    // error in the same way as the error of a plain form.
    let problem = challenge.and_then(|challenge| {
        challenge.error_from_code(ErrorCode::parse(query.problem.as_deref()?)?, now)
    });
    let step = challenge.map_or(Step::Phone, |challenge| challenge.step(now));
    let next = query.next.as_deref().and_then(safe_redirect).map(str::to_owned);
    SignInContext {
        step: match (&problem, query.change) {
            (Some(_), _) => Step::Code,
            (None, Some(_)) => Step::Phone,
            (None, None) => step,
        },
        mode: if path == AuthMode::SignUp.path() { AuthMode::SignUp } else { AuthMode::SignIn },
        // The `next` of a challenge that has ended is ignored.
        next: next.or_else(|| challenge.filter(|_| step != Step::Phone)?.next.clone()),
        challenge: challenge.map(|challenge| OtpSent::from_challenge(challenge, now)),
        error: problem.map(|problem| ErrorBody::localized(&problem, &locale::of(state, parts))),
        has_inbox: state.app.config.has_inbox(),
        terms: state.app.config.brand.terms.clone(),
        privacy: state.app.config.brand.privacy.clone(),
        ..SignInContext::default()
    }
}

/// Renders the page of `uri` and sets the cookies of `jar`.
pub(super) async fn render(
    page: PageContext,
    context: RenderContext,
    jar: &CookieJar,
    uri: &Uri,
    status: StatusCode,
) -> Response<Body> {
    let is_personal = page.user.is_some();
    let (page, context) = (Arc::new(page), Arc::new(context));
    let provide_contexts = move || {
        provide_page_context(Arc::clone(&page));
        provide_context(Arc::clone(&context));
    };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = path.parse().unwrap_or_default();
    // Leptos redirects only clients that accept HTML, but a page is HTML for every client.
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/html"));
    let mut response = render_app_async_with_context(provide_contexts, shell)(request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    if is_personal {
        mark_personal(&mut response);
    }
    jar.write_cookies(response.headers_mut());
    response
}
