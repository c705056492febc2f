//! The paths through sign-in and sign-up, and the dead ends of the earlier prototype.

use serde_json::json;

use crate::support::new_phone;
use crate::support::person::wrong_code;

on_both_engines! {
    async fn an_unknown_number_signs_up_with_code_and_details(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        let sent = person.send_otp(&phone).await.json();
        let masked = format!("+91 ••••• ••{}", &phone[10..]);
        assert_eq!(
            (&sent["phone"], &sent["code_length"], &sent["expires_in"], &sent["resend_in"]),
            (&json!(masked), &json!(6), &json!(300), &json!(30))
        );
        assert_eq!(sent["reference"].as_str().unwrap().len(), 4);
        assert_eq!(
            person.verify(&app.gateway.code_for(&phone)).await.json(),
            json!({"status": "details_required"})
        );
        let created = person.create_account().await.json();
        assert_eq!(created["status"], "signed_in");
        let user = person.user().await;
        assert_eq!(user, created["user"]);
        assert_eq!(
            (&user["first_name"], &user["last_name"], &user["email"], &user["phone"]),
            (&json!("Ada"), &json!("Lovelace"), &json!("ada@example.com"), &json!(masked))
        );
        assert_eq!(app.gateway.sms_count(&phone), 1);
    }

    async fn a_known_number_signs_in_with_the_code_alone(app: TestApp) {
        let (member, phone) = app.member().await;
        let person = app.person();
        let answer = person.prove(&app.gateway, &phone).await.json();
        assert_eq!(
            (&answer["status"], &answer["user"]),
            (&json!("signed_in"), &member.user().await)
        );
        assert_eq!(person.user().await, answer["user"]);
        assert_eq!(person.cookie("challenge"), None, "a used challenge is forgotten");
    }

    async fn logging_out_ends_the_session_for_the_old_cookie_too(app: TestApp) {
        let (person, _) = app.member().await;
        let stolen = person.cookie("session").unwrap();
        assert_eq!(person.sign_out().await.json(), json!({"status": "signed_out"}));
        assert_eq!(person.cookie("session"), None);
        person.set_cookie("session", &stolen);
        assert_eq!(person.user().await, json!(null));
        assert_eq!(app.person().sign_out().await.status, 200, "without a session too");
    }

    async fn a_session_lives_on_when_the_server_restarts(app: TestApp) {
        let (person, _) = app.member().await;
        let restarted = app.sibling().await;
        // The origin of a test includes its port. The browser still sends the cookie, and the token
        // names the origin.
        let restarted = restarted.restarted_with(&[("PUBLIC_ORIGIN", &app.origin)]).await;
        let person = person.at_instance(restarted.address, &app.origin);
        assert_eq!(person.user().await["first_name"], "Ada");
    }

    async fn a_pending_challenge_resumes_and_sends_nothing(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await;
        for path in
            ["/", "/sign-in", "/sign-up", "/sign-in/code", "/sign-in/details", "/sign-in?change"]
        {
            person.get(path).await;
        }
        assert_eq!(person.get("/sign-in").await.header("location"), "/sign-in/code");
        person.send_otp(&phone).await.is(429, "too_soon");
        assert_eq!(app.gateway.sms_count(&phone), 1);
        assert_eq!(
            person.verify(&app.gateway.code_for(&phone)).await.json()["status"],
            "details_required"
        );
        assert_eq!(person.get("/sign-in").await.header("location"), "/sign-in/details");
        assert_eq!(app.gateway.sms_count(&phone), 1);
    }

    async fn a_resend_is_the_same_code_after_the_wait(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await;
        let code = app.gateway.code_for(&phone);
        for (wait, next_wait) in [(30, 60), (60, 120), (120, 0)] {
            app.advance(wait - 1);
            let early = person.resend().await;
            assert_eq!(
                (
                    early.is(429, "too_soon").header("retry-after"),
                    &early.json()["error"]["retry_after"]
                ),
                ("1", &json!(1))
            );
            app.advance(1);
            let again = person.resend().await;
            assert_eq!(again.status, 200, "{}", again.text);
            if next_wait > 0 {
                assert_eq!(again.json()["resend_in"], next_wait);
                assert_eq!(app.gateway.code_for(&phone), code);
            }
        }
        // Of the code's 300 s, 210 have passed: 90 are enough for the same code. The next cooldown
        // is 300 s and ends after the code.
        assert_eq!(app.gateway.code_for(&phone), code);
        assert_eq!(app.gateway.sms_count(&phone), 4);
        app.advance(300);
        let fresh = person.resend().await;
        assert_eq!(
            (fresh.status, &fresh.json()["resend_in"], &fresh.json()["expires_in"]),
            (200, &json!(300), &json!(300)),
            "{}",
            fresh.text
        );
        assert_ne!(app.gateway.code_for(&phone), code);
    }

    async fn another_number_gets_a_challenge_and_a_secret_of_its_own(app: TestApp) {
        let (person, mistyped, phone) = (app.person(), new_phone(), new_phone());
        person.send_otp(&mistyped).await;
        let (first, code) = (person.cookie("challenge").unwrap(), app.gateway.code_for(&mistyped));
        assert_eq!(person.send_otp(&phone).await.status, 200);
        let second = person.cookie("challenge").unwrap();
        assert_ne!(first, second);
        person.set_cookie("challenge", &first);
        person.verify(&code).await.is(410, "challenge_over");
        person.set_cookie("challenge", &second);
        assert_eq!(person.verify(&app.gateway.code_for(&phone)).await.status, 200);
    }

    async fn a_secret_that_a_client_brings_is_never_adopted(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        let planted = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk";
        person.set_cookie("challenge", planted);
        person.verify("123456").await.is(401, "no_challenge");
        assert_eq!(person.send_otp(&phone).await.status, 200);
        assert_ne!(person.cookie("challenge").unwrap(), planted);
        let before_proof = person.cookie("challenge").unwrap();
        person.verify(&app.gateway.code_for(&phone)).await;
        assert_ne!(person.cookie("challenge").unwrap(), before_proof, "proof changes it");
        person.set_cookie("challenge", &before_proof);
        person.create_account().await.is(401, "no_challenge");
    }

    async fn details_come_after_the_proof_and_within_fifteen_minutes(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.create_account().await.is(401, "no_challenge");
        person.send_otp(&phone).await;
        person.create_account().await.is(409, "not_verified");
        person.verify(&app.gateway.code_for(&phone)).await;
        app.advance(900);
        person.create_account().await.is(410, "challenge_over");
        assert_eq!(app.count("SELECT COUNT(*) FROM users").await, 0);
    }

    async fn a_number_that_found_an_owner_meanwhile_is_taken(app: TestApp) {
        let (slow, quick, phone) = (app.person(), app.person(), new_phone());
        slow.prove(&app.gateway, &phone).await;
        quick.sign_up(&app.gateway, &phone).await;
        assert_eq!(
            slow.verify(&app.gateway.requests()[0].query["otp"]).await.json()["status"],
            "details_required",
            "as the first time"
        );
        slow.create_account().await.is(409, "number_taken");
        assert_eq!(slow.user().await, json!(null));
        assert_eq!(slow.get("/sign-in").await.status, 200, "the journey begins anew");
        assert_eq!(app.count("SELECT COUNT(*) FROM users").await, 1);
    }

    async fn details_that_are_not_valid_are_named_and_lose_nothing(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.prove(&app.gateway, &phone).await;
        let refused = person
            .call(
                "create-account",
                json!({"first_name": " ", "last_name": "x".repeat(101), "email": "nobody"}),
            )
            .await;
        let fields = refused.is(422, "invalid").json()["error"]["fields"].clone();
        assert_eq!(
            fields.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["email", "first_name", "last_name"]
        );
        assert_eq!(person.create_account().await.status, 200);
    }

    async fn a_wrong_code_counts_down_and_the_right_one_still_works(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await;
        let code = app.gateway.code_for(&phone);
        for left in [4, 3, 2, 1] {
            assert_eq!(
                person.verify(&wrong_code(&code)).await.is(401, "code_incorrect").json()["error"]
                    ["attempts_left"],
                left
            );
        }
        assert_eq!(person.verify(&code).await.status, 200, "the fifth attempt, right");
    }

    async fn a_signed_in_person_gets_no_code(app: TestApp) {
        let (person, _) = app.member().await;
        let phone = new_phone();
        person.send_otp(&phone).await.is(409, "already_signed_in");
        assert_eq!(app.gateway.sms_count(&phone), 0);
    }
}
