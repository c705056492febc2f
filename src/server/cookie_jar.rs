//! The browser on the other side: what it presents, and the cookies that it is to be given.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header::SET_COOKIE};

use super::cookie::{CHALLENGE_TTL, CHOICE_TTL, CookieName, PROBE_TTL};
use super::state::AppState;
use super::token::{ChallengeSecret, device_id};
use crate::domain::client_network::ClientNetwork;
use crate::domain::session::Claims;

/// One request's browser. What it presents is signed or secret, but nothing of it was looked up yet.
#[derive(Debug, Default)]
pub struct CookieJar {
    /// The claims of its session token, if the signature holds.
    pub session: Option<Claims>,
    /// The secret of its challenge.
    pub challenge: Option<ChallengeSecret>,
    /// The value of its device cookie, if it has the form that this server gives.
    pub device: Option<String>,
    /// `true` if it brings any cookie of ours: one that does keeps cookies.
    pub has_cookies: bool,
    /// Where it comes from, as the gate found out.
    pub client: ClientNetwork,
    set_cookies: Vec<String>,
}

impl CookieJar {
    /// Reads the cookies of a request, and its source.
    #[must_use]
    pub fn of(app: &AppState, request: &Parts) -> Self {
        let cookies = app.cookies;
        let read = |name| cookies.read(&request.headers, name);
        Self {
            session: read(CookieName::Session).find_map(|token| app.keys.verify(token)),
            challenge: read(CookieName::Challenge).find_map(ChallengeSecret::parse),
            device: read(CookieName::Device).find(|value| device_id(value).is_some()).map(str::to_owned),
            has_cookies: cookies.has_any(&request.headers),
            client: request.extensions.get::<ClientNetwork>().cloned().unwrap_or_default(),
            set_cookies: Vec::new(),
        }
    }

    /// Gives it the probe, unless it has a cookie of ours or is being given one: any of them tells as much.
    pub fn set_probe(&mut self, app: &AppState) {
        if !self.has_cookies && self.set_cookies.is_empty() {
            self.set_cookies.push(app.cookies.set(CookieName::Probe, "1", PROBE_TTL));
        }
    }

    /// Gives it a device cookie, or the one that it has for longer.
    pub fn set_device(&mut self, app: &AppState, value: &str) {
        self.device = Some(value.to_owned());
        self.set_cookies.push(app.cookies.set(CookieName::Device, value, app.config.devices.ttl));
    }

    /// Gives it a challenge.
    pub fn set_challenge(&mut self, app: &AppState, secret: &ChallengeSecret) {
        self.challenge = Some(secret.clone());
        self.set_cookies.push(app.cookies.set(CookieName::Challenge, &secret.cookie_value(), CHALLENGE_TTL));
    }

    /// Lets it remember a country.
    pub fn set_country(&mut self, app: &AppState, region: &str) {
        self.set_cookies.push(app.cookies.set(CookieName::Country, region, CHOICE_TTL));
    }

    /// Gives it a session until the token expires.
    pub fn set_session(&mut self, app: &AppState, token: &str, claims: &Claims) {
        let max_age = claims.exp.saturating_sub(app.clock.now().0).max(0);
        self.set_cookies.push(app.cookies.set(CookieName::Session, token, max_age));
    }

    /// Takes a cookie away.
    pub fn remove(&mut self, app: &AppState, name: CookieName) {
        self.set_cookies.push(app.cookies.clear(name));
    }

    /// The `Set-Cookie` headers of the answer.
    pub fn set_cookie_headers(&self) -> impl Iterator<Item = HeaderValue> {
        self.set_cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok())
    }

    /// Puts the `Set-Cookie` headers on an answer.
    pub fn write_cookies(&self, headers: &mut HeaderMap) {
        for cookie in self.set_cookie_headers() {
            headers.append(SET_COOKIE, cookie);
        }
    }
}
