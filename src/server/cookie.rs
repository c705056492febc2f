//! The cookies: names, reading, setting, clearing. Their form is part of the contract.
//!
//! The `cookie` crate writes them. It does not read them: its parser takes a whole header as text, and a byte that is not ASCII in
//! another application's cookie would hide ours.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

/// Seconds that the browser keeps the challenge: longer than code and proof together, so that an expired one is named.
pub const CHALLENGE_TTL: i64 = 3_600;

/// Seconds that the browser keeps what was chosen in it: a year.
pub const CHOICE_TTL: i64 = 31_536_000;

/// Seconds that the browser keeps the probe: a day, for a page that stays open before a number is sent from it.
pub const PROBE_TTL: i64 = 86_400;

/// Maximum cookies of one name that are read. A browser sends one; another application can put only so many in front of it.
const MAX_PER_NAME: usize = 8;

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieName {
    /// The session's token.
    Session,
    /// The challenge's secret.
    Challenge,
    /// What a browser is known again by.
    Device,
    /// The language that was chosen.
    Language,
    /// The country that the last text went to.
    Country,
    /// A constant that a page gives to a browser without a cookie of ours. Where none comes back, the browser keeps none.
    Probe,
}

/// Every one of them.
const ALL: [CookieName; 6] = [
    CookieName::Session,
    CookieName::Challenge,
    CookieName::Device,
    CookieName::Language,
    CookieName::Country,
    CookieName::Probe,
];

/// How cookies look for this origin.
#[derive(Debug, Clone, Copy)]
pub struct CookieConfig {
    /// Whether the origin is https: `Secure`, and the `__Host-` prefix that binds a cookie to this host alone.
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

    /// The values of the cookies of this name, in the order in which the browser sends them. Other applications of the host and
    /// of its domain put theirs into the same header, in any bytes and under any name. So each pair is read on its own, and
    /// whoever asks takes the first value that is really ours.
    pub fn read(self, headers: &HeaderMap, name: CookieName) -> impl Iterator<Item = &str> {
        let ours = self.name(name).as_bytes();
        // A request's cookies have no attributes: names and values alone (RFC 6265, 4.2.1).
        let pairs = headers.get_all(COOKIE).iter().flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
        let values = pairs.filter_map(move |pair| {
            // Blanks of ASCII alone: one of Unicode's belongs to the name, and browsers let anybody set `__Host-…` behind it.
            let pair = pair.trim_ascii();
            let value = pair.strip_prefix(ours)?.strip_prefix(b"=")?;
            std::str::from_utf8(value).ok()
        });
        values.take(MAX_PER_NAME)
    }

    /// `true` if a request brings any cookie of ours, with any value.
    #[must_use]
    pub fn has_any(self, headers: &HeaderMap) -> bool {
        ALL.into_iter().any(|name| self.read(headers, name).next().is_some())
    }

    /// The `Set-Cookie` value of a cookie for `max_age` seconds.
    #[must_use]
    pub fn set(self, name: CookieName, value: &str, max_age: i64) -> String {
        let cookie = Cookie::build((self.name(name), value)).http_only(true).same_site(SameSite::Lax).secure(self.secure);
        cookie.path("/").max_age(Duration::seconds(max_age)).build().to_string()
    }

    /// The `Set-Cookie` value that removes a cookie.
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
    fn cookies_have_exactly_the_contract_s_form() {
        let (plain, https) = (CookieConfig { secure: false }, CookieConfig { secure: true });
        assert_eq!(plain.set(CookieName::Session, "v", 9), "session=v; HttpOnly; SameSite=Lax; Path=/; Max-Age=9");
        assert_eq!(https.set(CookieName::Session, "v", 9), "__Host-session=v; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=9");
        assert_eq!(plain.clear(CookieName::Challenge), "challenge=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
        assert_eq!(https.clear(CookieName::Challenge), "__Host-challenge=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0");
    }

    #[test]
    fn only_the_cookie_of_the_whole_name_is_read() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "xsession=no; session=yes; sessions=no; session; session=later; challenge=\"q\"".parse().unwrap());
        assert_eq!(CookieConfig { secure: false }.read(&headers, CookieName::Session).collect::<Vec<_>>(), ["yes", "later"]);
        assert_eq!(CookieConfig { secure: true }.read(&headers, CookieName::Session).count(), 0);
    }

    #[test]
    fn what_another_application_puts_beside_ours_hides_nothing() {
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
            let read: Vec<&str> = CookieConfig { secure: true }.read(&headers, CookieName::Session).collect();
            assert_eq!(read, ["ours"], "{}", String::from_utf8_lossy(header));
        }
    }

    #[test]
    fn any_cookie_of_ours_says_that_the_browser_keeps_them() {
        let brings = |secure, header: &str| {
            let headers = [(COOKIE, HeaderValue::from_str(header).unwrap())].into_iter().collect();
            CookieConfig { secure }.has_any(&headers)
        };
        for name in ["session", "challenge", "device", "language", "country", "probe"] {
            assert!(brings(false, &format!("a=b; {name}=1")) && brings(true, &format!("a=b; __Host-{name}=")), "{name}");
            assert!(!brings(true, &format!("{name}=1")), "{name}: another application's");
        }
        assert!(!brings(false, "a=b; probes=1; probe"));
        assert!(!CookieConfig { secure: false }.has_any(&HeaderMap::new()));
    }

    #[test]
    fn so_many_of_a_name_are_looked_at() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "session=x;".repeat(3_000).parse().unwrap());
        assert_eq!(CookieConfig { secure: false }.read(&headers, CookieName::Session).count(), MAX_PER_NAME);
    }
}
