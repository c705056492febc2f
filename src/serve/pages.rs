//! Rendering pages: the visit is found out first, then the page is rendered whole.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, StatusCode, Uri};
use leptos::context::provide_context;
use leptos_axum::render_app_async_with_context;

use super::forms::field;
use super::refusal::{self, Asker};
use super::{Site, inbox, language};
use crate::domain::answer::OtpSent;
use crate::domain::challenge::{Challenge, Step};
use crate::domain::next::same_origin;
use crate::domain::problem::Problem;
use crate::server::browser::Browser;
use crate::server::cookie::Name;
use crate::server::sign_in::{current_challenge, current_user};
use crate::ui::shell;
use crate::ui::visit::{Journey, Message, Purpose, Visit};

/// Answers a page's `GET`.
pub(super) async fn show(State(site): State<Site>, request: Request) -> Response<Body> {
    // Only here, behind the inbox's guard, and not for an address that leads nowhere.
    let inbox = if request.uri().path() == inbox::PAGE { inbox::messages(&site.app) } else { None };
    answer(&site, request, inbox, StatusCode::OK).await
}

/// Answers an address that leads nowhere.
pub(super) async fn not_found(State(site): State<Site>, request: Request) -> Response<Body> {
    answer(&site, request, None, StatusCode::NOT_FOUND).await
}

async fn answer(site: &Site, request: Request, inbox: Option<Vec<Message>>, status: StatusCode) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let mut browser = Browser::of(&site.app, &parts);
    match visit(site, &mut browser, &parts).await {
        Ok(visit) => render(Visit { inbox, ..visit }, &browser, &parts.uri, status).await,
        Err(problem) => refusal::response(problem, &Asker::of_parts(&parts)),
    }
}

/// Finds out what a page may ask: who is signed in, and where the journey stands.
pub(super) async fn visit(site: &Site, browser: &mut Browser, parts: &Parts) -> Result<Visit, Problem> {
    let user = current_user(&site.app, browser).await?;
    let challenge = if user.is_none() { current_challenge(&site.app, browser).await? } else { None };
    Ok(Visit { user, ..unasked(site, challenge.as_ref(), parts) })
}

/// The visit as far as it is known without asking the database who is signed in.
pub(super) fn unasked(site: &Site, challenge: Option<&Challenge>, parts: &Parts) -> Visit {
    let config = &site.app.config;
    let language = language::of(site, parts);
    Visit {
        app_name: config.brand.name.clone(),
        user: None,
        journey: journey(site, challenge, &parts.uri),
        countries: site.countries.get(&language.tag).cloned().unwrap_or_default(),
        country: country(site, parts),
        language: language.tag.clone(),
        languages: site.app.languages.names(),
        words: language.words.clone(),
        path: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        assets: site.assets.clone(),
        inbox: None,
    }
}

/// The country to preselect: the last one that a text went to from this browser, or else what it says of itself.
fn country(site: &Site, parts: &Parts) -> String {
    let config = &site.app.config;
    let accepted = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let last = config.cookies().read(&parts.headers, Name::Country).filter(|region| config.countries.serves(region));
    last.unwrap_or_else(|| config.countries.guess(accepted).to_owned())
}

fn journey(site: &Site, challenge: Option<&Challenge>, uri: &Uri) -> Journey {
    let now = site.app.clock.now();
    let query = uri.query().unwrap_or_default();
    let asked = |name| field(query.as_bytes(), name);
    let step = challenge.map_or(Step::Phone, |challenge| challenge.step(now));
    let next = asked("next").and_then(|next| same_origin(&next).map(str::to_owned));
    Journey {
        step: if asked("change").is_some() { Step::Phone } else { step },
        purpose: if uri.path() == Purpose::SignUp.path() { Purpose::SignUp } else { Purpose::SignIn },
        // Of a challenge that is over, not even the way is remembered.
        next: next.or_else(|| challenge.filter(|_| step != Step::Phone)?.next.clone()),
        sent: challenge.map(|challenge| OtpSent::of(challenge, now)),
        inbox: site.app.config.has_inbox(),
        terms: site.app.config.brand.terms.clone(),
        privacy: site.app.config.brand.privacy.clone(),
        ..Journey::default()
    }
}

/// What views find in their context.
fn give(visit: &Visit) {
    provide_context(visit.words.clone());
    provide_context(visit.clone());
}

/// Renders the page of `uri` for this visit.
pub(super) async fn render(visit: Visit, browser: &Browser, uri: &Uri, status: StatusCode) -> Response<Body> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = path.parse().unwrap_or_default();
    // Leptos redirects only those who accept HTML; a page is HTML for everybody.
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/html"));
    let mut response = render_app_async_with_context(move || give(&visit), shell)(request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    browser.write_cookies(response.headers_mut());
    response
}
