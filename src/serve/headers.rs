//! The headers of every response, whatever its status, and one log line a request.

use std::time::Instant;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{Site, health};
use crate::pages::OPENER_SCRIPT;
use crate::server::config::Config;
use crate::server::shield::Refused;

/// Everything from this origin alone, WASM compilation, and no policy that could turn text into markup or script. Of inline
/// scripts only the page's own and the two constant ones that leptos 0.8 appends to every page (a test takes their digests from
/// a rendered page).
fn policy() -> String {
    let opener = STANDARD.encode(Sha256::digest(OPENER_SCRIPT));
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-{opener}' \
         'sha256-2e+rGxtst+bbxdLf6Dp32aL0uyPdikvr0awq53hVU58=' 'sha256-PEoA+SZ6ZbFCusLsUEMftpXvTp6Abhw9kvgQnCC8l3U='; \
         style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; object-src 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

const PERMISSIONS: &str = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), otp-credentials=(self)";
/// Two years, as browsers' preload lists want it.
const HSTS: &str = "max-age=63072000; includeSubDomains";

/// What is put on responses.
#[derive(Debug)]
pub(super) struct Same {
    headers: HeaderMap,
    clear: Option<HeaderValue>,
}

/// The headers that are the same on every response.
pub(super) fn of(config: &Config) -> Same {
    let mut headers: HeaderMap = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    ]
    .map(|(name, value)| (name, HeaderValue::from_static(value)))
    .into_iter()
    .collect();
    let policy = HeaderValue::try_from(policy()).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    if config.origin.is_https() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    let clear = config.clear_site_data.as_deref().and_then(|value| HeaderValue::from_str(value).ok());
    Same { headers, clear }
}

/// What a request's log line, and its response's headers, have to know of it.
pub(super) struct Line {
    method: Method,
    uri: Uri,
    began: Instant,
}

impl Line {
    #[expect(clippy::disallowed_methods, reason = "how long a request took is for the log alone; no rule reads it")]
    pub(super) fn of(request: &Request) -> Self {
        Self { method: request.method().clone(), uri: request.uri().clone(), began: Instant::now() }
    }
}

/// Statuses of what is refused before anybody is asked.
const REFUSED: [u16; 8] = [400, 403, 404, 405, 413, 421, 428, 429];
/// Bytes of a path that are logged. No address of ours is half as long, and the rest is the asker's to make up.
const LONGEST_PATH: usize = 100;

/// Puts them on, and writes one line a request: never the query, never a header, never a body. What anybody may ask for without end
/// must not fill the disk by way of the log: refusals and the questions for health are counted, and told once a minute.
pub(super) fn finish(site: &Site, Line { method, uri, began }: &Line, mut response: Response<Body>) -> Response<Body> {
    let path = uri.path();
    site.headers.add(method, path, &mut response);
    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    let status = response.status().as_u16();
    let logged = &path[..path.floor_char_boundary(LONGEST_PATH)];
    if REFUSED.contains(&status) || health::asks(uri) {
        site.app.shield.count_refusal(Refused::Answer(status));
        tracing::debug!(%method, path = logged, status, micros, "request");
    } else {
        tracing::info!(%method, path = logged, status, micros, "request");
    }
    response
}

impl Same {
    fn add(&self, method: &Method, path: &str, response: &mut Response<Body>) {
        let leaves = *method == Method::POST && LOGGING_OUT.contains(&path);
        let status = response.status();
        let file = status == StatusCode::OK || status == StatusCode::NOT_MODIFIED;
        let html = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        let headers = response.headers_mut();
        headers.extend(self.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(if file && !html { caching(path) } else { "no-store" }));
        if let (true, Some(clear)) = (leaves && (status.is_success() || status.is_redirection()), &self.clear) {
            // Never "cookies": that would reach every subdomain of the site, and ours are cleared one by one.
            headers.insert(HeaderName::from_static("clear-site-data"), clear.clone());
        }
    }
}

/// Where people log out.
const LOGGING_OUT: [&str; 4] = ["/sign-out", "/sign-out/everywhere", "/api/auth/sign-out", "/api/auth/sign-out-everywhere"];

/// Files whose name holds a hash never change; other files are asked for again; everything else is nobody's to keep.
fn caching(path: &str) -> &'static str {
    match path.strip_prefix("/pkg/") {
        Some(name) if name.matches('.').count() >= 2 && !name.contains('/') => "public, max-age=31536000, immutable",
        Some(_) => "no-cache",
        None if matches!(path, "/boot.js" | "/favicon.svg" | "/robots.txt") => "no-cache",
        None => "no-store",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_with_a_hash_in_its_name_is_kept_for_good() {
        assert!(caching("/pkg/ringkey.AbCd.wasm").contains("immutable"));
        assert_eq!(caching("/pkg/ringkey.wasm"), "no-cache");
        assert_eq!(caching("/boot.js"), "no-cache");
        assert_eq!(caching("/api/auth/session"), "no-store");
    }
}
