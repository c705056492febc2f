//! The number is not the person: an account that was not used for 90 days does not open by an SMS
//! alone on a device that it does not know.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::person::Answer;
use crate::support::{Person, TestApp};

const DAY: i64 = 86_400;

impl Person {
    /// Requests a code and types it.
    async fn type_code(&self, app: &TestApp, phone: &str) -> Answer {
        assert_eq!(self.send_otp(phone).await.status, 200);
        self.verify(&app.gateway.code_for(phone)).await
    }

    async fn confirm_owner(&self, email: &str) -> Answer {
        self.call("confirm-owner", json!({ "email": email })).await
    }

    async fn id(&self) -> Value {
        self.user().await["id"].clone()
    }
}

fn status(answer: &Answer) -> String {
    answer.is(200, "").json()["status"].as_str().unwrap().to_owned()
}

on_both_engines! {
    async fn a_dormant_account_opens_by_text_on_its_known_devices_alone(app: TestApp) {
        let (owner, phone) = app.member().await;
        let id = owner.id().await;
        app.advance(89 * DAY);
        let stranger = app.stranger();
        assert_eq!(status(&stranger.type_code(&app, &phone).await), "signed_in", "day 89");
        // That was a visit, so the days count anew.
        app.advance(89 * DAY);
        let laptop = app.stranger();
        assert_eq!(status(&laptop.type_code(&app, &phone).await), "signed_in");
        app.advance(91 * DAY);
        let stranger = app.stranger();
        let refused = stranger.type_code(&app, &phone).await;
        assert_eq!(status(&refused), "owner_check_required", "day 91");
        assert!(stranger.user().await.is_null());
        app.advance(60);
        assert_eq!(status(&stranger.type_code(&app, &phone).await), "owner_check_required");
        // The browser that signed in 91 days ago is known.
        app.advance(60);
        assert_eq!(status(&laptop.type_code(&app, &phone).await), "signed_in");
        assert_eq!(laptop.id().await, id);
    }

    async fn a_visit_within_the_session_counts_as_a_visit(app: TestApp) {
        let (owner, phone) = app.member().await;
        // The session lives 30 days, and is used to its end.
        for _ in 0..29 {
            app.advance(DAY);
            assert!(!owner.user().await.is_null());
        }
        app.advance(88 * DAY);
        assert_eq!(status(&app.stranger().type_code(&app, &phone).await), "signed_in");
        app.advance(91 * DAY);
        assert_eq!(status(&app.stranger().type_code(&app, &phone).await), "owner_check_required");
    }

    async fn the_right_address_opens_the_account_and_three_wrong_ones_are_the_limit(
        app: TestApp,
    ) {
        let (owner, phone) = app.member().await;
        let id = owner.id().await;
        app.advance(91 * DAY);
        let person = app.stranger();
        person.type_code(&app, &phone).await.is(200, "");
        person.confirm_owner("ada").await.is(422, "invalid");
        let wrong = person.confirm_owner("eve@example.com").await;
        assert_eq!(wrong.is(401, "email_incorrect").json()["error"]["attempts_left"], 2);
        let right = person.confirm_owner(" ADA@Example.com ").await;
        assert_eq!(status(&right), "signed_in");
        assert_eq!(person.id().await, id);
        person.confirm_owner("ada@example.com").await.is(401, "no_challenge");
        let page = person.get("/account").await.text;
        assert!(page.contains("You signed in after a long time"));

        // Two attempts of the three are used up in these 30 days.
        app.advance(91 * DAY);
        let thief = app.stranger();
        thief.type_code(&app, &phone).await.is(200, "");
        for left in [2, 1, 0] {
            let wrong = thief.confirm_owner("eve@example.com").await;
            assert_eq!(wrong.is(401, "email_incorrect").json()["error"]["attempts_left"], left);
        }
        let refused = thief.confirm_owner("ada@example.com").await;
        let wait = refused.is(429, "too_often").json()["error"]["retry_after"].as_i64().unwrap();
        assert_eq!(wait, 30 * DAY);
        app.advance(30 * DAY - 1);
        let person = app.stranger();
        person.type_code(&app, &phone).await.is(200, "");
        person.confirm_owner("ada@example.com").await.is(429, "too_often");
        app.advance(1);
        assert_eq!(status(&person.confirm_owner("ada@example.com").await), "signed_in");
    }

    async fn attempts_that_come_at_once_are_three_all_the_same(app: TestApp) {
        let (_, phone) = app.member().await;
        app.advance(91 * DAY);
        let thief = app.stranger();
        thief.type_code(&app, &phone).await.is(200, "");
        let tabs = thief.tabs(16);
        let answers = join_all(tabs.iter().map(|tab| tab.confirm_owner("eve@b.co"))).await;
        let compared = answers.iter().filter(|answer| answer.status == 401).count();
        assert_eq!(compared, 3);
    }

    async fn nobody_confirms_without_the_code_of_the_number(app: TestApp) {
        let (_, phone) = app.member().await;
        app.advance(91 * DAY);
        let stranger = app.stranger();
        stranger.confirm_owner("ada@example.com").await.is(401, "no_challenge");
        assert_eq!(stranger.send_otp(&phone).await.status, 200);
        stranger.confirm_owner("ada@example.com").await.is(409, "not_verified");
        assert_eq!(app.count("SELECT COUNT(*) FROM email_attempts").await, 0);
        // A code for one's own new number confirms nothing about another account.
        let other = crate::support::new_phone();
        let person = app.stranger();
        assert_eq!(status(&person.type_code(&app, &other).await), "details_required");
        person.confirm_owner("ada@example.com").await.is(410, "challenge_over");
    }

    async fn a_passkey_or_a_recovery_code_opens_a_dormant_account(app: TestApp) {
        let (owner, phone) = app.member().await;
        let mut passkey = owner.add_passkey().await;
        let codes = owner.make_recovery_codes().await;
        let owner_id = owner.id().await;
        app.advance(91 * DAY);
        app.stranger().sign_in_with_passkey(&mut passkey).await.is(200, "");
        app.advance(91 * DAY);
        app.stranger().recover(&phone, &codes[0]).await.is(200, "");
        // A code opens the account also after its number went to another person.
        app.advance(91 * DAY);
        let other = app.stranger();
        other.type_code(&app, &phone).await.is(200, "");
        other.create_account().await.is(200, "");
        app.advance(40 * DAY);
        let config = &app.state.config;
        app.state.store.purge(config.retention, app.state.clock.now()).await.unwrap();
        let recovered = app.stranger();
        recovered.recover(&phone, &codes[1]).await.is(200, "");
        assert_eq!(recovered.id().await, owner_id);
    }

    async fn a_new_account_inherits_nothing_and_the_old_one_is_restored_on_its_own_device(
        app: TestApp,
    ) {
        let (owner, phone) = app.member().await;
        let id = owner.id().await;
        app.advance(91 * DAY);
        let other = app.stranger();
        other.type_code(&app, &phone).await.is(200, "");
        let details = json!({ "first_name": "Grace", "last_name": "Hopper", "email": "g@b.co" });
        let created = other.call("create-account", details).await;
        assert_eq!(created.is(200, "").json()["user"]["first_name"], "Grace");
        let page = other.get("/account").await.text;
        assert!(!page.contains("ada@example.com") && !page.contains("/account/restore"));
        other.act("restore", json!({})).await.is(404, "not_found");

        // The owner types the code of the number on the old device, and gets the account back.
        app.advance(29 * DAY);
        owner.type_code(&app, &phone).await.is(200, "");
        assert_eq!(owner.user().await["first_name"], "Grace");
        assert!(owner.get("/account").await.text.contains("action=\"/account/restore\""));
        let restored = owner.submit("/account/restore", &[]).await;
        assert_eq!(restored.header("location"), "/account?saved");
        assert_eq!(owner.id().await, id);
        assert_eq!(owner.user().await["first_name"], "Ada");
        assert!(other.user().await.is_null(), "its sessions have ended");
        // Each number has one account.
        let owners = app.count("SELECT COUNT(*) FROM users WHERE phone IS NOT NULL").await;
        assert_eq!(owners, 1);
        let again = app.stranger();
        app.advance(60);
        again.type_code(&app, &phone).await.is(200, "");
        assert_eq!(again.id().await, id);
    }

    async fn after_thirty_days_an_account_that_was_set_aside_is_gone(app: TestApp) {
        let (owner, phone) = app.member().await;
        app.advance(91 * DAY);
        let other = app.stranger();
        other.type_code(&app, &phone).await.is(200, "");
        other.create_account().await.is(200, "");
        app.advance(30 * DAY + 1);
        owner.type_code(&app, &phone).await.is(200, "");
        assert!(!owner.get("/account").await.text.contains("/account/restore"));
        owner.act("restore", json!({})).await.is(404, "not_found");
        assert_eq!(app.count("SELECT COUNT(*) FROM users").await, 2);
        let config = &app.state.config;
        app.state.store.purge(config.retention, app.state.clock.now()).await.unwrap();
        assert_eq!(app.count("SELECT COUNT(*) FROM users").await, 1);
    }

    async fn an_account_without_a_number_opens_with_its_passkey_and_gets_another_number(
        app: TestApp,
    ) {
        let (owner, phone) = app.member().await;
        let mut passkey = owner.add_passkey().await;
        let id = owner.id().await;
        app.advance(91 * DAY);
        let other = app.stranger();
        other.type_code(&app, &phone).await.is(200, "");
        other.create_account().await.is(200, "");
        app.advance(40 * DAY);
        let config = &app.state.config;
        app.state.store.purge(config.retention, app.state.clock.now()).await.unwrap();
        let laptop = app.stranger();
        laptop.sign_in_with_passkey(&mut passkey).await.is(200, "");
        assert_eq!(laptop.id().await, id);
        assert_eq!(laptop.user().await["phone"], "");
        assert_eq!(laptop.get("/account").await.status, 200);
        laptop.act("verify/send", json!({})).await.is(503, "sms_unavailable");
        app.advance(300);
        laptop.act("passkeys/options", json!({})).await.is(403, "verification_required");
        laptop.verify_with_passkey(&mut passkey).await.is(200, "");
        // The last way into the account stays.
        let page = laptop.get("/account").await.text;
        let id_of_passkey = page.split("action=\"/account/passkeys/remove\"").nth(1).unwrap();
        let id_of_passkey = id_of_passkey.split("value=\"").nth(1).unwrap();
        let id_of_passkey = id_of_passkey.split('"').next().unwrap();
        let remove = json!({ "passkey": id_of_passkey });
        laptop.act("passkeys/remove", remove).await.is(401, "passkey_refused");
        let new_number = crate::support::new_phone();
        laptop.act("number/send", json!({ "phone": new_number })).await.is(200, "");
        let code = app.gateway.code_for(&new_number);
        laptop.act("number", json!({ "code": code })).await.is(200, "");
        assert_ne!(laptop.user().await["phone"], "");
    }

    async fn the_pages_lead_through_the_check_without_scripts(app: TestApp) {
        let (_, phone) = app.member().await;
        app.advance(91 * DAY);
        let person = app.stranger();
        let fields = [("phone", phone.as_str()), ("country", "IN"), ("next", "/account")];
        assert_eq!(person.submit("/sign-in", &fields).await.status, 303);
        let code = app.gateway.code_for(&phone);
        let typed = person.submit("/sign-in/code", &[("code", &code)]).await;
        assert_eq!((typed.status, typed.header("location")), (303, "/sign-in/owner"));
        let details = person.get("/sign-in/details").await;
        assert_eq!(details.header("location"), "/sign-in/owner");
        let page = person.get("/sign-in/owner").await;
        assert!(page.text.contains("Is this account yours?"));
        assert!(!page.text.contains("ada@example.com") && !page.text.contains("Lovelace"));
        let wrong = person.submit("/sign-in/owner", &[("email", "eve@example.com")]).await;
        assert_eq!(wrong.status, 401);
        assert!(wrong.text.contains("2 tries left") && wrong.text.contains("eve@example.com"));
        let new = person.get("/sign-in/details?new").await;
        assert!(new.status == 200 && new.text.contains("name=\"first_name\""));
        let right = [("email", "ada@example.com"), ("next", "/account")];
        let done = person.submit("/sign-in/owner", &right).await;
        assert_eq!((done.status, done.header("location")), (303, "/account"));
        assert_eq!(person.id().await, owner_id(&app, &phone).await);
        assert_eq!(app.stranger().get("/sign-in/owner").await.header("location"), "/sign-in");
    }
}

async fn owner_id(app: &TestApp, phone: &str) -> Value {
    let number = ringkey::domain::phone::PhoneNumber::from_e164(phone).unwrap();
    let before = app.state.clock.now();
    let account = app.state.store.find_dormant_account(&number, before).await.unwrap();
    Value::from(account.unwrap().id)
}
