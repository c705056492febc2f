//! What strangers write and we read: each function takes any bytes and holds what must be true of them. `cargo fuzz` looks
//! for bytes that break it, and `cargo test` replays the corpus.

#![allow(dead_code, reason = "each fuzz target uses one of them")]

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use ipnet::IpNet;
use ringkey::domain::next::same_origin;
use ringkey::domain::otp::Code;
use ringkey::server::client_ip::{Source, client_ip};
use ringkey::server::cookie::{Cookies, Name};
use ringkey::server::phone::parse;
use ringkey::server::token::{ChallengeSecret, KeyRing, device_id};

/// A number, and behind a newline the country: what is taken is canonical, and reads as itself.
pub fn phone(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (typed, country) = text.split_once('\n').unwrap_or((&text, ""));
    if let Ok(parsed) = parse(typed, Some(country)) {
        let again = parse(parsed.number.as_str(), None).expect("what was taken is taken again");
        assert_eq!(again, parsed);
        assert!(!parsed.number.masked().contains(parsed.number.national()));
    }
}

/// A code: digits alone come out.
pub fn code(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(code) = Code::parse_any_length(&text) {
        assert!(!code.digits().is_empty() && code.digits().bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(Code::parse(code.digits(), code.len()).map(|code| code.digits().to_owned()), Ok(code.digits().to_owned()));
    }
}

/// A body, as JSON and as a form.
pub fn body(data: &[u8]) {
    if let Ok(form) = ringkey::serve::api_layer::json_as_form(data) {
        assert!(form.is_ascii());
        let fields = form_urlencoded::parse(form.as_bytes()).count();
        assert_eq!(fields, form.split('&').filter(|pair| !pair.is_empty()).count());
    }
    let _ = form_urlencoded::parse(data).count();
}

/// A cookie header: whatever it holds, nobody is signed in by it, and it hides no cookie of ours.
pub fn cookie(data: &[u8]) {
    let mut headers = HeaderMap::new();
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    headers.insert(COOKIE, value);
    let ring = KeyRing::new("http://localhost:3000", &[7; 32], Some(&[8; 32]));
    for secure in [false, true] {
        let read = |name| Cookies { secure }.read(&headers, name);
        for token in read(Name::Session) {
            assert!(ring.open(token).is_none(), "a token that nobody signed");
        }
        for secret in read(Name::Challenge).filter_map(ChallengeSecret::parse) {
            assert_eq!(secret.id().len(), 32);
            assert!(ChallengeSecret::parse(&secret.cookie_value()).is_some());
        }
        let _ = read(Name::Device).filter_map(device_id).count();
    }
    let _ = ring.open(&String::from_utf8_lossy(data));
    beside(data);
}

/// Ours before and behind any other cookies.
fn beside(others: &[u8]) {
    let ours = &b"__Host-session=ours"[..];
    for whole in [[ours, b";", others].concat(), [others, b";", ours].concat()] {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_bytes(&whole).expect("others were a value"));
        let found: Vec<&str> = Cookies { secure: true }.read(&headers, Name::Session).collect();
        // Behind so many of its own name it may be lost, and no browser sends them.
        assert!(found.contains(&"ours") || found.len() == 8, "{found:?}");
    }
}

/// A `next`: what is taken stays on this origin, however a browser reads it.
pub fn next(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(path) = same_origin(&text) {
        assert!(path.starts_with('/') && !path.starts_with("//"), "{path:?}");
        assert!(!path.contains('\\') && !path.chars().any(char::is_control), "{path:?}");
    }
}

/// `X-Forwarded-For`: an untrusted peer is itself, a trusted one never turns into nobody.
pub fn forwarded(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else { return };
        headers.append("x-forwarded-for", value);
    }
    let proxies: [IpNet; 2] = ["10.0.0.0/8".parse().expect("a network"), "2001:db8::/32".parse().expect("a network")];
    let stranger = "198.51.100.9".parse().expect("an address");
    assert_eq!(client_ip(stranger, &headers, &proxies), stranger);
    let client = client_ip("10.0.0.1".parse().expect("an address"), &headers, &proxies);
    let source = Source::of(client);
    assert!(source.name.contains(['.', ':']) && source.block.contains('/'));
}
