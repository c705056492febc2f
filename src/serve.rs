//! The HTTP server: the layers around every request, and the routes.

mod access_log;
mod account_forms;
mod account_pages;
mod action_form;
pub mod api_layer;
mod assets;
mod brand;
mod diagnostics;
mod embedded_site;
mod error_response;
mod form;
mod forms;
mod headers;
mod health;
mod inbox;
pub mod listen;
mod locale;
mod metrics;
mod page_query;
mod pages;
mod paths;
mod permit_body;
mod receipts;
mod request_checks;
mod request_id;
mod run;
mod server_fn_form;
mod static_files;

use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, Response, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::{MethodFilter, any, get, on, post};
use leptos::context::provide_context;
use leptos::server_fn::ServerFn;
use leptos_axum::{generate_route_list, handle_server_fns_with_context};
use tower::util::{BoxCloneSyncService, MapRequestLayer};
use tower::{ServiceBuilder, ServiceExt};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::timeout::TimeoutLayer;
use tracing::Instrument;

use crate::components::profile_form::UpdateProfile;
use crate::domain::problem::Problem;
use crate::pages::render_context::{Assets, Prerendered};
use crate::pages::{App, prerender};
use crate::server::AppState;
use crate::server::connections::ConnectionLimiter;
use crate::server::diagnostics::PATH as DIAGNOSTICS;

use access_log::AccessLogEntry;
use brand::BrandFiles;
use error_response::ResponseFormat;
use request_id::RequestIds;
pub use run::run;
use static_files::StaticFiles;

/// The timeout of a request: longer than an SMS provider may take, and shorter than people wait.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// The whole site as one service.
#[derive(Debug, Clone)]
pub struct Service {
    state: ServeState,
    service: BoxCloneSyncService<Request, Response<Body>, Infallible>,
}

/// The state that handlers and layers share.
#[derive(Debug, Clone)]
struct ServeState(Arc<ServeStateInner>);

#[derive(Debug)]
struct ServeStateInner {
    app: AppState,
    assets: Assets,
    /// Markup that all pages share, by locale.
    prerendered: HashMap<String, Prerendered>,
    static_files: StaticFiles,
    headers: headers::ResponseHeaders,
    readiness: health::ReadinessCache,
    /// The limiter of concurrent requests. Behind a trusted proxy, connections do not tell clients
    /// apart, so requests are limited, too.
    requests: ConnectionLimiter,
    request_ids: RequestIds,
}

impl Deref for ServeState {
    type Target = ServeStateInner;

    fn deref(&self) -> &ServeStateInner {
        &self.0
    }
}

impl Service {
    /// Creates the site from the shared state.
    #[must_use]
    pub fn new(app: AppState) -> Self {
        let brand_files = BrandFiles::of(&app.config.brand);
        let (assets, headers) =
            (assets::find(&app.config, &brand_files), headers::ResponseHeaders::new(&app.config));
        let locales = app.locales.all().iter();
        let prerendered = locales
            .map(|locale| {
                (
                    locale.tag.clone(),
                    prerender(&locale.messages, &app.config.countries.named_in(&locale.tag)),
                )
            })
            .collect();
        let requests = ConnectionLimiter::new(app.config.connections);
        let request_ids = RequestIds::new(&app);
        let (static_files, readiness) =
            (StaticFiles::new(&app.config), health::ReadinessCache::default());
        let state = ServeState(Arc::new(ServeStateInner {
            app,
            assets,
            prerendered,
            static_files,
            headers,
            readiness,
            requests,
            request_ids,
        }));
        let service = ServiceBuilder::new()
            .layer(from_fn_with_state(state.clone(), localize_and_log))
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIMEOUT))
            .layer(CatchPanicLayer::custom(error_response::panic_response))
            .layer(from_fn_with_state(state.clone(), request_checks::check_request))
            .service(routes(&state, brand_files).with_state(state.clone()));
        Self { state, service: BoxCloneSyncService::new(service) }
    }

    /// Returns the response to one request.
    pub async fn respond(&self, request: Request) -> Response<Body> {
        self.service.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
    }
}

/// The outermost layer: it detects the locale, calls the inner layers, completes the response and
/// writes the access log. These tasks share one layer, because every `from_fn` boxes the request's
/// future and the service below it: three more layers cost 5 % of the sign-ins per second.
async fn localize_and_log(
    State(state): State<ServeState>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let entry = AccessLogEntry::start(&state, &mut request);
    let id = state.request_ids.next();
    let span = request_id::span(&id);
    locale::detect(&state, &mut request);
    let format = ResponseFormat::of(&request);
    let response = next.run(request).instrument(span).await;
    let mut response = error_response::fill_empty(response, &format);
    state.headers.add(&entry.method, entry.uri.path(), &mut response);
    if let Some(id) = request_id::header_value(&id) {
        response.headers_mut().insert(request_id::HEADER, id);
    }
    entry.write(&state, &id, response.status());
    response
}

/// Returns the router of the whole site.
fn routes(state: &ServeState, brand_files: BrandFiles) -> Router<ServeState> {
    let router = pages_and_forms(state)
        .merge(api(state))
        .merge(brand_files.routes())
        .route("/api/auth/delivery", get(receipts::delivery))
        .route("/receipts/{provider}", post(receipts::record))
        .route("/receipts/{provider}/{key}", post(receipts::record_with_key))
        .route(health::LIVENESS, get(health::liveness))
        .route(health::READINESS, get(health::readiness))
        .route(DIAGNOSTICS, get(diagnostics::show));
    let router = match state.app.config.metrics_address {
        Some(_) => router.route_layer(MapRequestLayer::new(metrics::note_route)),
        None => router,
    };
    router.fallback(static_files::respond)
}

/// Returns the routes of the pages that [`App`] lists, and of the plain forms. Most forms post to
/// the address of their page.
fn pages_and_forms(state: &ServeState) -> Router<ServeState> {
    let listed = generate_route_list(App);
    let pages = listed.iter().filter(|page| page.path() != inbox::PAGE);
    let inbox = Router::new()
        .route(inbox::PAGE, get(inbox::show))
        .route("/dev/inbox.json", get(inbox::json))
        .layer(from_fn_with_state(state.clone(), inbox::guard));
    pages
        .fold(Router::new(), |router, page| match page.path() {
            "/" => router.route("/", get(pages::show)),
            path => router
                .route(path, get(pages::show))
                .route(&format!("{path}/"), get(pages::redirect_trailing_slash)),
        })
        .route("/sign-in", post(forms::send_otp))
        .route("/sign-up", post(forms::send_otp))
        .route("/sign-in/code", post(forms::verify_otp))
        .route("/sign-in/details", post(forms::create_account))
        .route("/sign-out", post(forms::sign_out))
        .route("/sign-out/everywhere", post(forms::sign_out_everywhere))
        .route(paths::ACCOUNT_PAGE, post(form_of::<UpdateProfile>))
        .merge(account_forms::routes())
        .route("/language", post(locale::choose))
        .merge(inbox)
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(pages::is_public)))
}

/// Returns the routes of the server functions, one per path and method.
fn api(state: &ServeState) -> Router<ServeState> {
    let functions = leptos::server_fn::axum::server_fn_paths();
    functions
        .fold(Router::new(), |router, (path, method)| {
            let app = state.app.clone();
            let handler = async move |request| run_server_fn(&app, request).await;
            let filter = if method == Method::GET { MethodFilter::GET } else { MethodFilter::POST };
            router.route(path, on(filter, handler))
        })
        .route("/api/{*unknown}", any(not_found))
}

/// Runs the server function at the request's path.
async fn run_server_fn(app: &AppState, request: Request) -> Response<Body> {
    let app = app.clone();
    let run =
        |request| handle_server_fns_with_context(move || provide_context(app.clone()), request);
    api_layer::translate(request, run).await
}

/// Handles a page's plain form whose server function is `F`.
fn form_of<F: ServerFn>(
    State(state): State<ServeState>,
    request: Request,
) -> impl Future<Output = Response<Body>> {
    server_fn_form::submit(state, request, F::PATH)
}

async fn not_found(request: Request) -> Response<Body> {
    error_response::response(Problem::NotFound, &ResponseFormat::of(&request))
}
