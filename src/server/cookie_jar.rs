//! The cookies and the network of the browser that sent a request, and the cookies that the
//! response sets.

use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};

use super::cookie::{CHALLENGE_TTL, CookieName, PREFERENCE_TTL, PROBE_TTL};
use super::state::AppState;
use super::token::{ChallengeSecret, device_id, session_id};
use crate::domain::client_network::ClientNetwork;
use crate::domain::session::Claims;

/// The cookies and the client network of one request. Signatures and formats are checked, but the
/// database is not read.
#[derive(Debug, Default)]
pub struct CookieJar {
    /// The claims of the session token; `None` without a token or if its signature is invalid.
    pub session: Option<Claims>,
    /// The secret of the challenge; `None` without a cookie or if it is malformed.
    pub challenge: Option<ChallengeSecret>,
    /// The device token; `None` without a cookie or if it is malformed.
    pub device: Option<String>,
    /// `true` if the browser sent any cookie of this application, which shows that it stores
    /// cookies.
    pub has_cookies: bool,
    /// The client network, as the request checks determined it.
    pub client: ClientNetwork,
    /// The value of the header `User-Agent`; empty if it is missing or not text.
    pub user_agent: String,
    set_cookies: Vec<String>,
}

impl CookieJar {
    /// Reads the cookies and the client network of a request.
    #[must_use]
    pub fn of(app: &AppState, request: &Parts) -> Self {
        let (cookies, user_agent) = (app.cookies, request.headers.get(USER_AGENT));
        let read = |name| cookies.read(&request.headers, name);
        Self {
            session: read(CookieName::Session).find_map(|token| app.keys.verify(token)),
            challenge: read(CookieName::Challenge).find_map(ChallengeSecret::parse),
            device: read(CookieName::Device)
                .find(|value| device_id(value).is_some())
                .map(str::to_owned),
            has_cookies: cookies.has_any(&request.headers),
            client: request.extensions.get::<ClientNetwork>().cloned().unwrap_or_default(),
            user_agent: user_agent.and_then(|value| value.to_str().ok()).unwrap_or_default().into(),
            set_cookies: Vec::new(),
        }
    }

    /// Returns the id of the row of the presented session; `None` without a session token.
    #[must_use]
    pub fn session_id(&self) -> Option<Vec<u8>> {
        self.session.as_ref().map(|claims| session_id(&claims.sid))
    }

    /// Sets the probe cookie, unless the browser sent a cookie of this application or the response
    /// sets another one.
    pub fn set_probe(&mut self, app: &AppState) {
        if !self.has_cookies && self.set_cookies.is_empty() {
            self.set_cookies.push(app.cookies.set(CookieName::Probe, "1", PROBE_TTL));
        }
    }

    /// Sets a new device cookie, or renews the existing one.
    pub fn set_device(&mut self, app: &AppState, value: &str) {
        self.device = Some(value.to_owned());
        self.set_cookies.push(app.cookies.set(CookieName::Device, value, app.config.devices.ttl));
    }

    /// Sets the challenge cookie to this secret.
    pub fn set_challenge(&mut self, app: &AppState, secret: &ChallengeSecret) {
        self.challenge = Some(secret.clone());
        self.set_cookies.push(app.cookies.set(
            CookieName::Challenge,
            &secret.cookie_value(),
            CHALLENGE_TTL,
        ));
    }

    /// Stores the country of a message, which the next form preselects.
    pub fn set_country(&mut self, app: &AppState, region: &str) {
        self.set_cookies.push(app.cookies.set(CookieName::Country, region, PREFERENCE_TTL));
    }

    /// Sets the session cookie until the token expires.
    pub fn set_session(&mut self, app: &AppState, token: &str, claims: &Claims) {
        let max_age = claims.exp.saturating_sub(app.clock.now().0).max(0);
        self.set_cookies.push(app.cookies.set(CookieName::Session, token, max_age));
    }

    /// Removes a cookie from the browser.
    pub fn remove(&mut self, app: &AppState, name: CookieName) {
        self.set_cookies.push(app.cookies.clear(name));
    }

    /// Returns the `Set-Cookie` headers of the response.
    pub fn set_cookie_headers(&self) -> impl Iterator<Item = HeaderValue> {
        self.set_cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok())
    }

    /// Adds the `Set-Cookie` headers to a response.
    pub fn write_cookies(&self, headers: &mut HeaderMap) {
        for cookie in self.set_cookie_headers() {
            headers.append(SET_COOKIE, cookie);
        }
    }
}
