//! The cookies: their names, and how to read, set and remove them. `docs/api.md` specifies their
//! form.
//!
//! The `cookie` crate writes the cookies, but it is not used to read them. Its parser takes a whole
//! header as text, so a byte that is not ASCII in another application's cookie would hide the
//! cookies of this application.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

/// The lifetime of the challenge cookie, in seconds. The cookie is set with each code that is sent,
/// and again when the code is verified. Its lifetime is not below the maximum of `CODE_TTL` (600)
/// and of `VERIFICATION_TTL` (3,600), so that an expired challenge can be reported as expired.
pub const CHALLENGE_TTL: i64 = 3_600;

/// The lifetime of the language and country cookies, in seconds: a year.
pub const PREFERENCE_TTL: i64 = 31_536_000;

/// The lifetime of the probe cookie, in seconds: a day, because a page may stay open that long
/// before the person submits its form.
pub const PROBE_TTL: i64 = 86_400;

/// The maximum number of cookies of one name that are read. One of them is this application's;
/// other applications of the domain may set cookies of the same name.
const MAX_PER_NAME: usize = 8;

/// The name of a cookie, without the prefix `__Host-`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieName {
    /// The session token, a signed JWT.
    Session,
    /// The secret of the challenge and, once its code is verified, a tag.
    Challenge,
    /// The device token, which marks a known device.
    Device,
    /// The tag of the locale that the user chose (BCP 47).
    Language,
    /// The country of the last message (ISO 3166-1 alpha-2).
    Country,
    /// A constant that a page sets in a browser without cookies of this application. A browser that
    /// sends no cookie back does not store cookies.
    Probe,
}

const ALL: [CookieName; 6] = [
    CookieName::Session,
    CookieName::Challenge,
    CookieName::Device,
    CookieName::Language,
    CookieName::Country,
    CookieName::Probe,
];

/// The attributes of cookies that depend on the origin.
#[derive(Debug, Clone, Copy)]
pub struct CookieConfig {
    /// `true` for an https origin: cookies then have `Secure`, and the prefix `__Host-` that binds
    /// them to this host.
    pub secure: bool,
}

impl CookieConfig {
    fn name(self, name: CookieName) -> &'static str {
        match (name, self.secure) {
            (CookieName::Session, false) => "session",
            (CookieName::Session, true) => "__Host-session",
            (CookieName::Challenge, false) => "challenge",
            (CookieName::Challenge, true) => "__Host-challenge",
            (CookieName::Device, false) => "device",
            (CookieName::Device, true) => "__Host-device",
            (CookieName::Language, false) => "language",
            (CookieName::Language, true) => "__Host-language",
            (CookieName::Country, false) => "country",
            (CookieName::Country, true) => "__Host-country",
            (CookieName::Probe, false) => "probe",
            (CookieName::Probe, true) => "__Host-probe",
        }
    }

    /// Returns the values of the cookies of this name, in the order in which the browser sends
    /// them. Other applications of the host and of its domain may set cookies with any bytes and
    /// any name. So each pair is decoded separately, and the caller takes the first valid value.
    pub fn read(self, headers: &HeaderMap, name: CookieName) -> impl Iterator<Item = &str> {
        let own_name = self.name(name).as_bytes();
        // Cookies in a request are names and values, without attributes (RFC 6265 §4.2.1).
        let pairs = headers
            .get_all(COOKIE)
            .iter()
            .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
        let values = pairs.filter_map(move |pair| {
            // Only ASCII whitespace is trimmed. Unicode whitespace is part of the name, and
            // browsers do not protect a name that has `__Host-` after such whitespace.
            let pair = pair.trim_ascii();
            let value = pair.strip_prefix(own_name)?.strip_prefix(b"=")?;
            std::str::from_utf8(value).ok()
        });
        values.take(MAX_PER_NAME)
    }

    /// Returns `true` if a request has any cookie of this application, with any value.
    #[must_use]
    pub fn has_any(self, headers: &HeaderMap) -> bool {
        ALL.into_iter().any(|name| self.read(headers, name).next().is_some())
    }

    /// Returns the `Set-Cookie` value that stores a cookie for `max_age` seconds.
    #[must_use]
    pub fn set(self, name: CookieName, value: &str, max_age: i64) -> String {
        let cookie = Cookie::build((self.name(name), value))
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure);
        cookie.path("/").max_age(Duration::seconds(max_age)).build().to_string()
    }

    /// Returns the `Set-Cookie` value that removes a cookie.
    #[must_use]
    pub fn clear(self, name: CookieName) -> String {
        self.set(name, "", 0)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn cookies_have_exactly_the_documented_form() {
        let (plain, https) = (CookieConfig { secure: false }, CookieConfig { secure: true });
        assert_eq!(
            plain.set(CookieName::Session, "v", 9),
            "session=v; HttpOnly; SameSite=Lax; Path=/; Max-Age=9"
        );
        assert_eq!(
            https.set(CookieName::Session, "v", 9),
            "__Host-session=v; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=9"
        );
        assert_eq!(
            plain.clear(CookieName::Challenge),
            "challenge=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"
        );
        assert_eq!(
            https.clear(CookieName::Challenge),
            "__Host-challenge=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0"
        );
    }

    #[test]
    fn only_cookies_with_exactly_this_name_are_read() {
        let mut headers = HeaderMap::new();
        headers.insert(
            COOKIE,
            "xsession=no; session=yes; sessions=no; session; session=later; challenge=\"q\""
                .parse()
                .unwrap(),
        );
        assert_eq!(
            CookieConfig { secure: false }.read(&headers, CookieName::Session).collect::<Vec<_>>(),
            ["yes", "later"]
        );
        assert_eq!(CookieConfig { secure: true }.read(&headers, CookieName::Session).count(), 0);
    }

    #[test]
    fn cookies_of_other_applications_do_not_hide_the_session_cookie() {
        for header in [
            "city=São Paulo; __Host-session=ours".as_bytes(),
            b"city=K\xF6ln; __Host-session=ours; x=\xFF",
            b"__Host-session=ours;\xE9;=;;a=b=c",
            b"__Host-session=\xE9; __Host-session=ours",
            "\u{2003}__Host-session=theirs; \t__Host-session=ours".as_bytes(),
        ] {
            let mut headers = HeaderMap::new();
            headers.append(COOKIE, HeaderValue::from_bytes(b"\xE9=\xE9").unwrap());
            headers.append(COOKIE, HeaderValue::from_bytes(header).unwrap());
            let read: Vec<&str> =
                CookieConfig { secure: true }.read(&headers, CookieName::Session).collect();
            assert_eq!(read, ["ours"], "{}", String::from_utf8_lossy(header));
        }
    }

    #[test]
    fn any_cookie_of_this_application_shows_that_the_browser_stores_cookies() {
        let has_any = |secure, header: &str| {
            let headers = [(COOKIE, HeaderValue::from_str(header).unwrap())].into_iter().collect();
            CookieConfig { secure }.has_any(&headers)
        };
        for name in ["session", "challenge", "device", "language", "country", "probe"] {
            assert!(
                has_any(false, &format!("a=b; {name}=1"))
                    && has_any(true, &format!("a=b; __Host-{name}=")),
                "{name}"
            );
            assert!(
                !has_any(true, &format!("{name}=1")),
                "{name}: a cookie of another application"
            );
        }
        assert!(!has_any(false, "a=b; probes=1; probe"));
        assert!(!CookieConfig { secure: false }.has_any(&HeaderMap::new()));
    }

    #[test]
    fn at_most_eight_cookies_of_one_name_are_read() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "session=x;".repeat(3_000).parse().unwrap());
        assert_eq!(
            CookieConfig { secure: false }.read(&headers, CookieName::Session).count(),
            MAX_PER_NAME
        );
    }
}
