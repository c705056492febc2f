//! Secrets are in no log line and in no answer, at the most verbose log level.

use std::collections::HashSet;

use ringkey::server::background_jobs;
use ringkey::server::refusal_counts::Refusal;
use serde_json::json;

use crate::support::gateway::{ACCEPTED, Reply};
use crate::support::person::{transcript, wrong_code};
use crate::support::{API_KEY, Engine, TestApp, logs, new_phone};

/// The error number `EMFILE` of Linux and of macOS.
const TOO_MANY_FILES: i32 = 24;

/// Returns a log line without the figures that look like a code: times and durations.
fn without_figures(line: &str) -> String {
    let words = line
        .split_whitespace()
        .skip(1)
        .filter(|word| !word.starts_with("micros=") && !word.starts_with("elapsed"));
    words.collect::<Vec<_>>().join(" ")
}

/// Returns true if `text` has `digits` as a number of its own.
fn holds(text: &str, digits: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|run| run == digits)
}

on_both_engines! {
    async fn no_key_no_code_and_no_number_is_in_any_log_or_answer(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        let echo: &'static str = Box::leak(
            format!(r#"{{"Message":"no: {API_KEY} {} 123456"}}"#, &phone[3..]).into_boxed_str(),
        );
        for reply in [
            Reply::Respond(203, echo),
            Reply::Respond(500, echo),
            Reply::Respond(302, echo),
            ACCEPTED,
        ] {
            app.gateway.reply_with(reply);
            person.send_otp(&phone).await;
        }
        let code = app.gateway.code_for(&phone);
        person.verify(&wrong_code(&code)).await;
        person.verify("abc").await;
        let (challenge, sms) =
            (person.cookie("challenge").unwrap(), app.gateway.sms_count(&phone));
        person.verify(&code).await;
        person.create_account().await;
        let session = person.cookie("session").unwrap();
        person.get("/account").await;
        person.call("send-otp", json!({"phone": phone})).await;
        person.sign_out().await;
        app.state.store.close().await;
        person.send_otp(&phone).await;
        assert_eq!(sms, 4);

        let (logged, answered) = (logs::all(), transcript().clone());
        assert!(
            logged.lines().count() > 50
                && logged.contains("TRACE")
                && answered.lines().count() >= 8,
            "there is something to search"
        );
        for (place, text) in [("log", &logged), ("answers", &answered)] {
            assert!(!text.contains(API_KEY), "key in {place}");
            assert!(!text.contains(&phone[3..]), "number in {place}");
            assert!(!text.contains("Lovelace") || place == "answers", "name in {place}");
        }
        for line in logged.lines().map(without_figures) {
            assert!(!holds(&line, &code) && !holds(&line, &wrong_code(&code)), "code in {line}");
            assert!(!line.contains(&challenge) && !line.contains(&session), "cookie in {line}");
        }
        assert!(!holds(&answered, &code));
    }
}

#[tokio::test]
async fn a_flood_that_leads_nowhere_leaves_no_flood_in_the_log() {
    let app = TestApp::start(Engine::Sqlite).await.unwrap();
    let person = app.person();
    for i in 0..1_000 {
        assert_eq!(person.get(&format!("/api/flood-{i}")).await.status, 404);
    }
    // A path may be as long as a head.
    let long_path = format!("/api/flood-{}", "a".repeat(15_000));
    assert_eq!(person.get(&long_path).await.status, 404);
    for path in ["/healthz", "/readyz"] {
        assert_eq!(person.get(path).await.status, 200);
    }
    person.get("/api/auth/send-otp").await.is(405, "method_not_allowed");
    person.call("send-otp", json!([])).await.is(400, "malformed");
    person.call("send-otp", json!({"phone": "9".repeat(17_000)})).await.is(413, "too_large");

    let log = logs::all();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("/flood-")).collect();
    assert!(lines.len() >= 1_001, "the most verbose level has them");
    assert!(lines.iter().all(|line| !line.contains(" INFO ")), "{}", lines[0]);
    let longest = lines.iter().max_by_key(|line| line.len()).unwrap();
    assert!(longest.len() < 300 && longest.contains("aaaa"), "{longest}");
    let counts = app.state.refusal_counts.take();
    for (status, times) in [(200, 2), (400, 1), (404, 1_001), (405, 1), (413, 1)] {
        assert!(counts.contains(&(Refusal::Response(status), times)), "{status}: {counts:?}");
    }
    assert_eq!(counts.len(), 5, "{counts:?}");
}

#[tokio::test]
async fn connections_that_the_machine_has_no_room_for_are_one_line_with_their_number() {
    let app = TestApp::start(Engine::Sqlite).await.unwrap();
    for _ in 0..777 {
        app.state.refusal_counts.increment(Refusal::Connection(TOO_MANY_FILES));
    }
    // The first call logs the count, and the second one has nothing to log.
    for _ in 0..2 {
        background_jobs::log_refusal_counts(&app.state);
    }
    let log = logs::all();
    let lines: Vec<&str> =
        log.lines().filter(|line| line.contains("could not accept connections")).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].contains("ERROR")
            && lines[0].contains("Too many open files")
            && lines[0].contains("times=777"),
        "{}",
        lines[0]
    );
}

/// Returns every text in a database.
async fn dump(app: &crate::support::TestApp) -> String {
    use sqlx::{Connection, Row};
    let mut connection =
        sqlx::AnyConnection::connect(app.state.config.database_url()).await.unwrap();
    let mut text = String::new();
    for sql in [
        "SELECT phone || ' ' || purpose || ' ' || key_id || ' ' || reference || ' ' || \
         attempt_budget || ' ' || country || ' ' || client_address || ' ' || COALESCE(next, '') \
         FROM challenges",
        "SELECT CAST(code_length AS TEXT) || ' ' || CAST(attempts AS TEXT) || ' ' || \
         CAST(created_at AS TEXT) || ' ' || CAST(expires_at AS TEXT) FROM challenges",
        "SELECT id || ' ' || phone || ' ' || first_name || ' ' || last_name || ' ' || email FROM \
         users",
        "SELECT name || ' ' || CAST(bucket_start AS TEXT) || ' ' || CAST(count AS TEXT) FROM \
         counters",
        "SELECT event || ' ' || COALESCE(user_id, '') || ' ' || COALESCE(subnet, '') FROM audit",
        "SELECT user_id || ' ' || key_id FROM sessions",
    ] {
        for row in sqlx::query(sql).fetch_all(&mut connection).await.unwrap() {
            text.push_str(&row.get::<String, _>(0));
            text.push('\n');
        }
    }
    for sql in [
        "SELECT nonce FROM challenges",
        "SELECT id FROM challenges",
        "SELECT id FROM sessions",
        "SELECT id FROM devices",
    ] {
        for row in sqlx::query(sql).fetch_all(&mut connection).await.unwrap() {
            text.push_str(&String::from_utf8_lossy(&row.get::<Vec<u8>, _>(0)));
            text.push('\n');
        }
    }
    text
}

on_both_engines! {
    /// Searches for real codes and for decoys: real ones are found no more often than decoys.
    async fn real_codes_are_found_no_more_often_than_decoys(app: TestApp) {
        let (mut codes, mut numbers, mut said) = (Vec::new(), Vec::new(), String::new());
        for i in 0..60 {
            let (person, phone) = (app.stranger(), new_phone());
            let mut answers = vec![person.send_otp(&phone).await];
            let code = app.gateway.code_for(&phone);
            answers.push(person.verify(&wrong_code(&code)).await);
            answers.push(person.get("/sign-in/code").await);
            answers.push(person.submit("/sign-in/code", &[("code", &wrong_code(&code))]).await);
            if i % 3 > 0 {
                answers.push(person.verify(&code).await);
                answers.push(person.get("/sign-in/details").await);
            }
            if i % 3 > 1 {
                answers.push(person.create_account().await);
                answers.push(person.get("/account").await);
                answers.push(person.sign_out().await);
            }
            for answer in answers {
                // The person typed this code, and the form returns it to the same person only.
                said.push_str(
                    &format!("{:?} {}", answer.headers, answer.text)
                        .replace(&wrong_code(&code), ""),
                );
            }
            codes.push(code);
            numbers.push(phone);
        }
        // The decoys are as many numbers of six digits, generated in the same way, that were never
        // sent.
        let decoys: Vec<String> = (0_u64..)
            .map(|i| format!("{:06}", (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20 & 0xF_FFFF))
            .filter(|decoy| decoy.len() == 6 && !codes.contains(decoy))
            .take(codes.len())
            .collect();
        let stored = dump(&app).await;
        let logged = logs::all();
        let logged: String = logged
            .lines()
            .filter(|line| {
                numbers.iter().any(|number| line.contains(&number[number.len() - 3..]))
                    || line.contains("code")
            })
            .map(without_figures)
            .collect();
        for (place, text) in [("answers", &said), ("database", &stored), ("log", &logged)] {
            let runs: HashSet<&str> = text.split(|c: char| !c.is_ascii_digit()).collect();
            let hits =
                |all: &[String]| all.iter().filter(|code| runs.contains(code.as_str())).count();
            assert!(
                hits(&codes) <= hits(&decoys),
                "{} codes and {} decoys in {place}",
                hits(&codes),
                hits(&decoys)
            );
            assert!(text.len() > 1_000, "{place} has something to search");
            assert!(
                !text.contains(API_KEY) && !text.contains(crate::support::SECRET_KEY),
                "a key in {place}"
            );
        }
        for number in &numbers {
            assert!(
                !said.contains(&number[3..]) && !logged.contains(&number[3..]),
                "a whole number"
            );
        }
        println!(
            "{} codes: 0 hits over decoys in {} kB of answers, {} kB of database",
            codes.len(),
            said.len() / 1_000,
            stored.len() / 1_000
        );
    }
}
