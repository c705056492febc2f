//! Who may talk to this server: requests for its own host, and changes only from its own pages.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{HOST, LOCATION, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};

use super::Site;
use super::refusal::{self, Asker};
use crate::domain::problem::Problem;
use crate::server::client_ip::{Source, client_ip};
use crate::server::config::{Origin, is_loopback_host};
use crate::server::connections::Permit;

/// What [`host`], [`origin`] and [`shield`], in this order, have against a request; one that may go on has its source now.
pub(super) fn guard(site: &Site, request: &mut Request) -> Option<Response<Body>> {
    if let Some(refused) = host(site, request).or_else(|| origin(site, request)) {
        return Some(refused);
    }
    // Found out only for those that are let so far: a flood from elsewhere costs less.
    let source = source_of(request, site);
    let refused = shield(site, request, &source);
    request.extensions_mut().insert(source);
    refused
}

/// Turns away requests for another host (421), so that DNS rebinding finds nothing. With a loopback origin the other
/// loopback names lead to it.
fn host(site: &Site, request: &Request) -> Option<Response<Body>> {
    let origin = &site.app.config.origin;
    let named = normal(host_of(request.uri(), request.headers()).unwrap_or_default(), origin.is_https());
    if named == origin.authority() {
        return None;
    }
    let leads = origin.is_loopback() && is_loopback_host(without_port(&named)) && reads(request.method());
    let led = if leads { lead_to(origin, request.uri()) } else { None };
    Some(led.unwrap_or_else(|| refusal::response(Problem::WrongHost, &Asker::of(request))))
}

/// Turns away changes that another site asks for (403): `Origin` must be ours, or, where it names nobody, `Sec-Fetch-Site` must
/// say same-origin; where both name a site, both must agree. A request with neither is no browser's and is turned away too.
fn origin(site: &Site, request: &Request) -> Option<Response<Body>> {
    let passes = reads(request.method()) || is_same_origin(request.headers(), &site.app.config.origin);
    (!passes).then(|| refusal::response(Problem::CrossSite, &Asker::of(request)))
}

/// Turns away whoever asks for more changes than anybody needs (429), before the body is read and without asking the database.
fn shield(site: &Site, request: &Request, source: &Source) -> Option<Response<Body>> {
    let admits = reads(request.method()) || site.app.shield.admits(source, site.app.clock.now());
    (!admits).then(|| refusal::response(Problem::TooOften { retry_after: 1 }, &Asker::of(request)))
}

/// The permit of a request that [`guard`] lets go on. Its source and its block have as many under way at a time as they may hold
/// connections; one more is turned away (429), so that nobody behind a proxy can take all of the proxy's.
pub(super) fn permit(site: &Site, request: &Request) -> Result<Permit, Problem> {
    let source = request.extensions().get::<Source>().cloned().unwrap_or_default();
    site.requests.permit(source).ok_or(Problem::TooOften { retry_after: 1 })
}

fn source_of(request: &Request, site: &Site) -> Source {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    // Without a peer there is nobody to tell apart: all of them share one source.
    peer.map_or_else(Source::unknown, |peer| {
        Source::of(client_ip(peer.0.ip(), request.headers(), &site.app.config.trusted_proxies))
    })
}

fn is_same_origin(headers: &HeaderMap, ours: &Origin) -> bool {
    // `null` names nobody: a browser writes it for our own page, too, where a proxy adds `Referrer-Policy: no-referrer`.
    let named = headers.get(ORIGIN).map(HeaderValue::as_bytes).filter(|origin| *origin != b"null");
    let from_ours = named.map(|origin| origin == ours.as_str().as_bytes());
    let same_site = headers.get("sec-fetch-site").map(|site| site.as_bytes() == b"same-origin");
    match (from_ours, same_site) {
        (Some(origin), Some(site)) => origin && site,
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => false,
    }
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn host_of<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    uri.authority().map(axum::http::uri::Authority::as_str).or_else(|| headers.get(HOST)?.to_str().ok())
}

/// An authority as an [`Origin`] has it: in small letters, without a port that is empty or the scheme's own (RFC 9110 §4.2.3).
fn normal(authority: &str, is_https: bool) -> String {
    let own = if is_https { ":443" } else { ":80" };
    let bare = authority.strip_suffix(own).or_else(|| authority.strip_suffix(':')).unwrap_or(authority);
    bare.to_ascii_lowercase()
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

fn lead_to(origin: &Origin, uri: &Uri) -> Option<Response<Body>> {
    // An asterisk (`OPTIONS *`) behind the port would make it another host's.
    let path = uri.path_and_query().map_or("/", |path| path.as_str()).strip_prefix('/')?;
    let location = HeaderValue::from_str(&format!("{}/{path}", origin.as_str())).ok()?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    response.headers_mut().insert(LOCATION, location);
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_change_needs_origin_or_fetch_metadata_and_both_must_agree() {
        let ours = Origin::parse("http://localhost:3000").unwrap();
        let same = ("sec-fetch-site", "same-origin");
        for (pairs, allowed) in [
            (vec![("origin", "http://localhost:3000")], true),
            (vec![same], true),
            (vec![("origin", "http://localhost:3000"), same], true),
            (vec![], false),
            (vec![("origin", "null")], false),
            (vec![("origin", "http://localhost:3001")], false),
            (vec![("origin", "http://localhost:3000.evil.example")], false),
            (vec![("origin", "null"), same], true),
            (vec![("origin", "null"), ("sec-fetch-site", "same-site")], false),
            (vec![("origin", "null"), ("sec-fetch-site", "cross-site")], false),
            (vec![("origin", "null"), ("sec-fetch-site", "none")], false),
            (vec![("origin", "NULL"), same], false),
            (vec![("origin", ""), same], false),
            (vec![("origin", "http://localhost:3000"), ("sec-fetch-site", "cross-site")], false),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![("sec-fetch-site", "none")], false),
        ] {
            assert_eq!(is_same_origin(&headers(&pairs), &ours), allowed, "{pairs:?}");
        }
    }

    #[test]
    fn nothing_leads_to_another_host() {
        let ours = Origin::parse("http://localhost:3000").unwrap();
        let led = |uri: &'static str| lead_to(&ours, &Uri::from_static(uri)).map(|led| led.headers()[LOCATION].clone());
        assert_eq!(led("/a?b=//c").unwrap(), "http://localhost:3000/a?b=//c");
        assert_eq!(led("//evil.example").unwrap(), "http://localhost:3000//evil.example");
        assert_eq!(led("*"), None);
    }

    #[test]
    fn the_scheme_s_own_port_is_part_of_no_authority() {
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
            assert_eq!(normal(host, is_https), expected, "{host}");
        }
    }

    #[test]
    fn a_port_is_told_from_an_address() {
        for (host, name) in
            [("localhost:3000", "localhost"), ("127.0.0.1", "127.0.0.1"), ("[::1]:3000", "[::1]"), ("[::1]", "[::1]")]
        {
            assert_eq!(without_port(host), name);
        }
    }
}
