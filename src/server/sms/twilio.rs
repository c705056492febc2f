//! The provider Twilio: its Messages API (API version 2010-04-01).
//!
//! The codes of errors are those of Twilio's error dictionary. A response counts as accepted only
//! if it has status 201 and the id of a message. Twilio Verify is not used, because it makes and
//! checks codes of its own. Codes beginning with 60 are Verify's; they are understood in case a
//! gateway in front of Twilio answers with them.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::http_provider::{HttpProvider, Verdict};
use super::{Receipt, ReceiptRequest, SendOutcome, SmsBody, SmsMessage};
use crate::domain::delivery::Delivery;
use crate::domain::sms_template::MessageTemplate;
use crate::server::config::{TwilioConfig, TwilioSender};

/// The longest `ValidityPeriod`, in seconds.
const MAX_VALIDITY: i64 = 36_000;

/// The provider Twilio, with its settings and its HTTP client.
#[derive(Debug)]
pub struct Twilio {
    settings: TwilioConfig,
    template: MessageTemplate,
    http: HttpProvider,
    /// The URL to which the id of an SMS is added for its receipts; `None` for no receipts.
    receipts: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct ApiResponse {
    #[serde(default)]
    sid: String,
    /// The code of an error; a number in the response to a failed request.
    #[serde(default)]
    code: Option<u32>,
}

impl Twilio {
    /// Creates the provider with these settings, for messages of this template.
    #[must_use]
    pub fn new(
        settings: TwilioConfig,
        template: MessageTemplate,
        receipts: Option<String>,
    ) -> Self {
        Self { settings, template, http: HttpProvider::new("twilio"), receipts }
    }

    /// Sends an SMS with one request.
    pub async fn send(&self, message: &SmsMessage<'_>) -> SendOutcome {
        let settings = &self.settings;
        let url = format!(
            "{}/2010-04-01/Accounts/{}/Messages.json",
            settings.base_url, settings.account_sid
        );
        let (sender, from) = match &settings.sender {
            TwilioSender::From(number) => ("From", number),
            TwilioSender::MessagingService(sid) => ("MessagingServiceSid", sid),
        };
        let mut form = vec![
            ("To", message.phone.as_str().to_owned()),
            (sender, from.clone()),
            ("Body", message.render(&self.template)),
        ];
        if let SmsBody::Code { expires_at, .. } = message.body {
            // A code that arrives after its time is of no use.
            let validity = expires_at.seconds_since(message.sent_at).clamp(1, MAX_VALIDITY);
            form.push(("ValidityPeriod", validity.to_string()));
            let callback = self.receipts.as_ref().map(|url| format!("{url}/{}", message.id));
            form.extend(callback.map(|url| ("StatusCallback", url)));
        }
        let password = Some(settings.auth_token.expose_secret());
        self.http
            .send(
                message,
                &[&settings.auth_token],
                |client| client.post(url).basic_auth(&settings.account_sid, password).form(&form),
                classify,
            )
            .await
    }
}

impl Twilio {
    /// Returns the receipt in a request that is signed with the auth token: an HMAC-SHA1 over the
    /// URL and the sorted fields. The id of the SMS is in the URL.
    #[must_use]
    pub fn read_receipt(&self, request: &ReceiptRequest<'_>) -> Option<Receipt> {
        let signature = request.headers.get("x-twilio-signature")?.to_str().ok()?;
        let signature = STANDARD.decode(signature).ok()?;
        let mut fields: Vec<(String, String)> =
            form_urlencoded::parse(request.body.as_bytes()).into_owned().collect();
        fields.sort();
        let signed = fields
            .iter()
            .fold(request.url.to_owned(), |signed, (name, value)| signed + name + value);
        let token = self.settings.auth_token.expose_secret().as_bytes();
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token);
        hmac::verify(&key, signed.as_bytes(), &signature).ok()?;
        let (_, status) = fields.iter().find(|(name, _)| name == "MessageStatus")?;
        let delivery = match status.as_str() {
            "delivered" | "read" => Delivery::Delivered,
            "undelivered" | "failed" => Delivery::Failed,
            _ => Delivery::Pending,
        };
        Some(Receipt { message_id: request.key.to_owned(), delivery })
    }
}

/// Returns what a response means.
fn classify(status: StatusCode, body: &str) -> Verdict {
    let response: ApiResponse = serde_json::from_str(body).unwrap_or_default();
    if status == StatusCode::CREATED && !response.sid.is_empty() {
        return Verdict::ACCEPTED;
    }
    match (response.code, status) {
        (Some(20_003 | 20_404), _) | (None, StatusCode::UNAUTHORIZED) => {
            Verdict::misconfigured("check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN")
        }
        (Some(20_429), _) => Verdict::unavailable("Twilio gets more requests than it allows"),
        (Some(21_211 | 21_614 | 21_635 | 60_200), _) => {
            Verdict::rejected("the number cannot receive texts")
        }
        (Some(21_610), _) => {
            Verdict::rejected("the recipient has replied STOP, and can reply START to get texts")
        }
        (Some(30_450 | 30_453 | 60_410 | 60_238), _) => Verdict::fraud_blocked(
            "Twilio has blocked the number's prefix after suspected fraud; no other provider is \
             tried",
        ),
        // The operator serves the country, so another provider may be used for it.
        (Some(21_408 | 60_605), _) => Verdict::misconfigured(
            "allow the country in Twilio's console: Messaging, Geo permissions",
        ),
        (Some(21_609), _) => Verdict::misconfigured(
            "Twilio cannot reach PUBLIC_ORIGIN for receipts: correct it, or set SMS_RECEIPTS=off",
        ),
        (Some(20_000..=20_499), _) => Verdict::misconfigured("check the Twilio account"),
        (Some(21_000..=21_999), _) => Verdict::misconfigured(
            "check TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID, and the sender in Twilio's console",
        ),
        _ => Verdict::of_status(
            status,
            "the response is not in Twilio's format; check TWILIO_BASE_URL",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_response_has_its_verdict() {
        use SendOutcome::{Accepted, FraudBlocked, Misconfigured, Rejected, Unavailable};
        let error = |code: u32| format!(r#"{{"code":{code},"message":"…","status":400}}"#);
        let created = r#"{"sid":"SM00000000000000000000000000000001","status":"queued"}"#;
        for (status, body, outcome) in [
            (201, created.to_owned(), Accepted),
            (200, created.to_owned(), Unavailable),
            (201, "{}".to_owned(), Unavailable),
            (401, error(20_003), Misconfigured),
            (401, String::new(), Misconfigured),
            (404, error(20_404), Misconfigured),
            (429, error(20_429), Unavailable),
            (429, String::new(), Unavailable),
            (400, error(21_211), Rejected),
            (400, error(21_614), Rejected),
            (400, error(21_635), Rejected),
            (400, error(21_610), Rejected),
            (403, error(60_410), FraudBlocked),
            (403, error(60_238), FraudBlocked),
            (403, error(21_408), Misconfigured),
            (400, error(21_606), Misconfigured),
            (400, error(99_999), Unavailable),
            (500, "<h1>oops</h1>".to_owned(), Unavailable),
            (503, error(20_503), Unavailable),
            (200, "success".to_owned(), Unavailable),
            (302, String::new(), Unavailable),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(classify(status, &body).outcome, outcome, "{status} {body}");
        }
    }
}
