//! The SMS providers beside AuthKey: the requests that they get, the effect of each answer, and the
//! order in which they are tried.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::support::gateway::{ACCEPTED, Gateway, Reply};
use crate::support::{Engine, TestApp, logs, new_phone, soak_size};

const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
const TWILIO_ACCEPTED: Reply =
    Reply::Respond(201, r#"{"sid":"SM00000000000000000000000000000001","status":"queued"}"#);
const MSG91_ACCEPTED: Reply = Reply::Respond(200, r#"{"type":"success","request_id":"3763"}"#);

/// A fake of each provider beside AuthKey.
struct Fakes {
    twilio: Gateway,
    msg91: Gateway,
    webhook: Gateway,
}

impl Fakes {
    async fn start() -> Self {
        let fakes = Self {
            twilio: Gateway::start().await,
            msg91: Gateway::start().await,
            webhook: Gateway::start().await,
        };
        fakes.twilio.reply_with(TWILIO_ACCEPTED);
        fakes.msg91.reply_with(MSG91_ACCEPTED);
        fakes
    }

    /// Returns the site with these providers.
    async fn site(&self, app: &TestApp, providers: &str, more: &[(&str, &str)]) -> TestApp {
        let settings = [
            ("SMS_PROVIDERS", providers),
            ("TWILIO_ACCOUNT_SID", "AC0123456789"),
            ("TWILIO_AUTH_TOKEN", "twilio-token"),
            ("TWILIO_FROM", "+15005550006"),
            ("TWILIO_BASE_URL", self.twilio.origin()),
            ("MSG91_AUTH_KEY", "msg91-key"),
            ("MSG91_TEMPLATE_ID", "template-7"),
            ("MSG91_BASE_URL", self.msg91.origin()),
            ("WEBHOOK_BASE_URL", &self.webhook.url),
            ("WEBHOOK_SECRETS", SECRET),
        ];
        app.restarted_with(&[&settings, more].concat()).await
    }
}

/// Returns the code in a text of Ringkey's template.
fn code_in(text: &str) -> &str {
    text.rsplit('#').next().unwrap()
}

on_both_engines! {
    async fn twilio_sees_one_post_with_exactly_these_fields(app: TestApp) {
        let fakes = Fakes::start().await;
        let app = fakes.site(&app, "twilio", &[]).await;
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await.is(200, "");
        let got = fakes.twilio.requests();
        assert_eq!((got.len(), &got[0].method), (1, &Method::POST));
        assert_eq!(got[0].path, "/2010-04-01/Accounts/AC0123456789/Messages.json");
        let basic = format!("Basic {}", STANDARD.encode("AC0123456789:twilio-token"));
        assert_eq!(got[0].headers["authorization"], basic.as_str());
        let form = got[0].form();
        let text = form["Body"].clone();
        assert_eq!(
            form.into_iter().collect::<Vec<_>>(),
            [
                ("Body", text.as_str()),
                ("From", "+15005550006"),
                ("To", &phone),
                ("ValidityPeriod", "300"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        person.verify(code_in(&text)).await.is(200, "");
    }

    async fn a_messaging_service_takes_the_place_of_the_sender(app: TestApp) {
        let fakes = Fakes::start().await;
        let service = [("TWILIO_FROM", ""), ("TWILIO_MESSAGING_SERVICE_SID", "MG01")];
        let app = fakes.site(&app, "twilio", &service).await;
        app.person().send_otp(&new_phone()).await.is(200, "");
        let form = fakes.twilio.requests()[0].form();
        assert_eq!(form["MessagingServiceSid"], "MG01");
        assert!(!form.contains_key("From"));
    }

    async fn msg91_sees_one_post_with_exactly_these_fields(app: TestApp) {
        let fakes = Fakes::start().await;
        let app = fakes.site(&app, "msg91", &[]).await;
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await.is(200, "");
        let got = fakes.msg91.requests();
        assert_eq!((got.len(), &got[0].method), (1, &Method::POST));
        assert_eq!((got[0].path.as_str(), &got[0].query.len()), ("/api/v5/otp", &0));
        assert_eq!(got[0].headers["authkey"], "msg91-key");
        let body = got[0].json();
        let expected = json!({
            "template_id": "template-7", "mobile": phone[1..], "otp": body["otp"], "otp_expiry": 5,
        });
        assert_eq!(body, expected);
        person.verify(body["otp"].as_str().unwrap()).await.is(200, "");
    }

    async fn the_webhook_gets_a_signed_request_with_an_id_of_its_own(app: TestApp) {
        let fakes = Fakes::start().await;
        let app = fakes.site(&app, "webhook", &[]).await;
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await.is(200, "");
        app.advance(30);
        person.resend().await.is(200, "");
        let got = fakes.webhook.requests();
        let ids = got.iter().map(|got| got.headers["webhook-id"].to_str().unwrap());
        let ids: Vec<_> = ids.collect();
        assert!(got.len() == 2 && ids[0] != ids[1] && !ids[0].contains('.'), "{ids:?}");
        let time = got[0].headers["webhook-timestamp"].to_str().unwrap();
        let key = aws_lc_rs::hmac::Key::new(
            aws_lc_rs::hmac::HMAC_SHA256,
            &STANDARD.decode(SECRET.trim_start_matches("whsec_")).unwrap(),
        );
        let signed = format!("{}.{time}.{}", ids[0], got[0].body);
        let signature = STANDARD.encode(aws_lc_rs::hmac::sign(&key, signed.as_bytes()));
        assert_eq!(got[0].headers["webhook-signature"], format!("v1,{signature}").as_str());
        let body = got[0].json();
        assert_eq!((&body["type"], &body["data"]["to"]), (&json!("sms.code"), &json!(phone)));
        assert_eq!(body["data"]["expires_at"], "2027-01-15T08:05:00Z");
        let code = body["data"]["code"].as_str().unwrap();
        assert_eq!(code_in(body["data"]["text"].as_str().unwrap()), code);
        person.verify(code).await.is(200, "");
    }

    async fn the_webhook_speaks_the_shape_of_supabase_and_signs_with_two_secrets(app: TestApp) {
        let fakes = Fakes::start().await;
        let two = format!("{SECRET}, {SECRET}");
        let settings = [("WEBHOOK_FORMAT", "supabase"), ("WEBHOOK_SECRETS", &two)];
        let app = fakes.site(&app, "webhook", &settings).await;
        let phone = new_phone();
        app.person().send_otp(&phone).await.is(200, "");
        let got = &fakes.webhook.requests()[0];
        let body = got.json();
        let expected = json!({ "user": { "phone": phone }, "sms": { "otp": body["sms"]["otp"] } });
        assert_eq!(body, expected);
        assert_eq!(got.headers["webhook-signature"].to_str().unwrap().split(' ').count(), 2);
    }

    async fn only_an_unavailable_or_misconfigured_provider_falls_over(app: TestApp) {
        let fakes = Fakes::start().await;
        let wrong_key = r#"{"type":"error","message":"Invalid authkey"}"#;
        let twilio = |code: &'static str| Reply::Respond(400, code);
        for (first, reply, falls_over, status) in [
            ("twilio", twilio(r#"{"code":20003}"#), true, 200),
            ("twilio", twilio(r#"{"code":20429}"#), true, 200),
            ("twilio", twilio(r#"{"code":21408}"#), true, 200),
            ("twilio", Reply::Respond(500, "<h1>oops</h1>"), true, 200),
            ("twilio", Reply::Respond(201, "garbage"), true, 200),
            ("twilio", twilio(r#"{"code":21610}"#), false, 422),
            ("twilio", twilio(r#"{"code":21614}"#), false, 422),
            ("twilio", twilio(r#"{"code":60410}"#), false, 503),
            ("twilio", Reply::Stall, false, 200),
            ("msg91", Reply::Respond(200, wrong_key), true, 200),
            ("msg91", Reply::Respond(418, ""), true, 200),
            ("msg91", Reply::Respond(200, ""), true, 200),
            ("webhook", Reply::Respond(200, r#"{"error":{"code":"fraud"}}"#), false, 503),
            ("webhook", Reply::Respond(200, r#"{"error":{"code":"rejected"}}"#), false, 422),
            ("webhook", Reply::Respond(401, ""), true, 200),
            ("webhook", Reply::Respond(302, ""), true, 200),
            ("authkey", Reply::Respond(203, ""), true, 200),
        ] {
            // Each case has breakers of its own.
            let site = fakes.site(&app, &format!("{first},inbox"), &[]).await;
            let gateway = match first {
                "twilio" => &fakes.twilio,
                "msg91" => &fakes.msg91,
                "webhook" => &fakes.webhook,
                _ => &site.gateway,
            };
            gateway.reply_with(reply.clone());
            let (person, phone) = (site.person(), new_phone());
            let before = gateway.requests().len();
            let answer = person.send_otp(&phone).await;
            assert_eq!(answer.status, status, "{first} {reply:?} {}", answer.text);
            assert_eq!(gateway.requests().len(), before + 1, "one request, {first} {reply:?}");
            let inbox = site.state.sms.inbox().unwrap().messages();
            assert_eq!(inbox.len(), usize::from(falls_over), "{first} {reply:?}");
            if falls_over {
                person.verify(&inbox[0].code).await.is(200, "");
            }
        }
        let by_inbox = "SELECT COUNT(*) FROM challenges WHERE provider = 'inbox'";
        assert_eq!(app.count(by_inbox).await, 11);
    }

    async fn the_second_resend_is_a_call_with_its_own_price(app: TestApp) {
        let fakes = Fakes::start().await;
        let settings = [
            ("AUTHKEY_VOICE_TEMPLATE_ID", "77"),
            ("SMS_PRICES", "IN=0.004,authkey-voice:*=0.05,twilio:IN=0.006"),
        ];
        let app = fakes.site(&app, "authkey,authkey-voice,twilio", &settings).await;
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await.is(200, "");
        for wait in [30, 60] {
            app.advance(wait);
            person.resend().await.is(200, "");
        }
        let got = app.gateway.requests();
        let templates: Vec<_> = got
            .iter()
            .map(|got| (got.query.get("sid").cloned(), got.query.get("vid").cloned()))
            .collect();
        let (text, call) = ((Some("1001".to_owned()), None), (None, Some("77".to_owned())));
        assert_eq!(templates, [text.clone(), text, call]);
        let (code, said) = (&got[0].query["otp"], &got[2].query["otp"]);
        assert_eq!(&said.replace(' ', ""), code);
        assert_eq!(said.len(), 11, "a blank between two digits");
        // The budget counts what each message may cost at most.
        let spent = "SELECT CAST(SUM(count) AS BIGINT) FROM counters WHERE name = 'spent'";
        assert_eq!(app.count(spent).await, 6_000 + 6_000 + 50_000);
        let metrics = app.state.metrics.encode();
        for line in [
            r#"ringkey_sms_spend_total{provider="authkey",country="IN"} 0.008"#,
            r#"ringkey_sms_spend_total{provider="authkey-voice",country="IN"} 0.05"#,
        ] {
            assert!(metrics.contains(line), "{metrics}");
        }
        app.advance(120);
        app.gateway.reply_with(Reply::Respond(500, ""));
        person.resend().await.is(200, "");
        let tried = (app.gateway.requests().len(), fakes.twilio.requests().len());
        assert_eq!(tried, (5, 1), "nobody calls, so a text goes out");
        person.verify(code).await.is(200, "");
        let verified =
            "SELECT CAST(SUM(count) AS BIGINT) FROM counters WHERE name = 'spent-verified'";
        // A call counts as verified at the price of a text.
        assert_eq!(app.count(verified).await, 4 * 6_000);
    }

    async fn a_call_for_which_the_budget_has_no_room_is_a_text_and_holds_nobody_up(app: TestApp) {
        let fakes = Fakes::start().await;
        let settings = [
            ("AUTHKEY_VOICE_TEMPLATE_ID", "77"),
            ("SMS_PRICES", "IN=0.004,authkey-voice:*=0.25"),
            ("SMS_BUDGET_PER_DAY", "1"),
            ("RESEND_COOLDOWNS", "1"),
        ];
        let app = fakes.site(&app, "authkey,authkey-voice", &settings).await;
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await.is(200, "");
        for _ in 0..3 {
            app.advance(1);
            person.resend().await.is(200, "");
        }
        app.person().send_otp(&new_phone()).await.is(200, "");
        let got = app.gateway.requests();
        assert!(got.len() == 5 && got.iter().all(|got| got.query.contains_key("sid")));
        let spent = "SELECT CAST(SUM(count) AS BIGINT) FROM counters WHERE name = 'spent'";
        assert_eq!(app.count(spent).await, 5 * 4_000);
    }

    async fn a_call_comes_after_two_texts_with_another_code_too(app: TestApp) {
        let fakes = Fakes::start().await;
        let settings = [
            ("AUTHKEY_VOICE_TEMPLATE_ID", "77"),
            ("SMS_PRICES", "authkey-voice:*=0.05"),
            ("CODE_TTL", "120"),
        ];
        let app = fakes.site(&app, "authkey,authkey-voice", &settings).await;
        let (person, phone) = (app.person(), new_phone());
        // A code that ends soon is not sent again, so each message has a code of its own.
        for wait in [0, 60, 60] {
            app.advance(wait);
            person.send_otp(&phone).await.is(200, "");
        }
        let calls = || {
            let got = app.gateway.requests();
            got.iter().filter(|got| got.query.contains_key("vid")).count()
        };
        assert_eq!((app.gateway.requests().len(), calls()), (3, 1));
        person.verify(&app.gateway.code_for(&phone).replace(' ', "")).await.is(200, "");
        app.person().send_otp(&new_phone()).await.is(200, "");
        assert_eq!(calls(), 1, "another number gets a text");
    }

    async fn a_number_that_no_text_reaches_is_said_and_counts_nothing(app: TestApp) {
        let fakes = Fakes::start().await;
        let app = fakes.site(&app, "twilio", &[]).await;
        let (person, phone) = (app.person(), new_phone());
        fakes.twilio.reply_with(Reply::Respond(400, r#"{"code":21610}"#));
        let refused = person.send_otp(&phone).await;
        let message = &refused.is(422, "invalid").json()["error"]["fields"]["phone"];
        assert!(message.as_str().unwrap().contains("reply START"), "{message}");
        fakes.twilio.reply_with(TWILIO_ACCEPTED);
        assert_eq!(person.send_otp(&phone).await.is(200, "").json()["resend_in"], 30);
    }

    async fn a_suspicion_of_fraud_stays_counted(app: TestApp) {
        let fakes = Fakes::start().await;
        let app = fakes.site(&app, "twilio", &[]).await;
        let (person, phone) = (app.person(), new_phone());
        fakes.twilio.reply_with(Reply::Respond(403, r#"{"code":60410}"#));
        person.send_otp(&phone).await.is(503, "sms_unavailable");
        fakes.twilio.reply_with(TWILIO_ACCEPTED);
        person.send_otp(&phone).await.is(429, "too_soon");
        app.stranger().send_otp(&phone).await;
        let line = "no other provider is tried";
        assert!(logs::all().lines().any(|own| own.contains(line) && own.contains(&phone[10..])));
    }

    async fn a_provider_that_fails_is_left_out_until_it_works_again(app: TestApp) {
        let fakes = Fakes::start().await;
        let app = fakes.site(&app, "authkey,twilio", &[]).await;
        app.gateway.reply_with(Reply::Respond(500, ""));
        let send = async |count| {
            for _ in 0..count {
                app.person().send_otp(&new_phone()).await.is(200, "");
            }
            (app.gateway.requests().len(), fakes.twilio.requests().len())
        };
        assert_eq!(send(3).await, (3, 3), "each falls over");
        assert_eq!(send(12).await, (3, 15), "the first one is left out");
        app.advance(30);
        assert_eq!(send(10).await, (4, 25), "one text tries it");
        app.gateway.reply_with(ACCEPTED);
        app.advance(59);
        assert_eq!(send(1).await, (4, 26), "twice the time after a trial that failed");
        app.advance(1);
        assert_eq!(send(10).await, (14, 26), "the first one works again");
        app.gateway.reply_with(Reply::Respond(500, ""));
        send(10).await;
        fakes.twilio.reply_with(Reply::Respond(500, ""));
        let all = app.gateway.requests().len();
        app.person().send_otp(&new_phone()).await.is(503, "sms_unavailable");
        assert_eq!(app.gateway.requests().len(), all + 1, "an open breaker refuses nobody");
    }

    async fn a_provider_whose_codes_are_not_typed_is_left_out(app: TestApp) {
        let fakes = Fakes::start().await;
        let app = fakes.site(&app, "authkey,twilio", &[]).await;
        for _ in 0..20 {
            app.person().send_otp(&new_phone()).await.is(200, "");
        }
        app.advance(4 * 60);
        app.person().send_otp(&new_phone()).await.is(200, "");
        app.person().send_otp(&new_phone()).await.is(200, "");
        assert_eq!((app.gateway.requests().len(), fakes.twilio.requests().len()), (21, 1));
        app.advance(30 * 60);
        for _ in 0..20 {
            let (person, phone) = (app.person(), new_phone());
            person.send_otp(&phone).await.is(200, "");
            person.verify(&app.gateway.code_for(&phone)).await.is(200, "");
        }
        app.advance(4 * 60);
        for _ in 0..20 {
            app.person().send_otp(&new_phone()).await.is(200, "");
        }
        assert_eq!((app.gateway.requests().len(), fakes.twilio.requests().len()), (61, 1));
    }
}

/// A state of the first provider under load.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// Nothing listens on its port.
    Dead,
    /// It sends the text, and answers after the timeout.
    Slow,
    /// It refuses for a second, and accepts for a second.
    Flapping,
}

/// Twenty people a second ask for a code while the first provider is in trouble. Each gets exactly
/// one text, within eight seconds.
async fn everybody_gets_one_text(trouble: Trouble) {
    let app = TestApp::start(Engine::Sqlite).await.unwrap();
    let fakes = Fakes::start().await;
    let dead = [("AUTHKEY_BASE_URL", "http://127.0.0.1:9/request")];
    let settings = if matches!(trouble, Trouble::Dead) { &dead[..] } else { &[] };
    let app = fakes.site(&app, "authkey,twilio", settings).await;
    if matches!(trouble, Trouble::Slow) {
        app.gateway.reply_with(Reply::NoAnswer(Duration::from_secs(6)));
    }
    let seconds = soak_size(60, 6);
    let mut people = Vec::new();
    for second in 0..seconds {
        if matches!(trouble, Trouble::Flapping) {
            let refuses = second % 2 == 0;
            app.gateway.reply_with(if refuses { Reply::Respond(503, "") } else { ACCEPTED });
        }
        for _ in 0..20 {
            let (person, phone) = (app.stranger(), new_phone());
            people.push(tokio::spawn(async move {
                let begun = tokio::time::Instant::now();
                let answer = person.send_otp(&phone).await;
                (phone, answer.status, begun.elapsed())
            }));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        app.advance(1);
    }
    let accepted = |phone: &str| {
        let by_twilio = fakes.twilio.requests();
        let by_twilio = by_twilio.iter().filter(|request| request.form()["To"] == phone).count();
        // While it flaps, a refused request is no text, and every person has one more.
        let by_authkey = if matches!(trouble, Trouble::Flapping) {
            usize::from(by_twilio == 0 && app.gateway.sms_count(phone) == 1)
        } else {
            app.gateway.sms_count(phone)
        };
        by_authkey + by_twilio
    };
    let (mut slowest, mut left_out) = (Duration::ZERO, 0);
    for person in join_all(people).await {
        let (phone, status, took) = person.unwrap();
        assert_eq!((status, accepted(&phone)), (200, 1), "{trouble:?} {phone}");
        slowest = slowest.max(took);
        left_out += usize::from(app.gateway.sms_count(&phone) == 0);
    }
    let all = seconds * 20;
    println!("{trouble:?}: {all} people, {left_out} past the first provider, slowest {slowest:?}");
    assert!(slowest < Duration::from_secs(8), "{trouble:?}: {slowest:?}");
    assert!(left_out > 0, "{trouble:?}: the breaker opened");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_gets_one_text_while_the_first_provider_is_dead() {
    everybody_gets_one_text(Trouble::Dead).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_gets_one_text_while_the_first_provider_is_slow() {
    everybody_gets_one_text(Trouble::Slow).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_gets_one_text_while_the_first_provider_flaps() {
    everybody_gets_one_text(Trouble::Flapping).await;
}
