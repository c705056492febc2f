//! Passkeys: they are added, used and removed, and every wrong answer is refused.

use futures_util::future::join_all;
use reqwest::Method;
use reqwest::header::ORIGIN;
use serde_json::{Value, json};

use crate::support::authenticator::Authenticator;
use crate::support::person::Answer;
use crate::support::{Person, soak_size};

const STEP_UP_TTL: i64 = 300;

/// Returns the options and the token in an answer.
fn ceremony(answer: &Answer) -> (Value, Value) {
    let body = answer.is(200, "").json();
    (serde_json::from_str(body["options"].as_str().unwrap()).unwrap(), body["token"].clone())
}

impl Person {
    /// Adds a passkey to the account of the signed-in person.
    pub async fn add_passkey(&self) -> Authenticator {
        let (options, token) = ceremony(&self.act("passkeys/options", json!({})).await);
        let (passkey, credential) = Authenticator::create(self.origin(), &options);
        let fields = json!({ "token": token, "credential": credential });
        self.act("passkeys", fields).await.is(200, "");
        passkey
    }

    /// Asks for the options of a sign-in, and returns the fields with the passkey's answer.
    async fn assertion(&self, passkey: &mut Authenticator) -> Value {
        let (options, token) = ceremony(&self.call("passkey/options", json!({})).await);
        json!({ "token": token, "credential": passkey.answer(&options) })
    }

    pub async fn sign_in_with_passkey(&self, passkey: &mut Authenticator) -> Answer {
        let fields = self.assertion(passkey).await;
        self.call("passkey", fields).await
    }

    pub async fn verify_with_passkey(&self, passkey: &mut Authenticator) -> Answer {
        let (options, token) = ceremony(&self.act("verify/passkey/options", json!({})).await);
        let fields = json!({ "token": token, "credential": passkey.answer(&options) });
        self.act("verify/passkey", fields).await
    }
}

/// Returns the ids of the passkeys on the account page.
fn listed(page: &Answer) -> Vec<String> {
    let forms = page.text.split("action=\"/account/passkeys/remove\"").skip(1);
    let value = |form: &str| form.split("value=\"").nth(1)?.split('"').next().map(str::to_owned);
    forms.filter_map(value).collect()
}

on_both_engines! {
    async fn a_passkey_is_added_signs_in_verifies_and_is_removed(app: TestApp) {
        let (person, phone) = app.member().await;
        let mut passkey = person.add_passkey().await;
        let texts = app.gateway.requests().len();
        let laptop = app.stranger();
        let signed_in = laptop.sign_in_with_passkey(&mut passkey).await;
        let user = &signed_in.is(200, "").json()["user"];
        assert_eq!(user["first_name"], "Ada");
        assert_eq!(laptop.user().await["id"], person.user().await["id"]);
        assert_eq!(app.gateway.requests().len(), texts, "a passkey sends no SMS");
        for told in ["You added a passkey.", "You signed in with a passkey"] {
            assert!(person.get("/account").await.text.contains(told), "{told}");
        }
        // It verifies, and the session gets a new token.
        app.advance(STEP_UP_TTL);
        laptop.act("passkeys/options", json!({})).await.is(403, "verification_required");
        let page = laptop.get("/account/verify").await;
        assert!(page.text.contains("/api/account/verify/passkey"), "the page offers it");
        let former = laptop.cookie("session");
        laptop.verify_with_passkey(&mut passkey).await.is(200, "");
        assert_ne!(laptop.cookie("session"), former);
        laptop.act("passkeys/options", json!({})).await.is(200, "");
        // It is named and removed.
        let id = listed(&laptop.get("/account").await).remove(0);
        let fields = [("passkey", id.as_str()), ("name", "  Ada's phone ")];
        let renamed = laptop.submit("/account/passkeys/rename", &fields).await;
        assert_eq!(renamed.header("location"), "/account?saved");
        assert!(laptop.get("/account").await.text.contains("value=\"Ada's phone\""));
        for (name, status) in [("", 422), (&"x".repeat(101), 422), (&"x".repeat(100), 303)] {
            let fields = [("passkey", id.as_str()), ("name", name)];
            assert_eq!(laptop.submit("/account/passkeys/rename", &fields).await.status, status);
        }
        let removed = laptop.submit("/account/passkeys/remove", &[("passkey", &id)]).await;
        assert_eq!((removed.status, removed.header("location")), (303, "/account?saved"));
        let page = laptop.get("/account").await;
        assert!(listed(&page).is_empty() && page.text.contains("You removed a passkey."));
        laptop.act("passkeys/remove", json!({ "passkey": id })).await.is(200, "");
        let refused = app.stranger().sign_in_with_passkey(&mut passkey).await;
        refused.is(401, "passkey_refused");
        // The number is as good as before.
        app.advance(60);
        app.stranger().prove(&app.gateway, &phone).await.is(200, "");
    }

    async fn a_wrong_assertion_is_refused(app: TestApp) {
        let (person, _) = app.member().await;
        let mut passkey = person.add_passkey().await;
        // A replay, in the browser of the first sign-in and in another one.
        let laptop = app.stranger();
        let fields = laptop.assertion(&mut passkey).await;
        laptop.call("passkey", fields.clone()).await.is(200, "");
        laptop.call("passkey", fields.clone()).await.is(409, "already_signed_in");
        app.stranger().call("passkey", fields.clone()).await.is(401, "passkey_refused");
        // The counter goes back, and stays where it was.
        passkey.counter -= 2;
        for _ in 0..2 {
            let refused = app.stranger().sign_in_with_passkey(&mut passkey).await;
            refused.is(401, "passkey_refused");
            passkey.counter -= 1;
        }
        passkey.counter = 10;
        // The origin is another one, and so is the port.
        for origin in ["https://evil.example", "http://localhost", "http://localhost:1"] {
            passkey.origin = origin.to_owned();
            let refused = app.stranger().sign_in_with_passkey(&mut passkey).await;
            refused.is(401, "passkey_refused");
        }
        passkey.origin = person.origin().to_owned();
        passkey.verifies_user = false;
        let refused = app.stranger().sign_in_with_passkey(&mut passkey).await;
        refused.is(401, "passkey_refused");
        passkey.verifies_user = true;
        // The signature is of another challenge.
        let stranger = app.stranger();
        let [first, second] =
            [stranger.assertion(&mut passkey).await, stranger.assertion(&mut passkey).await];
        let mixed = json!({ "token": first["token"], "credential": second["credential"] });
        stranger.call("passkey", mixed).await.is(401, "passkey_refused");
        let forged = json!({ "token": "a.b.c", "credential": second["credential"] });
        stranger.call("passkey", forged).await.is(401, "passkey_refused");
        let unread = json!({ "token": second["token"], "credential": "{}" });
        stranger.call("passkey", unread).await.is(400, "malformed");
        // A ceremony lasts five minutes.
        let late = stranger.assertion(&mut passkey).await;
        app.advance(300);
        stranger.call("passkey", late).await.is(401, "passkey_refused");
        let last_moment = stranger.assertion(&mut passkey).await;
        app.advance(299);
        stranger.call("passkey", last_moment).await.is(200, "");
    }

    async fn a_passkey_opens_its_own_account_alone(app: TestApp) {
        let (ada, _) = app.member().await;
        let (eve, _) = app.member().await;
        let mut passkey = ada.add_passkey().await;
        let mut eves = eve.add_passkey().await;
        // The same credential cannot be added to a second account, nor twice to one.
        for person in [&eve, &ada] {
            let (options, token) = ceremony(&person.act("passkeys/options", json!({})).await);
            let credential = passkey.answer_to_creation(&options);
            let fields = json!({ "token": token, "credential": credential });
            person.act("passkeys", fields).await.is(401, "passkey_refused");
        }
        // Eve's key that names Ada's account opens neither.
        let handle = eves.user_handle.clone();
        eves.user_handle.clone_from(&passkey.user_handle);
        let refused = app.stranger().sign_in_with_passkey(&mut eves).await;
        refused.is(401, "passkey_refused");
        eves.user_handle = handle;
        // A passkey of another account does not verify, and no ceremony serves another purpose.
        eve.verify_with_passkey(&mut passkey).await.is(401, "passkey_refused");
        let (options, token) = ceremony(&ada.act("verify/passkey/options", json!({})).await);
        let fields = json!({ "token": token, "credential": passkey.answer(&options) });
        app.stranger().call("passkey", fields).await.is(401, "passkey_refused");
        let fields = app.stranger().assertion(&mut passkey).await;
        ada.act("verify/passkey", fields).await.is(401, "passkey_refused");
        let (options, token) = ceremony(&ada.act("passkeys/options", json!({})).await);
        let (_, credential) = Authenticator::create(ada.origin(), &options);
        let fields = json!({ "token": token, "credential": credential });
        eve.act("passkeys", fields.clone()).await.is(401, "passkey_refused");
        ada.act("passkeys", fields.clone()).await.is(200, "");
        ada.act("passkeys", fields).await.is(401, "passkey_refused");
        // Eve cannot name or remove Ada's.
        let page = ada.get("/account").await;
        for id in listed(&page) {
            eve.act("passkeys/remove", json!({ "passkey": id })).await.is(200, "");
            let name = json!({ "passkey": id, "name": "Eve" });
            eve.act("passkeys/rename", name).await.is(200, "");
        }
        let after = ada.get("/account").await;
        assert_eq!(listed(&page).len(), 2);
        assert_eq!(listed(&page), listed(&after));
        assert!(!after.text.contains("value=\"Eve\""));
    }

    async fn one_assertion_opens_one_session_however_often_it_comes_at_once(app: TestApp) {
        let (person, _) = app.member().await;
        let mut passkey = person.add_passkey().await;
        let rounds = soak_size(100, 10);
        for round in 0..rounds {
            let people: Vec<Person> = (0..64).map(|_| app.stranger()).collect();
            let fields = people[0].assertion(&mut passkey).await;
            let answers =
                join_all(people.iter().map(|person| person.call("passkey", fields.clone()))).await;
            let opened = answers.iter().filter(|answer| answer.status == 200).count();
            assert_eq!(opened, 1, "round {round}");
            for answer in answers.iter().filter(|answer| answer.status != 200) {
                answer.is(401, "passkey_refused");
            }
        }
        let live = app.count(
            "SELECT COUNT(*) FROM audit WHERE event LIKE '%passkey%' AND event <> 'passkey_added'",
        ).await;
        assert_eq!(live, rounds);
    }

    async fn a_passkey_sign_in_is_one_commit(app: TestApp) {
        let (person, _) = app.member().await;
        let mut passkey = person.add_passkey().await;
        let laptop = app.stranger();
        let (_, before) = app.state.store.query_counts();
        laptop.sign_in_with_passkey(&mut passkey).await.is(200, "");
        let (_, after) = app.state.store.query_counts();
        assert_eq!(after - before, 1);
    }

    async fn a_passkey_of_a_session_that_ends_meanwhile_is_not_added(app: TestApp) {
        let (owner, phone) = app.member().await;
        let thief = app.person();
        thief.prove(&app.gateway, &phone).await.is(200, "");
        let (options, token) = ceremony(&thief.act("passkeys/options", json!({})).await);
        let (_, credential) = Authenticator::create(thief.origin(), &options);
        owner.act("devices/log-out-others", json!({})).await.is(200, "");
        let fields = json!({ "token": token, "credential": credential });
        thief.act("passkeys", fields).await.is(401, "not_signed_in");
        assert_eq!(app.count("SELECT COUNT(*) FROM passkeys").await, 0);
    }

    async fn an_account_has_at_most_twenty_passkeys(app: TestApp) {
        let (person, _) = app.member().await;
        for _ in 0..20 {
            person.add_passkey().await;
        }
        let (options, token) = ceremony(&person.act("passkeys/options", json!({})).await);
        assert_eq!(options["excludeCredentials"].as_array().unwrap().len(), 20);
        let (_, credential) = Authenticator::create(person.origin(), &options);
        let fields = json!({ "token": token, "credential": credential });
        person.act("passkeys", fields).await.is(401, "passkey_refused");
        assert_eq!(app.count("SELECT COUNT(*) FROM passkeys").await, 20);
    }

    async fn another_site_starts_and_ends_no_ceremony(app: TestApp) {
        let stranger = app.stranger();
        for path in ["/api/auth/passkey/options", "/api/auth/passkey"] {
            let foreign = stranger.request(Method::POST, path);
            let foreign = foreign.header(ORIGIN, "https://evil.example").json(&json!({}));
            stranger.send(foreign).await.is(403, "cross_site");
        }
    }
}
