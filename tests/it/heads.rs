//! The head of a request: cookies of other applications do not hide ours.

use reqwest::Method;
use reqwest::header::{COOKIE, ORIGIN};
use serde_json::json;

use crate::support::{Engine as Database, Person, TestApp, new_phone};

on_both_engines! {
    async fn another_application_s_cookies_hide_none_of_ours(app: TestApp) {
        for everywhere in [false, true] {
            let (person, phone) = (app.person(), new_phone());
            // In the header the cookies have this order, and ours are between them.
            for (name, value) in [("_city", "São Paulo"), ("a", "Köln"), ("zone", "東京")] {
                person.set_cookie(name, value);
            }
            person.sign_up(&app.gateway, &phone).await;
            assert_eq!(person.user().await["first_name"], "Ada");
            assert!(person.get("/account").await.text.contains("Lovelace"));
            let tab = person.tabs(1).remove(0);
            let path =
                if everywhere { "/api/auth/sign-out-everywhere" } else { "/api/auth/sign-out" };
            let out =
                person.send(person.request(Method::POST, path).header(ORIGIN, &app.origin)).await;
            assert_eq!((out.status, out.json()["status"].as_str()), (200, Some("signed_out")));
            assert_eq!(tab.user().await, json!(null), "the session has ended");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL").await, 0);
    }

    async fn a_cookie_in_any_bytes_or_under_our_name_hides_none_of_ours(app: TestApp) {
        let (member, _) = app.member().await;
        let token = member.cookie("session").unwrap();
        for before in [
            &b"city=S\xE3o Paulo; "[..],
            b"\xFF\xFE; ",
            b"session=\xE9; ",
            b"session=theirs; ",
            b"=; ;; session; ",
            b"x=\"a; ",
        ] {
            let header = [before, b"session=", token.as_bytes(), b"; z=\xE9"].concat();
            let person = app.person();
            let answer = person
                .send(person.request(Method::GET, "/api/auth/session").header(COOKIE, header))
                .await;
            assert_eq!(
                answer.json()["user"]["first_name"],
                "Ada",
                "{}",
                String::from_utf8_lossy(before)
            );
        }
    }

    async fn a_page_whose_referrer_is_withheld_is_still_our_own(app: TestApp) {
        let (member, _) = app.member().await;
        let (person, phone) = (app.person(), new_phone());
        for (site, allowed) in
            [("cross-site", false), ("same-site", false), ("none", false), ("same-origin", true)]
        {
            let from = |person: &Person, path: &str, fields: &[(&str, &str)]| {
                person
                    .request(Method::POST, path)
                    .header(ORIGIN, "null")
                    .header("sec-fetch-site", site)
                    .form(fields)
            };
            let sent = person.send(from(&person, "/sign-in", &[("phone", &phone)])).await;
            assert_eq!(
                (sent.status, app.gateway.sms_count(&phone)),
                if allowed { (303, 1) } else { (403, 0) },
                "{site}"
            );
            let out = member.send(from(&member, "/sign-out", &[])).await;
            assert_eq!(out.status, if allowed { 303 } else { 403 }, "{site}");
            assert_eq!(member.user().await.is_null(), allowed, "{site}");
        }
    }
}

#[tokio::test]
async fn the_scheme_s_own_port_belongs_to_the_host() {
    let settings = [("PUBLIC_ORIGIN", "https://id.example.com"), ("ALLOWED_COUNTRIES", "IN")];
    let app = TestApp::with_settings(Database::Sqlite, &settings).await.unwrap();
    for (host, status) in [
        ("id.example.com", 200),
        ("id.example.com:443", 200),
        ("ID.Example.COM:443", 200),
        ("id.example.com:", 200),
        ("id.example.com:80", 421),
        ("id.example.com:8443", 421),
        ("id.example.com.", 421),
        ("x@id.example.com", 421),
        ("localhost:443", 421),
    ] {
        for path in ["/", "/api/auth/session"] {
            let answer =
                app.person().at_instance(app.address, &format!("https://{host}")).get(path).await;
            assert_eq!(answer.status, status, "{host} {path}");
            assert!(!answer.text.is_empty(), "{host} {path}");
        }
    }
}

#[tokio::test]
async fn the_language_and_country_that_were_chosen_are_found_among_others() {
    let app = TestApp::start(Database::Sqlite).await.unwrap();
    let person = app.person();
    let header =
        b"language=\xE9; language=klingon; country=\xE9; country=ATLANTIS; language=hi; country=GB";
    let page =
        person.send(person.request(Method::GET, "/sign-in").header(COOKIE, &header[..])).await;
    assert!(
        page.text.contains("<html lang=\"hi\"")
            && page.text.contains(r#"<option value="GB" selected"#),
        "{}",
        page.text
    );
    let odd = person
        .request(Method::GET, "/sign-in")
        .header("accept-language", &b"\xE9\xFF, ar-EG;q=0.9"[..]);
    let page = person.send(odd.header("accept-language", "hi;q=0.5")).await;
    assert!(
        page.text.contains("<html lang=\"ar\"")
            && page.text.contains(r#"<option value="EG" selected"#),
        "{}",
        page.text
    );
    let many = format!("{}hi", "xx,".repeat(4_000));
    let page =
        person.send(person.request(Method::GET, "/sign-in").header("accept-language", many)).await;
    assert!(
        page.text.contains("<html lang=\"en\""),
        "what a header makes up is not read to its end"
    );
}
