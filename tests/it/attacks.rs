//! Attacks on an account: codes and cookies in the wrong hands, ended sessions, and proofs that are
//! used twice.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::person::solve;
use crate::support::{Engine, TestApp, new_phone, soak_size};

on_both_engines! {
    async fn number_cookie_and_reference_open_only_together(app: TestApp) {
        let people = [app.person(), app.person(), app.person()];
        let mut sent = Vec::new();
        for person in &people {
            let phone = new_phone();
            let reference =
                person.send_otp(&phone).await.json()["reference"].as_str().unwrap().to_owned();
            sent.push((
                phone.clone(),
                app.gateway.code_for(&phone),
                reference,
                person.cookie("challenge").unwrap(),
            ));
        }
        for (c, (_, _, _, cookie)) in sent.iter().enumerate() {
            for (n, (_, code, _, _)) in sent.iter().enumerate() {
                for (r, (_, _, reference, _)) in sent.iter().enumerate() {
                    if (c, r) == (n, c) || sent[c].1 == *code {
                        continue;
                    }
                    let thief = app.person();
                    thief.set_cookie("challenge", cookie);
                    let answer = thief
                        .call("verify-otp", json!({"code": code, "reference": reference}))
                        .await;
                    let expected =
                        if r == c { (401, "code_incorrect") } else { (409, "other_challenge") };
                    answer.is(expected.0, expected.1);
                }
            }
        }
        for (person, (_, code, reference, _)) in people.iter().zip(&sent) {
            assert_eq!(
                person
                    .call("verify-otp", json!({"code": code, "reference": reference}))
                    .await
                    .status,
                200
            );
        }
    }

    async fn an_account_has_twenty_sessions_and_the_oldest_goes(app: TestApp) {
        let (first, phone) = app.member().await;
        let mut others = Vec::new();
        for _ in 0..20 {
            app.advance(1);
            let person = app.person();
            person.prove(&app.gateway, &phone).await;
            others.push(person);
        }
        assert_eq!(first.user().await, json!(null), "the oldest went");
        for person in &others {
            assert_eq!(person.user().await["first_name"], "Ada");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL").await, 20);
    }

    async fn a_device_cookie_that_somebody_else_knows_is_never_made_an_account_s_own(app: TestApp) {
        let (thief, _) = app.member().await;
        let planted = thief.cookie("device").unwrap();
        let (victim, phone) = (app.person(), new_phone());
        for planted in [planted.as_str(), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            victim.set_cookie("device", planted);
            victim.prove(&app.gateway, &phone).await;
            victim.create_account().await;
            assert_ne!(victim.cookie("device").unwrap(), planted);
            victim.sign_out().await;
        }
        let own = victim.cookie("device").unwrap();
        victim.prove(&app.gateway, &phone).await;
        assert_eq!(victim.cookie("device").unwrap(), own, "its own stays");
        assert_eq!(
            app.count("SELECT COUNT(*) - COUNT(DISTINCT id) FROM devices").await,
            0,
            "no two accounts share one"
        );
    }

    async fn logging_out_everywhere_ends_every_session_at_the_next_request(app: TestApp) {
        let (first, phone) = app.member().await;
        let (second, other) = (app.person(), app.member().await.0);
        second.prove(&app.gateway, &phone).await;
        let stolen = second.cookie("session").unwrap();
        let answer = first.call("sign-out-everywhere", json!({})).await;
        assert_eq!(answer.json(), json!({"status": "signed_out"}));
        assert_eq!(answer.header("clear-site-data"), r#""cache", "storage""#);
        second.set_cookie("session", &stolen);
        for person in [&first, &second] {
            assert_eq!(person.user().await, json!(null));
        }
        assert_eq!(other.user().await["first_name"], "Ada", "somebody else's stays");
        assert_eq!(
            app.person().call("sign-out-everywhere", json!({})).await.status,
            200,
            "with nobody signed in"
        );
    }
}

/// Renews a session at every visit while it is logged out at the same moment.
async fn log_out_against_renewal(engine: Engine) {
    let rounds = soak_size(10_000, 300);
    let settings = [("SESSION_RENEW_EVERY", "0"), ("SESSIONS_PER_ACCOUNT", "1000")];
    let Some(app) = TestApp::with_settings(engine, &settings).await else { return };
    let (_, phone) = app.member().await;
    for _ in 0..rounds {
        app.advance(1);
        let person = app.person();
        person.prove(&app.gateway, &phone).await;
        let stolen = person.cookie("session").unwrap();
        app.advance(1);
        let tabs = person.tabs(4);
        let reads = join_all(tabs.iter().map(|tab| tab.get("/api/auth/session")));
        let (_, out) = tokio::join!(reads, person.sign_out());
        assert_eq!(out.status, 200);
        for tab in &tabs {
            assert_eq!(tab.user().await, json!(null), "a renewal brought it back");
        }
        let thief = app.person();
        thief.set_cookie("session", &stolen);
        assert_eq!(thief.user().await, json!(null));
    }
    assert_eq!(
        app.count("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL").await,
        1,
        "the member's own"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewal_never_brings_a_session_back_on_sqlite() {
    log_out_against_renewal(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewal_never_brings_a_session_back_on_postgres() {
    log_out_against_renewal(Engine::Postgres).await;
}

on_both_engines! { limited:
    async fn a_proof_is_valid_once_for_its_number_and_its_address_until_it_expires(app: TestApp) {
        let at = "203.0.113.7";
        let phones: Vec<String> = (0..16).map(|i| format!("+91{}0000001", 700 + i)).collect();
        for phone in &phones[..10] {
            assert_eq!(app.person().with_address(at).send_otp(phone).await.status, 200);
        }
        let puzzle = async |phone: &str| app.person().with_address(at).send_otp(phone).await;
        let ask = async |from: &str, phone: &str, proof: &str| {
            app.person()
                .with_address(from)
                .call("send-otp", json!({"phone": phone, "proof": proof}))
                .await
        };
        let proof = solve(puzzle(&phones[10]).await.is(428, "proof_required"));
        let rows = app.count("SELECT COUNT(*) FROM used_tokens").await;
        ask(at, &phones[11], &proof).await.is(428, "proof_required");
        let challenge = proof.split(':').next().unwrap();
        for bad in [
            "",
            ":",
            "x",
            challenge,
            &format!("{challenge}:"),
            &format!("{challenge}:-1"),
            &proof.replace(':', "A:"),
            &format!("{proof}{}", "0".repeat(99)),
        ] {
            ask(at, &phones[10], bad).await.is(428, "proof_required");
        }
        let others = join_all((0..200).map(|i| {
            let proof = format!("{proof}{i}");
            let phones = &phones;
            async move { ask(at, &phones[11], &proof).await.status }
        }))
        .await;
        assert!(others.iter().all(|status| *status == 428));
        assert_eq!(
            app.count("SELECT COUNT(*) FROM used_tokens").await,
            rows,
            "bad ones leave nothing"
        );
        let at_once = join_all((0..32).map(|_| ask(at, &phones[10], &proof))).await;
        assert_eq!(at_once.iter().filter(|answer| answer.status == 200).count(), 1, "once");
        assert_eq!(app.gateway.sms_count(&phones[10]), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM used_tokens").await, rows + 1);
        // A second client address that needs a proof too.
        for i in 0..10 {
            assert_eq!(
                app.person()
                    .with_address("203.0.113.8")
                    .send_otp(&format!("+4474001230{i:02}"))
                    .await
                    .status,
                200
            );
        }
        let of_the_first = solve(&puzzle(&phones[12]).await);
        ask("203.0.113.8", &phones[12], &of_the_first).await.is(428, "proof_required");
        let old = solve(&puzzle(&phones[13]).await);
        app.advance(600);
        ask(at, &phones[13], &old).await.is(428, "proof_required");
        let fresh = solve(&puzzle(&phones[13]).await);
        app.advance(599);
        assert_eq!(ask(at, &phones[13], &fresh).await.status, 200, "in its last second");
    }
}
