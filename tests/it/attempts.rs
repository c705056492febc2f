//! Thousands of attempts: the number that is compared, the sum of their odds, and that each of them
//! is counted.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::logs;
use crate::support::person::{Answer, Person, attempt_a_thousand_times, wrong_code};
use crate::support::{Engine, TestApp, new_phone};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A compared attempt: its time, and the number of digits of its code.
type Compared = (i64, u32);

/// Returns the sum of the odds of the attempts in the worst 24 hours, in units of one in 10^8.
fn worst_day(compared: &[Compared]) -> u64 {
    let units = |digits: u32| 10_u64.pow(8 - digits);
    let day = |from: i64| {
        compared
            .iter()
            .filter(|(at, _)| (from..from + DAY).contains(at))
            .map(|(_, digits)| units(*digits))
            .sum()
    };
    compared.iter().map(|(from, _)| day(*from)).max().unwrap_or(0)
}

/// Plays one round of an attack: a challenge of a new client, and five wrong attempts at it.
async fn round(app: &TestApp, phone: &str, at: i64, compared: &mut Vec<Compared>) {
    let stranger = app.stranger();
    if stranger.send_otp_solving(phone).await.status != 200 {
        return;
    }
    let code = app.gateway.code_for(phone);
    for _ in 0..5 {
        if stranger.verify(&wrong_code(&code)).await.status == 401 {
            compared.push((at, u32::try_from(code.len()).unwrap()));
        }
    }
}

/// Proves a number from a new client. Returns a browser with the cookie from before the proof, and
/// the code.
async fn proof(app: &TestApp, phone: &str) -> (Person, String) {
    let owner = app.stranger();
    assert_eq!(owner.send_otp_solving(phone).await.status, 200);
    let (thief, code) = (owner.tabs(1).remove(0), app.gateway.code_for(phone));
    assert_eq!(owner.verify(&code).await.json()["status"], "details_required");
    (thief, code)
}

/// Plays 200 rounds over two days, with a restart and a second instance in the middle. Returns the
/// compared attempts, and asserts that the owner can sign in.
async fn attack(app: &TestApp, rounds: i64) -> Vec<Compared> {
    let (owner, phone) = (app.stranger(), new_phone());
    owner.sign_up(&app.gateway, &phone).await;
    owner.sign_out().await;
    app.advance(DAY + 2 * HOUR);
    let (mut compared, mut now) = (Vec::new(), 0);
    let sibling = app.sibling().await;
    let mut restarted = None;
    for i in 0..rounds {
        if i == rounds / 2 {
            restarted = Some(app.restarted_with(&[]).await);
        }
        let first = restarted.as_ref().unwrap_or(app);
        round(if i % 3 == 2 { &sibling } else { first }, &phone, now, &mut compared).await;
        let step = 2 * DAY / rounds;
        app.advance(step);
        now += step;
        if i == rounds / 2 {
            assert_eq!(owner.send_otp(&phone).await.status, 200, "the known device, at once");
            assert_eq!(owner.verify(&app.gateway.code_for(&phone)).await.status, 200);
            owner.sign_out().await;
            now += fresh_device_gets_in(app, &phone).await;
        }
    }
    compared
}

/// Signs the owner in on a new device that obeys every answer. Returns the seconds that it waited.
async fn fresh_device_gets_in(app: &TestApp, phone: &str) -> i64 {
    let fresh = app.stranger();
    let mut waited = 0;
    loop {
        let sent = fresh.send_otp_solving(phone).await;
        if sent.status == 200 {
            assert_eq!(fresh.verify(&app.gateway.code_for(phone)).await.status, 200);
            assert!(waited <= HOUR, "the owner waited {waited} s");
            return waited;
        }
        let wait = sent.is(429, "too_often").json()["error"]["retry_after"].as_i64().unwrap();
        app.advance(wait);
        waited += wait;
    }
}

on_both_engines! { limited:
    async fn two_hundred_rounds_of_attempts_stay_under_one_in_a_hundred_thousand(app: TestApp) {
        let compared = attack(&app, 200).await;
        let worst = worst_day(&compared);
        println!("{} attempts compared, worst 24 hours {worst} in 10^8", compared.len());
        assert!((700..=1_000).contains(&worst), "{worst}");
    }
}

/// Returns the sum of the attempt budgets of all numbers, in units of one in 10^8.
async fn budget_units(app: &TestApp) -> i64 {
    app.count(
        "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM counters WHERE name LIKE \
               '%/attempts/number'",
    )
    .await
}

/// Returns the number of compared, wrong attempts, and asserts that the others were not compared.
fn compared_of(answers: &[Answer]) -> usize {
    let compared = answers.iter().filter(|answer| answer.status == 401).count();
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 401 || answer.is(410, "challenge_over").status == 410)
    );
    compared
}

on_both_engines! {
    async fn after_a_proof_the_earlier_cookie_allows_one_attempt_and_no_account(app: TestApp) {
        let (owner, phone) = (app.person(), new_phone());
        owner.send_otp(&phone).await;
        let code = app.gateway.code_for(&phone);
        // An attacker has planted or seen the first cookie and does not have the code.
        let thief = owner.tabs(1).remove(0);
        assert_eq!(owner.verify(&wrong_code(&code)).await.status, 401);
        assert_eq!(owner.verify(&code).await.json()["status"], "details_required");
        assert_eq!(budget_units(&app).await, 100, "the owner's slip");
        thief.create_account().await.is(401, "no_challenge");
        assert_eq!(
            thief.verify(&wrong_code(&code)).await.is(401, "code_incorrect").json()["error"]
                ["attempts_left"],
            0
        );
        assert_eq!(budget_units(&app).await, 200, "and the thief's attempt");
        for typed in [wrong_code(&code), code] {
            thief.verify(&typed).await.is(410, "challenge_over");
        }
        thief.create_account().await.is(401, "no_challenge");
        thief.resend().await.is(401, "no_challenge");
        assert_eq!(
            app.count(
                "SELECT CAST(SUM(count) AS BIGINT) FROM counters WHERE name = 'failed-attempts'"
            )
            .await,
            2
        );
        assert_eq!(owner.create_account().await.status, 200, "the proof stands");
        assert_eq!(
            (owner.user().await["first_name"].clone(), thief.user().await),
            (json!("Ada"), json!(null))
        );
    }

    async fn once_the_account_exists_the_earlier_cookie_allows_nothing(app: TestApp) {
        let (owner, phone) = (app.person(), new_phone());
        owner.send_otp(&phone).await;
        let (thief, code) = (owner.tabs(1).remove(0), app.gateway.code_for(&phone));
        assert_eq!(owner.verify(&code).await.json()["status"], "details_required");
        assert_eq!(owner.create_account().await.status, 200);
        for typed in [wrong_code(&code), code] {
            thief.verify(&typed).await.is(410, "challenge_over");
        }
        assert_eq!((budget_units(&app).await, thief.user().await), (0, json!(null)));
    }

    async fn a_right_code_comes_again_in_many_tabs_at_once_and_of_wrong_ones_one_is_compared(
        app: TestApp,
    ) {
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await;
        let code = app.gateway.code_for(&phone);
        let (late, mistaken) = (person.tabs(32), person.tabs(32));
        assert_eq!(person.verify(&code).await.json()["status"], "details_required");
        let verified = person.cookie("challenge");
        for answer in join_all(late.iter().map(|tab| tab.verify(&code))).await {
            assert_eq!(answer.json()["status"], "details_required", "{}", answer.text);
        }
        assert!(late.iter().all(|tab| tab.cookie("challenge") == verified), "each has the proof");
        assert_eq!(
            (budget_units(&app).await, app.count("SELECT attempts FROM challenges").await),
            (0, 0),
            "none of them was an attempt"
        );
        let code = wrong_code(&code);
        let answers = join_all(mistaken.iter().map(|tab| tab.verify(&code))).await;
        assert_eq!((compared_of(&answers), budget_units(&app).await), (1, 100));
        assert_eq!(late[7].create_account().await.status, 200);
    }

    async fn an_attempt_after_the_proof_counts_although_its_browser_hangs_up(app: TestApp) {
        let (owner, phone) = (app.person(), new_phone());
        owner.send_otp(&phone).await;
        let (thief, code) = (owner.tabs(1).remove(0), app.gateway.code_for(&phone));
        assert_eq!(owner.verify(&code).await.json()["status"], "details_required");
        let wrong = wrong_code(&code);
        for _ in 0..64 {
            thief.verify_and_hang_up(&wrong).await;
        }
        // This attempt is the compared one if all the others were cut before they were read.
        compared_of(&[thief.verify(&wrong).await]);
        thief.verify(&code).await.is(410, "challenge_over");
        for _ in 0..200 {
            if budget_units(&app).await == 100 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(
            (budget_units(&app).await, app.count("SELECT attempts FROM challenges").await),
            (100, 1)
        );
    }
}

on_both_engines! { limited:
    async fn attempts_after_a_proof_count_in_the_attempt_budget_as_well(app: TestApp) {
        let phone = new_phone();
        let mut compared = Vec::new();
        for round in 0..15 {
            let (thief, code) = proof(&app, &phone).await;
            for _ in 0..5 {
                if thief.verify(&wrong_code(&code)).await.status == 401 {
                    compared.push((round, u32::try_from(code.len()).unwrap()));
                }
            }
        }
        assert_eq!(compared.len(), 15, "one a proof");
        assert_eq!(
            compared.iter().filter(|(_, digits)| *digits == 6).count(),
            7,
            "then it is eight digits"
        );
        assert_eq!((worst_day(&compared), budget_units(&app).await), (708, 708));
    }

    /// This is the arithmetic of docs/limits.md for several proofs within the life of one code.
    async fn eighteen_proofs_in_five_minutes_are_worth_one_in_forty_thousand(app: TestApp) {
        let phone = new_phone();
        let mut thieves = Vec::new();
        for _ in 0..18 {
            thieves.push(proof(&app, &phone).await);
        }
        let mut compared = Vec::new();
        for _ in 0..2 {
            round(&app, &phone, 0, &mut compared).await;
        }
        assert_eq!(worst_day(&compared), 700, "within the attempt budget");
        for (thief, code) in &thieves {
            assert_eq!((thief.verify(&wrong_code(code)).await.status, code.len()), (401, 6));
            compared.push((0, 6));
        }
        assert_eq!((worst_day(&compared), budget_units(&app).await), (2_500, 2_500));
        let refused = app.stranger().send_otp_solving(&phone).await;
        refused.is(429, "too_often");
    }
}

/// Asserts that the attempt budget alone is enough when the send limits are raised.
async fn raised(engine: Engine) {
    let sends = [
        ("NUMBER_SENDS_PER_HOUR", "100000"),
        ("NUMBER_SENDS_PER_DAY", "100000"),
        ("NUMBER_SENDS_PER_DAY_WITH_PROOF", "100000"),
        ("PREFIX_UNVERIFIED_PER_DAY", "100000"),
        ("PREFIX_UNVERIFIED_PER_DAY_WITH_PROOF", "100000"),
        ("COUNTRY_UNVERIFIED_PER_HOUR", "100000"),
        ("SMS_BUDGET_PER_DAY", "1000000"),
    ];
    let Some(app) = TestApp::with_default_limits(engine, &sends).await else { return };
    let compared = attack(&app, 200).await;
    let worst = worst_day(&compared);
    println!("{} attempts compared, worst 24 hours {worst} in 10^8", compared.len());
    assert!((700..=1_000).contains(&worst), "{worst}");
    for (from, _) in &compared {
        let six = compared
            .iter()
            .filter(|(at, digits)| (*from..from + DAY).contains(at) && *digits == 6)
            .count();
        assert!(six <= 7, "{six} at six digits");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_attempt_budget_holds_with_raised_send_limits_on_sqlite() {
    raised(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_attempt_budget_holds_with_raised_send_limits_on_postgres() {
    raised(Engine::Postgres).await;
}

on_both_engines! {
    async fn of_a_thousand_attempts_at_one_challenge_five_are_compared_and_all_count(
        app: TestApp,
    ) {
        let mut people = Vec::new();
        for cut in [false, true] {
            let (person, phone) = (app.person(), new_phone());
            let reference = person.send_otp(&phone).await.json()["reference"].to_string();
            let code = wrong_code(&app.gateway.code_for(&phone));
            let answers = attempt_a_thousand_times(&person, &code, cut).await;
            assert!(answers.iter().all(|answer| [401, 410].contains(&answer.status)));
            let compared = answers.iter().filter(|answer| answer.status == 401).count();
            // An attempt whose connection was cut before it was counted was not compared. These
            // attempts are still left.
            while person.verify(&code).await.status == 401 {}
            let attempts = app.count("SELECT CAST(SUM(attempts) AS BIGINT) FROM challenges").await;
            assert_eq!(attempts, if cut { 10 } else { 5 }, "counted");
            assert!(cut || compared == 5, "{compared}");
            person.verify(&app.gateway.code_for(&phone)).await.is(410, "challenge_over");
            people.push((reference, phone));
        }
        let logged = |line: &&str| {
            let of = |(reference, phone): &(String, String)| {
                line.contains(reference) && line.contains(&phone[10..])
            };
            line.contains("wrong code") && people.iter().any(of)
        };
        // The work of the last connections that were cut may still run.
        let (mut compared, mut counted) = (0, -1);
        for _ in 0..200 {
            compared = i64::try_from(logs::all().lines().filter(logged).count()).unwrap();
            counted = app
                .count(
                    "SELECT CAST(SUM(count) AS BIGINT) FROM counters WHERE name = \
                                 'failed-attempts'",
                )
                .await;
            if compared == counted {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(
            (5..=10).contains(&compared) && counted == compared,
            "{compared} compared, {counted} counted"
        );
    }
}
