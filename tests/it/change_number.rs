//! The step-up, and the change of an account's number.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use reqwest::header::ORIGIN;
use serde_json::json;

use crate::support::person::Answer;
use crate::support::{Engine, Person, TestApp, new_phone, soak_size};

/// The seconds for which a verification counts as recent.
const STEP_UP_TTL: i64 = 300;

impl Person {
    async fn send_to_new_number(&self, phone: &str) -> Answer {
        self.act("number/send", json!({ "phone": phone })).await
    }

    async fn change_number(&self, code: &str) -> Answer {
        self.act("number", json!({ "code": code })).await
    }

    /// Verifies the account's own number again.
    async fn step_up(&self, app: &TestApp, phone: &str) {
        self.act("verify/send", json!({})).await.is(200, "");
        let code = app.gateway.code_for(phone);
        self.act("verify", json!({ "code": code })).await.is(200, "");
    }

    async fn user_id(&self) -> String {
        self.user().await["id"].as_str().unwrap_or_default().to_owned()
    }
}

/// Signs in with a number and returns the id of its account; empty if it has none.
async fn owner_of(app: &TestApp, phone: &str) -> String {
    let person = app.person();
    let answer = person.prove(&app.gateway, phone).await;
    if answer.json()["status"] == "signed_in" { person.user_id().await } else { String::new() }
}

on_both_engines! {
    async fn a_changed_number_signs_in_to_the_same_account_and_the_old_one_is_free(app: TestApp) {
        let (person, old) = app.member().await;
        let other = app.person();
        other.prove(&app.gateway, &old).await.is(200, "");
        let (id, new) = (person.user_id().await, new_phone());
        person.send_to_new_number(&new).await.is(200, "");
        let changed = person.change_number(&app.gateway.code_for(&new)).await;
        changed.is(200, "");
        assert!(changed.json()["phone"].as_str().unwrap().ends_with(&new[new.len() - 3..]));
        // This session stays, and the others end.
        assert_eq!(person.user_id().await, id);
        assert!(other.user().await.is_null());
        assert_eq!(owner_of(&app, &new).await, id);
        assert_eq!(owner_of(&app, &old).await, "");
        // The history tells it.
        assert!(person.get("/account").await.text.contains("You changed your phone number."));
        // The code is used up.
        person.change_number(&app.gateway.code_for(&new)).await.is(401, "no_challenge");
    }

    async fn a_number_of_another_account_is_refused_and_stays_with_it(app: TestApp) {
        let (person, phone) = app.member().await;
        let (other, taken) = app.member().await;
        let (id, other_id) = (person.user_id().await, other.user_id().await);
        // Until the code is typed, nothing tells that the number has an account.
        let free = app.member().await.0.send_to_new_number(&new_phone()).await;
        let sent = person.send_to_new_number(&taken).await;
        let keys = |answer: &Answer| -> BTreeSet<String> {
            answer.json().as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!((sent.status, keys(&sent)), (200, keys(&free)));
        let refused = person.change_number(&app.gateway.code_for(&taken)).await;
        refused.is(409, "number_taken");
        assert!(!refused.text.contains("Ada") && !refused.text.contains(&other_id));
        assert_eq!(owner_of(&app, &taken).await, other_id);
        assert_eq!(owner_of(&app, &phone).await, id);
        let own = person.send_to_new_number(&phone).await;
        own.is(422, "invalid");
        assert!(own.text.contains("already your number"));
    }

    async fn two_accounts_that_change_to_one_number_at_once_leave_it_one_owner(app: TestApp) {
        for round in 0..soak_size(100, 12) {
            let ((first, first_phone), (second, _)) = (app.member().await, app.member().await);
            let (ids, new) = ([first.user_id().await, second.user_id().await], new_phone());
            first.send_to_new_number(&new).await.is(200, "");
            let first_code = app.gateway.code_for(&new);
            second.send_to_new_number(&new).await.is(200, "");
            let second_code = app.gateway.code_for(&new);
            let answers = join_all([
                first.change_number(&first_code),
                second.change_number(&second_code),
            ])
            .await;
            let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409], "round {round}: {answers:?}");
            let winner = &ids[usize::from(answers[1].status == 200)];
            assert_eq!(&owner_of(&app, &new).await, winner, "round {round}");
            if answers[1].status == 200 {
                assert_eq!(owner_of(&app, &first_phone).await, ids[0], "the loser keeps its own");
            }
        }
    }

    async fn a_change_needs_a_verification_of_the_last_five_minutes(app: TestApp) {
        let (person, phone) = app.member().await;
        app.advance(STEP_UP_TTL - 1);
        person.send_to_new_number(&new_phone()).await.is(200, "");
        app.advance(1);
        person.send_to_new_number(&new_phone()).await.is(403, "verification_required");
        person.step_up(&app, &phone).await;
        app.advance(STEP_UP_TTL - 1);
        let new = new_phone();
        person.send_to_new_number(&new).await.is(200, "");
        // The code itself may be typed as long as it is valid.
        app.advance(299);
        person.change_number(&app.gateway.code_for(&new)).await.is(200, "");
        let stranger = app.person();
        stranger.send_to_new_number(&new_phone()).await.is(401, "not_signed_in");
        stranger.act("verify/send", json!({})).await.is(401, "not_signed_in");
    }

    async fn a_step_up_makes_a_copy_of_the_former_cookie_worthless(app: TestApp) {
        let (person, phone) = app.member().await;
        let thief = app.person();
        thief.set_cookie("session", &person.cookie("session").unwrap());
        app.advance(STEP_UP_TTL);
        person.step_up(&app, &phone).await;
        assert!(thief.user().await.is_null() && !person.user().await.is_null());
        thief.set_cookie("session", &person.cookie("session").unwrap());
        let new = new_phone();
        person.send_to_new_number(&new).await.is(200, "");
        person.change_number(&app.gateway.code_for(&new)).await.is(200, "");
        assert!(thief.user().await.is_null() && !person.user().await.is_null());
    }

    async fn a_session_that_was_ended_meanwhile_changes_no_number(app: TestApp) {
        for _ in 0..soak_size(50, 6) {
            let (owner, old) = app.member().await;
            let (id, thief, new) = (owner.user_id().await, app.person(), new_phone());
            thief.prove(&app.gateway, &old).await.is(200, "");
            thief.send_to_new_number(&new).await.is(200, "");
            let code = app.gateway.code_for(&new);
            let (ended, changed) = tokio::join!(
                owner.act("devices/log-out-others", json!({})),
                thief.change_number(&code)
            );
            // One of them is first. An end that is reported is an end.
            if ended.status == 200 {
                assert!(thief.user().await.is_null());
            }
            if owner.user().await.is_null() {
                assert_eq!(changed.status, 200);
            } else {
                assert_eq!((ended.status, changed.status), (200, 401));
                assert_eq!(owner_of(&app, &old).await, id);
            }
        }
    }

    async fn a_sign_in_with_the_old_number_beside_the_change_keeps_no_session(app: TestApp) {
        for round in 0..soak_size(50, 8) {
            let (person, old) = app.member().await;
            let (id, new, holder) = (person.user_id().await, new_phone(), app.person());
            holder.send_otp(&old).await.is(200, "");
            let old_code = app.gateway.code_for(&old);
            person.send_to_new_number(&new).await.is(200, "");
            let new_code = app.gateway.code_for(&new);
            let (changed, signed_in) =
                tokio::join!(person.change_number(&new_code), holder.verify(&old_code));
            changed.is(200, "");
            assert!([200, 410].contains(&signed_in.status), "{signed_in:?}");
            assert!(holder.user().await.is_null(), "round {round}: {signed_in:?}");
            assert_eq!(person.user_id().await, id);
        }
    }

    async fn a_refused_form_keeps_the_number_and_the_country_and_an_old_code_leads_on(
        app: TestApp,
    ) {
        let (person, _) = app.member().await;
        let new = new_phone();
        person.submit("/account/number/send", &[("phone", &new)]).await;
        // Another number is typed while the first one waits for its code.
        let fields = [("phone", "12"), ("country", "DE")];
        let refused = person.submit("/account/number/send", &fields).await;
        assert!(refused.status == 422 && refused.text.contains("value=\"12\""));
        assert!(refused.text.contains("<option value=\"DE\" selected"), "the country is kept");
        assert!(refused.text.contains("That number is too short."));
        // The code has expired, and so has the verification.
        app.advance(400);
        let late = person.submit("/account/number", &[("code", &app.gateway.code_for(&new))]).await;
        assert_eq!(late.status, 303);
        assert_eq!(late.header("location"), "/account/verify?next=/account/number");
    }

    async fn a_step_up_counts_for_its_own_session_only(app: TestApp) {
        let (person, phone) = app.member().await;
        let other = app.person();
        other.prove(&app.gateway, &phone).await.is(200, "");
        app.advance(STEP_UP_TTL);
        person.step_up(&app, &phone).await;
        other.send_to_new_number(&new_phone()).await.is(403, "verification_required");
        person.send_to_new_number(&new_phone()).await.is(200, "");
    }

    async fn a_code_counts_for_its_own_purpose_and_account_only(app: TestApp) {
        let (person, phone) = app.member().await;
        let (other, _) = app.member().await;
        // A code for a step-up neither changes the number nor signs in.
        person.act("verify/send", json!({})).await.is(200, "");
        let code = app.gateway.code_for(&phone);
        person.change_number(&code).await.is(401, "no_challenge");
        person.verify(&code).await.is(401, "no_challenge");
        // Another account that has the cookie of the challenge cannot use it either.
        other.set_cookie("challenge", &person.cookie("challenge").unwrap());
        other.act("verify", json!({ "code": code })).await.is(401, "no_challenge");
        // None of these attempts was counted.
        person.act("verify", json!({ "code": code })).await.is(200, "");
        // A code for the new number is no step-up and no sign-in.
        let new = new_phone();
        person.send_to_new_number(&new).await.is(200, "");
        let code = app.gateway.code_for(&new);
        person.act("verify", json!({ "code": code })).await.is(401, "no_challenge");
        let thief = app.person();
        thief.set_cookie("challenge", &person.cookie("challenge").unwrap());
        thief.verify(&code).await.is(401, "no_challenge");
        // A code for a sign-in is neither.
        let newcomer = app.person();
        newcomer.send_otp(&phone).await.is(200, "");
        let code = app.gateway.code_for(&phone);
        person.set_cookie("challenge", &newcomer.cookie("challenge").unwrap());
        person.act("verify", json!({ "code": code })).await.is(401, "no_challenge");
        person.change_number(&code).await.is(401, "no_challenge");
        newcomer.verify(&code).await.is(200, "");
    }

    async fn a_code_of_the_old_number_is_of_no_use_after_the_change(app: TestApp) {
        let (person, old) = app.member().await;
        let id = person.user_id().await;
        person.act("verify/send", json!({})).await.is(200, "");
        let (step_up, code) = (person.cookie("challenge").unwrap(), app.gateway.code_for(&old));
        let holder = app.person();
        holder.send_otp(&old).await.is(200, "");
        let sign_in = app.gateway.code_for(&old);
        let new = new_phone();
        person.send_to_new_number(&new).await.is(200, "");
        person.change_number(&app.gateway.code_for(&new)).await.is(200, "");
        person.set_cookie("challenge", &step_up);
        person.act("verify", json!({ "code": code })).await.is(410, "challenge_over");
        // The old number is nobody's, so its code asks for the details of a new account.
        assert_eq!(holder.verify(&sign_in).await.json()["status"], "details_required");
        assert_eq!(person.user_id().await, id);
    }

    async fn one_step_up_code_is_used_once_and_five_wrong_ones_end_it(app: TestApp) {
        let (person, phone) = app.member().await;
        person.act("verify/send", json!({})).await.is(200, "");
        let code = app.gateway.code_for(&phone);
        let tabs = person.tabs(16);
        let answers =
            join_all(tabs.iter().map(|tab| tab.act("verify", json!({ "code": code })))).await;
        let winners: Vec<usize> = (0..16).filter(|i| answers[*i].status == 200).collect();
        assert_eq!(winners.len(), 1);
        person.set_cookie("session", &tabs[winners[0]].cookie("session").unwrap());
        app.advance(60);
        person.act("verify/send", json!({})).await.is(200, "");
        let right = app.gateway.code_for(&phone);
        let wrong = if right.starts_with('0') { "111111" } else { "000000" };
        for left in (0..5).rev() {
            let answer = person.act("verify", json!({ "code": wrong })).await;
            answer.is(401, "code_incorrect");
            assert_eq!(answer.json()["error"]["attempts_left"], left);
        }
        person.act("verify", json!({ "code": right })).await.is(410, "challenge_over");
    }

    async fn the_pages_lead_through_the_change_without_scripts(app: TestApp) {
        let (person, old) = app.member().await;
        app.advance(STEP_UP_TTL);
        let page = person.get("/account/number").await;
        assert_eq!(page.header("location"), "/account/verify?next=/account/number");
        let verify = person.get("/account/verify?next=/account/number").await;
        assert!(verify.text.contains("Confirm that it is you") && !verify.text.contains(&old[1..]));
        let next = [("next", "/account/number")];
        let sent = person.submit("/account/verify/send", &next).await;
        assert_eq!(sent.header("location"), "/account/verify?next=/account/number");
        assert!(person.get(sent.header("location")).await.text.contains("name=\"code\""));
        let wrong = person.submit("/account/verify", &[("code", "12"), next[0]]).await;
        assert!(wrong.status == 422 && wrong.text.contains("The code has 6 digits."));
        assert!(wrong.text.contains("value=\"/account/number\""));
        let code = app.gateway.code_for(&old);
        let verified = person.submit("/account/verify", &[("code", &code), next[0]]).await;
        assert_eq!(verified.header("location"), "/account/number");
        let refused = person.submit("/account/number/send", &[("phone", "12345")]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text.contains("value=\"12345\""), "what was typed is kept");
        let new = new_phone();
        let sent = person.submit("/account/number/send", &[("phone", &new)]).await;
        assert_eq!((sent.status, sent.header("location")), (303, "/account/number"));
        let code = app.gateway.code_for(&new);
        let changed = person.submit("/account/number", &[("code", &code)]).await;
        assert_eq!(changed.header("location"), "/account?saved");
        assert!(person.get("/account").await.text.contains(&new[new.len() - 3..]));
        let next = [("next", "https://evil.example/")];
        let sent = person.submit("/account/verify/send", &next).await;
        assert_eq!(sent.header("location"), "/account/verify");
        let stranger = app.person();
        for path in ["/account/number", "/account/verify"] {
            let redirect = stranger.get(path).await;
            assert_eq!(redirect.header("location"), format!("/sign-in?next={path}"));
        }
        let posted = stranger.submit("/account/number", &[("code", "123456")]).await;
        assert_eq!(posted.header("location"), "/sign-in?next=/account/number");
    }
}

/// Returns the path in the notice that the inbox or the gateway has for a number, once it is there.
async fn objection_link(app: &TestApp, phone: &str) -> String {
    for _ in 0..200 {
        let link = app.gateway.requests().iter().rev().find_map(|request| {
            let is_to = phone.ends_with(request.query.get("mobile")?.as_str());
            request.query.get("link").filter(|_| is_to).cloned()
        });
        if let Some(link) = link {
            return link.trim_start_matches(&app.origin).to_owned();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no notice to {phone}");
}

/// Starts a site whose provider has a template for notices.
async fn with_notices(engine: Engine) -> Option<TestApp> {
    TestApp::with_settings(engine, &[("AUTHKEY_NOTICE_TEMPLATE_ID", "77")]).await
}

async fn the_former_number_objects(app: TestApp) {
    let (owner, phone) = app.member().await;
    let mut passkey = owner.add_passkey().await;
    app.advance(8 * 86_400);
    // A thief who reads the owner's messages takes the account over.
    let thief = app.person();
    thief.prove(&app.gateway, &phone).await.is(200, "");
    let (first, second) = (new_phone(), new_phone());
    // What the thief adds before the change is removed as well.
    let mut thiefs = thief.add_passkey().await;
    let codes = thief.make_recovery_codes().await;
    thief.take_number(&app.gateway, &first).await;
    let link = objection_link(&app, &phone).await;
    app.advance(60);
    thief.take_number(&app.gateway, &second).await;
    let later_link = objection_link(&app, &first).await;
    // The thief objects with the link of their own number. The owner's link works all the same.
    let token = later_link.split("token=").nth(1).unwrap();
    let done = app.stranger().submit("/objection", &[("token", token)]).await;
    assert_eq!(done.header("location"), "/objection?saved");
    thief.prove(&app.gateway, &first).await.is(200, "");

    let stranger = app.stranger();
    let page = stranger.get(&link).await;
    assert!(page.status == 200 && page.text.contains("take the number back"), "{}", page.text);
    assert!(!page.text.contains(&phone), "the number is masked");
    let token = link.split("token=").nth(1).unwrap();
    // Looking at the page changes nothing, and neither does another site.
    let foreign = stranger.request(Method::POST, "/objection");
    let foreign = foreign.header(ORIGIN, "https://evil.example").form(&[("token", token)]);
    assert_eq!(stranger.send(foreign).await.status, 403);
    assert!(!thief.user().await.is_null());
    app.advance(7 * 86_400 - 61);
    let done = stranger.submit("/objection", &[("token", token)]).await;
    assert_eq!((done.status, done.header("location")), (303, "/objection?saved"));
    assert!(stranger.get("/objection?saved").await.text.contains("has its number back"));

    // Nothing of the thief's opens the account, and the number does.
    assert!(thief.user().await.is_null());
    app.stranger().sign_in_with_passkey(&mut thiefs).await.is(401, "passkey_refused");
    app.stranger().recover(&phone, &codes[0]).await.is(401, "recovery_code_incorrect");
    app.stranger().sign_in_with_passkey(&mut passkey).await.is(200, "");
    let answer = app.person().prove(&app.gateway, &phone).await;
    assert_eq!(answer.json()["status"], "signed_in");
    for number in [&first, &second] {
        let answer = app.stranger().prove(&app.gateway, number).await;
        assert_eq!(answer.json()["status"], "details_required");
    }
    // Each link works once.
    for used in [&link, &later_link] {
        let token = used.split("token=").nth(1).unwrap();
        let again = stranger.submit("/objection", &[("token", token)]).await;
        assert_eq!(again.header("location"), "/objection");
        assert!(stranger.get(used).await.text.contains("does not work any more"));
    }
}

async fn nobody_objects_too_late_or_takes_a_number_from_another_account(app: TestApp) {
    let (owner, phone) = app.member().await;
    let (other, others_phone) = app.member().await;
    owner.take_number(&app.gateway, &new_phone()).await;
    let link = objection_link(&app, &phone).await;
    let token = link.split("token=").nth(1).unwrap();
    // The number has another account by now.
    other.take_number(&app.gateway, &phone).await;
    let refused = app.stranger().submit("/objection", &[("token", token)]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("role=\"alert\"") && refused.text.contains(token));
    assert!(!owner.user().await.is_null() && !other.user().await.is_null());
    let others_link = objection_link(&app, &others_phone).await;
    app.advance(7 * 86_400);
    let token = others_link.split("token=").nth(1).unwrap();
    let late = app.stranger().submit("/objection", &[("token", token)]).await;
    assert_eq!(late.header("location"), "/objection");
    for wrong in ["", "x", "AAAA"] {
        let answer = app.stranger().submit("/objection", &[("token", wrong)]).await;
        assert!(answer.status == 400 || answer.header("location") == "/objection", "{wrong}");
    }
    app.advance(1);
    let purged = app.state.store.purge(app.state.config.retention, app.state.clock.now()).await;
    assert!(purged.unwrap() >= 2);
    assert_eq!(app.count("SELECT COUNT(*) FROM number_changes").await, 0);
}

/// The owner goes back to the number with a passkey. The number of the thief must not object.
async fn nobody_objects_to_a_return(app: TestApp) {
    let (owner, phone) = app.member().await;
    let mut passkey = owner.add_passkey().await;
    app.advance(60);
    let thief = app.person();
    thief.prove(&app.gateway, &phone).await.is(200, "");
    let stolen = new_phone();
    thief.take_number(&app.gateway, &stolen).await;
    let link = objection_link(&app, &phone).await;
    app.advance(60);
    let laptop = app.person();
    laptop.sign_in_with_passkey(&mut passkey).await.is(200, "");
    laptop.take_number(&app.gateway, &phone).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let notices = app.gateway.requests().iter().filter(|r| r.query.contains_key("link")).count();
    assert_eq!(notices, 1, "the number of the thief gets no link");
    assert_eq!(app.count("SELECT COUNT(*) FROM number_changes").await, 0);
    let token = link.split("token=").nth(1).unwrap();
    let again = app.stranger().submit("/objection", &[("token", token)]).await;
    assert_eq!(again.header("location"), "/objection");
    assert!(!laptop.user().await.is_null());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_objects_to_a_return_on_both_engines() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(app) = with_notices(engine).await else { continue };
        nobody_objects_to_a_return(app).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_former_number_objects_on_sqlite() {
    the_former_number_objects(with_notices(Engine::Sqlite).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_former_number_objects_on_postgres() {
    let Some(app) = with_notices(Engine::Postgres).await else { return };
    the_former_number_objects(app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_objects_too_late_on_sqlite() {
    let app = with_notices(Engine::Sqlite).await.unwrap();
    nobody_objects_too_late_or_takes_a_number_from_another_account(app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_objects_too_late_on_postgres() {
    let Some(app) = with_notices(Engine::Postgres).await else { return };
    nobody_objects_too_late_or_takes_a_number_from_another_account(app).await;
}

/// A notice costs money like any other text: it is counted, and not sent without room for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_counted_in_the_budget_and_left_out_without_room() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        // Room for four texts: the day's budget is 5 units, of which a fifth is reserved.
        let settings = [
            ("AUTHKEY_NOTICE_TEMPLATE_ID", "77"),
            ("SMS_PRICES", "IN=1"),
            ("SMS_BUDGET_PER_DAY", "5"),
            ("SMS_BUDGET_HOUR_SHARE", "100"),
            ("SMS_BUDGET_UNVERIFIED_SHARE", "100"),
            ("SMS_BUDGET_COUNTRY_SHARE", "100"),
            ("SMS_BUDGET_PREFIX_SHARE", "100"),
        ];
        let Some(app) = TestApp::with_settings(engine, &settings).await else { continue };
        let (person, phone) = app.member().await;
        let first = new_phone();
        person.take_number(&app.gateway, &first).await;
        objection_link(&app, &phone).await;
        let spent = "SELECT CAST(SUM(count) AS BIGINT) FROM counters WHERE name = 'spent'";
        assert_eq!(app.count(spent).await, 3_000_000, "two codes and a notice");
        person.take_number(&app.gateway, &new_phone()).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(app.count(spent).await, 4_000_000, "there is no room for a second notice");
        let notices =
            app.gateway.requests().iter().filter(|r| r.query.contains_key("link")).count();
        assert_eq!(notices, 1);
    }
}
