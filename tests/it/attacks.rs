//! Attacks on an account: guesses by the thousand, codes in the wrong hands, sessions that should be over.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::logs;
use crate::support::person::{guess_a_thousand_times, solve, wrong};
use crate::support::{Engine, TestApp, new_phone, size};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A guess that was compared: when, and at how many digits.
type Compared = (i64, u32);

/// The odds that the guesses of the worst 24 hours had together, in units of one in 10^8.
fn worst_day(compared: &[Compared]) -> u64 {
    let worth = |digits: u32| 10_u64.pow(8 - digits);
    let day =
        |from: i64| compared.iter().filter(|(at, _)| (from..from + DAY).contains(at)).map(|(_, digits)| worth(*digits)).sum();
    compared.iter().map(|(from, _)| day(*from)).max().unwrap_or(0)
}

/// A round of an attack: a challenge by somebody new, and five wrong guesses at it.
async fn round(app: &TestApp, phone: &str, at: i64, compared: &mut Vec<Compared>) {
    let stranger = app.stranger();
    if stranger.send_otp_solving(phone).await.status != 200 {
        return;
    }
    let code = app.gateway.code_for(phone);
    for _ in 0..5 {
        if stranger.verify(&wrong(&code)).await.status == 401 {
            compared.push((at, u32::try_from(code.len()).unwrap()));
        }
    }
}

/// 200 rounds over two days, a restart and a second instance in the middle; then the odds, and whether the owner gets in.
async fn siege(app: &TestApp, rounds: i64) -> Vec<Compared> {
    let (owner, phone) = (app.stranger(), new_phone());
    owner.sign_up(&app.gateway, &phone).await;
    owner.sign_out().await;
    app.wait(DAY + 2 * HOUR);
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
        app.wait(step);
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

/// The owner on a device that nobody knows: how long it takes, doing as the answers say.
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
        app.wait(wait);
        waited += wait;
    }
}

on_both_engines! { limited:
    async fn two_hundred_rounds_of_guessing_stay_under_one_in_a_hundred_thousand(app: TestApp) {
        let compared = siege(&app, 200).await;
        let worst = worst_day(&compared);
        println!("{} guesses compared, worst 24 hours {worst} in 10^8", compared.len());
        assert!((700..=1_000).contains(&worst), "{worst}");
    }
}

/// With the send limits out of the way, the guesses alone hold.
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
    let Some(app) = TestApp::limited(engine, &sends).await else { return };
    let compared = siege(&app, 200).await;
    let worst = worst_day(&compared);
    println!("{} guesses compared, worst 24 hours {worst} in 10^8", compared.len());
    assert!((700..=1_000).contains(&worst), "{worst}");
    for (from, _) in &compared {
        let six = compared.iter().filter(|(at, digits)| (*from..from + DAY).contains(at) && *digits == 6).count();
        assert!(six <= 7, "{six} at six digits");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_send_limits_raised_the_guesses_hold_on_sqlite() {
    raised(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_send_limits_raised_the_guesses_hold_on_postgres() {
    raised(Engine::Postgres).await;
}

on_both_engines! {
    async fn of_a_thousand_guesses_at_one_challenge_five_are_compared_and_each_counts_for_everybody(app: TestApp) {
        let mut people = Vec::new();
        for cut in [false, true] {
            let (person, phone) = (app.person(), new_phone());
            let reference = person.send_otp(&phone).await.json()["reference"].to_string();
            let code = wrong(&app.gateway.code_for(&phone));
            let answers = guess_a_thousand_times(&person, &code, cut).await;
            assert!(answers.iter().all(|answer| [401, 410].contains(&answer.status)));
            let compared = answers.iter().filter(|answer| answer.status == 401).count();
            // A connection that was cut before its guess was counted did not have it compared either; the rest is still there.
            while person.verify(&code).await.status == 401 {}
            let attempts = app.count("SELECT CAST(SUM(attempts) AS BIGINT) FROM challenges").await;
            assert_eq!(attempts, if cut { 10 } else { 5 }, "counted");
            assert!(cut || compared == 5, "{compared}");
            person.verify(&app.gateway.code_for(&phone)).await.is(410, "challenge_over");
            people.push((reference, phone));
        }
        let logged = |line: &&str| {
            let of = |(reference, phone): &(String, String)| line.contains(reference) && line.contains(&phone[10..]);
            line.contains("wrong code") && people.iter().any(of)
        };
        // What the last ones who hung up have begun may still be under way.
        let (mut compared, mut counted) = (0, -1);
        for _ in 0..200 {
            compared = i64::try_from(logs::all().lines().filter(logged).count()).unwrap();
            counted = app.count("SELECT CAST(SUM(count) AS BIGINT) FROM counters WHERE name = 'wrong'").await;
            if compared == counted {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!((5..=10).contains(&compared) && counted == compared, "{compared} compared, {counted} counted");
    }

    async fn number_cookie_and_reference_open_only_together(app: TestApp) {
        let people = [app.person(), app.person(), app.person()];
        let mut sent = Vec::new();
        for person in &people {
            let phone = new_phone();
            let reference = person.send_otp(&phone).await.json()["reference"].as_str().unwrap().to_owned();
            sent.push((phone.clone(), app.gateway.code_for(&phone), reference, person.cookie("challenge").unwrap()));
        }
        for (c, (_, _, _, cookie)) in sent.iter().enumerate() {
            for (n, (_, code, _, _)) in sent.iter().enumerate() {
                for (r, (_, _, reference, _)) in sent.iter().enumerate() {
                    if (c, r) == (n, c) || sent[c].1 == *code {
                        continue;
                    }
                    let thief = app.person();
                    thief.set_cookie("challenge", cookie);
                    let answer = thief.call("verify-otp", json!({"code": code, "reference": reference})).await;
                    let expected = if r == c { (401, "code_incorrect") } else { (409, "other_challenge") };
                    answer.is(expected.0, expected.1);
                }
            }
        }
        for (person, (_, code, reference, _)) in people.iter().zip(&sent) {
            assert_eq!(person.call("verify-otp", json!({"code": code, "reference": reference})).await.status, 200);
        }
    }

    async fn an_account_has_twenty_sessions_and_the_oldest_goes(app: TestApp) {
        let (first, phone) = app.member().await;
        let mut others = Vec::new();
        for _ in 0..20 {
            app.wait(1);
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
        assert_eq!(app.count("SELECT COUNT(*) - COUNT(DISTINCT id) FROM devices").await, 0, "no two accounts share one");
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
        assert_eq!(app.person().call("sign-out-everywhere", json!({})).await.status, 200, "with nobody signed in");
    }
}

/// Renewal at every visit against logging out at the same moment.
async fn log_out_against_renewal(engine: Engine) {
    let rounds = size(10_000, 300);
    let settings = [("SESSION_RENEW_EVERY", "0"), ("SESSIONS_PER_ACCOUNT", "1000")];
    let Some(app) = TestApp::with(engine, &settings).await else { return };
    let (_, phone) = app.member().await;
    for _ in 0..rounds {
        app.wait(1);
        let person = app.person();
        person.prove(&app.gateway, &phone).await;
        let stolen = person.cookie("session").unwrap();
        app.wait(1);
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
    assert_eq!(app.count("SELECT COUNT(*) FROM sessions WHERE revoked_at IS NULL").await, 1, "the member's own");
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
    async fn a_proof_is_good_once_for_its_number_and_its_source_and_while_it_is_fresh(app: TestApp) {
        let at = "203.0.113.7";
        let phones: Vec<String> = (0..16).map(|i| format!("+91{}0000001", 700 + i)).collect();
        for phone in &phones[..10] {
            assert_eq!(app.person().from(at).send_otp(phone).await.status, 200);
        }
        let puzzle = async |phone: &str| app.person().from(at).send_otp(phone).await;
        let ask = async |from: &str, phone: &str, proof: &str| app.person().from(from).call("send-otp", json!({"phone": phone, "proof": proof})).await;
        let proof = solve(puzzle(&phones[10]).await.is(428, "proof_required"));
        let rows = app.count("SELECT COUNT(*) FROM proofs").await;
        ask(at, &phones[11], &proof).await.is(428, "proof_required");
        let challenge = proof.split(':').next().unwrap();
        for bad in ["", ":", "x", challenge, &format!("{challenge}:"), &format!("{challenge}:-1"), &proof.replace(':', "A:"), &format!("{proof}{}", "0".repeat(99))] {
            ask(at, &phones[10], bad).await.is(428, "proof_required");
        }
        let others = join_all((0..200).map(|i| { let proof = format!("{proof}{i}"); let phones = &phones; async move { ask(at, &phones[11], &proof).await.status } })).await;
        assert!(others.iter().all(|status| *status == 428));
        assert_eq!(app.count("SELECT COUNT(*) FROM proofs").await, rows, "bad ones leave nothing");
        let at_once = join_all((0..32).map(|_| ask(at, &phones[10], &proof))).await;
        assert_eq!(at_once.iter().filter(|answer| answer.status == 200).count(), 1, "once");
        assert_eq!(app.gateway.texts_to(&phones[10]), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM proofs").await, rows + 1);
        // Another source that needs one too.
        for i in 0..10 {
            assert_eq!(app.person().from("203.0.113.8").send_otp(&format!("+4474001230{i:02}")).await.status, 200);
        }
        let of_the_first = solve(&puzzle(&phones[12]).await);
        ask("203.0.113.8", &phones[12], &of_the_first).await.is(428, "proof_required");
        let old = solve(&puzzle(&phones[13]).await);
        app.wait(600);
        ask(at, &phones[13], &old).await.is(428, "proof_required");
        let fresh = solve(&puzzle(&phones[13]).await);
        app.wait(599);
        assert_eq!(ask(at, &phones[13], &fresh).await.status, 200, "in its last second");
    }
}
