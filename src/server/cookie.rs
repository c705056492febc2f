//! The cookies: names, reading, setting, clearing. Their form is part of the contract.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

/// Seconds that the browser keeps the challenge: longer than code and proof together, so that an expired one is named.
pub const CHALLENGE_TTL: i64 = 3_600;

/// Seconds that the browser keeps what was chosen in it: a year.
pub const CHOICE_TTL: i64 = 31_536_000;

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
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
}

/// How cookies look for this origin.
#[derive(Debug, Clone, Copy)]
pub struct Cookies {
    /// Whether the origin is https: `Secure`, and the `__Host-` prefix that binds a cookie to this host alone.
    pub secure: bool,
}

impl Cookies {
    fn name(self, name: Name) -> &'static str {
        match (name, self.secure) {
            (Name::Session, false) => "session",
            (Name::Session, true) => "__Host-session",
            (Name::Challenge, false) => "challenge",
            (Name::Challenge, true) => "__Host-challenge",
            (Name::Device, false) => "device",
            (Name::Device, true) => "__Host-device",
            (Name::Language, false) => "language",
            (Name::Language, true) => "__Host-language",
            (Name::Country, false) => "country",
            (Name::Country, true) => "__Host-country",
        }
    }

    /// The value of the first cookie of this name.
    #[must_use]
    pub fn read(self, headers: &HeaderMap, name: Name) -> Option<String> {
        let all = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
        // A request's cookies have no attributes: names and values alone (RFC 6265, 4.2.1).
        let mut pairs = all.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(found, _)| *found == self.name(name)).map(|(_, value)| value.to_owned())
    }

    /// A `Set-Cookie` value that keeps `value` for so many seconds.
    #[must_use]
    pub fn set(self, name: Name, value: &str, max_age: i64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{}={value}; HttpOnly; SameSite=Lax{secure}; Path=/; Max-Age={max_age}", self.name(name))
    }

    /// A `Set-Cookie` value that takes the cookie away.
    #[must_use]
    pub fn clear(self, name: Name) -> String {
        self.set(name, "", 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_have_exactly_the_contract_s_form() {
        let (plain, https) = (Cookies { secure: false }, Cookies { secure: true });
        assert_eq!(plain.set(Name::Session, "v", 9), "session=v; HttpOnly; SameSite=Lax; Path=/; Max-Age=9");
        assert_eq!(https.set(Name::Session, "v", 9), "__Host-session=v; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=9");
        assert_eq!(plain.clear(Name::Challenge), "challenge=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
        assert_eq!(https.clear(Name::Challenge), "__Host-challenge=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0");
    }

    #[test]
    fn only_the_cookie_of_the_whole_name_is_read() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "xsession=no; session=yes; session=later; challenge=\"q\"".parse().unwrap());
        assert_eq!(Cookies { secure: false }.read(&headers, Name::Session).as_deref(), Some("yes"));
        assert_eq!(Cookies { secure: true }.read(&headers, Name::Session), None);
    }
}
