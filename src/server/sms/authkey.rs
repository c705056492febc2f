//! The provider `AuthKey` (authkey.io): one `GET` request per SMS. The text of the SMS is a
//! template in the operator's account.
//!
//! The meaning of its responses was tested, and not only taken from the documentation. A wrong key
//! or an empty balance gives HTTP 203. The body of a failure contains the word "success"
//! (`{"success":{"sms":false}}`). So a response counts as accepted only if it has exactly the form
//! of an accepted SMS. Every other response is a failure.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::{SendOutcome, SmsBody, SmsMessage, redact};
use crate::server::config::AuthKeyConfig;

/// The timeout of a connection attempt.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The timeout of the whole request: five seconds, as in the vendor's own SDK.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum number of bytes that are read of a response. Normal responses are one line of JSON.
const MAX_RESPONSE_BYTES: usize = 8 * 1024;

/// The placeholder for the challenge's reference in the value of a template's variable. The
/// reference shows people which message belongs to their page.
const REFERENCE_PLACEHOLDER: &str = "{reference}";

/// The provider `AuthKey`, with its settings and its HTTP client.
#[derive(Debug)]
pub struct AuthKey {
    settings: AuthKeyConfig,
    client: Option<Client>,
}

#[derive(Debug, Default, Deserialize)]
struct ApiResponse {
    #[serde(rename = "LogID")]
    log_id: Option<String>,
    #[serde(rename = "Message", default)]
    message: serde_json::Value,
    #[serde(default)]
    success: serde_json::Value,
    #[serde(rename = "message", default)]
    failure: serde_json::Value,
}

impl AuthKey {
    /// Creates the provider with these settings. If the TLS backend does not start, the provider is
    /// unavailable.
    #[must_use]
    pub fn new(settings: AuthKeyConfig) -> Self {
        #[expect(clippy::disallowed_methods, reason = "only SMS providers send HTTP requests")]
        let builder = Client::builder();
        let client = builder
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .build();
        if client.is_err() {
            tracing::error!("no HTTP client for authkey: the TLS backend did not start");
        }
        Self { settings, client: client.ok() }
    }

    /// Returns `true` if there is a template for notices.
    #[must_use]
    pub fn sends_notices(&self) -> bool {
        self.settings.notice_template_id.is_some()
    }

    /// Sends an SMS with one request, which is never retried.
    pub async fn send(&self, message: &SmsMessage<'_>) -> SendOutcome {
        let Some(client) = &self.client else { return SendOutcome::Unavailable };
        let settings = &self.settings;
        let (template_id, variable, value, reference) = match message.body {
            SmsBody::Code { code, reference } => {
                (&settings.template_id, &settings.otp_variable, code.digits(), reference)
            }
            SmsBody::NumberChanged { link } => match &settings.notice_template_id {
                Some(template_id) => (template_id, &settings.notice_variable, link, ""),
                None => return SendOutcome::Misconfigured,
            },
        };
        let query = [
            ("authkey", settings.api_key.expose_secret()),
            ("mobile", message.phone.national()),
            ("country_code", message.phone.calling_code()),
            ("sid", template_id),
            (variable, value),
        ];
        let extra = settings
            .extra_variables
            .iter()
            .map(|(name, value)| (name, value.replace(REFERENCE_PLACEHOLDER, reference)));
        let request =
            client.get(&settings.base_url).query(&query).query(&extra.collect::<Vec<_>>());
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Self::request_failed(&error, message),
        };
        let status = response.status();
        let body = match read_limited(response).await {
            Ok(body) => body,
            Err(error) => return Self::request_failed(&error, message),
        };
        let (outcome, fix) = classify(status, &body);
        if outcome == SendOutcome::Accepted {
            tracing::info!(provider = "authkey", to = %message.phone, "text accepted");
        } else {
            let response = redact(&body, &settings.api_key);
            let http_status = status.as_u16();
            tracing::error!(
                provider = "authkey", ?outcome, http_status, response, fix, to = %message.phone,
                "text not accepted"
            );
        }
        outcome
    }

    fn request_failed(error: &reqwest::Error, message: &SmsMessage<'_>) -> SendOutcome {
        // Without a connection nothing was sent. After a later failure the SMS may have been sent.
        let (outcome, fix) = if error.is_connect() || error.is_builder() {
            (SendOutcome::Unavailable, "check AUTHKEY_BASE_URL, DNS and the firewall")
        } else {
            (
                SendOutcome::Unknown,
                "AuthKey did not answer in time; the text may have gone out and counts as sent",
            )
        };
        // The text of the error is not logged, because it contains the URL, and so the key, the
        // code and the phone number.
        let kind = if error.is_timeout() {
            "timed out"
        } else if error.is_connect() {
            "no connection"
        } else {
            "connection lost"
        };
        tracing::error!(
            provider = "authkey", ?outcome, kind, fix, to = %message.phone,
            "text not answered for"
        );
        outcome
    }
}

async fn read_limited(mut response: reqwest::Response) -> Result<String, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_RESPONSE_BYTES {
            break;
        }
    }
    body.truncate(MAX_RESPONSE_BYTES);
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// Returns the outcome that a response means, and the fix for the operator.
fn classify(status: StatusCode, body: &str) -> (SendOutcome, &'static str) {
    const FIX_KEY: &str = "check AUTHKEY_API_KEY, the account's balance and its IP allow-list";
    const FIX_TEMPLATE: &str = "check AUTHKEY_OTP_TEMPLATE_ID, and in AuthKey's console the \
                                template, its variables and the DLT set-up";
    let response: ApiResponse = serde_json::from_str(body).unwrap_or_default();
    let lowercase = |value: &serde_json::Value| value.to_string().to_lowercase();
    let submitted = response.log_id.as_deref().is_some_and(|id| !id.is_empty())
        && response
            .message
            .as_str()
            .is_some_and(|words| words.eq_ignore_ascii_case("submitted successfully"));
    if status == StatusCode::OK && (submitted || response.success["sms"] == true) {
        return (SendOutcome::Accepted, "");
    }
    let words = lowercase(&response.message);
    if matches!(status.as_u16(), 203 | 401 | 403)
        || words.contains("authkey")
        || words.contains("balance")
    {
        return (SendOutcome::Misconfigured, FIX_KEY);
    }
    if response.success["sms"] == false
        && ["template", "entity", "sender", "dlt"]
            .iter()
            .any(|word| lowercase(&response.failure).contains(word))
    {
        return (SendOutcome::Misconfigured, FIX_TEMPLATE);
    }
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        let fix =
            "AuthKey is having trouble; if it lasts, ask its support or add a second provider";
        return (SendOutcome::Unavailable, fix);
    }
    (SendOutcome::Unavailable, "the response is not in AuthKey's format; check AUTHKEY_BASE_URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_response_in_the_accepted_form_counts_as_accepted() {
        let ok =
            r#"{"LogID":"28bf7375bb54540ba03a4eb873d4da44","Message":"Submitted Successfully"}"#;
        for (status, body, outcome) in [
            (200, ok, SendOutcome::Accepted),
            (200, r#"{"success":{"sms":true}}"#, SendOutcome::Accepted),
            (203, ok, SendOutcome::Misconfigured),
            (
                203,
                r#"{"Message":"Invalid authkey or insufficient balance"}"#,
                SendOutcome::Misconfigured,
            ),
            (
                200,
                r#"{"Message":"Invalid authkey or insufficient balance"}"#,
                SendOutcome::Misconfigured,
            ),
            (401, "", SendOutcome::Misconfigured),
            (
                200,
                r#"{"success":{"sms":false},"message":{"sms":"Invalid Template"}}"#,
                SendOutcome::Misconfigured,
            ),
            (
                200,
                r#"{"success":{"sms":false},"message":{"sms":"Entity ID Not Found"}}"#,
                SendOutcome::Misconfigured,
            ),
            (200, r#"{"success":{"sms":false},"message":{"sms":"?"}}"#, SendOutcome::Unavailable),
            (200, r#"{"LogID":"","Message":"Submitted Successfully"}"#, SendOutcome::Unavailable),
            (200, r#"{"LogID":7,"Message":"Submitted Successfully"}"#, SendOutcome::Unavailable),
            (200, "success", SendOutcome::Unavailable),
            (200, "[]", SendOutcome::Unavailable),
            (200, "", SendOutcome::Unavailable),
            (302, ok, SendOutcome::Unavailable),
            (500, "oops", SendOutcome::Unavailable),
            (429, "", SendOutcome::Unavailable),
        ] {
            assert_eq!(
                classify(StatusCode::from_u16(status).unwrap(), body).0,
                outcome,
                "{status} {body}"
            );
        }
    }
}
