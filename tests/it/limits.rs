//! The limits, each at its bound and one past it, over HTTP on both engines.

use serde_json::json;

use crate::support::person::{Answer, Person, solve, wrong_code};
use crate::support::{TestApp, new_phone};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A number in a prefix of its own, so that no two cases of a test share a prefix.
fn number(prefix: u32, line: u32) -> String {
    format!("+91{prefix}{line:07}")
}

async fn fail_attempts(app: &TestApp, person: &Person, phone: &str) -> usize {
    let code = wrong_code(&app.gateway.code_for(phone));
    let mut compared = 0;
    for _ in 0..7 {
        compared += usize::from(person.verify(&code).await.status == 401);
    }
    compared
}

on_both_engines! { limited:
    async fn a_number_has_five_sms_an_hour_then_puzzles_up_to_twenty_a_day_then_one_an_hour(
        app: TestApp,
    ) {
        let phone = new_phone();
        for text in 1..=5 {
            assert_eq!(app.stranger().send_otp(&phone).await.status, 200, "{text}");
            // Until its attempts are refunded, the next challenge gets only the attempts that are
            // left.
            app.advance(361);
        }
        app.stranger().send_otp(&phone).await.is(428, "proof_required");
        for text in 6..=20 {
            let sent = app.stranger().send_otp_solving(&phone).await;
            assert_eq!(sent.status, 200, "{text}: {}", sent.text);
        }
        let hourly = app.stranger().send_otp_solving(&phone).await;
        assert_eq!(hourly.status, 200, "the first of the hourly allowance: {}", hourly.text);
        let refused = app.stranger().send_otp_solving(&phone).await;
        let wait = refused.is(429, "too_often").json()["error"]["retry_after"].as_i64().unwrap();
        assert_eq!(refused.header("retry-after"), wait.to_string());
        assert!((1..=HOUR).contains(&wait), "{wait}");
        app.advance(wait - 360);
        app.stranger().send_otp_solving(&phone).await.is(429, "too_often");
        app.advance(360);
        assert_eq!(
            app.stranger().send_otp_solving(&phone).await.status,
            200,
            "an hour later one more"
        );
        assert_eq!(app.gateway.sms_count(&phone), 22);
        app.advance(DAY + HOUR);
        assert_eq!(
            app.stranger().send_otp(&phone).await.status,
            200,
            "a day later all is forgotten"
        );
    }

    async fn an_address_has_ten_sms_an_hour_then_puzzles_up_to_thirty_then_waits(app: TestApp) {
        let at = "203.0.113.7";
        for text in 1..=30 {
            let person = app.person().with_address(at);
            let (first, phone) =
                (person.send_otp(&number(700 + text, 1)).await, number(700 + text, 1));
            if text <= 10 {
                assert_eq!(first.status, 200, "{text}");
            } else {
                first.is(428, "proof_required");
                let sent =
                    person.call("send-otp", json!({"phone": phone, "proof": solve(&first)})).await;
                assert_eq!(sent.status, 200, "{text}: {}", sent.text);
            }
        }
        let refused = app.person().with_address(at).send_otp_solving(&number(750, 1)).await;
        let wait = refused.is(429, "too_often").json()["error"]["retry_after"].as_i64().unwrap();
        assert_eq!(wait % 10, 0, "a round number");
        let neighbour = app.person().with_address("203.0.113.8").send_otp("+447400123456").await;
        assert_eq!(neighbour.status, 200, "the neighbour is not slowed: {}", neighbour.text);
        app.advance(wait);
        assert_eq!(
            app.person().with_address(at).send_otp_solving(&number(752, 1)).await.status,
            200
        );
    }

    async fn a_subnet_has_forty_sms_an_hour_without_a_puzzle(app: TestApp) {
        for (net, address) in [
            ("v4", (|i| format!("198.51.100.{i}")) as fn(u32) -> String),
            ("v6", |i| format!("2001:db8:7:{i:x}::{i:x}")),
        ] {
            let mut free = 0;
            app.advance(DAY + HOUR);
            for i in 1..=60 {
                // The numbers are of three countries, so that the limit of a country is not
                // reached.
                let line = 100 + i + if net == "v4" { 0 } else { 100 };
                let phone = [
                    number(600 + i, line),
                    format!("+44740012{line:04}"),
                    format!("+33612{line:06}"),
                ][i as usize % 3]
                    .clone();
                let sent = app.person().with_address(&address(i)).send_otp(&phone).await;
                free += usize::from(sent.status == 200);
                assert!(sent.status == 200 || sent.status == 428, "{}", sent.text);
            }
            assert_eq!(free, 40, "{net}");
        }
    }

    async fn an_address_with_verified_sms_may_request_more(app: TestApp) {
        let at = "203.0.113.9";
        for person in 1..=40 {
            let browser = app.person().with_address(at);
            let phone = number(700 + person, 3);
            let sent = browser.send_otp_solving(&phone).await;
            assert_eq!(sent.status, 200, "{person}: {}", sent.text);
            assert_eq!(browser.verify(&app.gateway.code_for(&phone)).await.status, 200);
        }
    }

    async fn a_prefix_has_twenty_unverified_sms_then_puzzles_up_to_sixty_then_one_an_hour(
        app: TestApp,
    ) {
        let mut line = 0;
        let mut next = || {
            line += 1;
            number(888, line)
        };
        for text in 1..=20 {
            assert_eq!(app.stranger().send_otp(&next()).await.status, 200, "{text}");
        }
        app.stranger().send_otp(&next()).await.is(428, "proof_required");
        for text in 21..=61 {
            let sent = app.stranger().send_otp_solving(&next()).await;
            assert_eq!(sent.status, 200, "{text}: {}", sent.text);
        }
        app.stranger().send_otp_solving(&next()).await.is(429, "too_often");
        let elsewhere = app.stranger().send_otp_solving(&number(777, 1)).await;
        assert_eq!(elsewhere.status, 200, "another prefix goes on: {}", elsewhere.text);
        app.advance(HOUR);
        assert_eq!(app.stranger().send_otp_solving(&next()).await.status, 200);
        app.stranger().send_otp_solving(&next()).await.is(429, "too_often");
    }

    async fn an_sms_counts_as_verified_once_however_often_its_number_is_verified(app: TestApp) {
        let (person, phone) = (app.stranger(), new_phone());
        for wait in [30, 60, 120, 300] {
            assert_eq!(person.send_otp_solving(&phone).await.status, 200);
            assert_eq!(
                person.verify(&app.gateway.code_for(&phone)).await.json()["status"],
                "details_required"
            );
            app.advance(wait);
        }
        assert_eq!(
            app.count(
                "SELECT CAST(SUM(count) AS BIGINT) FROM counters WHERE name LIKE '%/sent/prefix'"
            )
            .await,
            4
        );
        assert_eq!(
            app.count(
                "SELECT CAST(SUM(count) AS BIGINT) FROM counters WHERE name LIKE \
                              '%/verified/prefix'"
            )
            .await,
            4
        );
    }

    async fn a_prefix_with_verified_sms_is_not_limited(app: TestApp) {
        for line in 1..=100 {
            let person = app.stranger();
            let phone = number(887, line);
            assert_eq!(person.send_otp(&phone).await.status, 200, "{line}");
            assert_eq!(person.verify(&app.gateway.code_for(&phone)).await.status, 200);
        }
    }

    async fn a_country_has_thirty_unverified_sms_an_hour_without_a_puzzle(app: TestApp) {
        for i in 1..=30 {
            assert_eq!(app.stranger().send_otp(&number(600 + i, 4)).await.status, 200, "{i}");
        }
        app.stranger().send_otp(&number(640, 4)).await.is(428, "proof_required");
        assert_eq!(
            app.stranger().send_otp("+447400123456").await.status,
            200,
            "another country goes on"
        );
    }

    async fn a_number_has_seven_failed_attempts_at_six_digits_and_then_codes_of_eight(
        app: TestApp,
    ) {
        let phone = new_phone();
        let mut compared = Vec::new();
        for _ in 0..2 {
            let person = app.stranger();
            assert_eq!(person.send_otp(&phone).await.json()["code_length"], 6);
            compared.push(fail_attempts(&app, &person, &phone).await);
        }
        assert_eq!(compared, [5, 2], "the second challenge had what was left");
        let person = app.stranger();
        let asked = person.send_otp(&phone).await;
        asked.is(428, "proof_required");
        let sent = person.call("send-otp", json!({"phone": phone, "proof": solve(&asked)})).await;
        assert_eq!(sent.json()["code_length"], 8, "{}", sent.text);
        assert_eq!(app.gateway.code_for(&phone).len(), 8);
        assert_eq!(person.verify(&app.gateway.code_for(&phone)).await.status, 200, "never a lock");
        app.advance(DAY + 2 * HOUR);
        assert_eq!(app.stranger().send_otp(&phone).await.json()["code_length"], 6, "a day later");
    }

    async fn attempts_that_did_not_fail_are_refunded(app: TestApp) {
        let phone = new_phone();
        for round in 0..3 {
            let person = app.stranger();
            assert_eq!(person.send_otp(&phone).await.json()["code_length"], 6, "{round}");
            let code = app.gateway.code_for(&phone);
            person.verify(&wrong_code(&code)).await.is(401, "code_incorrect");
            assert_eq!(person.verify(&code).await.status, 200);
        }
        // Three attempts failed. A challenge that expires without an attempt is refunded all of its
        // attempts.
        for _ in 0..2 {
            let sent = app.stranger().send_otp(&phone).await;
            assert_eq!(sent.json()["code_length"], 6, "{}", sent.text);
            app.advance(HOUR);
        }
        let person = app.stranger();
        person.send_otp(&phone).await;
        assert_eq!(fail_attempts(&app, &person, &phone).await, 4, "seven less three");
    }

    async fn a_known_device_is_not_slowed_by_strangers(app: TestApp) {
        let (owner, phone) = (app.stranger(), new_phone());
        owner.sign_up(&app.gateway, &phone).await;
        owner.sign_out().await;
        app.advance(DAY);
        for _ in 0..2 {
            let stranger = app.stranger();
            stranger.send_otp(&phone).await;
            fail_attempts(&app, &stranger, &phone).await;
        }
        for _ in 0..25 {
            app.stranger().send_otp_solving(&phone).await;
        }
        app.stranger().send_otp_solving(&phone).await.is(429, "too_often");
        let sent = owner.send_otp(&phone).await;
        assert_eq!((sent.status, &sent.json()["code_length"]), (200, &json!(6)), "{}", sent.text);
        assert_eq!(owner.verify(&app.gateway.code_for(&phone)).await.status, 200);
        assert_eq!(owner.user().await["first_name"], "Ada");
    }

    async fn a_device_is_known_from_the_next_day_and_until_log_out_everywhere(app: TestApp) {
        let (owner, phone) = (app.stranger(), new_phone());
        owner.sign_up(&app.gateway, &phone).await;
        let elsewhere = app.stranger();
        assert_eq!(elsewhere.prove(&app.gateway, &phone).await.status, 200);
        owner.sign_out().await;
        let account_counters = async |app: &TestApp| {
            app.count(
                "SELECT COUNT(*) FROM counters \
             WHERE name LIKE '%/sent/account' AND bucket_start > 0",
            )
            .await
        };
        app.advance(DAY - 1);
        owner.send_otp(&phone).await;
        assert_eq!(account_counters(&app).await, 0, "not yet known");
        app.advance(60);
        assert_eq!(owner.resend().await.status, 200);
        assert_eq!(account_counters(&app).await, 1, "known from now on");
        assert_eq!(elsewhere.call("sign-out-everywhere", json!({})).await.status, 200);
        assert_eq!(elsewhere.user().await, json!(null));
        assert_eq!(app.count("SELECT COUNT(*) FROM devices").await, 0);
        app.advance(HOUR);
        assert_eq!(owner.send_otp(&phone).await.status, 200);
        assert_eq!(account_counters(&app).await, 1, "a stranger again");
    }

    async fn an_sms_that_no_provider_accepted_counts_for_its_client_network_alone(app: TestApp) {
        let phone = new_phone();
        app.gateway.reply_with(crate::support::gateway::Reply::Respond(500, ""));
        let person = app.stranger();
        for _ in 0..8 {
            person.send_otp(&phone).await.is(503, "sms_unavailable");
        }
        assert_eq!(
            app.count(
                "SELECT CAST(SUM(count) AS BIGINT) FROM counters WHERE name NOT LIKE \
                              '%/attempts/%' AND name NOT LIKE '%/sent/address' AND name NOT LIKE \
                              '%/sent/subnet'"
            )
            .await,
            0
        );
        assert_eq!(
            app.count(
                "SELECT CAST(SUM(count) AS BIGINT) FROM counters WHERE name LIKE '%/sent/address'"
            )
            .await,
            8
        );
        app.gateway.reply_with(crate::support::gateway::ACCEPTED);
        assert_eq!(person.send_otp(&phone).await.status, 200);
    }
}

fn said(answer: &Answer) -> String {
    answer.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
}

on_both_engines! { limited:
    async fn a_refusal_says_in_words_when_to_come_back(app: TestApp) {
        for i in 1..=31 {
            app.person().with_address("203.0.113.7").send_otp_solving(&number(600 + i, 5)).await;
        }
        let refused =
            app.person().with_address("203.0.113.7").send_otp_solving(&number(650, 5)).await;
        assert!(
            said(refused.is(429, "too_often")).contains("You can try again in "),
            "{}",
            refused.text
        );
    }
}
