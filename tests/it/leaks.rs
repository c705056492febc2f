//! The canary: what is secret is in no log line and no answer, at the most talkative level.

use serde_json::json;

use crate::support::gateway::{ACCEPTED, Reply};
use crate::support::person::{transcript, wrong};
use crate::support::{API_KEY, logs, new_phone};

/// A log line without what only looks like a code: times and how long things took.
fn without_figures(line: &str) -> String {
    let words = line.split_whitespace().skip(1).filter(|word| !word.starts_with("micros=") && !word.starts_with("elapsed"));
    words.collect::<Vec<_>>().join(" ")
}

/// Whether `text` holds `digits` as a number of its own.
fn holds(text: &str, digits: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|run| run == digits)
}

on_both_engines! {
    async fn no_key_no_code_and_no_number_is_in_any_log_or_answer(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        let echo: &'static str = Box::leak(format!(r#"{{"Message":"no: {API_KEY} {} 123456"}}"#, &phone[3..]).into_boxed_str());
        for reply in [Reply::Say(203, echo), Reply::Say(500, echo), Reply::Say(302, echo), ACCEPTED] {
            app.gateway.reply_with(reply);
            person.send_otp(&phone).await;
        }
        let code = app.gateway.code_for(&phone);
        person.verify(&wrong(&code)).await;
        person.verify("abc").await;
        let (challenge, texts) = (person.cookie("challenge").unwrap(), app.gateway.texts_to(&phone));
        person.verify(&code).await;
        person.create_account().await;
        let session = person.cookie("session").unwrap();
        person.get("/account").await;
        person.call("send-otp", json!({"phone": phone})).await;
        person.sign_out().await;
        app.state.store.close().await;
        person.send_otp(&phone).await;
        assert_eq!(texts, 4);

        let (logged, answered) = (logs::all(), transcript().clone());
        assert!(logged.lines().count() > 50 && logged.contains("TRACE") && answered.lines().count() >= 8, "there is something to search");
        for (place, text) in [("log", &logged), ("answers", &answered)] {
            assert!(!text.contains(API_KEY), "key in {place}");
            assert!(!text.contains(&phone[3..]), "number in {place}");
            assert!(!text.contains("Lovelace") || place == "answers", "name in {place}");
        }
        for line in logged.lines().map(without_figures) {
            assert!(!holds(&line, &code) && !holds(&line, &wrong(&code)), "code in {line}");
            assert!(!line.contains(&challenge) && !line.contains(&session), "cookie in {line}");
        }
        assert!(!holds(&answered, &code));
    }
}
