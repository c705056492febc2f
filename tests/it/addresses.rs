//! Addresses: each page has one, some files are for browsers only, and every wrong address or wrong
//! use gets a page with an explanation.

use std::fs;

use reqwest::Method;
use reqwest::header::ORIGIN;
use tempfile::TempDir;

use crate::support::person::Answer;
use crate::support::{Engine as Database, TestApp};
use crate::wire::raw;

const NOT_FOUND: &str = "There is no such page";

/// Asserts that a refusal is an HTML page with an explanation.
#[track_caller]
fn has_words(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert!(
        answer.header("content-type").starts_with("text/html"),
        "{status}: {:?}",
        answer.headers
    );
    assert!(
        answer.text.contains("role=\"alert\"") || answer.text.contains(NOT_FOUND),
        "{status}: {}",
        answer.text
    );
    assert_eq!(
        (answer.header("cache-control"), answer.header("x-frame-options")),
        ("no-store", "DENY")
    );
}

#[tokio::test]
async fn a_page_has_one_address() {
    let app = TestApp::start(Database::Sqlite).await.unwrap();
    let ((member, _), stranger) = (app.member().await, app.person());
    for person in [&member, &stranger] {
        for path in ["/account", "/sign-in", "/sign-up", "/sign-in/code", "/sign-in/details"] {
            for query in ["", "?next=/a%20b&x=//evil.example/", "?"] {
                for method in [Method::GET, Method::HEAD] {
                    let answer = person
                        .send(person.request(method.clone(), &format!("{path}/{query}")))
                        .await;
                    let led = format!("{path}{query}");
                    assert_eq!(
                        (answer.status, answer.header("location")),
                        (308, led.as_str()),
                        "{method}"
                    );
                    assert_eq!(answer.text, "");
                }
            }
            has_words(&person.submit(&format!("{path}/"), &[("phone", "1")]).await, 405);
        }
    }
}

#[tokio::test]
async fn an_address_that_no_page_has_is_not_found_and_leads_nowhere() {
    let app = TestApp::start(Database::Sqlite).await.unwrap();
    let (member, _) = app.member().await;
    let (host, token) = (&app.origin[7..], member.cookie("session").unwrap());
    let (long, deep) = (format!("/{}", "a".repeat(256)), "/a".repeat(2_500));
    let in_pkg = format!("/pkg/{}.js", "a".repeat(256));
    for path in [
        "//",
        "//evil.example",
        "//evil.example/",
        "///",
        "//sign-in/",
        "//account",
        "/sign-in//",
        "/account//",
        "/account/.",
        "/./account",
        "/%61ccount",
        "/account%2F",
        "/account/x",
        "/nowhere",
        "/nowhere/",
        "/-",
        "/%00",
        "/%FF",
        "/%",
        "/..%2f..%2fetc/passwd",
        "/dev/inbox/",
        "/Account",
        &long,
        &deep,
        &in_pkg,
    ] {
        for method in ["GET", "HEAD"] {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nhost: {host}\r\ncookie: \
                 session={token}\r\nconnection: close\r\n\r\n"
            );
            let answer = raw(app.address, &request).await;
            assert!(answer.starts_with("HTTP/1.1 404 "), "{method} {path}: {answer}");
            assert!(!answer.contains("\r\nlocation:"), "{method} {path}: {answer}");
            assert!(method == "HEAD" || answer.contains(NOT_FOUND), "{path}: {answer}");
            assert!(!answer.contains("End all sessions"), "{path} is not the account page");
        }
    }
}

#[tokio::test]
async fn every_refusal_has_words() {
    let app = TestApp::start(Database::Sqlite).await.unwrap();
    let person = app.person();
    for (method, path) in [
        (Method::DELETE, "/"),
        (Method::PUT, "/account"),
        (Method::PUT, "/sign-in"),
        (Method::PATCH, "/sign-in/code"),
        (Method::OPTIONS, "/sign-up"),
        (Method::GET, "/sign-out"),
        (Method::GET, "/sign-out/everywhere"),
        (Method::GET, "/language"),
        (Method::POST, "/nowhere"),
        (Method::DELETE, "/boot.js"),
        (Method::POST, "/healthz"),
    ] {
        let answer =
            person.send(person.request(method.clone(), path).header(ORIGIN, &app.origin)).await;
        has_words(&answer, 405);
        assert!(
            answer.text.contains("cannot be used that way") && !answer.header("allow").is_empty(),
            "{method} {path}"
        );
        assert_eq!(
            answer.header("content-length"),
            answer.text.len().to_string(),
            "{method} {path}"
        );
    }
    for (method, path, allowed) in [
        (Method::GET, "/api/auth/send-otp", "POST"),
        (Method::DELETE, "/api/auth/sign-out", "POST"),
        (Method::POST, "/api/auth/session", "GET,HEAD"),
    ] {
        let answer = person.send(person.request(method, path).header(ORIGIN, &app.origin)).await;
        answer.is(405, "method_not_allowed");
        assert_eq!(
            (answer.header("content-type"), answer.header("allow")),
            ("application/json", allowed)
        );
    }
}

#[tokio::test]
async fn files_are_for_browsers_and_the_build_s_types_are_not() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("pkg")).unwrap();
    let (served, kept) = (
        ["boot.js", "pkg/ringkey.AbC.js", "pkg/ringkey.AbC.css", "pkg/ringkey.AbC.js.br"],
        [
            "pkg/ringkey.d.AbC.ts",
            "pkg/ringkey.d.AbC.ts.br",
            "pkg/ringkey.d.AbC.ts.gz",
            "pkg/ringkey_bg.wasm.d.ts",
        ],
    );
    for name in served.iter().chain(&kept) {
        fs::write(folder.path().join(name), "0123456789").unwrap();
    }
    let app = TestApp::with_settings(
        Database::Sqlite,
        &[("LEPTOS_SITE_ROOT", folder.path().to_str().unwrap())],
    )
    .await
    .unwrap();
    let person = app.person();
    for name in served {
        assert_eq!(person.get(&format!("/{name}")).await.text, "0123456789", "{name}");
    }
    for name in kept {
        for path in
            [format!("/{name}"), format!("/{}", name.replace(".ts", "%2Ets")), format!("//{name}")]
        {
            for encoding in ["identity", "br, gzip"] {
                let answer = person
                    .send(person.request(Method::GET, &path).header("accept-encoding", encoding))
                    .await;
                has_words(&answer, 404);
            }
        }
    }
    for path in ["/boot.js/x", "/boot.js/", "/pkg", "/pkg/", "/pkg/nothing.js"] {
        has_words(&person.get(path).await, 404);
    }
    let past =
        person.send(person.request(Method::GET, "/boot.js").header("range", "bytes=900-")).await;
    has_words(&past, 416);
    let other =
        person.send(person.request(Method::GET, "/boot.js").header("if-match", "\"other\"")).await;
    has_words(&other, 412);
}

#[tokio::test]
async fn the_length_of_a_page_with_a_name_does_not_depend_on_the_name() {
    let app = TestApp::start(Database::Sqlite).await.unwrap();
    let ((member, _), stranger) = (app.member().await, app.person());
    for encoding in ["gzip, deflate, br, zstd", "gzip"] {
        let get = async |path: &str| {
            member.send(member.request(Method::GET, path).header("accept-encoding", encoding)).await
        };
        for path in ["/", "/account", "/nowhere"] {
            assert_eq!(get(path).await.header("content-encoding"), "", "{path}");
        }
        let (right, wrong) =
            (get("/account?ada@Example.com").await, get("/account?qzj@wkvmplz.xhy").await);
        assert_eq!(right.text.len(), wrong.text.len());
        let page = stranger
            .send(stranger.request(Method::GET, "/").header("accept-encoding", encoding))
            .await;
        assert_eq!(page.header("content-encoding"), "gzip", "nothing of anybody is in it");
    }
}
