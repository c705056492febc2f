//! The composition root: what every request goes through, in this order, and every route.

pub mod api_layer;
mod assets;
mod brand;
mod files;
mod forms;
mod gate;
mod headers;
mod health;
mod held_body;
mod inbox;
mod language;
pub mod listen;
mod pages;
mod refusal;
mod server_fn_form;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, Response};
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, any, get, on, post};
use futures_util::FutureExt;
use leptos::context::provide_context;
use leptos::server_fn::ServerFn;
use leptos_axum::{generate_route_list, handle_server_fns_with_context};
use tokio::net::TcpListener;
use tower::ServiceExt;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::services::ServeDir;

use crate::components::profile_form::UpdateProfile;
use crate::domain::problem::Problem;
use crate::pages::render_context::{Assets, Prerendered};
use crate::pages::{App, prerender};
use crate::server::config::Bounds;
use crate::server::connections::Limiter;
use crate::server::{AppState, background_jobs};

use headers::Line;
use refusal::Asker;

/// Longer than an SMS provider may take, shorter than a person waits.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// The whole site: what every request goes through, and the routes behind it.
#[derive(Debug, Clone)]
pub struct Service {
    site: Site,
    routes: Router,
}

/// What the handlers of `serve` share.
#[derive(Debug, Clone)]
struct Site(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    app: AppState,
    assets: Assets,
    /// What pages have in common, by language.
    prerendered: HashMap<String, Prerendered>,
    files: ServeDir,
    headers: headers::Same,
    ready: health::LastSeen,
    /// The requests under way, by source and block: behind a proxy that is believed, connections do not tell clients apart.
    requests: Limiter,
}

impl Deref for Site {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Service {
    /// The site of these settings.
    #[must_use]
    pub fn new(app: AppState) -> Self {
        let own = brand::Files::of(&app.config.brand);
        let (assets, headers) = (assets::find(&app.config.site, &own), headers::of(&app.config));
        let locales = app.locales.all().iter();
        let prerendered =
            locales.map(|one| (one.tag.clone(), prerender(&one.messages, &app.config.countries.named_in(&one.tag)))).collect();
        let requests = Limiter::new(app.config.connections);
        let (files, ready) = (files::of(&app.config.site), health::LastSeen::default());
        let site = Site(Arc::new(Shared { app, assets, prerendered, files, headers, ready, requests }));
        let routes = routes(&site, own).with_state(site.clone());
        Self { site, routes }
    }

    /// Answers one request, whatever happens meanwhile: in time, and in the contract's shape.
    pub async fn answer(&self, mut request: Request) -> Response<Body> {
        let line = Line::of(&request);
        language::find(&self.site, &mut request);
        let asker = Asker::of(&request);
        let answer = AssertUnwindSafe(self.guarded(request)).catch_unwind();
        let response = match tokio::time::timeout(REQUEST_TIMEOUT, answer).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => refusal::panicked(&asker),
            Err(_) => refusal::response(Problem::Unavailable, &asker),
        };
        headers::finish(&self.site, &line, refusal::in_words(response, &asker))
    }

    async fn guarded(&self, mut request: Request) -> Response<Body> {
        if health::asks(request.uri()) {
            return self.routed(request).await;
        }
        if let Some(refused) = gate::guard(&self.site, &mut request) {
            return refused;
        }
        match gate::permit(&self.site, &request) {
            Ok(permit) => held_body::until_sent(self.routed(request).await, permit),
            Err(problem) => refusal::response(problem, &Asker::of(&request)),
        }
    }

    async fn routed(&self, request: Request) -> Response<Body> {
        self.routes.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
    }
}

/// Every route.
fn routes(site: &Site, own: brand::Files) -> Router<Site> {
    pages_and_forms(site)
        .merge(api(site))
        .merge(own.routes())
        .route(health::LIVES, get(health::lives))
        .route(health::READY, get(health::ready))
        .fallback(files::answer)
}

/// Pages by their route in [`App`]; plain forms post to their page's own address.
fn pages_and_forms(site: &Site) -> Router<Site> {
    let listed = generate_route_list(App);
    let pages = listed.iter().filter(|page| page.path() != inbox::PAGE);
    let inbox = Router::new()
        .route(inbox::PAGE, get(pages::show))
        .route("/dev/inbox.json", get(inbox::json))
        .layer(from_fn_with_state(site.clone(), inbox::guard));
    pages
        .fold(Router::new(), |router, page| match page.path() {
            "/" => router.route("/", get(pages::show)),
            path => router.route(path, get(pages::show)).route(&format!("{path}/"), get(pages::without_slash)),
        })
        .route("/sign-in", post(forms::send_otp))
        .route("/sign-up", post(forms::send_otp))
        .route("/sign-in/code", post(forms::verify_otp))
        .route("/sign-in/details", post(forms::create_account))
        .route("/sign-out", post(forms::sign_out))
        .route("/sign-out/everywhere", post(forms::sign_out_everywhere))
        .route("/profile", post(form_of::<UpdateProfile>))
        .route("/language", post(language::choose))
        .merge(inbox)
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(pages::is_anybody_s)))
}

/// The server functions, each at its own path and method.
fn api(site: &Site) -> Router<Site> {
    let functions = leptos::server_fn::axum::server_fn_paths();
    functions
        .fold(Router::new(), |router, (path, method)| {
            let app = site.app.clone();
            let handler = async move |request| run_server_fn(&app, request).await;
            let filter = if method == Method::GET { MethodFilter::GET } else { MethodFilter::POST };
            router.route(path, on(filter, handler))
        })
        .route("/api/{*unknown}", any(not_found))
}

/// Runs the server function at the request's path.
async fn run_server_fn(app: &AppState, request: Request) -> Response<Body> {
    let app = app.clone();
    let run = |request| handle_server_fns_with_context(move || provide_context(app.clone()), request);
    api_layer::translate(request, run).await
}

/// The handler of a page's plain form whose server function is `F`.
fn form_of<F: ServerFn>(State(site): State<Site>, request: Request) -> impl Future<Output = Response<Body>> {
    server_fn_form::submit(site, request, F::PATH)
}

async fn not_found(request: Request) -> Response<Body> {
    refusal::response(Problem::NotFound, &Asker::of(&request))
}

/// Serves until SIGTERM or SIGINT, then lets the requests under way finish.
///
/// # Errors
/// When the address cannot be bound.
pub async fn run(app: AppState) -> io::Result<()> {
    // Before the address answers: whoever sees it answer may stop it.
    let signal = stop_signal()?;
    let listener = TcpListener::bind(app.config.site.site_addr).await?;
    announce(&app, listener.local_addr()?);
    let (store, config) = (app.store.clone(), app.config.clone());
    let jobs = tokio::spawn(background_jobs::run(app.clone()));
    listen::serve(listener, Service::new(app), &config, async {
        signal.await;
        tracing::info!("stopping: no new requests, those under way are finished");
    })
    .await;
    jobs.abort();
    store.close().await;
    Ok(())
}

fn announce(app: &AppState, address: SocketAddr) {
    let origin = app.config.origin.as_str();
    let Bounds { all, of_source, of_block } = app.config.connections;
    tracing::info!(%address, origin, "serving");
    tracing::info!(all, of_source, of_block, "connections at a time");
    println!("Ringkey is ready: {origin}");
    if app.config.has_inbox() {
        println!("Texts show up at: {origin}/dev/inbox");
    }
}

/// Resolves at the first SIGTERM or SIGINT from now on.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
