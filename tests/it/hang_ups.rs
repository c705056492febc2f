//! Browsers that hang up in the middle of a call, at random moments: the call is done as a whole or
//! not at all.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use sqlx::{AnyConnection, Connection, Executor};

use crate::shared::Rng;
use crate::support::{Person, TestApp, new_phone, soak_size};

const CONCURRENCY: usize = 10;

fn new_people(app: &TestApp) -> Vec<(Person, String)> {
    (0..CONCURRENCY).map(|_| (app.person(), new_phone())).collect()
}

async fn send_at_once(people: &[(Person, String)]) {
    for answer in join_all(people.iter().map(|(person, phone)| person.send_otp(phone))).await {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

/// Returns the number of SMS by the limits, by the challenges and by the gateway, after all work
/// has ended.
async fn sms_counts(app: &TestApp) -> [i64; 3] {
    let mut before = [-1; 3];
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let now = [
            app.count(
                "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM counters WHERE name \
                       LIKE '%/sent/country'",
            )
            .await,
            app.count("SELECT CAST(COALESCE(SUM(sms_count), 0) AS BIGINT) FROM challenges").await,
            i64::try_from(app.gateway.requests().len()).unwrap(),
        ];
        if now == before {
            break;
        }
        before = now;
    }
    before
}

on_both_engines! {
    async fn every_counted_sms_is_sent_whenever_its_browser_hangs_up(app: TestApp) {
        let (rounds, mut rng, mut answered) = (soak_size(50, 6), Rng(16), 0);
        #[expect(
            clippy::disallowed_methods,
            reason = "how long an answer takes is what the cuts are spread over"
        )]
        let began = Instant::now();
        send_at_once(&new_people(&app)).await;
        let long = usize::try_from(began.elapsed().as_micros()).unwrap();
        answered += CONCURRENCY;
        for round in 0..rounds {
            let (people, again) = (new_people(&app), round % 2 == 1);
            if again {
                // This time a resend is cut off instead of the first message.
                send_at_once(&people).await;
                answered += CONCURRENCY;
                app.advance(30);
            }
            let calls = people.iter().map(|(person, phone)| {
                let body =
                    if again { "next=%2F".to_owned() } else { format!("phone=%2B{}", &phone[1..]) };
                let after = Duration::from_micros(u64::try_from(rng.below(long + 1)).unwrap());
                async move { person.call_and_hang_up("send-otp", &body, after).await }
            });
            join_all(calls).await;
        }
        let [by_limits, by_challenges, sent] = sms_counts(&app).await;
        println!(
            "{} cut off, {} of them left all the same",
            rounds * CONCURRENCY,
            sent - i64::try_from(answered).unwrap()
        );
        assert_eq!([by_limits, by_challenges], [sent, sent], "every counted SMS was sent");
    }

    async fn a_person_who_logs_out_and_closes_the_page_is_logged_out(app: TestApp) {
        let url = app.state.config.database_url();
        let lock = if url.starts_with("sqlite:") {
            "BEGIN IMMEDIATE"
        } else {
            "BEGIN; LOCK TABLE sessions IN EXCLUSIVE MODE"
        };
        for call in ["sign-out", "sign-out-everywhere"] {
            let (person, _) = app.member().await;
            // Another connection writes for longer than the page stays open.
            let mut other = AnyConnection::connect(url).await.unwrap();
            other.execute(lock).await.unwrap();
            person.call_and_hang_up(call, "", Duration::from_millis(500)).await;
            other.execute("ROLLBACK").await.unwrap();
            let mut user = person.user().await;
            for _ in 0..200 {
                if user.is_null() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
                user = person.user().await;
            }
            assert_eq!(user, json!(null), "{call}");
        }
    }
}
