//! Requests that must reveal nothing and change nothing: reads, refusals, and requests for a number
//! with or without an account.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use reqwest::Method;
use ringkey::server::audit::AuditArgs;
use ringkey::server::background_jobs;
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection, Executor};
use tracing::field::{Field, Visit};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::shared::Rng;
use crate::support::person::{Answer, wrong_code};
use crate::support::{Engine, Person, TestApp, new_phone};

/// Returns one figure per table that changes when its rows change.
async fn contents(app: &TestApp) -> BTreeMap<&'static str, i64> {
    let mut all = BTreeMap::new();
    for (name, sql) in [
        ("users", "SELECT COUNT(*) FROM users"),
        (
            "challenges",
            "SELECT COUNT(*) * 1000000 + COALESCE(CAST(SUM(attempts + cooldown_step * 100 + \
             COALESCE(consumed_at, 1) + COALESCE(replaced_at, 2)) AS BIGINT), 0) FROM challenges",
        ),
        (
            "sessions",
            "SELECT COUNT(*) * 1000000 + COALESCE(CAST(SUM(renewed_at + expires_at + \
             COALESCE(revoked_at, 1)) AS BIGINT), 0) FROM sessions",
        ),
        (
            "counters",
            "SELECT COUNT(*) * 1000000 + COALESCE(CAST(SUM(count) AS BIGINT), 0) FROM counters",
        ),
        ("used_puzzles", "SELECT COUNT(*) FROM used_tokens"),
        ("devices", "SELECT COUNT(*) FROM devices"),
        ("audit", "SELECT COUNT(*) FROM audit"),
    ] {
        all.insert(name, app.count(sql).await);
    }
    all
}

on_both_engines! {
    async fn no_get_head_or_options_changes_a_row(app: TestApp) {
        let (member, _) = app.member().await;
        let halfway = app.person();
        halfway.send_otp(&new_phone()).await;
        app.advance(60);
        let before = contents(&app).await;
        let paths = [
            "/",
            "/sign-in",
            "/sign-in?change",
            "/sign-up",
            "/sign-in/code",
            "/sign-in/details",
            "/sign-out",
            "/sign-out/everywhere",
            "/account",
            "/dev/inbox",
            "/dev/inbox.json",
            "/api/auth/session",
            "/api/auth/send-otp",
            "/api/auth/verify-otp",
            "/api/auth/create-account",
            "/api/auth/sign-out",
            "/api/auth/sign-out-everywhere",
            "/healthz",
            "/readyz",
            "/boot.js",
            "/account.js",
            "/nowhere",
        ];
        for person in [&member, &halfway, &app.person()] {
            for path in paths {
                for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
                    let answer = person.send(person.request(method.clone(), path)).await;
                    assert!(answer.status < 500, "{method} {path}: {}", answer.status);
                    assert_eq!(
                        answer.header("x-content-type-options"),
                        "nosniff",
                        "{method} {path}"
                    );
                }
            }
        }
        assert_eq!(contents(&app).await, before);
        assert_eq!(member.user().await["first_name"], "Ada");
    }

    async fn the_purge_deletes_expired_rows_and_keeps_the_rest(app: TestApp) {
        const DAY: i64 = 86_400;
        let (member, phone) = app.member().await;
        app.person().send_otp(&new_phone()).await;
        let purge = async |app: &TestApp| {
            app.state.store.purge(app.state.config.retention, app.state.clock.now()).await.unwrap()
        };
        app.advance(2 * DAY);
        assert_eq!(purge(&app).await, 0, "48 hours after its end, and not at 48");
        app.advance(1_000);
        assert!(purge(&app).await > 5);
        assert_eq!(app.count("SELECT COUNT(*) FROM challenges").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM counters").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit WHERE subnet IS NOT NULL").await, 1);
        assert_eq!(member.user().await["first_name"], "Ada");
        app.advance(29 * DAY);
        purge(&app).await;
        assert_eq!(
            app.count("SELECT COUNT(*) FROM audit WHERE subnet IS NOT NULL").await,
            0,
            "the subnet goes first"
        );
        assert_eq!(app.count("SELECT COUNT(*) FROM audit").await, 1);
        app.advance(150 * DAY);
        purge(&app).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM audit").await, 0);
        assert_eq!(
            app.count("SELECT COUNT(*) FROM sessions").await
                + app
                    .count(
                        "SELECT COUNT(*) FROM devices"
                    )
                    .await,
            0
        );
        assert_eq!(app.count("SELECT COUNT(*) FROM users").await, 1);
        // The account is there, and its owner has not used it for half a year.
        let answer = app.person().prove(&app.gateway, &phone).await;
        assert_eq!(answer.json()["status"], "owner_check_required");
    }

    async fn a_clock_that_is_ahead_deletes_nothing_and_what_it_counted_goes(app: TestApp) {
        const AHEAD: i64 = 400 * 86_400;
        let (member, _) = app.member().await;
        assert_eq!(background_jobs::purge(&app.state).await.unwrap(), 0);
        app.advance(AHEAD);
        app.person().send_otp(&new_phone()).await.is(200, "");
        let written = contents(&app).await;
        // Each purge is ten minutes after the last and as after a restart: only the database has a
        // memory, and the newest row is not proof of the time.
        for round in 0..144 {
            assert_eq!(background_jobs::purge(&app.state).await.unwrap(), 0, "round {round}");
            app.advance(600);
        }
        assert_eq!(contents(&app).await, written);
        app.advance(-AHEAD - 144 * 600);
        assert!(
            app.count("SELECT COUNT(*) FROM counters WHERE bucket_start > 1800086400").await > 3
        );
        let kept = app
            .count(
                "SELECT COUNT(*) FROM counters WHERE bucket_start BETWEEN 1 AND 1800086400",
            )
            .await;
        assert!(background_jobs::purge(&app.state).await.unwrap() > 3);
        assert_eq!(
            app.count("SELECT COUNT(*) FROM counters WHERE bucket_start > 1800086400").await,
            0
        );
        assert_eq!(
            app.count(
                "SELECT COUNT(*) FROM counters WHERE bucket_start BETWEEN 1 AND 1800086400"
            )
            .await,
            kept
        );
        assert_eq!(member.user().await["first_name"], "Ada");
    }

    async fn a_clock_that_has_stood_for_a_day_after_a_jump_is_trusted(app: TestApp) {
        app.person().send_otp(&new_phone()).await.is(200, "");
        background_jobs::purge(&app.state).await.unwrap();
        // The machine was off for ten days.
        app.advance(10 * 86_400);
        assert_eq!(background_jobs::purge(&app.state).await.unwrap(), 0);
        app.advance(86_399);
        assert_eq!(background_jobs::purge(&app.state).await.unwrap(), 0);
        app.advance(1);
        assert!(background_jobs::purge(&app.state).await.unwrap() > 3);
        assert_eq!(app.count("SELECT COUNT(*) FROM challenges").await, 0);
    }

    async fn the_record_says_what_happened_to_an_account_and_nothing_secret(app: TestApp) {
        let (person, phone) = (app.stranger(), new_phone());
        person.sign_up(&app.gateway, &phone).await;
        let id = person.user().await["id"].as_str().unwrap().to_owned();
        person.sign_out().await;
        person.prove(&app.gateway, &phone).await;
        person.call("sign-out-everywhere", json!({})).await;
        assert_eq!(ringkey::server::revoke::revoke(&app.state, &phone).await, Ok(0));
        assert!(ringkey::server::revoke::revoke(&app.state, &new_phone()).await.is_err());
        let mut text = String::new();
        for account in [&id, &phone] {
            let arguments = AuditArgs { days: 7, account: Some(account.clone()) };
            let mut out = Vec::new();
            ringkey::server::audit::print(&app.state, &arguments, &mut out).await.unwrap();
            let printed = String::from_utf8(out).unwrap();
            assert!(text.is_empty() || text == printed, "by its id and by its number");
            text = printed;
        }
        let events: Vec<&str> = text.lines().map(|line| line.split(' ').nth(1).unwrap()).collect();
        assert_eq!(
            events,
            [
                "signed_up",
                "signed_out",
                "signed_in",
                "signed_out_everywhere",
                "revoked_by_operator"
            ],
            "{text}"
        );
        assert!(
            text.starts_with("2027-01-15T08:00:00Z signed_up ") && text.contains(".0/24"),
            "{text}"
        );
        assert!(!text.contains(&phone[3..]));
    }

    async fn an_operator_s_revocation_ends_what_is_open(app: TestApp) {
        let (person, phone) = app.member().await;
        assert_eq!(ringkey::server::revoke::revoke(&app.state, &phone).await, Ok(1));
        assert_eq!(person.user().await, json!(null));
        assert_eq!(app.count("SELECT COUNT(*) FROM devices").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_purge_waits_for_no_request_and_takes_the_next_time_what_one_held() {
    let Some(app) = TestApp::start(Engine::Postgres).await else { return };
    app.member().await;
    app.advance(3 * 86_400);
    let mut request = AnyConnection::connect(app.state.config.database_url()).await.unwrap();
    request.execute("BEGIN; SELECT name FROM counters FOR UPDATE").await.unwrap();
    let purge = async || {
        app.state.store.purge(app.state.config.retention, app.state.clock.now()).await.unwrap()
    };
    let left = async || app.count("SELECT COUNT(*) FROM counters").await;
    let before = left().await;
    assert!(purge().await > 0, "what nobody held");
    assert_eq!((left().await, app.count("SELECT COUNT(*) FROM challenges").await), (before, 0));
    request.execute("ROLLBACK").await.unwrap();
    purge().await;
    assert_eq!(left().await, 0);
}

/// A subscriber that keeps the statements of its thread.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        struct Sql(String);
        impl Visit for Sql {
            fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
            fn record_str(&mut self, field: &Field, value: &str) {
                if field.name() == "sql" {
                    value.clone_into(&mut self.0);
                }
            }
        }
        if event.metadata().target() == "ringkey::sql" {
            let mut sql = Sql(String::new());
            event.record(&mut sql);
            self.0.lock().unwrap().push(sql.0);
        }
    }
}

/// Returns an answer without its random parts.
fn shape(answer: &Answer) -> (u16, Vec<String>, Value) {
    let mut body = answer.json();
    for drawn in ["reference", "phone"] {
        if let Some(value) = body.get_mut(drawn) {
            *value = json!(value.as_str().unwrap().chars().count());
        }
    }
    let mut headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
    headers.sort_unstable();
    (answer.status, headers, body)
}

/// Makes the requests of a client that has verified nothing, and returns the answers.
async fn before_proof(
    app: &TestApp,
    person: &Person,
    phone: &str,
) -> Vec<(u16, Vec<String>, Value)> {
    let mut shapes = vec![shape(&person.send_otp(phone).await), shape(&person.resend().await)];
    let code = app.gateway.code_for(phone);
    shapes.push(shape(&person.verify(&wrong_code(&code)).await));
    shapes.push(shape(&person.verify("12345").await));
    shapes.push(shape(&person.create_account().await));
    shapes.push(shape(&person.send_otp(phone).await));
    shapes
}

async fn known_and_unknown_look_the_same(engine: Engine) {
    let Some(app) = TestApp::start(engine).await else { return };
    let (_, known) = app.member().await;
    // The counters of the member's own sign-up are expired by now.
    app.advance(3 * 86_400);
    app.state.store.purge(app.state.config.retention, app.state.clock.now()).await.unwrap();
    let mut seen = Vec::new();
    for phone in [&known, &new_phone()] {
        let statements = Statements::default();
        let _guard = tracing::subscriber::set_default(
            tracing_subscriber::registry().with(statements.clone()),
        );
        let shapes = before_proof(&app, &app.stranger(), phone).await;
        let statements = statements.0.lock().unwrap().clone();
        assert!(statements.len() > 10, "{statements:?}");
        seen.push((shapes, statements));
        app.advance(400);
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_known_number_runs_the_statements_of_an_unknown_one_on_sqlite() {
    known_and_unknown_look_the_same(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_known_number_runs_the_statements_of_an_unknown_one_on_postgres() {
    known_and_unknown_look_the_same(Engine::Postgres).await;
}

fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Returns the largest difference of the two medians in a thousand random relabellings.
fn noise_floor(known: &[f64], unknown: &[f64]) -> f64 {
    let (mut rng, mut most) = (Rng(7), 0.0_f64);
    for _ in 0..1_000 {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for (one, other) in known.iter().zip(unknown) {
            let (one, other) = if rng.below(2) == 0 { (one, other) } else { (other, one) };
            a.push(*one);
            b.push(*other);
        }
        most = most.max((median(&a) - median(&b)).abs());
    }
    most
}

/// The pairs are interleaved. The bound is asserted at the long size only, where it is reliable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_number_takes_as_long_as_an_unknown_one() {
    let soak = std::env::var_os("SOAK").is_some();
    let app = TestApp::start(Engine::Sqlite).await.unwrap();
    let mut members = Vec::new();
    for _ in 0..20 {
        members.push(app.member().await.1);
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    #[expect(clippy::disallowed_methods, reason = "what is measured is how long an answer takes")]
    let time = async |phone: &str| {
        let person = app.stranger();
        let began = Instant::now();
        let answer = person.send_otp(phone).await;
        (began.elapsed().as_secs_f64() * 1e6, shape(&answer))
    };
    for pair in 0..if soak { 5_000 } else { 100 } {
        // All earlier challenges are over and refunded, as for a number without a challenge.
        app.advance(2 * 86_400);
        let (first, second) = (members[pair % 20].clone(), new_phone());
        let ((a, one), (b, other)) = if pair % 2 == 0 {
            (time(&first).await, time(&second).await)
        } else {
            let unknown = time(&second).await;
            (time(&first).await, unknown)
        };
        assert_eq!(one, other);
        known.push(a);
        unknown.push(b);
    }
    let (difference, floor) =
        ((median(&known) - median(&unknown)).abs(), noise_floor(&known, &unknown));
    println!(
        "medians {:.0} and {:.0} µs, {difference:.1} µs apart, noise floor {floor:.1} µs",
        median(&known),
        median(&unknown)
    );
    assert!(
        !soak || difference <= floor.max(50.0),
        "{difference} µs apart, noise floor {floor} µs"
    );
}
