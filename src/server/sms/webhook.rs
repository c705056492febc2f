//! The provider `webhook`: a signed request to a service of the operator, which sends the text in
//! its own way. It stands for every provider that Ringkey does not know.
//!
//! The request is signed as Standard Webhooks describes. Its id stays the same if one text were
//! sent twice, so that the service can ignore the second. The body has Ringkey's own shape, or that
//! of Supabase's Send SMS hook.

use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::http_provider::{HttpProvider, Verdict};
use super::{Receipt, ReceiptRequest, SendOutcome, SmsBody, SmsMessage};
use crate::domain::delivery::Delivery;
use crate::domain::sms_template::MessageTemplate;
use crate::server::config::{SmsWebhookConfig, SmsWebhookFormat};
use crate::server::time::rfc3339;
use crate::server::webhook_signature::{sign, verify};

/// The provider `webhook`, with its settings and its HTTP client.
#[derive(Debug)]
pub struct SmsWebhook {
    settings: SmsWebhookConfig,
    /// The path and query of the URL, which may have a token, and which servers write into their
    /// error pages.
    path: SecretString,
    template: MessageTemplate,
    http: HttpProvider,
}

/// The body of a receipt.
#[derive(Debug, Deserialize)]
struct ReceiptBody {
    /// The `webhook-id` of the request that asked for the text.
    id: String,
    status: String,
}

#[derive(Debug, Default, Deserialize)]
struct ApiResponse {
    /// An object whose `code` is `rejected`, `fraud` or `misconfigured`. Every other error means
    /// unavailable.
    error: Option<Value>,
}

impl SmsWebhook {
    /// Creates the provider with these settings, for messages of this template.
    #[must_use]
    pub fn new(settings: SmsWebhookConfig, template: MessageTemplate) -> Self {
        let path = path_of(settings.url.expose_secret());
        Self { settings, path, template, http: HttpProvider::new("webhook") }
    }

    /// Returns `true` if the format has notices.
    #[must_use]
    pub fn sends_notices(&self) -> bool {
        self.settings.format == SmsWebhookFormat::Ringkey
    }

    /// Sends an SMS with one request.
    pub async fn send(&self, message: &SmsMessage<'_>) -> SendOutcome {
        let Some(body) = self.body(message) else { return SendOutcome::Misconfigured };
        let settings = &self.settings;
        let signature = sign(&settings.secrets, &message.id, message.sent_at, &body);
        self.http
            .send(
                message,
                &[&settings.url, &self.path],
                |client| {
                    client
                        .post(settings.url.expose_secret())
                        .header("content-type", "application/json")
                        .header("webhook-id", &message.id)
                        .header("webhook-timestamp", message.sent_at.0)
                        .header("webhook-signature", signature)
                        .body(body)
                },
                classify,
            )
            .await
    }

    /// Returns the receipt in a request that is signed as the requests to the service are.
    #[must_use]
    pub fn read_receipt(&self, request: &ReceiptRequest<'_>) -> Option<Receipt> {
        verify(&self.settings.secrets, request.headers, request.body, request.now)?;
        let ReceiptBody { id, status } = serde_json::from_str(request.body).ok()?;
        let delivery = match status.as_str() {
            "delivered" => Delivery::Delivered,
            "failed" => Delivery::Failed,
            _ => Delivery::Pending,
        };
        Some(Receipt { message_id: id, delivery })
    }

    /// Returns the body; `None` if the format does not have this message.
    fn body(&self, message: &SmsMessage<'_>) -> Option<String> {
        let to = message.phone.as_str();
        let body = match (self.settings.format, &message.body) {
            (SmsWebhookFormat::Ringkey, body) => {
                let text = message.render(&self.template);
                let (kind, data) = match body {
                    SmsBody::Code { code, expires_at, .. } => {
                        let (code, expires_at) = (code.digits(), rfc3339(*expires_at));
                        let data = json!({
                            "to": to, "text": text, "code": code, "expires_at": expires_at,
                        });
                        ("sms.code", data)
                    }
                    SmsBody::NumberChanged { .. } => {
                        ("sms.notice", json!({ "to": to, "text": text }))
                    }
                };
                json!({ "type": kind, "timestamp": rfc3339(message.sent_at), "data": data })
            }
            (SmsWebhookFormat::Supabase, SmsBody::Code { code, .. }) => {
                json!({ "user": { "phone": to }, "sms": { "otp": code.digits() } })
            }
            (SmsWebhookFormat::Supabase, SmsBody::NumberChanged { .. }) => return None,
        };
        Some(body.to_string())
    }
}

/// Returns the path and query of a URL; nothing for the root.
fn path_of(url: &str) -> SecretString {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |start| &rest[start..]);
    if path.len() > 1 { path.into() } else { "".into() }
}

/// Returns what a response means. An error in the body counts even with a status of 2xx, as in
/// Supabase's hook.
fn classify(status: StatusCode, body: &str) -> Verdict {
    const FIX: &str = "the service behind WEBHOOK_BASE_URL refuses the request; see its log";
    let response: ApiResponse = serde_json::from_str(body).unwrap_or_default();
    match response.error.as_ref().map(|error| error["code"].as_str().unwrap_or_default()) {
        Some("rejected") => Verdict::rejected("the number cannot receive texts"),
        Some("fraud") => Verdict::fraud_blocked(
            "the service behind WEBHOOK_BASE_URL suspects fraud; no other provider is tried",
        ),
        Some("misconfigured") => Verdict::misconfigured(FIX),
        Some(_) => Verdict::unavailable(FIX),
        None if status.is_success() => Verdict::ACCEPTED,
        None if matches!(status.as_u16(), 400 | 401 | 403 | 410 | 422) => {
            Verdict::misconfigured(FIX)
        }
        None => Verdict::of_status(status, "check WEBHOOK_BASE_URL"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_url_is_a_secret() {
        for (url, path) in [
            ("https://sms.example.com/hooks/token?key=1", "/hooks/token?key=1"),
            ("https://sms.example.com/", ""),
            ("https://sms.example.com", ""),
        ] {
            assert_eq!(path_of(url).expose_secret(), path, "{url}");
        }
    }

    #[test]
    fn an_error_in_the_body_counts_more_than_the_status() {
        use SendOutcome::{Accepted, FraudBlocked, Misconfigured, Rejected, Unavailable, Unknown};
        for (status, body, outcome) in [
            (200, "", Accepted),
            (202, r#"{"id":"7"}"#, Accepted),
            (204, "", Accepted),
            (200, r#"{"error":{"code":"rejected","message":"no such number"}}"#, Rejected),
            (403, r#"{"error":{"code":"fraud"}}"#, FraudBlocked),
            (400, r#"{"error":{"code":"misconfigured"}}"#, Misconfigured),
            (200, r#"{"error":{"http_code":500,"message":"?"}}"#, Unavailable),
            (200, r#"{"error":"no"}"#, Unavailable),
            (401, "", Misconfigured),
            (410, "", Misconfigured),
            (404, "", Unavailable),
            (302, "", Unavailable),
            (429, "", Unavailable),
            (500, "garbage", Unavailable),
            (504, "", Unknown),
            (524, "", Unknown),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(classify(status, body).outcome, outcome, "{status} {body}");
        }
    }
}
