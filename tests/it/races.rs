//! Real races: many requests at once on each engine, and on two instances that share a database.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::person::prove_at_once;
use crate::support::{Engine, Person, TestApp, new_phone, soak_size};

const CONCURRENCY: usize = 64;

fn rounds() -> usize {
    soak_size(200, 50)
}

/// Submits one code many times at once to these instances from its browser. Returns the number of
/// sign-ins.
async fn submit_at_once(instances: &[&TestApp], phone: &str) -> usize {
    let first = instances[0];
    let person = first.person();
    person.send_otp(phone).await;
    let code = first.gateway.code_for(phone);
    let tabs: Vec<Person> = (0..CONCURRENCY)
        .map(|i| {
            person.at_instance(
                instances[i % instances.len()].address,
                &instances[i % instances.len()].origin,
            )
        })
        .collect();
    let answers = join_all(tabs.iter().map(|tab| tab.verify(&code))).await;
    for answer in &answers {
        assert!(answer.status == 200 || answer.is(410, "challenge_over").status == 410);
    }
    let signed_in: Vec<&Person> = tabs
        .iter()
        .zip(&answers)
        .filter(|(_, answer)| answer.status == 200)
        .map(|(tab, _)| tab)
        .collect();
    for tab in &signed_in {
        assert_eq!(tab.user().await["first_name"], "Ada");
    }
    signed_in.len()
}

async fn one_session_a_code(instances: &[&TestApp]) {
    let (_, phone) = instances[0].member().await;
    for round in 0..rounds() {
        assert_eq!(submit_at_once(instances, &phone).await, 1, "round {round}");
    }
    let sessions = instances[0].count("SELECT COUNT(*) FROM sessions").await;
    assert_eq!(sessions, i64::try_from(rounds()).unwrap() + 1, "one a round, and the member's own");
}

on_both_engines! {
    async fn a_resend_that_lost_a_race_is_told_the_cooldown_of_the_winner(app: TestApp) {
        for _ in 0..4 {
            let (person, phone) = (app.person(), new_phone());
            person.send_otp(&phone).await.is(200, "");
            app.advance(30);
            let tabs = person.tabs(16);
            let answers = join_all(tabs.iter().map(Person::resend)).await;
            let (sent, refused): (Vec<_>, Vec<_>) =
                answers.iter().partition(|answer| answer.status == 200);
            assert_eq!(sent.len(), 1);
            for answer in refused {
                answer.is(429, "too_soon");
                assert_eq!(answer.json()["error"]["retry_after"], 60);
            }
        }
    }

    async fn a_code_that_is_submitted_many_times_at_once_opens_one_session(app: TestApp) {
        one_session_a_code(&[&app]).await;
    }

    async fn two_browsers_that_prove_a_number_at_once_make_one_account(app: TestApp) {
        for _ in 0..rounds() {
            let (phone, pair) = (new_phone(), [app.person(), app.person()]);
            let verified = prove_at_once(&pair, &app.gateway, &phone).await;
            assert!(
                verified.iter().all(|answer| answer.json()["status"] == "details_required"),
                "{verified:?}"
            );
            let answers = join_all(pair.iter().map(Person::create_account)).await;
            let made = answers.iter().filter(|answer| answer.status == 200).count();
            assert_eq!(made, 1, "{answers:?}");
            assert!(
                answers
                    .iter()
                    .all(|answer| answer.status == 200
                        || answer.is(409, "number_taken").status == 409)
            );
        }
        assert_eq!(
            app.count("SELECT COUNT(*) FROM users").await,
            app.count(
                "SELECT COUNT(*) FROM sessions"
            )
            .await
        );
    }

    async fn details_that_are_submitted_many_times_at_once_make_one_account(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.prove(&app.gateway, &phone).await;
        let tabs = person.tabs(CONCURRENCY);
        let answers = join_all(tabs.iter().map(Person::create_account)).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM sessions").await, 1);
    }

    async fn of_many_resends_at_once_one_is_sent(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await;
        app.advance(30);
        let tabs = person.tabs(CONCURRENCY);
        let answers = join_all(tabs.iter().map(Person::resend)).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(app.gateway.sms_count(&phone), 2);
    }

    async fn a_right_code_and_a_resend_at_once_never_stand_in_each_other_s_way(app: TestApp) {
        for known in [false, true] {
            let phone = if known { app.member().await.1 } else { new_phone() };
            for _ in 0..rounds() {
                let person = app.person();
                person.send_otp(&phone).await;
                let code = app.gateway.code_for(&phone);
                app.advance(30);
                let tabs = person.tabs(8);
                let resends = join_all(tabs[..4].iter().map(Person::resend));
                let proofs = join_all(tabs[4..].iter().map(|tab| tab.verify(&code)));
                let (resends, proofs) = tokio::join!(resends, proofs);
                let all: Vec<u16> =
                    resends.iter().chain(&proofs).map(|answer| answer.status).collect();
                assert!(all.iter().all(|status| *status < 500), "{all:?}");
                assert!(proofs.iter().any(|answer| answer.status == 200), "{all:?}");
            }
        }
    }

    async fn of_many_changes_of_number_at_once_one_is_sent(app: TestApp) {
        for expired in [false, true] {
            let (person, phone, other) = (app.person(), new_phone(), new_phone());
            person.send_otp(&phone).await;
            if expired {
                app.advance(301);
            }
            let tabs = person.tabs(CONCURRENCY);
            let answers = join_all(tabs.iter().map(async |tab| {
                if expired { tab.resend().await } else { tab.send_otp(&other).await }
            }))
            .await;
            assert_eq!(
                answers.iter().filter(|answer| answer.status == 200).count(),
                1,
                "expired: {expired}"
            );
            assert_eq!(app.gateway.sms_count(&phone) + app.gateway.sms_count(&other), 2);
        }
    }

    async fn of_many_concurrent_failed_attempts_five_are_compared(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await;
        let wrong = crate::support::person::wrong_code(&app.gateway.code_for(&phone));
        let tabs = person.tabs(CONCURRENCY);
        let answers = join_all(tabs.iter().map(|tab| tab.verify(&wrong))).await;
        let mut left: Vec<_> = answers
            .iter()
            .filter(|answer| answer.status == 401)
            .map(|answer| answer.json()["error"]["attempts_left"].as_i64().unwrap())
            .collect();
        left.sort_unstable();
        assert_eq!(left, [0, 1, 2, 3, 4]);
        assert_eq!(answers.iter().filter(|answer| answer.status == 410).count(), CONCURRENCY - 5);
        assert_eq!(person.user().await, json!(null));
    }
}

on_both_engines! {
    async fn many_browsers_that_ask_for_one_number_at_once_never_stand_in_each_other_s_way(
        app: TestApp,
    ) {
        let phone = new_phone();
        let people: Vec<Person> = (0..16).map(|_| app.stranger()).collect();
        for _ in 0..10 {
            // Each browser has an expired challenge, and all of them end it at the same moment.
            let answers =
                join_all(people.iter().map(|person| person.send_otp_solving(&phone))).await;
            assert!(
                answers.iter().all(|answer| [200, 428, 429].contains(&answer.status)),
                "{:?}",
                answers.iter().map(|answer| answer.status).collect::<Vec<_>>()
            );
            app.advance(4_000);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_opens_one_session_on_two_instances_that_share_a_database() {
    if let Some(app) = TestApp::start(Engine::Postgres).await {
        let origin = app.origin.clone();
        // Behind a load balancer both instances have the same origin.
        let sibling = app.restarted_with(&[("PUBLIC_ORIGIN", &origin)]).await;
        one_session_a_code(&[&app, &sibling]).await;
    }
}
