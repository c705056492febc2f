//! The composition root: every layer and every route in one place, in the order in which a request meets them.

pub mod api_layer;
mod assets;
mod brand;
mod forms;
mod gate;
mod headers;
mod health;
mod inbox;
mod language;
pub mod listen;
mod pages;
mod refusal;

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{MethodRouter, any, get, post};
use leptos_axum::{generate_route_list, handle_server_fns_with_context};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;

use crate::domain::problem::Problem;
use crate::server::{AppState, chores};
use crate::ui::App;
use crate::ui::visit::Assets;

use refusal::Asker;

/// Longer than an SMS provider may take, shorter than a person waits.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// What the handlers of `serve` share: a handle, since every layer takes one a request.
#[derive(Debug, Clone)]
struct Site(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    app: AppState,
    assets: Assets,
    headers: headers::Same,
    ready: health::LastSeen,
}

impl Deref for Site {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// The whole site.
pub fn router(app: AppState) -> Router {
    let root = app.config.site_root.clone();
    let own = brand::Files::of(&app.config.brand);
    let (assets, headers) = (assets::find(&root, &own), headers::of(&app.config));
    let site = Site(Arc::new(Shared { app, assets, headers, ready: health::LastSeen::default() }));
    let not_found = get(pages::not_found).with_state(site.clone());
    let files =
        ServeDir::new(root).precompressed_br().precompressed_gzip().append_index_html_on_directories(false).fallback(not_found);
    let health = Router::new().route("/healthz", get(health::lives)).route("/readyz", get(health::ready));
    pages_and_forms(&site)
        .merge(api(&site))
        .merge(own.routes())
        .fallback_service(files)
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(site.clone(), gate::guard))
        .merge(health)
        .layer(from_fn(in_time))
        .layer(CatchPanicLayer::custom(refusal::panicked(site.app.languages.choose(None, ""))))
        .layer(from_fn_with_state(site.clone(), language::find))
        .layer(from_fn_with_state(site.clone(), headers::finish))
        .with_state(site)
}

/// Refuses what takes too long, in the contract's shape.
async fn in_time(request: Request, next: Next) -> Response {
    let asker = Asker::of(&request);
    let answer = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await;
    answer.unwrap_or_else(|_| refusal::response(Problem::Unavailable, &asker))
}

/// Pages by their route in [`App`]; plain forms post to their page's own address.
fn pages_and_forms(site: &Site) -> Router<Site> {
    let listed = generate_route_list(App);
    let pages = listed.iter().fold(Router::new(), |router, page| router.route(page.path(), get(pages::show)));
    pages
        .route("/sign-in", post(forms::send_otp))
        .route("/sign-up", post(forms::send_otp))
        .route("/sign-in/code", post(forms::verify_otp))
        .route("/sign-in/details", post(forms::create_account))
        .route("/sign-out", post(forms::sign_out))
        .route("/sign-out/everywhere", post(forms::sign_out_everywhere))
        .route("/language", post(language::choose))
        .route("/dev/inbox.json", get(inbox::json))
        .layer(from_fn_with_state(site.clone(), inbox::guard))
}

/// The server functions, each at its own path and method.
fn api(site: &Site) -> Router<Site> {
    let app = site.app.clone();
    let handler = move |request| {
        let app = app.clone();
        handle_server_fns_with_context(move || leptos::context::provide_context(app.clone()), request)
    };
    let functions = leptos::server_fn::axum::server_fn_paths();
    functions
        .fold(Router::new(), |router, (path, method)| {
            let route: MethodRouter<Site> =
                if method == axum::http::Method::GET { get(handler.clone()) } else { post(handler.clone()) };
            router.route(path, route)
        })
        .route("/api/{*unknown}", any(not_found))
        .layer(from_fn(api_layer::translate))
}

async fn not_found(request: Request) -> Response {
    refusal::response(Problem::NotFound, &Asker::of(&request))
}

/// Serves until SIGTERM or SIGINT, then lets the requests under way finish.
///
/// # Errors
/// When the address cannot be bound.
pub async fn run(app: AppState) -> io::Result<()> {
    // Before the address answers: whoever sees it answer may stop it.
    let signal = stop_signal()?;
    let listener = TcpListener::bind(app.config.site_addr).await?;
    announce(&app, listener.local_addr()?);
    let (store, config) = (app.store.clone(), app.config.clone());
    let chores = tokio::spawn(chores::run(app.clone()));
    listen::serve(listener, router(app), &config, async {
        signal.await;
        tracing::info!("stopping: no new requests, those under way are finished");
    })
    .await;
    chores.abort();
    store.close().await;
    Ok(())
}

fn announce(app: &AppState, address: SocketAddr) {
    let origin = app.config.origin.as_str();
    tracing::info!(%address, origin, "serving");
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
