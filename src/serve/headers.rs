//! The headers of every response.
//!
//! `tower_http::set_header` is not used, because it has one layer per header, and ten layers box
//! ten futures per request.

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::pages::OPENER_SCRIPT;
use crate::server::config::Config;

/// Returns the content security policy. It allows content from this origin only, and WASM
/// compilation. It allows no Trusted Types policy, which could turn text into markup or script. The
/// only inline scripts are `OPENER_SCRIPT` and the two constant scripts that leptos 0.8 appends to
/// every page; a test computes their digests from a rendered page.
fn policy() -> String {
    let opener = STANDARD.encode(Sha256::digest(OPENER_SCRIPT));
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-{opener}' \
         'sha256-2e+rGxtst+bbxdLf6Dp32aL0uyPdikvr0awq53hVU58=' \
         'sha256-PEoA+SZ6ZbFCusLsUEMftpXvTp6Abhw9kvgQnCC8l3U='; \
         style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; \
         base-uri 'none'; object-src 'none'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

const PERMISSIONS: &str = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), \
     otp-credentials=(self), \
     publickey-credentials-get=(self), publickey-credentials-create=(self)";
/// The value of `Strict-Transport-Security`: two years, as browsers' preload lists recommend.
const HSTS: &str = "max-age=63072000; includeSubDomains";

/// The headers of responses.
#[derive(Debug)]
pub(super) struct ResponseHeaders {
    /// The headers that are the same on every response.
    constant: HeaderMap,
    /// The value of `Clear-Site-Data` after a sign-out; `None` if it is not configured.
    clear_site_data: Option<HeaderValue>,
}

impl ResponseHeaders {
    /// Creates the headers from the settings.
    pub(super) fn new(config: &Config) -> Self {
        let mut constant: HeaderMap = [
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
        let policy = HeaderValue::try_from(policy())
            .unwrap_or(HeaderValue::from_static("default-src 'none'"));
        constant.insert(CONTENT_SECURITY_POLICY, policy);
        if config.origin.is_https() {
            constant.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
        }
        let clear_site_data =
            config.clear_site_data.as_deref().and_then(|value| HeaderValue::from_str(value).ok());
        Self { constant, clear_site_data }
    }

    /// Adds the headers to the response of a request.
    pub(super) fn add(&self, method: &Method, path: &str, response: &mut Response<Body>) {
        let is_sign_out = *method == Method::POST && SIGN_OUT_PATHS.contains(&path);
        let status = response.status();
        let has_file = status == StatusCode::OK || status == StatusCode::NOT_MODIFIED;
        let is_html = response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        let headers = response.headers_mut();
        headers.extend(self.constant.iter().map(|(name, value)| (name.clone(), value.clone())));
        let cache_control = if has_file && !is_html { cache_control(path) } else { "no-store" };
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache_control));
        if let (true, Some(value)) =
            (is_sign_out && (status.is_success() || status.is_redirection()), &self.clear_site_data)
        {
            // The value is never "cookies", which would clear the cookies of every subdomain of the
            // site. The cookies of this application are removed one by one.
            headers.insert(HeaderName::from_static("clear-site-data"), value.clone());
        }
    }
}

/// The paths whose `POST` signs a browser out.
const SIGN_OUT_PATHS: [&str; 6] = [
    "/sign-out",
    "/sign-out/everywhere",
    "/account/delete",
    "/api/auth/sign-out",
    "/api/auth/sign-out-everywhere",
    "/api/account/delete",
];

/// Returns the `Cache-Control` of a file. A file with a hash in its name never changes; other files
/// are revalidated; nothing else is stored.
fn cache_control(path: &str) -> &'static str {
    match path.strip_prefix("/pkg/") {
        Some(name) if name.matches('.').count() >= 2 && !name.contains('/') => {
            "public, max-age=31536000, immutable"
        }
        Some(_) => "no-cache",
        None if matches!(
            path,
            "/boot.js"
                | "/account.js"
                | "/delivery.js"
                | "/passkey.js"
                | "/favicon.svg"
                | "/robots.txt"
        ) =>
        {
            "no-cache"
        }
        None => "no-store",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_with_a_hash_in_its_name_is_immutable() {
        assert!(cache_control("/pkg/ringkey.AbCd.wasm").contains("immutable"));
        assert_eq!(cache_control("/pkg/ringkey.wasm"), "no-cache");
        assert_eq!(cache_control("/boot.js"), "no-cache");
        assert_eq!(cache_control("/api/auth/session"), "no-store");
    }
}
