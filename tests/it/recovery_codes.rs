//! Recovery codes: each is used once, and guesses are limited.

use futures_util::future::join_all;
use ringkey::domain::recovery_code::RecoveryCode;
use serde_json::json;

use crate::support::person::Answer;
use crate::support::{Person, TestApp, new_phone};

const DAY: i64 = 86_400;
const WRONG: &str = "0000-0000-0000-0000";

impl Person {
    pub async fn make_recovery_codes(&self) -> Vec<String> {
        let made = self.act("recovery-codes", json!({})).await;
        serde_json::from_value(made.is(200, "").json()["codes"].take()).unwrap()
    }

    pub async fn recover(&self, phone: &str, code: &str) -> Answer {
        self.call("recovery", json!({ "phone": phone, "code": code })).await
    }
}

on_both_engines! {
    async fn a_recovery_code_opens_its_account_once(app: TestApp) {
        let (person, phone) = app.member().await;
        let codes = person.make_recovery_codes().await;
        assert_eq!(codes.len(), 10);
        let texts = app.gateway.requests().len();
        let laptop = app.stranger();
        let typed = codes[0].to_lowercase().replace('-', " ");
        let signed_in = laptop.recover(&phone, &typed).await;
        assert_eq!(signed_in.is(200, "").json()["user"]["first_name"], "Ada");
        assert_eq!(laptop.user().await["id"], person.user().await["id"]);
        assert_eq!(app.gateway.requests().len(), texts, "it sends no SMS");
        laptop.recover(&phone, &codes[1]).await.is(409, "already_signed_in");
        app.stranger().recover(&phone, &codes[0]).await.is(401, "recovery_code_incorrect");
        let page = person.get("/account").await.text;
        for told in ["You have 9 unused codes.", "You signed in with a recovery code."] {
            assert!(page.contains(told), "{told}");
        }
        // It counts as a verification, so that its owner can change the number at once.
        laptop.act("passkeys/options", json!({})).await.is(200, "");
        // New codes take the place of all former ones.
        let renewed = laptop.make_recovery_codes().await;
        app.stranger().recover(&phone, &codes[1]).await.is(401, "recovery_code_incorrect");
        app.stranger().recover(&phone, &renewed[9]).await.is(200, "");
    }

    async fn codes_are_made_after_a_step_up_and_kept_as_hashes_alone(app: TestApp) {
        let (person, phone) = app.member().await;
        app.advance(300);
        person.act("recovery-codes", json!({})).await.is(403, "verification_required");
        let form = person.submit("/account/recovery-codes", &[]).await;
        assert_eq!(form.header("location"), "/account/verify?next=/account");
        person.sign_out().await;
        person.prove(&app.gateway, &phone).await.is(200, "");
        let page = person.submit("/account/recovery-codes", &[]).await;
        assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
        let shown = page.text.matches("data-recovery-code").count();
        assert_eq!(shown, 10);
        // Loaded again, the address shows nothing.
        let again = person.get("/account/recovery-codes").await;
        assert_eq!((again.status, again.header("location")), (302, "/account"));
        let hashes = app.count("SELECT COUNT(*) FROM recovery_codes").await;
        assert_eq!(hashes, 10);
        let code = page.text.split("data-recovery-code").nth(1).unwrap();
        let code = code.split('>').nth(1).unwrap().split('<').next().unwrap();
        assert!(RecoveryCode::parse(code).is_some(), "{code}");
        assert!(!person.get("/account").await.text.contains(code));
        app.stranger().recover(&phone, code).await.is(200, "");
    }

    async fn a_code_that_comes_many_times_at_once_opens_one_session(app: TestApp) {
        let (person, phone) = app.member().await;
        for code in person.make_recovery_codes().await.iter().take(5) {
            let people: Vec<Person> = (0..8).map(|_| app.stranger()).collect();
            let answers = join_all(people.iter().map(|person| person.recover(&phone, code))).await;
            let opened = answers.iter().filter(|answer| answer.status == 200).count();
            assert_eq!(opened, 1);
            app.advance(DAY + 1_800);
        }
    }

    async fn ten_wrong_codes_a_day_are_the_limit_of_a_number_and_subnet(app: TestApp) {
        let (owner, phone) = app.member().await;
        let codes = owner.make_recovery_codes().await;
        let attacker = app.person().with_address("203.0.113.7");
        for _ in 0..10 {
            attacker.recover(&phone, WRONG).await.is(401, "recovery_code_incorrect");
        }
        let refused = attacker.recover(&phone, &codes[0]).await;
        let wait = refused.is(429, "too_often").json()["error"]["retry_after"].as_i64().unwrap();
        assert!((DAY..=DAY + 1_800).contains(&wait), "{wait}");
        let neighbour = app.person().with_address("203.0.113.8");
        neighbour.recover(&phone, &codes[0]).await.is(429, "too_often");
        // The owner is somewhere else, and is not locked out.
        let laptop = app.person().with_address("198.51.100.7");
        laptop.recover(&phone, &codes[0]).await.is(200, "");
        app.advance(wait - 1);
        attacker.recover(&phone, &codes[1]).await.is(429, "too_often");
        app.advance(1);
        attacker.recover(&phone, &codes[1]).await.is(200, "");
    }

    async fn an_account_makes_ten_sets_of_codes_a_day(app: TestApp) {
        let (person, _) = app.member().await;
        for _ in 0..10 {
            person.make_recovery_codes().await;
        }
        person.act("recovery-codes", json!({})).await.is(429, "too_often");
    }

    async fn a_client_address_has_forty_wrong_codes_a_day(app: TestApp) {
        let (owner, phone) = app.member().await;
        let codes = owner.make_recovery_codes().await;
        let person = app.stranger();
        for _ in 0..40 {
            person.recover(&new_phone(), WRONG).await.is(401, "recovery_code_incorrect");
        }
        person.recover(&phone, &codes[0]).await.is(429, "too_often");
        app.stranger().recover(&phone, &codes[0]).await.is(200, "");
    }

    async fn right_codes_use_up_no_attempts(app: TestApp) {
        let (owner, phone) = app.member().await;
        for code in owner.make_recovery_codes().await {
            app.stranger().recover(&phone, &code).await.is(200, "");
        }
        app.stranger().recover(&phone, WRONG).await.is(401, "recovery_code_incorrect");
        assert!(owner.get("/account").await.text.contains("You have no recovery codes."));
    }

    async fn a_code_opens_no_other_account_and_a_number_without_codes_is_answered_alike(
        app: TestApp,
    ) {
        let (ada, _) = app.member().await;
        let (eve, eves_phone) = app.member().await;
        let codes = ada.make_recovery_codes().await;
        let with_codes = app.stranger().recover(&eves_phone, &codes[0]).await;
        eve.make_recovery_codes().await;
        let other_codes = app.stranger().recover(&eves_phone, &codes[0]).await;
        let no_account = app.stranger().recover(&new_phone(), &codes[0]).await;
        for answer in [&with_codes, &other_codes] {
            assert_eq!(answer.is(401, "recovery_code_incorrect").text, no_account.text);
        }
    }

    async fn the_form_keeps_what_was_typed_and_leads_on(app: TestApp) {
        let (owner, phone) = app.member().await;
        let codes = owner.make_recovery_codes().await;
        let person = app.stranger();
        let bad = [("phone", "12"), ("country", "IN"), ("code", "abc"), ("next", "/account")];
        let page = person.submit("/sign-in/recovery", &bad).await;
        assert_eq!(page.status, 422);
        for kept in ["\"12\"", "\"abc\"", "\"/account\""].map(|value| format!("value={value}")) {
            assert!(page.text.contains(&kept), "{kept}: {}", page.text);
        }
        assert!(page.text.contains("16 letters and digits"));
        let wrong = [("phone", phone.as_str()), ("code", WRONG)];
        let page = person.submit("/sign-in/recovery", &wrong).await;
        assert_eq!(page.status, 401);
        assert!(page.text.contains("does not open an account of this number"));
        let right = [("phone", phone.as_str()), ("code", &codes[0]), ("next", "/account")];
        let done = person.submit("/sign-in/recovery", &right).await;
        assert_eq!((done.status, done.header("location")), (303, "/account"));
        assert_eq!(person.get("/account").await.status, 200);
        assert_eq!(person.get("/sign-in/recovery").await.status, 302);
    }
}

const KEYS: [&str; 3] = [
    "Zmlyc3Qga2V5IGZpcnN0IGtleSBmaXJzdCBrZXkgMTE=",
    "c2Vjb25kIGtleSBzZWNvbmQga2V5IHNlY29uZCBrZXk=",
    "dGhpcmQga2V5IHRoaXJkIGtleSB0aGlyZCBrZXkgMzM=",
];

#[tokio::test]
async fn codes_outlive_rotations_and_do_not_work_under_another_key() {
    use crate::support::Engine;

    let first = TestApp::with_settings(Engine::Sqlite, &[("SECRET_KEY", KEYS[0])]).await.unwrap();
    let (owner, phone) = first.member().await;
    let codes = owner.make_recovery_codes().await;
    let rotated = [("SECRET_KEY", KEYS[1]), ("SECRET_KEY_PREVIOUS", KEYS[0])];
    let second = first.restarted_with(&rotated).await;
    second.stranger().recover(&phone, &codes[0]).await.is(200, "");
    let rotated = [("SECRET_KEY", KEYS[2]), ("SECRET_KEY_PREVIOUS", KEYS[1])];
    let third = second.restarted_with(&rotated).await;
    third.stranger().recover(&phone, &codes[1]).await.is(200, "");
    let back = [("SECRET_KEY", KEYS[0]), ("SECRET_KEY_PREVIOUS", KEYS[1])];
    let last = third.restarted_with(&back).await;
    last.stranger().recover(&phone, &codes[2]).await.is(200, "");
    let other = "b3RoZXIga2V5IG90aGVyIGtleSBvdGhlciBrZXkgMDA=";
    let replaced = last.restarted_with(&[("SECRET_KEY", other), ("SECRET_KEY_PREVIOUS", "")]).await;
    replaced.stranger().recover(&phone, &codes[3]).await.is(401, "recovery_code_incorrect");
    // The former key brings them back.
    let corrected = [("SECRET_KEY", KEYS[2]), ("SECRET_KEY_PREVIOUS", "")];
    let corrected = replaced.restarted_with(&corrected).await;
    corrected.stranger().recover(&phone, &codes[3]).await.is(200, "");
}
