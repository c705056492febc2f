//! Receipts of SMS providers: only authentic ones count, and the state of delivery only moves
//! forward.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::gateway::{Gateway, Reply};
use crate::support::{Person, TestApp, new_phone};

const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
const TOKEN: &str = "twilio-token";

/// Returns the site with this provider, and the gateway that stands for the provider.
async fn site(app: &TestApp, provider: &str) -> (TestApp, Gateway) {
    let gateway = Gateway::start().await;
    gateway.reply_with(match provider {
        "twilio" => Reply::Respond(201, r#"{"sid":"SM01","status":"queued"}"#),
        _ => Reply::Respond(200, r#"{"type":"success"}"#),
    });
    let settings = [
        ("SMS_PROVIDERS", provider),
        ("SMS_RECEIPTS", "on"),
        ("TWILIO_ACCOUNT_SID", "AC01"),
        ("TWILIO_AUTH_TOKEN", TOKEN),
        ("TWILIO_FROM", "+15005550006"),
        ("TWILIO_BASE_URL", gateway.origin()),
        ("MSG91_AUTH_KEY", "k"),
        ("MSG91_TEMPLATE_ID", "t"),
        ("MSG91_BASE_URL", gateway.origin()),
        ("WEBHOOK_BASE_URL", &gateway.url),
        ("WEBHOOK_SECRETS", SECRET),
    ];
    (app.restarted_with(&settings).await, gateway)
}

/// Returns the signature of Twilio for a call of this URL with these sorted fields.
fn twilio_signature(token: &str, url: &str, fields: &[(&str, &str)]) -> String {
    let signed = fields.iter().fold(url.to_owned(), |all, (name, value)| all + name + value);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    STANDARD.encode(hmac::sign(&key, signed.as_bytes()))
}

/// Posts a receipt as a server of a provider does: without an origin and without cookies.
async fn post(app: &TestApp, path: &str, headers: &[(&str, &str)], body: String) -> u16 {
    let server = app.person();
    let mut request = server.request(Method::POST, path).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send(request).await.status
}

async fn twilio_reports(app: &TestApp, url: &str, status: &str, token: &str) -> u16 {
    let fields = [("MessageSid", "SM01"), ("MessageStatus", status)];
    let signature = twilio_signature(token, url, &fields);
    let headers = [
        ("x-twilio-signature", signature.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let path = url.strip_prefix(&app.origin).unwrap();
    post(app, path, &headers, format!("MessageSid=SM01&MessageStatus={status}")).await
}

/// Returns the state and the words that the page of this person shows.
async fn delivery(person: &Person) -> (Value, Value) {
    let shown = person.get("/api/auth/delivery").await.json();
    (shown["delivery"].clone(), shown["message"].clone())
}

on_both_engines! {
    async fn twilio_reports_with_a_signature_and_the_state_only_moves_forward(app: TestApp) {
        let (app, twilio) = site(&app, "twilio").await;
        let person = app.person();
        assert_eq!(delivery(&person).await, (json!(null), json!(null)), "nobody waits");
        person.send_otp(&new_phone()).await.is(200, "");
        let url = twilio.requests()[0].form()["StatusCallback"].clone();
        assert!(url.starts_with(&format!("{}/receipts/twilio/sms_", app.origin)), "{url}");
        assert_eq!(delivery(&person).await.0, "pending");
        for status in ["queued", "sent"] {
            assert_eq!(twilio_reports(&app, &url, status, TOKEN).await, 204);
        }
        assert_eq!(delivery(&person).await.0, "pending", "on the way");
        assert_eq!(twilio_reports(&app, &url, "undelivered", TOKEN).await, 204);
        let (state, words) = delivery(&person).await;
        assert!(state == "failed" && words.as_str().unwrap().contains("network"), "{words}");
        // A late or repeated report changes nothing.
        for status in ["sent", "delivered", "undelivered"] {
            assert_eq!(twilio_reports(&app, &url, status, TOKEN).await, 204);
            assert_eq!(delivery(&person).await.0, "failed", "{status}");
        }
        // The page without scripts says it, too.
        assert!(person.get("/sign-in/code").await.text.contains(r#"id="delivery""#));
        app.advance(30);
        person.resend().await.is(200, "");
        assert_eq!(delivery(&person).await.0, "pending", "another text");
        twilio_reports(&app, &url, "delivered", TOKEN).await;
        assert_eq!(delivery(&person).await.0, "pending", "a receipt of the text before");
        let second = twilio.requests()[1].form()["StatusCallback"].clone();
        assert_eq!(twilio_reports(&app, &second, "delivered", TOKEN).await, 204);
        assert_eq!(delivery(&person).await.0, "delivered");
        app.advance(60);
        twilio.reply_with(Reply::Respond(503, ""));
        person.resend().await.is(503, "sms_unavailable");
        assert_eq!(delivery(&person).await.0, "delivered", "of the last text that went out");
        let metrics = app.state.metrics.encode();
        for state in ["delivered", "failed"] {
            let labels = format!(r#"provider="twilio",country="IN",delivery="{state}""#);
            assert!(metrics.contains(&format!("ringkey_sms_receipts_total{{{labels}}} 1")));
        }
    }

    async fn a_forged_receipt_changes_nothing(app: TestApp) {
        let (app, twilio) = site(&app, "twilio").await;
        let (person, victim) = (app.person(), app.person());
        victim.send_otp(&new_phone()).await.is(200, "");
        person.send_otp(&new_phone()).await.is(200, "");
        let url = |index: usize| twilio.requests()[index].form()["StatusCallback"].clone();
        assert_eq!(twilio_reports(&app, &url(0), "delivered", "another token").await, 404);
        let fields = [("MessageSid", "SM01"), ("MessageStatus", "delivered")];
        let body = "MessageSid=SM01&MessageStatus=delivered".to_owned();
        // A signature is for its own text, and for its own status.
        let of_other = twilio_signature(TOKEN, &url(1), &fields);
        let of_sent =
            twilio_signature(TOKEN, &url(0), &[("MessageSid", "SM01"), ("MessageStatus", "sent")]);
        let path = url(0).strip_prefix(&app.origin).unwrap().to_owned();
        for signature in [of_other.as_str(), of_sent.as_str(), "", "AAAA", "not base64"] {
            let headers = [("x-twilio-signature", signature)];
            assert_eq!(post(&app, &path, &headers, body.clone()).await, 404, "{signature}");
        }
        assert_eq!(post(&app, &path, &[], body.clone()).await, 404, "without a signature");
        let right = twilio_signature(TOKEN, &url(0), &fields);
        let headers = [("x-twilio-signature", right.as_str())];
        assert_eq!(post(&app, &format!("{path}?x=1"), &headers, body.clone()).await, 404);
        // Nobody else's address is open.
        for path in ["/receipts/msg91", "/receipts/msg91/x", "/receipts/webhook", "/receipts/x"] {
            assert_eq!(post(&app, path, &headers, body.clone()).await, 404, "{path}");
        }
        assert_eq!(delivery(&victim).await.0, "pending");
        assert_eq!(post(&app, &path, &headers, body).await, 204, "the authentic one");
        assert_eq!(delivery(&victim).await.0, "delivered");
        assert_eq!(delivery(&person).await.0, "pending");
    }

    async fn msg91_reports_at_an_address_with_a_token(app: TestApp) {
        let (app, msg91) = site(&app, "msg91").await;
        let person = app.person();
        person.send_otp(&new_phone()).await.is(200, "");
        let id = msg91.requests()[0].json()["CRQID"].as_str().unwrap().to_owned();
        let token = &app.state.keys.current().receipt_token;
        let report = |status: Value| json!({ "CRQID": id, "status": status }).to_string();
        let json = [("content-type", "application/json")];
        for key in ["", "/x", &format!("/{}", &token[1..])] {
            let path = format!("/receipts/msg91{key}");
            assert_eq!(post(&app, &path, &json, report(json!("1"))).await, 404, "{path}");
        }
        let path = format!("/receipts/msg91/{token}");
        for garbage in ["", "[]", "{}", r#"{"CRQID":1,"status":"1"}"#, "CRQID=1"] {
            assert_eq!(post(&app, &path, &json, garbage.to_owned()).await, 404, "{garbage}");
        }
        let unknown = json!({ "CRQID": "sms_AAAA_1", "status": "1" }).to_string();
        assert_eq!(post(&app, &path, &json, unknown).await, 204);
        assert_eq!(delivery(&person).await.0, "pending");
        assert_eq!(post(&app, &path, &json, report(json!(9))).await, 204);
        assert_eq!(delivery(&person).await.0, "failed");
    }

    async fn the_webhook_reports_with_the_signature_of_standard_webhooks(app: TestApp) {
        let (app, webhook) = site(&app, "webhook").await;
        let person = app.person();
        person.send_otp(&new_phone()).await.is(200, "");
        let request = webhook.requests().remove(0);
        let id = request.headers["webhook-id"].to_str().unwrap();
        let now: i64 = request.headers["webhook-timestamp"].to_str().unwrap().parse().unwrap();
        let body = json!({ "id": id, "status": "delivered" }).to_string();
        let report = async |secret: &str, at: i64| {
            let secret = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
            let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
            let tag = hmac::sign(&key, format!("msg_1.{at}.{body}").as_bytes());
            let (signature, at) = (format!("v1,{}", STANDARD.encode(tag)), at.to_string());
            let headers = [
                ("webhook-id", "msg_1"),
                ("webhook-timestamp", at.as_str()),
                ("webhook-signature", signature.as_str()),
            ];
            post(&app, "/receipts/webhook", &headers, body.clone()).await
        };
        assert_eq!(report("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", now).await, 404);
        assert_eq!(report(SECRET, now - 301).await, 404, "an old one, which may be replayed");
        assert_eq!(delivery(&person).await.0, "pending");
        assert_eq!(report(SECRET, now - 300).await, 204);
        assert_eq!(delivery(&person).await.0, "delivered");
        assert_eq!(report(SECRET, now).await, 204, "again");
    }

    async fn without_receipts_no_provider_is_asked_for_them(app: TestApp) {
        let (app, twilio) = site(&app, "twilio").await;
        let app = app.restarted_with(&[("SMS_RECEIPTS", "off")]).await;
        let person = app.person();
        person.send_otp(&new_phone()).await.is(200, "");
        assert!(!twilio.requests()[0].form().contains_key("StatusCallback"));
        assert!(!person.get("/sign-in/code").await.text.contains("delivery.js"));
        let url = format!("{}/receipts/twilio/sms_AAAA_1", app.origin);
        assert_eq!(twilio_reports(&app, &url, "delivered", TOKEN).await, 404);
    }
}
