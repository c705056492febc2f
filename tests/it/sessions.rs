//! Sessions and their cookie: form, lifetimes, tampering.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{Engine as Database, TestApp, new_phone};

const DAY: i64 = 86_400;

fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap())
        .unwrap()
}

on_both_engines! {
    async fn the_cookies_of_a_loopback_origin_have_exactly_this_form(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        let sent = person.send_otp(&phone).await;
        let value = person.cookie("challenge").unwrap();
        assert_eq!(
            sent.set_cookies(),
            [
                format!("challenge={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age=3600"),
                "country=IN; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000".to_owned(),
            ]
        );
        person.verify(&app.gateway.code_for(&phone)).await;
        let created = person.create_account().await;
        let (token, device) = (person.cookie("session").unwrap(), person.cookie("device").unwrap());
        assert_eq!(
            created.set_cookies(),
            [
                format!("session={token}; HttpOnly; SameSite=Lax; Path=/; Max-Age=1209600"),
                format!("device={device}; HttpOnly; SameSite=Lax; Path=/; Max-Age=15552000"),
                "challenge=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0".to_owned(),
            ]
        );
        assert_eq!(
            person.sign_out().await.set_cookies(),
            ["session=; HttpOnly; SameSite=Lax; \
             Path=/; Max-Age=0"]
        );
    }

    async fn the_token_has_ids_and_times_and_nothing_personal(app: TestApp) {
        let (person, phone) = app.member().await;
        let mut claims = claims(&person.cookie("session").unwrap());
        let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
        assert_eq!(names, ["aud", "auth_time", "exp", "iat", "iss", "sid", "sub"]);
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!(app.origin), &json!(app.origin)));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 14 * DAY);
        let text = claims.to_string();
        assert!(!text.contains(&phone[3..]) && !text.contains("Lovelace"));
        // The random claims may contain any letters by chance.
        for random in ["sub", "sid"] {
            claims[random] = json!("");
        }
        let text = claims.to_string().to_lowercase();
        for secret in [&phone[3..], "ada", "lovelace", "example"] {
            assert!(!text.contains(secret), "{secret}");
        }
    }

    async fn a_changed_token_opens_no_session_and_breaks_nothing(app: TestApp) {
        let (person, _) = app.member().await;
        let token = person.cookie("session").unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"session+jwt"}"#);
        let flipped = format!(
            "{}.{}.{}{}",
            parts[0],
            parts[1],
            if parts[2].starts_with('A') { "B" } else { "A" },
            &parts[2][1..]
        );
        for touched in [
            &flipped,
            &format!("{none}.{}.", parts[1]),
            &format!("{none}.{}.{}", parts[1], parts[2]),
            "",
            "x",
            "a.b.c",
            &"x".repeat(4_000),
        ] {
            person.set_cookie("session", touched);
            assert_eq!(person.user().await, json!(null), "{touched}");
            assert_eq!(person.get("/").await.status, 200);
        }
    }

    async fn a_session_ends_after_fourteen_idle_days(app: TestApp) {
        let (person, _) = app.member().await;
        app.advance(14 * DAY);
        assert_eq!(person.user().await, json!(null));
    }

    async fn a_visit_moves_the_idle_end_at_most_hourly_and_never_past_thirty_days(app: TestApp) {
        let (person, _) = app.member().await;
        app.advance(3_599);
        assert_eq!(person.get("/").await.set_cookies().len(), 0);
        app.advance(1);
        let renewed = person.get("/").await;
        assert!(
            renewed.set_cookies()[0].ends_with("Max-Age=1209600"),
            "{:?}",
            renewed.set_cookies()
        );
        for _ in 0..2 {
            app.advance(13 * DAY);
            assert_eq!(person.user().await["first_name"], "Ada");
        }
        app.advance(4 * DAY - 3_601);
        assert_eq!(
            person.user().await["first_name"],
            "Ada",
            "the last second of the thirtieth day"
        );
        app.advance(1);
        assert_eq!(person.user().await, json!(null));
    }

    async fn a_call_whose_cookies_are_thrown_away_does_not_end_the_browser_s_session_early(
        app: TestApp,
    ) {
        let (person, _) = app.member().await;
        // Another service sends the visitor's cookie, moves the idle end, and stores no cookie.
        let service = person.tabs(1).remove(0);
        app.advance(3_600);
        assert_eq!(service.get("/api/auth/session").await.set_cookies().len(), 1);
        app.advance(1_800);
        let (statements, commits) = app.state.store.query_counts();
        let given = person.get("/").await;
        assert!(
            given.set_cookies()[0].ends_with(&format!("Max-Age={}", 14 * DAY - 1_800)),
            "{:?}",
            given.set_cookies()
        );
        assert_eq!(
            app.state.store.query_counts(),
            (statements + 1, commits),
            "for that nothing is written"
        );
        assert_eq!(
            person.get("/").await.set_cookies().len(),
            0,
            "and once it is there it is not given again"
        );
        app.advance(14 * DAY - 1_801);
        assert_eq!(person.user().await["first_name"], "Ada", "past the end of the first cookie");
    }

    async fn signing_in_makes_a_new_session_and_ends_the_one_presented(app: TestApp) {
        let (person, phone) = app.member().await;
        let first = person.cookie("session").unwrap();
        let again = app.person();
        again.send_otp(&phone).await;
        again.set_cookie("session", &first);
        assert_eq!(again.verify(&app.gateway.code_for(&phone)).await.json()["status"], "signed_in");
        assert_ne!(again.cookie("session").unwrap(), first);
        assert_ne!(claims(&again.cookie("session").unwrap())["sid"], claims(&first)["sid"]);
        assert_eq!(person.user().await, json!(null), "the old one opens nothing");
        assert_eq!(again.user().await["first_name"], "Ada");
    }

    async fn a_rotated_key_kills_no_live_session_and_no_live_code(app: TestApp) {
        let old = "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs=";
        let new = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let (person, phone) = app.member().await;
        let pending = app.person();
        pending.send_otp(&phone).await;
        let origin = [("PUBLIC_ORIGIN", app.origin.as_str())];
        let during = app
            .restarted_with(&[origin[0], ("SECRET_KEY", new), ("SECRET_KEY_PREVIOUS", old)])
            .await;
        assert_eq!(
            person.at_instance(during.address, &app.origin).user().await["first_name"],
            "Ada"
        );
        let verified = pending
            .at_instance(during.address, &app.origin)
            .verify(&app.gateway.code_for(&phone))
            .await;
        assert_eq!(verified.json()["status"], "signed_in");
        let after = app.restarted_with(&[origin[0], ("SECRET_KEY", new)]).await;
        assert_eq!(
            person.at_instance(after.address, &app.origin).user().await,
            json!(null),
            "rotated out"
        );
    }
}

#[tokio::test]
async fn the_cookies_of_an_https_origin_are_secure_and_bound_to_the_host() {
    let origin = "https://id.example.com";
    let app = TestApp::with_settings(
        Database::Sqlite,
        &[("PUBLIC_ORIGIN", origin), ("ALLOWED_COUNTRIES", "IN")],
    )
    .await
    .unwrap();
    let (person, phone) = (app.person(), new_phone());
    let sent = person.send_otp(&phone).await;
    let value = person.cookie("__Host-challenge").unwrap();
    assert_eq!(
        sent.set_cookies(),
        [
            format!(
                "__Host-challenge={value}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=3600"
            ),
            "__Host-country=IN; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=31536000"
                .to_owned(),
        ]
    );
    assert_eq!(sent.header("strict-transport-security"), "max-age=63072000; includeSubDomains");
    person.verify(&app.gateway.code_for(&phone)).await;
    let created = person.create_account().await;
    let (token, device) =
        (person.cookie("__Host-session").unwrap(), person.cookie("__Host-device").unwrap());
    assert_eq!(
        created.set_cookies(),
        [
            format!(
                "__Host-session={token}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=1209600"
            ),
            format!(
                "__Host-device={device}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=15552000"
            ),
            "__Host-challenge=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0".to_owned(),
        ]
    );
    assert_eq!(person.user().await["first_name"], "Ada");
}
