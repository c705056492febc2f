//! Notices to the webhook: signed, in order, and not lost by a failure.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use ringkey::server::notices::NoticeSender;
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;

use crate::support::{Engine, TestApp, new_phone};

const SECRET: &str = "whsec_c2VjcmV0IG9mIHRoZSB3ZWJob29rLCBsb25nIGVub3VnaA==";

/// A webhook that keeps what it gets.
#[derive(Clone, Default)]
struct Webhook {
    received: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    status: Arc<Mutex<u16>>,
}

impl Webhook {
    async fn start() -> (Self, String) {
        let webhook = Self { status: Arc::new(Mutex::new(204)), ..Self::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let answer = async |State(webhook): State<Self>, headers: HeaderMap, body: String| {
            webhook.received.lock().unwrap().push((headers, body));
            StatusCode::from_u16(*webhook.status.lock().unwrap()).unwrap()
        };
        let router = Router::new().fallback(answer).with_state(webhook.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (webhook, url)
    }

    /// Returns the types of the notices, after it has checked every signature.
    fn types(&self) -> Vec<String> {
        let received = self.received.lock().unwrap();
        let read = |(headers, body): &(HeaderMap, String)| {
            let header = |name: &str| headers[name].to_str().unwrap().to_owned();
            let secret = STANDARD.decode(SECRET.trim_start_matches("whsec_")).unwrap();
            let signed = format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp"));
            let mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap().chain_update(signed);
            let tag = STANDARD.encode(mac.finalize().into_bytes());
            assert_eq!(header("webhook-signature"), format!("v1,{tag}"));
            let body: Value = serde_json::from_str(body).unwrap();
            body["type"].as_str().unwrap().trim_start_matches("account.").to_owned()
        };
        received.iter().map(read).collect()
    }

    fn answer_with(&self, status: u16) {
        *self.status.lock().unwrap() = status;
    }
}

async fn with_webhook(engine: Engine) -> Option<(TestApp, Webhook, NoticeSender)> {
    let (webhook, url) = Webhook::start().await;
    let settings = [("NOTICE_WEBHOOK_URL", url.as_str()), ("NOTICE_WEBHOOK_SECRET", SECRET)];
    let app = TestApp::with_settings(engine, &settings).await?;
    let sender = NoticeSender::new(app.state.config.webhook.clone().unwrap()).unwrap();
    Some((app, webhook, sender))
}

/// Delivers until nothing is left.
async fn deliver_all(app: &TestApp, sender: &NoticeSender) {
    while sender.deliver(&app.state).await.unwrap() > 0 {}
}

async fn security_events_are_told_once_and_in_order(
    (app, webhook, sender): (TestApp, Webhook, NoticeSender),
) {
    let (person, phone) = app.member().await;
    person.add_passkey().await;
    let codes = person.make_recovery_codes().await;
    let laptop = app.person();
    laptop.prove(&app.gateway, &phone).await.is(200, "");
    app.stranger().recover(&phone, &codes[0]).await.is(200, "");
    laptop.sign_out().await;
    // An entry settles for some seconds first.
    deliver_all(&app, &sender).await;
    assert!(webhook.types().is_empty());
    app.advance(31);
    deliver_all(&app, &sender).await;
    let expected =
        ["passkey_added", "recovery_codes_made", "signed_in_on_new_device", "recovery_code_used"];
    assert_eq!(webhook.types(), expected);
    deliver_all(&app, &sender).await;
    assert_eq!(webhook.types().len(), 4, "nothing is told twice");
    let received = webhook.received.lock().unwrap().clone();
    let first: Value = serde_json::from_str(&received[0].1).unwrap();
    assert_eq!(first["data"]["email"], "ada@example.com");
    assert_eq!(first["data"]["user_id"], person.user().await["id"]);
    assert!(!received.iter().any(|(_, body)| body.contains(&phone)), "no number is told");

    // A notice that the webhook cannot read does not hold up the others.
    webhook.answer_with(422);
    person.make_recovery_codes().await;
    app.advance(31);
    deliver_all(&app, &sender).await;
    webhook.answer_with(204);
    deliver_all(&app, &sender).await;
    assert_eq!(webhook.types().len(), 5, "it was dropped");

    // A failure keeps the order, and loses nothing.
    webhook.answer_with(500);
    person.take_number(&app.gateway, &new_phone()).await;
    app.advance(31);
    deliver_all(&app, &sender).await;
    assert_eq!(webhook.types().last().unwrap(), "number_changed");
    app.advance(120);
    webhook.answer_with(204);
    deliver_all(&app, &sender).await;
    let received = webhook.received.lock().unwrap();
    let ids: Vec<_> = received.iter().map(|(headers, _)| headers["webhook-id"].clone()).collect();
    assert_eq!(ids.len(), 7);
    assert_eq!(ids[5], ids[6], "the same notice has the same id");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn security_events_are_told_on_both_engines() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(site) = with_webhook(engine).await else { continue };
        security_events_are_told_once_and_in_order(site).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_tell_an_event_once_and_a_day_later_it_is_given_up() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some((app, webhook, sender)) = with_webhook(engine).await else { continue };
        let (person, _) = app.member().await;
        for _ in 0..9 {
            person.add_passkey().await;
        }
        app.advance(31);
        let other = app.sibling().await;
        let round = async || {
            let rounds = [sender.deliver(&app.state), sender.deliver(&other.state)];
            futures_util::future::join_all(rounds).await
        };
        for _ in 0..10 {
            for delivered in round().await {
                delivered.unwrap();
            }
        }
        assert_eq!(webhook.types().len(), 9);
        webhook.answer_with(503);
        person.make_recovery_codes().await;
        app.advance(86_400);
        sender.deliver(&app.state).await.unwrap();
        assert_eq!(webhook.types().len(), 10, "it was tried");
        app.advance(120);
        webhook.answer_with(204);
        sender.deliver(&app.state).await.unwrap();
        assert_eq!(webhook.types().len(), 10, "it was given up");
    }
}
