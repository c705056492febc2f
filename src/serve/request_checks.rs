//! Checks before routing: `Host`, CSRF, and the limits on the rate and on concurrent requests.
//!
//! `tower_http::csrf` is not used, for two reasons. It admits a state-changing request with neither
//! `Origin` nor `Sec-Fetch-Site`, and one with `Sec-Fetch-Site: none`; this API refuses both. And
//! it compares `Origin` with the `Host` header, but here the origin is a setting.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method, Response, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect};

use super::error_response::{self, ResponseFormat};
use super::{ServeState, health, permit_body, receipts};
use crate::domain::client_network::ClientNetwork;
use crate::domain::problem::Problem;
use crate::server::client_ip::client_ip;
use crate::server::config::{Origin, is_loopback_host};
use crate::server::connections::ConnectionPermit;

/// Refuses a request, or routes it with its client network in its extensions. Health checks are
/// exempt, because they may use any host name.
pub(super) async fn check_request(
    State(state): State<ServeState>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    if health::is_health_check(request.uri()) {
        return next.run(request).await;
    }
    if let Some(refusal) = check_host(&state, &request).or_else(|| check_csrf(&state, &request)) {
        return refusal;
    }
    // The client is determined after the cheaper checks, so that a flood of requests for another
    // host costs less.
    let client = client_network(&request, &state);
    request.extensions_mut().insert(client.clone());
    let permit =
        check_rate(&state, &request, &client).and_then(|()| acquire_permit(&state, client));
    match permit {
        Ok(permit) => permit_body::hold_permit(next.run(request).await, permit),
        Err(problem) => error_response::response(problem, &ResponseFormat::of(&request)),
    }
}

/// Refuses requests for another host (421), which prevents DNS rebinding. If the origin is a
/// loopback name, requests for the other loopback names are redirected to it if their method is
/// safe.
fn check_host(state: &ServeState, request: &Request) -> Option<Response<Body>> {
    let origin = &state.app.config.origin;
    let host = normalized(
        host_of(request.uri(), request.headers()).unwrap_or_default(),
        origin.is_https(),
    );
    if host == origin.authority() {
        return None;
    }
    let is_alias = origin.is_loopback()
        && is_loopback_host(without_port(&host))
        && is_safe_method(request.method());
    let redirect = if is_alias { redirect_to_origin(origin, request.uri()) } else { None };
    Some(redirect.unwrap_or_else(|| {
        error_response::response(Problem::WrongHost, &ResponseFormat::of(request))
    }))
}

/// Refuses cross-site state-changing requests (403). `Origin` must be the origin of this
/// application. If it is missing or `null`, `Sec-Fetch-Site` must be `same-origin`. If both headers
/// name a site, both must pass. No browser sends a state-changing request with neither header, so
/// such a request is refused, too.
fn check_csrf(state: &ServeState, request: &Request) -> Option<Response<Body>> {
    let passes = !is_change_by_browser(request)
        || is_same_origin(request.headers(), &state.app.config.origin);
    (!passes).then(|| error_response::response(Problem::CrossSite, &ResponseFormat::of(request)))
}

/// Refuses state-changing requests above the client's rate limit (429), before the body and the
/// database are read.
fn check_rate(
    state: &ServeState,
    request: &Request,
    client: &ClientNetwork,
) -> Result<(), Problem> {
    let is_admitted = !is_change_by_browser(request)
        || state.app.rate_limiter.try_acquire(client, state.app.clock.now());
    if is_admitted { Ok(()) } else { Err(Problem::TooOften { retry_after: 1 }) }
}

/// Acquires the permit of a request. A client address and its subnet may have as many concurrent
/// requests as connections. One more is refused (429), so that one client behind a proxy cannot
/// occupy all of the proxy's connections.
fn acquire_permit(state: &ServeState, client: ClientNetwork) -> Result<ConnectionPermit, Problem> {
    state.requests.try_acquire(client).ok_or(Problem::TooOften { retry_after: 1 })
}

fn client_network(request: &Request, state: &ServeState) -> ClientNetwork {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    // Requests without a peer cannot be told apart, so they share one client network.
    peer.map_or_else(ClientNetwork::unknown, |peer| {
        ClientNetwork::from_ip(client_ip(
            peer.0.ip(),
            request.headers(),
            &state.app.config.trusted_proxies,
        ))
    })
}

fn is_same_origin(headers: &HeaderMap, own_origin: &Origin) -> bool {
    // `null` names no origin. A browser also sends it from a page of this application if a proxy
    // adds `Referrer-Policy: no-referrer`.
    let origin_header = headers.get(ORIGIN).map(HeaderValue::as_bytes);
    let named_origin = origin_header.filter(|origin| *origin != b"null");
    let origin_passes = named_origin.map(|origin| origin == own_origin.as_str().as_bytes());
    let metadata_passes =
        headers.get("sec-fetch-site").map(|site| site.as_bytes() == b"same-origin");
    match (origin_passes, metadata_passes) {
        (Some(by_origin), Some(by_metadata)) => by_origin && by_metadata,
        (Some(passes), None) | (None, Some(passes)) => passes,
        (None, None) => false,
    }
}

/// Returns `true` for a state-changing request that comes from a browser: for every one but the
/// receipts, which have an authenticity of their own.
fn is_change_by_browser(request: &Request) -> bool {
    !is_safe_method(request.method()) && !receipts::is_receipt(request.uri().path())
}

/// Returns `true` for a safe method (RFC 9110 §9.2.1).
fn is_safe_method(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn host_of<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    uri.authority()
        .map(axum::http::uri::Authority::as_str)
        .or_else(|| headers.get(HOST)?.to_str().ok())
}

/// Returns an authority in the form that [`Origin::authority`] has: in lower case, and without an
/// empty port or the default port of the scheme (RFC 9110 §4.2.3).
fn normalized(authority: &str, is_https: bool) -> String {
    let default_port = if is_https { ":443" } else { ":80" };
    let without_port = authority
        .strip_suffix(default_port)
        .or_else(|| authority.strip_suffix(':'))
        .unwrap_or(authority);
    without_port.to_ascii_lowercase()
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

fn redirect_to_origin(origin: &Origin, uri: &Uri) -> Option<Response<Body>> {
    // A target without a slash (`OPTIONS *`) would extend the port of the origin and lead to
    // another host.
    let path = uri.path_and_query().map_or("/", |path| path.as_str()).strip_prefix('/')?;
    Some(Redirect::temporary(&format!("{}/{path}", origin.as_str())).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_state_changing_request_needs_origin_or_fetch_metadata_and_both_must_pass() {
        let origin = Origin::parse("http://localhost:3000").unwrap();
        let same_origin = ("sec-fetch-site", "same-origin");
        for (pairs, allowed) in [
            (vec![("origin", "http://localhost:3000")], true),
            (vec![same_origin], true),
            (vec![("origin", "http://localhost:3000"), same_origin], true),
            (vec![], false),
            (vec![("origin", "null")], false),
            (vec![("origin", "http://localhost:3001")], false),
            (vec![("origin", "http://localhost:3000.evil.example")], false),
            (vec![("origin", "null"), same_origin], true),
            (vec![("origin", "null"), ("sec-fetch-site", "same-site")], false),
            (vec![("origin", "null"), ("sec-fetch-site", "cross-site")], false),
            (vec![("origin", "null"), ("sec-fetch-site", "none")], false),
            (vec![("origin", "NULL"), same_origin], false),
            (vec![("origin", ""), same_origin], false),
            (vec![("origin", "http://localhost:3000"), ("sec-fetch-site", "cross-site")], false),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![("sec-fetch-site", "none")], false),
        ] {
            assert_eq!(is_same_origin(&headers(&pairs), &origin), allowed, "{pairs:?}");
        }
    }

    #[test]
    fn no_redirect_goes_to_another_host() {
        let origin = Origin::parse("http://localhost:3000").unwrap();
        let location = |uri: &'static str| {
            redirect_to_origin(&origin, &Uri::from_static(uri))
                .map(|response| response.headers()["location"].clone())
        };
        assert_eq!(location("/a?b=//c").unwrap(), "http://localhost:3000/a?b=//c");
        assert_eq!(location("//evil.example").unwrap(), "http://localhost:3000//evil.example");
        assert_eq!(location("*"), None);
    }

    #[test]
    fn the_default_port_of_the_scheme_is_removed_from_an_authority() {
        for (host, is_https, expected) in [
            ("ID.example.com:443", true, "id.example.com"),
            ("id.example.com:", true, "id.example.com"),
            ("id.example.com:80", true, "id.example.com:80"),
            ("id.example.com:4443", true, "id.example.com:4443"),
            ("id.example.com:443", false, "id.example.com:443"),
            ("[::1]:80", false, "[::1]"),
            ("[::1]", false, "[::1]"),
            ("", true, ""),
        ] {
            assert_eq!(normalized(host, is_https), expected, "{host}");
        }
    }

    #[test]
    fn a_port_is_removed_also_after_an_ipv6_address() {
        for (host, name) in [
            ("localhost:3000", "localhost"),
            ("127.0.0.1", "127.0.0.1"),
            ("[::1]:3000", "[::1]"),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(without_port(host), name);
        }
    }
}
