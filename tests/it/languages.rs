//! The messages of pages, forms and the API in every language.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use reqwest::Method;
use reqwest::header::{ACCEPT_LANGUAGE, ORIGIN};
use ringkey::components::i18n::client_messages;

use crate::support::{Engine, Person, TestApp, new_phone};

const ENGLISH: &str = include_str!("../../locales/en.ftl");

/// The source text of all files in a room.
fn source(room: &Path) -> String {
    let entries = fs::read_dir(room).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { source(&path) } else { fs::read_to_string(path).unwrap() })
        .collect()
}

/// The ids of the messages that a source names in a call.
fn named_in(text: &str) -> BTreeSet<String> {
    let calls = [".t(\"", ".split_at_placeholder(\"", ".format(\"", ".message(\""];
    let after = calls.iter().flat_map(|call| text.split(call).skip(1));
    let is_id = |id: &&str| {
        id.contains('-')
            || [
                "close",
                "resend",
                "resent",
                "solving",
                "verify",
                "offline",
                "direction",
                "save",
                "saved",
            ]
            .contains(id)
    };
    after.filter_map(|rest| rest.split('"').next()).filter(is_id).map(str::to_owned).collect()
}

fn ids() -> BTreeSet<String> {
    let lines = ENGLISH.lines().filter_map(|line| line.split_once(" = "));
    lines
        .map(|(id, _)| id.to_owned())
        .filter(|id| id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        .collect()
}

#[test]
fn every_message_used_exists_and_every_message_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let titles = ["sign-in-title", "sign-up-title", "code-step-title", "details-step-title"]
        .map(str::to_owned);
    let rooms = ["components", "pages", "serve"].map(|room| source(&root.join(room))).concat();
    let ids = ids();
    let quoted = ids.iter().filter(|id| rooms.contains(&format!("\"{id}\"")));
    let said: BTreeSet<String> =
        named_in(&rooms).into_iter().chain(quoted.cloned()).chain(titles).collect();
    let missing: Vec<_> = said.difference(&ids).collect();
    assert!(missing.is_empty(), "said and not there: {missing:?}");
    // These ids are composed from a code, a validation error, a unit, an event or a point, or are
    // named in the domain.
    let derived = [
        "problem-",
        "field-",
        "span-",
        "age",
        "history-",
        "home-point-",
        "no-text-",
        "language-name",
        // The words of a deployment that calls.
        "resent-or-call",
    ];
    let idle: Vec<_> = ids
        .difference(&said)
        .filter(|id| !derived.iter().any(|prefix| id.starts_with(prefix)))
        .collect();
    assert!(idle.is_empty(), "there and never said: {idle:?}");
}

#[test]
fn the_browser_is_given_every_message_of_the_components() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let given: BTreeSet<&str> = client_messages().collect();
    let ids = ids();
    let components = source(&root.join("components"));
    let said = ids.iter().filter(|id| components.contains(&format!("\"{id}\"")));
    let missing: Vec<_> = said.filter(|id| !given.contains(id.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(given.iter().all(|id| ids.contains(*id)));
    // A page checks input by the rules of the domain. The server's messages explain every other
    // error of a field.
    let rules = source(&root.join("domain"));
    for line in include_str!("../../src/domain/validation_error.rs").lines() {
        let Some((variant, id)) =
            line.trim().strip_prefix("Self::").and_then(|line| line.split_once(" => \"field-"))
        else {
            continue;
        };
        let name = variant.split(|c: char| !c.is_alphanumeric()).next().unwrap();
        let is_found = rules.contains(&format!("ValidationError::{name}"));
        assert_eq!(
            given.contains(format!("field-{}", id.trim_end_matches("\",")).as_str()),
            is_found,
            "{name}"
        );
    }
}

async fn page(person: &Person, path: &str, language: &str) -> String {
    let answer =
        person.send(person.request(Method::GET, path).header(ACCEPT_LANGUAGE, language)).await;
    assert!([200, 404].contains(&answer.status), "{path}");
    answer.text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_speak_the_language_that_the_browser_asks_for() {
    let app = TestApp::start(Engine::Sqlite).await.unwrap();
    let (member, _) = app.member().await;
    for (language, tag, direction, words) in [
        ("en-GB", "en", "ltr", "Phone number"),
        ("hi-IN,en;q=0.5", "hi", "ltr", "फ़ोन नंबर"),
        ("ar", "ar", "rtl", "رقم الهاتف"),
        ("fr", "en", "ltr", "Phone number"),
    ] {
        for path in ["/", "/sign-in", "/sign-up", "/nowhere"] {
            let text = page(&app.person(), path, language).await;
            assert!(
                text.contains(&format!("<html lang=\"{tag}\" dir=\"{direction}\">")),
                "{path} {language}"
            );
            assert!(!text.contains('⟨'), "{path} {language} lacks a message");
            assert!(text.contains(words), "{path} {language}");
        }
        let account = page(&member, "/account", language).await;
        assert!(account.contains(&format!("lang=\"{tag}\"")) && !account.contains('⟨'));
        let code = app.person();
        code.send_otp(&new_phone()).await;
        assert!(!page(&code, "/sign-in/code", language).await.contains('⟨'));
    }
    assert!(
        page(&app.person(), "/sign-in", "hi").await.contains("भारत (\u{200E}+91)"),
        "countries have their names in it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_in_the_language_of_the_request() {
    let app = TestApp::start(Engine::Sqlite).await.unwrap();
    let call = async |language: &str, body: serde_json::Value| {
        let person = app.person();
        let request =
            person.request(Method::POST, "/api/auth/send-otp").header(ORIGIN, &app.origin);
        person.send(request.header(ACCEPT_LANGUAGE, language).json(&body)).await
    };
    for (language, field, malformed) in [
        ("en", "Type your mobile number.", "Something is missing"),
        ("hi", "अपना मोबाइल नंबर लिखें।", "कुछ कमी है"),
        ("ar", "اكتب رقم هاتفك المحمول.", "ينقص ذلك"),
    ] {
        let invalid = call(language, serde_json::json!({"phone": ""})).await;
        assert_eq!(invalid.is(422, "invalid").json()["error"]["fields"]["phone"], field);
        let broken = call(language, serde_json::json!(["phone"])).await;
        assert!(
            broken.is(400, "malformed").json()["error"]["message"]
                .as_str()
                .unwrap()
                .contains(malformed)
        );
        // Leptos itself refuses these requests, or they never reach a use case.
        let person = app.person();
        let lacking =
            person.request(Method::POST, "/api/auth/create-account").header(ORIGIN, &app.origin);
        let lacking = person
            .send(lacking.header(ACCEPT_LANGUAGE, language).json(&serde_json::json!({})))
            .await;
        assert!(
            lacking.is(400, "malformed").json()["error"]["message"]
                .as_str()
                .unwrap()
                .contains(malformed)
        );
        let stray = person
            .send(person.request(Method::POST, "/sign-out").header(ACCEPT_LANGUAGE, language))
            .await;
        assert!(
            stray.text.contains(&format!("<html lang=\"{language}\"")) && !stray.text.contains('⟨'),
            "{}",
            stray.text
        );
        let form = person
            .request(Method::POST, "/sign-in")
            .header(ORIGIN, &app.origin)
            .header(ACCEPT_LANGUAGE, language);
        let form = person.send(form.form(&[("phone", ""), ("country", "IN")])).await;
        assert_eq!(form.status, 422);
        assert!(form.text.contains(field), "beside its field");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_language_that_was_chosen_stays_and_leads_nowhere_else() {
    let app = TestApp::start(Engine::Sqlite).await.unwrap();
    let person = app.person();
    let chosen =
        person.submit("/language", &[("language", "ar"), ("next", "/sign-in?next=/account")]).await;
    assert_eq!((chosen.status, chosen.header("location")), (303, "/sign-in?next=/account"));
    assert_eq!(
        chosen.set_cookies(),
        ["language=ar; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000"]
    );
    assert!(
        page(&person, "/", "hi").await.contains("dir=\"rtl\""),
        "over what the browser asks for"
    );
    let other = app.person();
    let unknown = other
        .submit("/language", &[("language", "xx\r\nx: y"), ("next", "https://evil.example/")])
        .await;
    assert_eq!((unknown.status, unknown.header("location")), (303, "/"));
    assert!(unknown.set_cookies().is_empty());
    let foreign = other.request(Method::POST, "/language").header(ORIGIN, "https://evil.example");
    assert_eq!(other.send(foreign.form(&[("language", "ar")])).await.status, 403);
    assert_eq!(other.get("/language").await.status, 405);
}
