//! The wire: which requests are accepted, in which form, and the headers of every answer.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{CROSS_SITE_HEADERS, Engine as Database, Person, TestApp, new_phone};

const MUTATIONS: [&str; 5] =
    ["send-otp", "verify-otp", "create-account", "sign-out", "sign-out-everywhere"];

on_both_engines! {
    async fn forms_and_flat_json_are_read_alike_and_answered_as_json(app: TestApp) {
        for (body, kind) in [
            ("phone=%2B919876543210", "application/x-www-form-urlencoded"),
            (r#"{"phone":"+919876543210"}"#, "application/json; charset=utf-8"),
        ] {
            let person = app.person();
            let request =
                person.request(Method::POST, "/api/auth/send-otp").header("origin", &app.origin);
            let request = request
                .header("content-type", kind)
                .header("accept", "text/html")
                .header("referer", &app.origin)
                .body(body);
            let answer = person.send(request).await;
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (200, "application/json"),
                "{}",
                answer.text
            );
        }
    }

    async fn a_body_that_cannot_be_read_is_malformed(app: TestApp) {
        let person = app.person();
        for (body, kind) in [
            ("{", "application/json"),
            ("[]", "application/json"),
            ("null", "application/json"),
            (r#"{"phone":{"a":1}}"#, "application/json"),
            (r#"{"phone":"+919876543210"}"#, "text/plain"),
            ("phone=%2B919876543210", "multipart/form-data"),
            ("", "application/json"),
            ("", "application/x-www-form-urlencoded"),
        ] {
            let request = person
                .request(Method::POST, "/api/auth/send-otp")
                .header("origin", &app.origin)
                .header("content-type", kind)
                .body(body);
            person.send(request).await.is(400, "malformed");
        }
        person.call("create-account", json!({"first_name": "Ada"})).await.is(400, "malformed");
        assert_eq!(app.gateway.requests().len(), 0);
    }

    async fn a_body_may_have_sixteen_kibibytes_and_not_one_more(app: TestApp) {
        let person = app.person();
        let body = |bytes: usize| format!("phone={}", "9".repeat(bytes - "phone=".len()));
        let post = |path: &str, bytes| {
            let request = person.request(Method::POST, path).header("origin", &app.origin);
            request.header("content-type", "application/x-www-form-urlencoded").body(body(bytes))
        };
        person.send(post("/api/auth/send-otp", 16 * 1024)).await.is(422, "invalid");
        person.send(post("/api/auth/send-otp", 16 * 1024 + 1)).await.is(413, "too_large");
        assert_eq!(person.send(post("/sign-in", 16 * 1024)).await.status, 422);
        assert_eq!(person.send(post("/sign-in", 16 * 1024 + 1)).await.status, 413);
    }

    async fn a_request_from_another_site_is_refused_and_does_nothing(app: TestApp) {
        let (person, phone) = app.member().await;
        let sms = app.gateway.requests().len();
        let rows = app.count("SELECT COUNT(*) FROM challenges").await;
        for headers in CROSS_SITE_HEADERS {
            for path in MUTATIONS.map(|name| format!("/api/auth/{name}")).into_iter().chain(
                [
                    "/sign-in",
                    "/sign-up",
                    "/sign-in/code",
                    "/sign-in/details",
                    "/sign-out",
                    "/sign-out/everywhere",
                    "/",
                ]
                .map(str::to_owned),
            ) {
                let request = person.request(Method::POST, &path).form(&[("phone", &phone)]);
                let answer = person
                    .send(
                        headers
                            .iter()
                            .fold(request, |request, (name, value)| request.header(*name, *value)),
                    )
                    .await;
                assert_eq!(answer.status, 403, "{path} {headers:?}");
                assert!(!path.starts_with("/api") || answer.code() == "cross_site");
            }
        }
        assert_eq!(
            (app.gateway.requests().len(), app.count("SELECT COUNT(*) FROM challenges").await),
            (sms, rows)
        );
        assert_eq!(person.user().await["first_name"], "Ada", "still signed in");
        let same_origin = person
            .request(Method::POST, "/api/auth/sign-out")
            .header("sec-fetch-site", "same-origin");
        assert_eq!(person.send(same_origin).await.status, 200);
    }

    async fn another_host_finds_nothing_but_health(app: TestApp) {
        // The other loopback names redirect to the origin. Every other name is refused.
        for (host, refused) in [
            ("evil.example", 421),
            ("localhost.evil.example", 421),
            ("localhost", 307),
            ("[::1]:9", 307),
            ("127.0.0.1:1", 307),
        ] {
            for (path, status) in [
                ("/", refused),
                ("/api/auth/session", refused),
                ("/boot.js", refused),
                ("/healthz", 200),
                ("/readyz", 200),
            ] {
                let answer = raw(
                    app.address,
                    &format!(
                        "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
                    ),
                )
                .await;
                assert!(
                    answer.starts_with(&format!("HTTP/1.1 {status} ")),
                    "{host} {path}: {answer}"
                );
                assert!(
                    status != 307
                        || answer.contains(&format!("location: {}{path}\r\n", app.origin)),
                    "{answer}"
                );
            }
        }
        let post = format!(
            "POST /api/auth/sign-out HTTP/1.1\r\nhost: 127.0.0.1:{}\r\norigin: \
                            {}\r\nconnection: close\r\n\r\n",
            app.address.port(),
            app.origin
        );
        assert!(raw(app.address, &post).await.starts_with("HTTP/1.1 421 "));
    }

    async fn without_a_database_every_request_is_refused_and_no_session_is_open(app: TestApp) {
        let (person, _) = app.member().await;
        let other = app.person();
        other.send_otp(&new_phone()).await;
        app.state.store.close().await;
        for answer in [
            person.get("/api/auth/session").await,
            other.verify("123456").await,
            other.send_otp(&new_phone()).await,
            other.resend().await,
            person.sign_out().await,
        ] {
            answer.is(503, "unavailable");
        }
        assert_eq!(person.get("/account").await.status, 503);
        assert_eq!(
            (person.get("/healthz").await.status, person.get("/readyz").await.status),
            (200, 503)
        );
        assert!(person.cookie("session").is_some(), "a log out that failed can be tried again");
    }
}

/// Sends one request as it is written and returns the answer.
pub async fn raw(address: SocketAddr, request: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn site() -> (TestApp, Person) {
    let app = TestApp::start(Database::Sqlite).await.unwrap();
    let person = app.person();
    (app, person)
}

#[tokio::test]
async fn every_response_has_the_headers_whatever_its_status() {
    let (app, person) = site().await;
    let post = person
        .request(Method::POST, "/api/auth/send-otp")
        .body("x".repeat(20_000))
        .header("origin", &app.origin);
    let answers = [
        (200, person.get("/").await),
        (200, person.get("/api/auth/session").await),
        (200, person.get("/healthz").await),
        (302, person.get("/account").await),
        (403, person.send(person.request(Method::POST, "/sign-out")).await),
        (404, person.get("/nowhere").await),
        (404, person.get("/pkg/nothing.js").await),
        (404, person.get("/api/auth/nothing").await),
        (200, person.send(person.request(Method::HEAD, "/api/auth/session")).await),
        (405, person.get("/api/auth/send-otp").await),
        (413, person.send(post).await),
    ];
    for (status, answer) in answers {
        assert_eq!(answer.status, status);
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-"),
            "{status}"
        );
        assert!(
            policy.contains("frame-ancestors 'none'; require-trusted-types-for 'script'"),
            "{status}"
        );
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", ""),
            ("access-control-allow-origin", ""),
            ("server", ""),
        ] {
            assert_eq!(answer.header(name), value, "{status} {name}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"), "{status}");
        assert_eq!(answer.header("cache-control"), "no-store", "{status}");
    }
}

#[tokio::test]
async fn the_policy_allows_exactly_the_inline_scripts_that_are_on_the_page() {
    let (app, person) = site().await;
    let phone = new_phone();
    for path in ["/", "/sign-in", "/account", "/nowhere", "/sign-in/code"] {
        let page = person.get(path).await;
        let policy = page.header("content-security-policy").to_owned();
        let inline: Vec<String> = page
            .text
            .split("<script")
            .skip(1)
            .filter_map(|script| script.split_once('>'))
            // A data block is not a script.
            .filter(|(attributes, _)| !attributes.contains("application/json"))
            .map(|(_, rest)| rest.split("</script>").next().unwrap().to_owned())
            .filter(|script| !script.is_empty())
            .collect();
        let redirected = page.status == 302;
        assert!(redirected || inline.len() == 3, "{path}: {inline:?}");
        for script in inline {
            let hash = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(&script)));
            assert!(policy.contains(&hash), "{path}: {hash} of {script}");
        }
        assert!(!page.text.contains(" style=\"") && !page.text.contains(" onclick="), "{path}");
        person.send_otp(&phone).await;
    }
    assert_eq!(app.gateway.sms_count(&phone), 1);
}

#[tokio::test]
async fn reading_changes_nothing() {
    let (app, person) = site().await;
    let phone = new_phone();
    person.send_otp(&phone).await;
    let (statements, commits) = app.state.store.query_counts();
    for path in [
        "/",
        "/sign-in",
        "/sign-up",
        "/sign-in/code",
        "/account",
        "/sign-out",
        "/api/auth/send-otp",
        "/api/auth/session",
        "/nowhere",
    ] {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            person.send(person.request(method, path)).await;
        }
    }
    let (after, commits_after) = app.state.store.query_counts();
    assert!(after > statements, "pages look the challenge up");
    assert_eq!(commits_after, commits);
    assert_eq!(app.gateway.sms_count(&phone), 1);
}

#[tokio::test]
async fn the_inbox_is_for_this_machine_alone() {
    let app =
        TestApp::with_settings(Database::Sqlite, &[("SMS_PROVIDERS", "inbox")]).await.unwrap();
    let (person, phone) = (app.person(), new_phone());
    assert_eq!(person.get("/dev/inbox.json").await.json(), json!([]));
    let reference = person.send_otp(&phone).await.json()["reference"].clone();
    let message = person.get("/dev/inbox.json").await.json()[0].clone();
    let code = message["code"].as_str().unwrap();
    assert_eq!(message["phone"], json!(phone));
    let text = format!(
        "{code} is your Ringkey code (ref {}). Never share it.\n\n@localhost #{code}",
        reference.as_str().unwrap()
    );
    assert_eq!(message["text"], json!(text));
    assert!(message["sent_at"].is_i64());
    let page = person.get("/dev/inbox").await.text;
    assert!(
        page.contains(&format!("data-code=\"{code}\""))
            && page.contains(&format!("data-phone=\"{phone}\""))
    );
    for header in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        for path in ["/dev/inbox", "/dev/inbox.json"] {
            let answer =
                person.send(person.request(Method::GET, path).header(header, "127.0.0.1")).await;
            assert!(answer.status == 404 && !answer.text.contains(code), "{header} {path}");
        }
    }
    let mut request = axum::http::Request::new(axum::body::Body::empty());
    *request.uri_mut() = "/dev/inbox.json".parse().unwrap();
    request.headers_mut().insert("host", app.origin.split("//").nth(1).unwrap().parse().unwrap());
    request
        .extensions_mut()
        .insert(axum::extract::ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 5_000))));
    let foreign = ringkey::serve::Service::new(app.state.clone()).respond(request).await;
    assert_eq!(foreign.status(), 404, "another machine");
    let without = app.restarted_with(&[("SMS_PROVIDERS", "authkey")]).await;
    assert_eq!(without.person().get("/dev/inbox").await.status, 404);
    assert_eq!(without.person().get("/dev/inbox.json").await.status, 404);
    let value: Value = without.person().get("/api/auth/session").await.json();
    assert_eq!(value, json!({"user": null}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_are_bounded_in_number_and_size() {
    let (app, _) = site().await;
    let head = |extra: &str| {
        format!(
            "GET /healthz HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{extra}\r\n",
            &app.origin[7..]
        )
    };
    let headers = |count: usize| "x-more: 1\r\n".repeat(count);
    assert!(raw(app.address, &head(&headers(62))).await.starts_with("HTTP/1.1 200 "));
    assert!(raw(app.address, &head(&headers(63))).await.starts_with("HTTP/1.1 431 "));
    let long = |bytes: usize| {
        head(&format!("x-long: {}\r\n", "a".repeat(bytes - head("x-long: \r\n").len())))
    };
    for (bytes, status) in [(16 * 1024, 200), (16 * 1024 + 1, 431), (30_000, 431), (70_000, 431)] {
        assert_eq!(long(bytes).len(), bytes);
        let answer = raw(app.address, &long(bytes)).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{bytes} bytes: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_past_the_bound_wait_for_their_turn() {
    let app = TestApp::with_settings(Database::Sqlite, &[("MAX_CONNECTIONS", "16")]).await.unwrap();
    let mut idle = Vec::new();
    for _ in 0..16 {
        idle.push(tokio::net::TcpStream::connect(app.address).await.unwrap());
    }
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let request =
        format!("GET /healthz HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", &app.origin[7..]);
    let late = tokio::spawn({
        let address = app.address;
        async move { raw(address, &request).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(!late.is_finished(), "no room yet");
    drop(idle);
    assert!(late.await.unwrap().starts_with("HTTP/1.1 200 "));
}
