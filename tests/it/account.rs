//! The account page: its devices and its history.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{ORIGIN, USER_AGENT};
use ringkey::server::user_commands::{self, UserArgs, UserCommand};
use serde_json::{Value, json};

use crate::support::person::Answer;
use crate::support::{Person, TestApp};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const DAY: i64 = 86_400;

impl Person {
    /// Signs in with this `User-Agent` header.
    async fn sign_in_with(&self, app: &TestApp, phone: &str, user_agent: &str) {
        assert_eq!(self.send_otp(phone).await.status, 200);
        let code = app.gateway.code_for(phone);
        let request = self.request(Method::POST, "/api/auth/verify-otp");
        let request = request.header(ORIGIN, self.origin()).header(USER_AGENT, user_agent);
        self.send(request.json(&json!({ "code": code }))).await.is(200, "");
    }
}

/// Returns the ids of the other devices on the account page, in its order.
fn other_devices(page: &Answer) -> Vec<String> {
    let forms = page.text.split("action=\"/account/devices/log-out\"").skip(1);
    let value = |form: &str| form.split("value=\"").nth(1)?.split('"').next().map(str::to_owned);
    forms.filter_map(value).collect()
}

on_both_engines! {
    async fn the_page_lists_the_devices_with_browser_platform_and_network(app: TestApp) {
        let (person, phone) = app.member().await;
        let laptop = app.person().with_address("203.0.113.7");
        laptop.sign_in_with(&app, &phone, FIREFOX).await;
        app.advance(3 * DAY);
        let page = person.get("/account").await;
        assert_eq!(other_devices(&page).len(), 1);
        for part in [
            ">Firefox on Linux</strong>", "203.0.113.0/24", ">This device</span>", "3 days ago",
        ] {
            assert!(page.text.contains(part), "{part}: {}", page.text);
        }
        let listed = laptop.get("/account").await;
        assert_eq!(other_devices(&listed).len(), 1);
        assert_ne!(other_devices(&page), other_devices(&listed));
    }

    async fn a_session_that_is_ended_from_another_one_is_signed_out_at_its_next_request(
        app: TestApp,
    ) {
        let (person, phone) = app.member().await;
        let laptop = app.person();
        laptop.prove(&app.gateway, &phone).await.is(200, "");
        let device = other_devices(&person.get("/account").await).remove(0);
        // The other session is in a stream of requests meanwhile.
        let ended = AtomicBool::new(false);
        let stream = async {
            loop {
                let was_ended = ended.load(Ordering::SeqCst);
                let user = laptop.user().await;
                if was_ended {
                    assert!(user.is_null(), "a request after the end was signed in");
                    return;
                }
            }
        };
        let end = async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            person.act("devices/log-out", json!({ "device": device })).await.is(200, "");
            ended.store(true, Ordering::SeqCst);
        };
        tokio::join!(stream, end);
        assert!(!person.user().await.is_null());
        assert!(other_devices(&person.get("/account").await).is_empty());
        // A second click is no error.
        person.act("devices/log-out", json!({ "device": device })).await.is(200, "");
    }

    async fn the_browser_of_an_ended_session_is_an_unknown_device(app: TestApp) {
        let (person, phone) = app.member().await;
        let laptop = app.person();
        laptop.prove(&app.gateway, &phone).await.is(200, "");
        app.advance(2 * DAY);
        let known = async |person: &Person| {
            let id = ringkey::server::token::device_id(&person.cookie("device").unwrap()).unwrap();
            let number = ringkey::domain::phone::PhoneNumber::from_e164(&phone).unwrap();
            let now = app.state.clock.now();
            let found = app.state.store.find_known_device(&id, &number, now.plus(-DAY), now).await;
            found.unwrap().is_some()
        };
        assert!(known(&person).await && known(&laptop).await);
        let device = other_devices(&person.get("/account").await).remove(0);
        person.act("devices/log-out", json!({ "device": device })).await.is(200, "");
        assert!(known(&person).await && !known(&laptop).await);
    }

    async fn all_other_sessions_end_and_this_one_stays(app: TestApp) {
        let (person, phone) = app.member().await;
        let others = [app.person(), app.person(), app.person()];
        for other in &others {
            other.prove(&app.gateway, &phone).await.is(200, "");
        }
        let done = person.submit("/account/devices/log-out-others", &[]).await;
        assert_eq!((done.status, done.header("location")), (303, "/account?saved"));
        for other in &others {
            assert!(other.user().await.is_null());
        }
        assert!(!person.user().await.is_null());
        assert!(person.get("/account").await.text.contains("You logged out all other devices."));
    }

    async fn nobody_ends_a_session_of_another_account(app: TestApp) {
        let (person, _) = app.member().await;
        let (victim, phone) = app.member().await;
        let laptop = app.person();
        laptop.prove(&app.gateway, &phone).await.is(200, "");
        let device = other_devices(&victim.get("/account").await).remove(0);
        person.act("devices/log-out", json!({ "device": device })).await.is(404, "not_found");
        person.act("devices/log-out-others", json!({})).await.is(200, "");
        assert!(!laptop.user().await.is_null() && !victim.user().await.is_null());
    }

    async fn a_device_form_works_without_scripts_and_says_what_is_wrong(app: TestApp) {
        let (person, phone) = app.member().await;
        let laptop = app.person();
        laptop.prove(&app.gateway, &phone).await.is(200, "");
        let bad = person.submit("/account/devices/log-out", &[("device", "%")]).await;
        assert_eq!(bad.status, 400);
        assert!(bad.text.contains("role=\"alert\"") && other_devices(&bad).len() == 1);
        let again = person.get("/account/devices/log-out").await;
        assert_eq!((again.status, again.header("location")), (303, "/account"));
        let device = other_devices(&bad).remove(0);
        let done = person.submit("/account/devices/log-out", &[("device", &device)]).await;
        assert_eq!((done.status, done.header("location")), (303, "/account?saved"));
        assert!(laptop.user().await.is_null());
        // Without a session the form leads to the sign-in page and back.
        let stranger = laptop.submit("/account/devices/log-out", &[("device", &device)]).await;
        assert_eq!(stranger.header("location"), "/sign-in?next=/account");
        laptop.act("devices/log-out", json!({ "device": device })).await.is(401, "not_signed_in");
        let foreign = person.request(Method::POST, "/account/devices/log-out-others");
        let foreign = person.send(foreign.header(ORIGIN, "https://evil.example")).await;
        assert_eq!(foreign.status, 403);
    }

    async fn another_address_needs_a_verification_and_another_name_does_not(app: TestApp) {
        let (person, _) = app.member().await;
        app.advance(300);
        let fields = |email| [("first_name", "Grace"), ("last_name", "Hopper"), ("email", email)];
        let saved = person.submit("/account", &fields("ada@example.com")).await;
        assert_eq!(saved.header("location"), "/account?saved");
        let refused = person.submit("/account", &fields("grace@example.com")).await;
        assert_eq!(refused.header("location"), "/account/verify?next=/account");
        assert_eq!(person.user().await["email"], "ada@example.com");
        assert_eq!(person.user().await["first_name"], "Grace");
    }

    async fn the_history_tells_the_events_of_this_account_alone(app: TestApp) {
        let (person, _) = app.member().await;
        let (other, _) = app.member().await;
        other.submit("/sign-out/everywhere", &[]).await;
        let fields = [("first_name", "Ada"), ("last_name", "Lovelace"), ("email", "new@b.co")];
        assert_eq!(person.submit("/account", &fields).await.status, 303);
        let page = person.get("/account").await;
        for told in ["You signed up.", "You changed your e-mail address."] {
            assert!(page.text.contains(told), "{told}: {}", page.text);
        }
        for not_told in ["You logged out everywhere.", "You changed your name."] {
            assert!(!page.text.contains(not_told), "{not_told}");
        }
    }
}

on_both_engines! {
    async fn the_export_equals_the_account_page_and_is_valid(app: TestApp) {
        let (person, phone) = app.member().await;
        let laptop = app.person().with_address("203.0.113.7");
        laptop.sign_in_with(&app, &phone, FIREFOX).await;
        person.add_passkey().await;
        person.make_recovery_codes().await;
        let file = person.submit("/account/data", &[]).await;
        assert_eq!(file.status, 200, "{}", file.text);
        assert_eq!(file.header("content-type"), "application/json");
        assert!(file.header("content-disposition").starts_with("attachment;"));
        assert_eq!(file.header("cache-control"), "no-store");
        assert_eq!(file.header("content-encoding"), "", "no length tells what is in it");
        let export = file.json();
        assert_valid(&export, &schema(), "$");
        let page = person.get("/account").await;
        let profile = &export["profile"];
        assert_eq!(profile["phone"], phone.as_str());
        for field in ["first_name", "last_name", "email"] {
            let shown = format!("value=\"{}\"", profile[field].as_str().unwrap());
            assert!(page.text.contains(&shown), "{field}");
        }
        let devices = export["devices"].as_array().unwrap();
        assert_eq!(devices.len(), other_devices(&page).len() + 1);
        for device in devices {
            assert!(page.text.contains(device["network"].as_str().unwrap()));
        }
        assert_eq!(export["passkeys"].as_array().unwrap().len(), 1);
        let name = export["passkeys"][0]["name"].as_str().unwrap();
        assert!(page.text.contains(&format!("value=\"{name}\"")));
        assert_eq!(export["recovery_codes"]["unused"], 10);
        assert!(page.text.contains("You have 10 unused codes."));
        // The export itself is an event that the page shows and the file does not have yet.
        let events = export["history"].as_array().unwrap().len();
        assert_eq!(page.text.matches("<p class=\"entries__name\">You ").count(), events + 1);
        assert!(page.text.contains("You downloaded your data."));
        app.advance(300);
        let later = person.submit("/account/data", &[]).await;
        assert_eq!(later.header("location"), "/account/verify?next=/account");
    }

    async fn the_operator_looks_at_an_account_by_number_or_id(app: TestApp) {
        let (person, phone) = app.member().await;
        let id = person.user().await["id"].as_str().unwrap().to_owned();
        let run = async |name: &str, account: &str, json: bool| {
            let arguments = UserArgs { account: account.to_owned(), json };
            let command = match name {
                "find" => UserCommand::Find(arguments),
                "show" => UserCommand::Show(arguments),
                "sessions" => UserCommand::Sessions(arguments),
                "sign-out" => UserCommand::SignOut(arguments),
                _ => UserCommand::Export(arguments),
            };
            let mut out = Vec::new();
            let result = user_commands::run(&app.state, &command, &mut out).await;
            result.map(|()| String::from_utf8(out).unwrap())
        };
        assert!(run("find", &phone, false).await.unwrap().contains(&id));
        let shown = run("show", &id, false).await.unwrap();
        assert!(shown.contains("ada@example.com") && !shown.contains(&phone), "{shown}");
        let sessions: Value =
            serde_json::from_str(&run("sessions", &phone, true).await.unwrap()).unwrap();
        assert_eq!(sessions.as_array().unwrap().len(), 1);
        let export: Value =
            serde_json::from_str(&run("export", &id, false).await.unwrap()).unwrap();
        assert_valid(&export, &schema(), "$");
        assert!(run("sign-out", &id, false).await.unwrap().contains("sessions_ended 1"));
        assert!(person.user().await.is_null());
        for unknown in ["+919999999990", "nobody", ""] {
            assert!(run("show", unknown, false).await.is_err(), "{unknown}");
            assert!(run("sign-out", unknown, false).await.is_err(), "{unknown}");
        }
        person.prove(&app.gateway, &phone).await.is(200, "");
        let page = person.get("/account").await;
        for told in ["The operator of this site exported", "The operator of this site ended"] {
            assert!(page.text.contains(told), "{told}");
        }
    }
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../../docs/account-export.schema.json")).unwrap()
}

/// Asserts that a value has the types, fields and items that a schema names.
fn assert_valid(value: &Value, schema: &Value, path: &str) {
    let kinds = &schema["type"];
    if value.is_null() {
        assert!(kinds.as_array().is_some_and(|kinds| kinds.contains(&"null".into())), "{path}");
        return;
    }
    match kinds.as_str().or(kinds[0].as_str()).unwrap() {
        "integer" => assert!(value.is_i64() || value.is_u64(), "{path} is no integer"),
        "object" => {
            let fields = value.as_object().unwrap_or_else(|| panic!("{path} is no object"));
            let known = schema["properties"].as_object().unwrap();
            let names: Vec<&String> = fields.keys().collect();
            assert!(names.iter().all(|name| known.contains_key(*name)), "{path}: {names:?}");
            for name in schema["required"].as_array().unwrap() {
                let name = name.as_str().unwrap();
                assert_valid(&fields[name], &known[name], &format!("{path}.{name}"));
            }
        }
        "array" => {
            for (i, item) in value.as_array().unwrap().iter().enumerate() {
                assert_valid(item, &schema["items"], &format!("{path}[{i}]"));
            }
        }
        _ => {
            let text = value.as_str().unwrap_or_else(|| panic!("{path} is no text"));
            if schema["format"] == "date-time" {
                assert!(text.len() == 20 && text.ends_with('Z'), "{path}: {text}");
            }
        }
    }
}

#[test]
fn every_event_has_a_message() {
    let english = include_str!("../../locales/en.ftl");
    for event in ringkey::server::store::AuditEvent::ALL {
        let id = format!("\nhistory-{} = ", event.as_str().replace('_', "-"));
        assert!(english.contains(&id), "{id}");
    }
}
