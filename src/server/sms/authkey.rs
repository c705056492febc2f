//! The provider `AuthKey` (authkey.io): one `GET` request per SMS or call. The text is a template
//! in the operator's account.
//!
//! The meaning of its responses was tested, and not only taken from the documentation. A wrong key
//! or an empty balance gives HTTP 203. The body of a failure contains the word "success"
//! (`{"success":{"sms":false}}`). So a response counts as accepted only if it has exactly the form
//! of an accepted SMS. Every other response is a failure.

use reqwest::StatusCode;
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::http_provider::{HttpProvider, Verdict};
use super::{SendOutcome, SmsBody, SmsMessage};
use crate::server::config::{AuthKeyConfig, Channel};

/// The placeholder for the challenge's reference in the value of a template's variable. The
/// reference shows people which message belongs to their page.
const REFERENCE_PLACEHOLDER: &str = "{reference}";
/// The statuses for a key that is wrong, or may not be used from this address.
pub(in crate::server) const REFUSED_STATUSES: [u16; 3] = [203, 401, 403];

/// The provider `AuthKey`, with its settings and its HTTP client.
#[derive(Debug)]
pub struct AuthKey {
    settings: AuthKeyConfig,
    http: HttpProvider,
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
    /// Creates the provider with these settings.
    #[must_use]
    pub fn new(settings: AuthKeyConfig) -> Self {
        Self { settings, http: HttpProvider::new("authkey") }
    }

    /// Returns `true` if there is a template for notices.
    #[must_use]
    pub fn sends_notices(&self) -> bool {
        self.settings.notice_template_id.is_some()
    }

    /// Sends an SMS with one request.
    pub async fn send(&self, message: &SmsMessage<'_>) -> SendOutcome {
        let settings = &self.settings;
        let (template_id, variable, value, reference) = match message.body {
            SmsBody::Code { code, reference, .. } => {
                let value = match settings.channel {
                    Channel::Sms => code.digits().to_owned(),
                    Channel::Voice => spoken(code.digits()),
                };
                (&settings.template_id, &settings.otp_variable, value, reference)
            }
            SmsBody::NumberChanged { link } => match &settings.notice_template_id {
                Some(template_id) => (template_id, &settings.notice_variable, link.to_owned(), ""),
                None => return SendOutcome::Misconfigured,
            },
        };
        let template = match settings.channel {
            Channel::Sms => "sid",
            Channel::Voice => "vid",
        };
        let query = [
            ("authkey", settings.api_key.expose_secret()),
            ("mobile", message.phone.national()),
            ("country_code", message.phone.calling_code()),
            (template, template_id),
            (variable, &value),
        ];
        let extra = settings
            .extra_variables
            .iter()
            .map(|(name, value)| (name, value.replace(REFERENCE_PLACEHOLDER, reference)));
        let extra: Vec<_> = extra.collect();
        self.http
            .send(
                message,
                &[&settings.api_key],
                |client| client.get(&settings.base_url).query(&query).query(&extra),
                classify,
            )
            .await
    }
}

/// Returns the digits of a code with blanks between them, so that a voice says each by itself.
fn spoken(digits: &str) -> String {
    let digits: Vec<String> = digits.chars().map(String::from).collect();
    digits.join(" ")
}

/// Returns what a response means.
fn classify(status: StatusCode, body: &str) -> Verdict {
    const FIX_KEY: &str = "check AUTHKEY_API_KEY, the account's balance and its IP allow-list";
    const FIX_TEMPLATE: &str = "check AUTHKEY_OTP_TEMPLATE_ID or AUTHKEY_VOICE_TEMPLATE_ID, and \
                                in AuthKey's console the template, its variables and the DLT \
                                set-up";
    let response: ApiResponse = serde_json::from_str(body).unwrap_or_default();
    let lowercase = |value: &serde_json::Value| value.to_string().to_lowercase();
    let submitted = response.log_id.as_deref().is_some_and(|id| !id.is_empty())
        && response
            .message
            .as_str()
            .is_some_and(|words| words.eq_ignore_ascii_case("submitted successfully"));
    if status == StatusCode::OK && (submitted || response.success["sms"] == true) {
        return Verdict::ACCEPTED;
    }
    let words = lowercase(&response.message);
    if REFUSED_STATUSES.contains(&status.as_u16())
        || words.contains("authkey")
        || words.contains("balance")
    {
        return Verdict::misconfigured(FIX_KEY);
    }
    if response.success["sms"] == false
        && ["template", "entity", "sender", "dlt"]
            .iter()
            .any(|word| lowercase(&response.failure).contains(word))
    {
        return Verdict::misconfigured(FIX_TEMPLATE);
    }
    Verdict::of_status(status, "the response is not in AuthKey's format; check AUTHKEY_BASE_URL")
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
                classify(StatusCode::from_u16(status).unwrap(), body).outcome,
                outcome,
                "{status} {body}"
            );
        }
    }
}
