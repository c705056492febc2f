//! The fuzz targets: each function reads any bytes from outside and asserts what must hold for
//! them. `cargo fuzz` searches for bytes that break a rule, and `cargo test` replays the corpus.

#![allow(dead_code, reason = "each fuzz target uses one of them")]

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderValue, Request, header::COOKIE};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use ringkey::domain::client_network::ClientNetwork;
use ringkey::domain::next::safe_redirect;
use ringkey::domain::otp::Code;
use ringkey::serve::Service;
use ringkey::server::AppState;
use ringkey::server::client_ip::client_ip;
use ringkey::server::clock::Clock;
use ringkey::server::config::{Config, ConfigSource};
use ringkey::server::cookie::{CookieConfig, CookieName};
use ringkey::server::phone::parse;
use ringkey::server::random::Random;
use ringkey::server::token::{ChallengeSecret, KeyRing, device_id};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};

/// Reads a phone number, and a country after a newline. An accepted number is in canonical form and
/// parses to itself.
pub fn phone(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (typed, country) = text.split_once('\n').unwrap_or((&text, ""));
    if let Ok(parsed) = parse(typed, Some(country)) {
        let again = parse(parsed.number.as_str(), None).expect("what was taken is taken again");
        assert_eq!(again, parsed);
        assert!(!parsed.number.masked().contains(parsed.number.national()));
    }
}

/// Reads a code. An accepted code has digits only.
pub fn code(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(code) = Code::parse_any_length(&text) {
        assert!(
            !code.digits().is_empty() && code.digits().bytes().all(|byte| byte.is_ascii_digit())
        );
        assert_eq!(
            Code::parse(code.digits(), code.len()).map(|code| code.digits().to_owned()),
            Ok(code.digits().to_owned())
        );
    }
}

/// Reads a body as JSON and as a form.
pub fn body(data: &[u8]) {
    if let Ok(form) = ringkey::serve::api_layer::json_as_form(data) {
        assert!(form.is_ascii());
        let fields = form_urlencoded::parse(form.as_bytes()).count();
        assert_eq!(fields, form.split('&').filter(|pair| !pair.is_empty()).count());
    }
    let _ = form_urlencoded::parse(data).count();
}

/// Reads a cookie header. No bytes sign a browser in, and none hide a cookie of ours.
pub fn cookie(data: &[u8]) {
    let mut headers = HeaderMap::new();
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    headers.insert(COOKIE, value);
    let ring = KeyRing::new("http://localhost:3000", &[7; 32], Some(&[8; 32]));
    for secure in [false, true] {
        let read = |name| CookieConfig { secure }.read(&headers, name);
        for token in read(CookieName::Session) {
            assert!(ring.verify(token).is_none(), "a token that nobody signed");
        }
        for secret in read(CookieName::Challenge).filter_map(ChallengeSecret::parse) {
            assert_eq!(secret.id().len(), 32);
            assert!(ChallengeSecret::parse(&secret.cookie_value()).is_some());
        }
        let _ = read(CookieName::Device).filter_map(device_id).count();
    }
    let _ = ring.verify(&String::from_utf8_lossy(data));
    beside(data);
}

/// Puts our cookie before and behind any other cookies.
fn beside(others: &[u8]) {
    let ours = &b"__Host-session=ours"[..];
    for whole in [[ours, b";", others].concat(), [others, b";", ours].concat()] {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_bytes(&whole).expect("others were a value"));
        let found: Vec<&str> =
            CookieConfig { secure: true }.read(&headers, CookieName::Session).collect();
        // Our cookie may be lost behind eight of its own name. No browser sends those.
        assert!(found.contains(&"ours") || found.len() == 8, "{found:?}");
    }
}

/// Reads a `next`. An accepted one stays on this origin in every browser.
pub fn next(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(path) = safe_redirect(&text) {
        assert!(path.starts_with('/') && !path.starts_with("//"), "{path:?}");
        assert!(!path.contains('\\') && !path.chars().any(char::is_control), "{path:?}");
    }
}

/// Reads `X-Forwarded-For`. An untrusted peer is the client itself, and a trusted one always leads
/// to some client.
pub fn forwarded(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else { return };
        headers.append("x-forwarded-for", value);
    }
    let proxies: [IpNet; 2] =
        ["10.0.0.0/8".parse().expect("a network"), "2001:db8::/32".parse().expect("a network")];
    let stranger = "198.51.100.9".parse().expect("an address");
    assert_eq!(client_ip(stranger, &headers, &proxies), stranger);
    let client = client_ip("10.0.0.1".parse().expect("an address"), &headers, &proxies);
    let network = ClientNetwork::from_ip(client);
    assert!(network.address.contains(['.', ':']) && network.subnet.contains('/'));
}

/// Reads a request's head from the wire, and any bytes after it. The site answers in its usual
/// form, signs no browser in and redirects to no other site.
pub fn head(data: &[u8]) {
    thread_local! {
        static SITE: Site = Site::new();
    }
    let answer = SITE.with(|site| site.answer(&data[..data.len().min(32_000)]));
    let answer = String::from_utf8_lossy(&answer);
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { return };
    let status = head.split(' ').nth(1).unwrap_or_default();
    let line = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
    if line("x-frame-options: ").is_none() {
        // hyper refuses some heads before they reach our code.
        assert!(["100", "400", "414", "431"].contains(&status), "{head}");
        return;
    }
    assert!(!status.starts_with('5'), "a fault of ours: {head}");
    assert!(!head.contains("session=ey"), "nobody is signed in by a head: {head}");
    if let Some(location) = line("location: ") {
        let path = location.strip_prefix("http://localhost:3000").unwrap_or(location);
        let is_ours = path.starts_with('/')
            && (path != location || !path.starts_with("//") && !path.starts_with("/\\"));
        assert!(is_ours, "{head}");
    }
    let wants_head = data.trim_ascii_start().starts_with(b"HEAD ");
    assert!(!status.starts_with('4') || wants_head || !body.is_empty(), "without a word: {head}");
}

/// A site whose folder is deleted with it.
struct Site {
    service: Service,
    runtime: Runtime,
    _folder: TempDir,
}

impl Site {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let database = format!("sqlite://{}/ringkey.db", folder.path().display());
        let key = "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs=";
        let settings = [
            ("DATABASE_URL", database.as_str()),
            ("SECRET_KEY", key),
            ("TRUSTED_PROXIES", "127.0.0.1"),
            // The requests must pass the rate limiter, thousands of times a second.
            ("RATE_LIMIT_PER_SECOND", "1000000"),
            ("RATE_LIMIT_BURST", "1000000"),
        ];
        let settings = ConfigSource::from_pairs(
            settings.map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let config = Config::load(&settings).expect("valid settings");
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let opened = runtime.block_on(AppState::open(config, Clock::System, Random::system()));
        Self { service: Service::new(opened.expect("a site")), runtime, _folder: folder }
    }

    /// Returns all bytes that the site answers until it closes the connection.
    fn answer(&self, wire: &[u8]) -> Vec<u8> {
        let service = service_fn(|request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 5_000))));
            let service = self.service.clone();
            async move { Ok::<_, Infallible>(service.respond(request).await) }
        });
        self.runtime.block_on(async {
            // Both buffers hold everything that is written, so that neither end waits for the
            // other.
            let (near, far) = tokio::io::duplex(1 << 16);
            let mut http = http1::Builder::new();
            http.half_close(true).max_headers(64);
            let connection = http.serve_connection(TokioIo::new(far), service);
            let (mut reader, mut writer) = tokio::io::split(near);
            let asked = async {
                let _ = writer.write_all(wire).await;
                let _ = writer.shutdown().await;
                let mut answer = Vec::new();
                let _ = reader.read_to_end(&mut answer).await;
                answer
            };
            let (_, answer) = tokio::join!(connection, asked);
            answer
        })
    }
}
