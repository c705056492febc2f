//! The provider MSG91 (msg91.com): its OTP API, version 5, with a code of ours.
//!
//! An error may come with status 200, so the field `type` decides. MSG91 documents no list of
//! error messages: the words below are those of public integrations, and an error with other words
//! means that MSG91 is unavailable.

use reqwest::StatusCode;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::http_provider::{HttpProvider, Verdict};
use super::{Receipt, ReceiptRequest, SendOutcome, SmsBody, SmsMessage};
use crate::domain::delivery::Delivery;
use crate::server::config::Msg91Config;

/// The status for a client whose IP address is not on the key's list.
pub(in crate::server) const IP_NOT_ALLOWED: u16 = 418;

/// The provider MSG91, with its settings and its HTTP client.
#[derive(Debug)]
pub struct Msg91 {
    settings: Msg91Config,
    http: HttpProvider,
    /// The tokens of the addresses of receipts; none if MSG91 sends no receipts.
    receipt_tokens: Vec<String>,
}

/// The body of a receipt, whose fields the operator names in MSG91's panel.
#[derive(Debug, Deserialize)]
struct ReceiptBody {
    #[serde(alias = "CRQID")]
    crqid: String,
    status: serde_json::Value,
}

#[derive(Debug, Default, Deserialize)]
struct ApiResponse {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    message: serde_json::Value,
}

impl Msg91 {
    /// Creates the provider with these settings.
    #[must_use]
    pub fn new(settings: Msg91Config, receipt_tokens: Vec<String>) -> Self {
        Self { settings, http: HttpProvider::new("msg91"), receipt_tokens }
    }

    /// Sends a code with one request. The API has no notices.
    pub async fn send(&self, message: &SmsMessage<'_>) -> SendOutcome {
        let SmsBody::Code { code, expires_at, .. } = message.body else {
            return SendOutcome::Misconfigured;
        };
        let settings = &self.settings;
        let minutes = (expires_at.seconds_since(message.sent_at) / 60).max(1);
        let mut body = json!({
            "template_id": settings.template_id,
            "mobile": message.phone.as_str().trim_start_matches('+'),
            "otp": code.digits(),
            "otp_expiry": minutes,
        });
        if !self.receipt_tokens.is_empty() {
            // MSG91's name for an id of the caller, which its receipts repeat.
            body["CRQID"] = message.id.as_str().into();
        }
        self.http
            .send(
                message,
                &[&settings.auth_key],
                |client| {
                    client
                        .post(format!("{}/api/v5/otp", settings.base_url))
                        .header("authkey", settings.auth_key.expose_secret())
                        .json(&body)
                },
                classify,
            )
            .await
    }
}

impl Msg91 {
    /// Returns the receipt in a request to an address with a token, because MSG91 signs nothing.
    #[must_use]
    pub fn read_receipt(&self, request: &ReceiptRequest<'_>) -> Option<Receipt> {
        let is_ours = |token: &String| bool::from(token.as_bytes().ct_eq(request.key.as_bytes()));
        self.receipt_tokens.iter().find(|token| is_ours(token))?;
        let ReceiptBody { crqid, status } = serde_json::from_str(request.body).ok()?;
        let status = status.as_str().map_or_else(|| status.to_string(), str::to_lowercase);
        let delivery = match status.as_str() {
            "1" | "delivered" => Delivery::Delivered,
            "2" | "9" | "16" | "17" | "25" | "failed" | "rejected" | "blocked" => Delivery::Failed,
            _ => Delivery::Pending,
        };
        Some(Receipt { message_id: crqid, delivery })
    }
}

/// Returns what a response means.
fn classify(status: StatusCode, body: &str) -> Verdict {
    const FIX_KEY: &str =
        "check MSG91_AUTH_KEY, the account's balance, and the IP addresses that the key allows";
    let response: ApiResponse = serde_json::from_str(body).unwrap_or_default();
    if status.is_success() && response.kind == "success" {
        return Verdict::ACCEPTED;
    }
    if matches!(status.as_u16(), 401 | 403 | IP_NOT_ALLOWED) {
        return Verdict::misconfigured(FIX_KEY);
    }
    if response.kind == "error" {
        let words = response.message.to_string().to_lowercase();
        let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
        if has(&["auth", "balance", "credit", "ip not", "whitelist"]) {
            return Verdict::misconfigured(FIX_KEY);
        }
        if has(&["template", "dlt", "sender"]) {
            return Verdict::misconfigured("check MSG91_TEMPLATE_ID and its DLT set-up in MSG91");
        }
        if has(&["invalid mobile", "invalid number", "mobile number is invalid"]) {
            return Verdict::rejected("the number cannot receive texts");
        }
    }
    Verdict::of_status(status, "the response is not in MSG91's format; check MSG91_BASE_URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_response_decides_and_not_its_status() {
        use SendOutcome::{Accepted, Misconfigured, Rejected, Unavailable};
        let error = |message: &str| format!(r#"{{"type":"error","message":"{message}"}}"#);
        for (status, body, outcome) in [
            (200, r#"{"type":"success","request_id":"3763"}"#.to_owned(), Accepted),
            (200, error("Invalid auth key"), Misconfigured),
            (401, error("Authentication failure"), Misconfigured),
            (418, String::new(), Misconfigured),
            (200, error("IP not whitelisted"), Misconfigured),
            (200, error("Template ID missing or invalid"), Misconfigured),
            (200, error("Insufficient balance"), Misconfigured),
            (200, error("Invalid mobile number"), Rejected),
            (400, error("?"), Unavailable),
            (200, error("success"), Unavailable),
            (200, "success".to_owned(), Unavailable),
            (429, String::new(), Unavailable),
            (500, r#"{"type":"success"}"#.to_owned(), Unavailable),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(classify(status, &body).outcome, outcome, "{status} {body}");
        }
    }
}
