//! AuthKey on the wire: the requests that it gets, and the effect of each of its answers.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use crate::support::gateway::{ACCEPTED, Reply};
use crate::support::{API_KEY, logs, new_phone};

on_both_engines! {
    async fn the_gateway_sees_one_get_with_exactly_these_fields(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await;
        let got = app.gateway.requests();
        assert_eq!((got.len(), &got[0].method), (1, &Method::GET));
        let code = &got[0].query["otp"];
        assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()));
        let expected = [
            ("authkey", API_KEY),
            ("company", "Acme Ltd"),
            ("country_code", "91"),
            ("mobile", &phone[3..]),
            ("otp", code),
            ("sid", "1001"),
            ("time", "5 minutes"),
        ];
        assert_eq!(
            got[0]
                .query
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect::<Vec<_>>(),
            expected
        );
    }

    async fn the_reference_goes_where_the_template_has_room_for_it(app: TestApp) {
        let app = app
            .restarted_with(&[("AUTHKEY_EXTRA_VARIABLES", "ref={reference}&company=Acme")])
            .await;
        let sent = app.person().send_otp(&new_phone()).await.json();
        assert_eq!(app.gateway.requests()[0].query["ref"], sent["reference"].as_str().unwrap());
        assert_eq!(app.gateway.requests()[0].query["company"], "Acme");
    }

    async fn the_code_goes_under_the_variable_that_the_template_has(app: TestApp) {
        let app = app
            .restarted_with(&[
                ("AUTHKEY_OTP_VARIABLE", "2fa_code"),
                ("AUTHKEY_EXTRA_VARIABLES", ""),
            ])
            .await;
        app.person().send_otp(&new_phone()).await;
        let query = &app.gateway.requests()[0].query;
        assert_eq!(query["2fa_code"].len(), 6);
        assert!(!query.contains_key("otp") && !query.contains_key("company"));
    }

    async fn an_answer_that_is_no_acceptance_refuses_kindly_and_starts_no_waiting(app: TestApp) {
        for (status, body, fix) in [
            (
                203,
                r#"{"Message":"Invalid authkey or insufficient balance"}"#,
                "check AUTHKEY_API_KEY",
            ),
            (401, "", "check AUTHKEY_API_KEY"),
            (
                200,
                r#"{"success":{"sms":false},"message":{"sms":"Invalid Template"}}"#,
                "check AUTHKEY_OTP_TEMPLATE_ID",
            ),
            (500, "<h1>oops</h1>", "the provider is having trouble"),
            (200, "garbage", "check AUTHKEY_BASE_URL"),
            (200, "", "check AUTHKEY_BASE_URL"),
        ] {
            let (person, phone) = (app.person(), new_phone());
            app.gateway.reply_with(Reply::Respond(status, body));
            let refused = person.send_otp(&phone).await;
            assert_eq!(
                refused.is(503, "sms_unavailable").json()["error"]["message"],
                "We could not send the text message. Please try again in a moment."
            );
            assert!(
                logs::all().lines().any(|line| line.contains("ERROR")
                    && line.contains(fix)
                    && line.contains(&phone[10..])),
                "{fix}"
            );
            app.gateway.reply_with(ACCEPTED);
            let cookie = person.cookie("challenge").unwrap();
            assert_eq!(
                person.get("/sign-in").await.status,
                200,
                "nothing was sent, so the number is asked for"
            );
            let again = person.send_otp(&phone).await;
            assert_eq!(
                (again.status, &again.json()["resend_in"]),
                (200, &json!(30)),
                "{}",
                again.text
            );
            assert_eq!(person.cookie("challenge").unwrap(), cookie);
            let codes: Vec<_> = app
                .gateway
                .requests()
                .iter()
                .filter(|got| got.query["mobile"] == phone[3..])
                .map(|got| got.query["otp"].clone())
                .collect();
            assert!(codes.len() == 2 && codes[0] == codes[1]);
            assert_eq!(person.verify(&codes[0]).await.status, 200);
        }
    }

    async fn an_sms_to_a_changed_number_that_fails_starts_no_cooldown(app: TestApp) {
        let (person, phone, other) = (app.person(), new_phone(), new_phone());
        person.send_otp(&phone).await;
        app.gateway.reply_with(Reply::Respond(500, ""));
        person.send_otp(&other).await.is(503, "sms_unavailable");
        app.gateway.reply_with(ACCEPTED);
        assert_eq!(person.send_otp(&other).await.json()["resend_in"], 30);
    }

    async fn silence_in_the_middle_of_an_answer_counts_as_sent_too(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        app.gateway.reply_with(Reply::Stall);
        assert_eq!(person.send_otp(&phone).await.status, 200);
        assert_eq!(app.gateway.sms_count(&phone), 1);
    }

    async fn a_browser_that_hangs_up_leaves_no_cooldown_after_an_sms_that_failed(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await;
        app.advance(30);
        app.gateway.reply_with(Reply::Delayed(Duration::from_millis(400), 500));
        let hung_up = tokio::time::timeout(Duration::from_millis(150), person.resend()).await;
        assert!(hung_up.is_err());
        tokio::time::sleep(Duration::from_millis(800)).await;
        app.gateway.reply_with(ACCEPTED);
        assert_eq!(person.resend().await.json()["resend_in"], 60);
    }

    async fn a_resend_that_fails_leaves_the_cooldown_as_it_was(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await;
        app.advance(30);
        app.gateway.reply_with(Reply::Respond(500, ""));
        person.resend().await.is(503, "sms_unavailable");
        app.gateway.reply_with(ACCEPTED);
        assert_eq!(person.resend().await.json()["resend_in"], 60);
    }

    async fn silence_counts_as_sent_and_is_not_sent_again(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        app.gateway.reply_with(Reply::NoAnswer(Duration::from_secs(6)));
        let sent = person.send_otp(&phone).await;
        assert_eq!((sent.status, &sent.json()["resend_in"]), (200, &json!(30)));
        person.send_otp(&phone).await.is(429, "too_soon");
        assert_eq!(app.gateway.sms_count(&phone), 1);
        assert!(
            logs::all()
                .lines()
                .any(|line| line.contains("the text may have gone out")
                    && line.contains(&phone[10..]))
        );
        assert_eq!(person.verify(&app.gateway.code_for(&phone)).await.status, 200);
    }

    async fn a_gateway_that_is_not_there_refuses_kindly(app: TestApp) {
        let app = app.restarted_with(&[("AUTHKEY_BASE_URL", "http://127.0.0.1:9/request")]).await;
        let phone = new_phone();
        app.person().send_otp(&phone).await.is(503, "sms_unavailable");
        assert!(logs::all().lines().any(|line| line.contains(
            "check AUTHKEY_BASE_URL, DNS and the firewall"
        ) && line.contains(&phone[10..])));
    }

    async fn the_next_provider_takes_over_when_the_first_is_down(app: TestApp) {
        let app = app.restarted_with(&[("SMS_PROVIDERS", "authkey,inbox")]).await;
        let (person, phone) = (app.person(), new_phone());
        app.gateway.reply_with(Reply::Respond(203, ""));
        assert_eq!(person.send_otp(&phone).await.status, 200);
        let inbox = person.get("/dev/inbox.json").await.json();
        assert_eq!(
            (&inbox[0]["phone"], &inbox[0]["code"]),
            (&json!(phone), &json!(app.gateway.code_for(&phone)))
        );
    }
}
