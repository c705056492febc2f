//! Attacks over HTTP against the binary itself, with its own clock and its default limits. `make
//! test` runs them against the release build.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;

use futures_util::future::join_all;
use reqwest::Method;
use reqwest::header::ORIGIN;
use serde_json::json;

use crate::support::instance::{ChildGuard, Instance};
use crate::support::person::{attempt_a_thousand_times, prove_at_once, solve, wrong_code};
use crate::support::{API_KEY, CROSS_SITE_HEADERS, Person, SECRET_KEY, new_phone, soak_size};

const SMALL_PUZZLES: [(&str, &str); 2] = [("PUZZLE_BITS", "8"), ("PUZZLE_BITS_TOP", "8")];

/// Starts an instance with these settings and otherwise with the default limits.
async fn limited(settings: &[(&str, &str)]) -> (Instance, ChildGuard) {
    let instance = Instance::new().await;
    let server = instance.start_limited(&[&SMALL_PUZZLES, settings].concat());
    instance.ready().await;
    (instance, server)
}

fn statuses(answers: &[crate::support::person::Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_attempts_five_are_compared() {
    let (instance, _server) = limited(&[]).await;
    for cut in [false, true] {
        let (person, phone) = (instance.stranger(), new_phone());
        assert_eq!(person.send_otp(&phone).await.status, 200);
        let right = instance.gateway.code_for(&phone);
        let wrong = wrong_code(&right);
        let answers = attempt_a_thousand_times(&person, &wrong, cut).await;
        assert!(
            answers.iter().all(|answer| [401, 410, 429].contains(&answer.status)),
            "{:?}",
            statuses(&answers)
        );
        let compared = answers.iter().filter(|answer| answer.status == 401).count();
        assert_eq!(compared, if cut { 0 } else { 5 });
        if cut {
            // Some attempts were cut before they were counted, so they are still left.
            let late =
                person.at_instance(instance.address, &instance.origin).with_address("198.51.100.8");
            while late.verify(&wrong).await.status == 401 {}
        }
        // No attempt came from this address, so the rate limiter lets it pass.
        let elsewhere =
            person.at_instance(instance.address, &instance.origin).with_address("198.51.100.9");
        elsewhere.verify(&right).await.is(410, "challenge_over");
        assert_eq!(instance.count("SELECT MAX(attempts) FROM challenges").await, 5);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_that_is_submitted_many_times_at_once_opens_one_session() {
    let (instance, _server) = Instance::running().await;
    for round in 0..soak_size(200, 20) {
        // The first code of a number creates an account, and the second one signs in.
        let phone = new_phone();
        instance.person().sign_up(&instance.gateway, &phone).await;
        let person = instance.person();
        person.send_otp(&phone).await;
        let code = instance.gateway.code_for(&phone);
        let tabs = person.tabs(64);
        let answers = join_all(tabs.iter().map(|tab| tab.verify(&code))).await;
        assert_eq!(
            answers.iter().filter(|answer| answer.status == 200).count(),
            1,
            "round {round}: {:?}",
            statuses(&answers)
        );
        assert!(
            answers.iter().all(|answer| [200, 410].contains(&answer.status)),
            "round {round}: {:?}",
            statuses(&answers)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_browsers_that_prove_a_new_number_at_the_same_time_make_one_account() {
    let (instance, _server) = Instance::running().await;
    for round in 0..soak_size(200, 20) {
        let (phone, pair) = (new_phone(), [instance.person(), instance.person()]);
        let verified = prove_at_once(&pair, &instance.gateway, &phone).await;
        assert_eq!(statuses(&verified), [200, 200], "round {round}");
        let made = join_all(pair.iter().map(Person::create_account)).await;
        let mut made = statuses(&made);
        made.sort_unstable();
        assert_eq!(made, [200, 409], "round {round}");
    }
    assert_eq!(instance.count("SELECT COUNT(*) - COUNT(DISTINCT phone) FROM users").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_from_another_site_changes_nothing_and_sends_nothing() {
    let (instance, _server) = limited(&[]).await;
    let member = instance.stranger();
    member.sign_up(&instance.gateway, &new_phone()).await;
    let sms = instance.gateway.requests().len();
    let rows = instance.rows().await;
    for path in
        ["/sign-in", "/sign-in/code", "/sign-in/details", "/sign-out", "/sign-out/everywhere"]
            .into_iter()
            .chain(["send-otp", "verify-otp", "create-account", "sign-out", "sign-out-everywhere"])
    {
        let path =
            if path.starts_with('/') { path.to_owned() } else { format!("/api/auth/{path}") };
        for headers in CROSS_SITE_HEADERS {
            for (kind, body) in [
                ("application/x-www-form-urlencoded", "phone=%2B919876500000&code=123456"),
                ("text/plain", r#"{"phone":"+919876500000"}"#),
                ("application/json", r#"{"phone":"+919876500000"}"#),
            ] {
                let mut request =
                    member.request(Method::POST, &path).header("content-type", kind).body(body);
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                assert_eq!(member.send(request).await.status, 403, "{path} {headers:?} {kind}");
            }
        }
        let elsewhere = member
            .at_instance(instance.address, "http://evil.example")
            .request(Method::POST, &path)
            .header(ORIGIN, &instance.origin);
        let elsewhere = elsewhere
            .header("content-type", "application/json")
            .body(r#"{"phone":"+919876500000"}"#);
        assert_eq!(member.send(elsewhere).await.status, 421, "{path}");
    }
    assert_eq!(instance.gateway.requests().len(), sms);
    assert_eq!(instance.rows().await, rows);
    assert_eq!(member.user().await["first_name"], "Ada");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_forwarding_header_changes_no_client_address() {
    // A client address has ten messages an hour, with any forwarding header.
    let free = async |instance: &Instance, forwarded: fn(usize) -> String| {
        let mut sent = 0;
        for i in 0..30 {
            let answer = instance.person().with_address(&forwarded(i)).send_otp(&new_phone()).await;
            assert!([200, 428].contains(&answer.status), "{}", answer.text);
            sent += usize::from(answer.status == 200);
        }
        sent
    };
    let (alone, _server) = limited(&[("TRUSTED_PROXIES", "")]).await;
    assert_eq!(free(&alone, |i| format!("203.0.{i}.7")).await, 10, "nobody is trusted");
    let (behind, _server) = limited(&[]).await;
    assert_eq!(
        free(&behind, |i| format!("203.0.{i}.7, 198.51.100.9")).await,
        10,
        "the left-most hop is the client's own words"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_addresses_of_a_48_have_forty_sms_an_hour_without_proof() {
    let others = [
        "COUNTRY_UNVERIFIED_PER_HOUR",
        "PREFIX_UNVERIFIED_PER_DAY",
        "RATE_LIMIT_PER_SECOND",
        "RATE_LIMIT_BURST",
    ];
    let (instance, _server) = limited(&others.map(|name| (name, "100000"))).await;
    let (addresses, mut sent) = (soak_size(65_536, 2_048), 0);
    for from in (0..addresses).step_by(64) {
        let people: Vec<(Person, String)> = (from..from + 64)
            .map(|i| {
                (
                    instance.person().with_address(&format!("2001:db8:7:{i:x}::1")),
                    format!("+9190000{i:05}"),
                )
            })
            .collect();
        let answers = join_all(people.iter().map(|(person, phone)| person.send_otp(phone))).await;
        assert!(
            answers.iter().all(|answer| [200, 428, 429].contains(&answer.status)),
            "{:?}",
            statuses(&answers)
        );
        sent += answers.iter().filter(|answer| answer.status == 200).count();
    }
    assert_eq!((sent, instance.gateway.requests().len()), (40, 40), "of {addresses} addresses");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_is_good_once() {
    let (instance, _server) =
        limited(&[("RATE_LIMIT_PER_SECOND", "100000"), ("RATE_LIMIT_BURST", "100000")]).await;
    let phones: Vec<String> = (0..12).map(|i| format!("+91{}0000001", 700 + i)).collect();
    let person = || instance.person().with_address("203.0.113.7");
    for phone in &phones[..10] {
        assert_eq!(person().send_otp(phone).await.status, 200);
    }
    let proof = solve(person().send_otp(&phones[10]).await.is(428, "proof_required"));
    let ask = async |from: &str, phone: &str, proof: &str| {
        instance
            .person()
            .with_address(from)
            .call("send-otp", json!({"phone": phone, "proof": proof}))
            .await
            .status
    };
    assert_eq!(ask("203.0.113.7", &phones[11], &proof).await, 428, "for another number");
    let bad = soak_size(10_000, 1_000);
    for from in (0..bad).step_by(100) {
        let proofs: Vec<String> = (from..from + 100).map(|i| format!("{proof}{i}")).collect();
        let answers =
            join_all(proofs.iter().map(|proof| ask("203.0.113.7", &phones[11], proof))).await;
        assert!(answers.iter().all(|status| [428, 429].contains(status)), "{answers:?}");
    }
    assert_eq!(
        instance.count("SELECT COUNT(*) FROM used_tokens").await,
        0,
        "{bad} bad ones left nothing"
    );
    assert_eq!(instance.count("SELECT COUNT(*) FROM challenges").await, 10);
    let at_once = join_all((0..64).map(|_| ask("203.0.113.7", &phones[10], &proof))).await;
    assert_eq!(at_once.iter().filter(|status| **status == 200).count(), 1, "{at_once:?}");
    assert_eq!(instance.count("SELECT COUNT(*) FROM used_tokens").await, 1);
    assert_eq!(instance.gateway.sms_count(&phones[10]), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_cookie_is_worth_nothing_after_log_out_revocation_and_rotation() {
    let (instance, server) = Instance::running().await;
    let thief_of = |person: &Person| {
        let thief = instance.person();
        thief.set_cookie("session", &person.cookie("session").unwrap());
        thief
    };
    let out = instance.person();
    out.sign_up(&instance.gateway, &new_phone()).await;
    let thief = thief_of(&out);
    assert_eq!(thief.user().await["first_name"], "Ada");
    out.sign_out().await;
    assert_eq!(thief.user().await, json!(null), "after log out");

    let (lost, phone) = (instance.person(), new_phone());
    lost.sign_up(&instance.gateway, &phone).await;
    let thief = thief_of(&lost);
    let revoked = instance.command().args(["revoke", &phone]).stdout(Stdio::null()).status();
    assert!(revoked.unwrap().success());
    assert_eq!(thief.user().await, json!(null), "after ringkey revoke");

    let kept = instance.person();
    kept.sign_up(&instance.gateway, &new_phone()).await;
    let thief = thief_of(&kept);
    drop(server);
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    for (previous, user) in [(SECRET_KEY, json!("Ada")), ("", json!(null))] {
        let mut command = instance.command();
        command.env("SECRET_KEY", key).env("SECRET_KEY_PREVIOUS", previous);
        let _server = ChildGuard(command.spawn().unwrap());
        instance.ready().await;
        assert_eq!(
            thief.user().await["first_name"],
            user,
            "previous key there: {}",
            !previous.is_empty()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_cannot_hold_every_connection() {
    let settings =
        [("TRUSTED_PROXIES", ""), ("MAX_CONNECTIONS", "16"), ("MAX_CONNECTIONS_PER_ADDRESS", "8")];
    let (instance, _server) = limited(&settings).await;
    // The connection that checked whether the server runs may not be closed yet.
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let mut held = Vec::new();
    for _ in 0..32 {
        held.push(tokio::net::TcpStream::connect(instance.address).await.unwrap());
    }
    let mut closed = 0;
    for stream in &mut held {
        let mut byte = [0];
        let read = tokio::io::AsyncReadExt::read(stream, &mut byte);
        closed += usize::from(
            tokio::time::timeout(std::time::Duration::from_millis(50), read).await.is_ok(),
        );
    }
    assert_eq!(closed, 24, "eight are left");
    drop(held);
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(instance.person().get("/healthz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_at_its_most_verbose_level_names_no_person() {
    let instance = Instance::new().await;
    let path = instance.folder.path().join("log");
    let mut command = instance.command();
    command
        .env("RUST_LOG", "trace,rlibphonenumber::phonenumberutil=trace")
        .stderr(File::create(&path).unwrap());
    let server = ChildGuard(command.spawn().unwrap());
    instance.ready().await;
    let (person, phone) = (instance.person(), new_phone());
    person.sign_up(&instance.gateway, &phone).await;
    let (session, code) = (person.cookie("session").unwrap(), instance.gateway.code_for(&phone));
    person.sign_out().await;
    // Input that is no number, and a number of a landline that gets no SMS.
    let others = ["98123770039812377003", "+9198123770", "98123-77003 ext. 5", "+442079460018"];
    for number in others {
        assert!(
            person.call("send-otp", json!({"phone": number, "country": "IN"})).await.status < 500,
            "{number}"
        );
    }
    person.submit("/sign-in", &[("phone", &phone[3..]), ("country", "IN")]).await;
    drop(server);
    let log = fs::read_to_string(path).unwrap();
    assert!(
        log.contains("TRACE ringkey::sql")
            && log.contains("status=200")
            && log.lines().count() > 20,
        "there is something to search"
    );
    for secret in [
        &phone[3..],
        "9812377003",
        "98123770",
        "2079460018",
        API_KEY,
        SECRET_KEY,
        "Lovelace",
        "ada@",
        &session,
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
    // Times and durations only look like codes.
    let words = log
        .lines()
        .flat_map(|line| line.split_whitespace().skip(1))
        .filter(|word| !word.starts_with("micros="));
    let held = words
        .filter(|word| word.split(|c: char| !c.is_ascii_digit()).any(|run| run == code))
        .count();
    assert_eq!(held, 0, "the code is in it");
    assert!(!log.contains('\u{1b}'), "no colours in a file");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_release_serves_the_site_in_it_from_any_folder() {
    // A build for development has no site in it.
    if std::env::var_os("RINGKEY_BINARY").is_none() {
        return;
    }
    let (instance, _server) = Instance::running().await;
    let person = instance.person();
    let page = person.get("/").await.text;
    let hashed = page.split('"').filter(|text| text.starts_with("/pkg/"));
    let hashed: std::collections::BTreeSet<&str> = hashed.collect();
    assert!(hashed.len() >= 3, "style, script and WASM: {hashed:?}");
    for path in hashed.into_iter().chain(["/boot.js", "/passkey.js", "/favicon.svg"]) {
        for (accepted, encoding) in [("gzip, br", "br"), ("gzip", ""), ("", "")] {
            let request = person.request(Method::GET, path).header("accept-encoding", accepted);
            let answer = person.send(request).await;
            let found = (answer.status, answer.header("content-encoding"));
            assert_eq!(found, (200, encoding), "{path} {accepted}");
        }
        let answer = person.get(path).await;
        let tag = answer.header("etag").to_owned();
        let again = person.request(Method::GET, path).header("if-none-match", tag);
        assert_eq!(person.send(again).await.status, 304, "{path}");
    }
    for path in ["/pkg", "/pkg/", "/pkg/x", "/boot.js/", "/boot.js.br/x", "/../Cargo.toml", "//"] {
        assert_eq!(person.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_says_whether_the_server_is_ready() {
    let (instance, server) = Instance::running().await;
    let health = || instance.command().arg("health").output().unwrap();
    assert!(health().status.success());
    server.stop();
    let output = health();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_built_site_holds_no_typescript_types() {
    // The test needs a build, so it runs only where one is named.
    let Some(binary) = std::env::var_os("RINGKEY_BINARY").map(PathBuf::from) else { return };
    let shipped = fs::read_dir(binary.ancestors().nth(2).unwrap().join("site/pkg")).unwrap();
    let names: Vec<String> =
        shipped.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().any(|name| name.ends_with(".wasm.br")), "{names:?}");
    assert!(names.iter().all(|name| !name.split('.').any(|part| part == "ts")), "{names:?}");
}
