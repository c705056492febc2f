//! `AuthKey` (authkey.io): one `GET` per text, its words in a template that the account holds.
//!
//! What its answers mean was observed, not only documented: a wrong key or an empty balance is HTTP 203; a failure's body
//! holds the word "success" (`{"success":{"sms":false}}`); so only an answer that says what an accepted text says is
//! believed, and everything else is a failure.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::{Message, Verdict, scrub};
use crate::server::config::AuthKeyConfig;

/// Connecting takes longer than this only when something is wrong.
const CONNECT: Duration = Duration::from_secs(2);
/// The vendor's own SDK gives up after five seconds.
const TOTAL: Duration = Duration::from_secs(5);
/// An answer is a line of JSON; more than this is not read.
const LONGEST_ANSWER: usize = 8 * 1024;

/// Stands for the challenge's reference in the value of a template's variable, so that people match message and page.
const REFERENCE: &str = "{reference}";

/// The provider.
#[derive(Debug)]
pub struct AuthKey {
    settings: AuthKeyConfig,
    client: Option<Client>,
}

#[derive(Debug, Default, Deserialize)]
struct Answer {
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
    /// The provider of these settings.
    #[must_use]
    pub fn new(settings: AuthKeyConfig) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a provider is where the network begins")]
        let builder = Client::builder();
        let client =
            builder.connect_timeout(CONNECT).timeout(TOTAL).redirect(Policy::none()).retry(reqwest::retry::never()).build();
        if client.is_err() {
            tracing::error!("no HTTP client for authkey: the TLS backend did not start");
        }
        Self { settings, client: client.ok() }
    }

    /// Sends one text, once.
    pub async fn send(&self, message: &Message<'_>) -> Verdict {
        let Some(client) = &self.client else { return Verdict::Unavailable };
        let settings = &self.settings;
        let query = [
            ("authkey", settings.api_key.expose_secret()),
            ("mobile", message.phone.national()),
            ("country_code", message.phone.calling_code()),
            ("sid", &settings.template_id),
            (&settings.otp_variable, message.code.digits()),
        ];
        let extra = settings.extra_variables.iter().map(|(name, value)| (name, value.replace(REFERENCE, message.reference)));
        let request = client.get(&settings.base_url).query(&query).query(&extra.collect::<Vec<_>>());
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return Self::no_answer(&error, message),
        };
        let status = answer.status();
        let body = match read_bounded(answer).await {
            Ok(body) => body,
            Err(error) => return Self::no_answer(&error, message),
        };
        let (verdict, fix) = judge(status, &body);
        if verdict == Verdict::Accepted {
            tracing::info!(provider = "authkey", to = %message.phone, "text accepted");
        } else {
            let said = scrub(&body, &settings.api_key);
            tracing::error!(provider = "authkey", ?verdict, http_status = status.as_u16(), said, fix, to = %message.phone, "text not accepted");
        }
        verdict
    }

    fn no_answer(error: &reqwest::Error, message: &Message<'_>) -> Verdict {
        // A connection that never stood carried nothing; anything later may have been sent.
        let (verdict, fix) = if error.is_connect() || error.is_builder() {
            (Verdict::Unavailable, "check AUTHKEY_BASE_URL, DNS and the firewall")
        } else {
            (Verdict::Unknown, "AuthKey did not answer in time; the text may have gone out and counts as sent")
        };
        // Never the error's own words: they hold the URL, and the URL holds key, code and number.
        let kind = if error.is_timeout() {
            "timed out"
        } else if error.is_connect() {
            "no connection"
        } else {
            "broken off"
        };
        tracing::error!(provider = "authkey", ?verdict, kind, fix, to = %message.phone, "text not answered for");
        verdict
    }
}

async fn read_bounded(mut answer: reqwest::Response) -> Result<String, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            break;
        }
    }
    body.truncate(LONGEST_ANSWER);
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// What an answer means, and what the operator should do about it.
fn judge(status: StatusCode, body: &str) -> (Verdict, &'static str) {
    const KEY: &str = "check AUTHKEY_API_KEY, the account's balance and its IP allow-list";
    const TEMPLATE: &str =
        "check AUTHKEY_OTP_TEMPLATE_ID, and in AuthKey's console the template, its variables and the DLT set-up";
    let answer: Answer = serde_json::from_str(body).unwrap_or_default();
    let said = |value: &serde_json::Value| value.to_string().to_lowercase();
    let submitted = answer.log_id.as_deref().is_some_and(|id| !id.is_empty())
        && answer.message.as_str().is_some_and(|words| words.eq_ignore_ascii_case("submitted successfully"));
    if status == StatusCode::OK && (submitted || answer.success["sms"] == true) {
        return (Verdict::Accepted, "");
    }
    let words = said(&answer.message);
    if matches!(status.as_u16(), 203 | 401 | 403) || words.contains("authkey") || words.contains("balance") {
        return (Verdict::Misconfigured, KEY);
    }
    if answer.success["sms"] == false
        && ["template", "entity", "sender", "dlt"].iter().any(|word| said(&answer.failure).contains(word))
    {
        return (Verdict::Misconfigured, TEMPLATE);
    }
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return (Verdict::Unavailable, "AuthKey is having trouble; if it lasts, ask its support or add a second provider");
    }
    (Verdict::Unavailable, "the answer is not one that AuthKey gives; check AUTHKEY_BASE_URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_accepted_is_accepted() {
        let ok = r#"{"LogID":"28bf7375bb54540ba03a4eb873d4da44","Message":"Submitted Successfully"}"#;
        for (status, body, verdict) in [
            (200, ok, Verdict::Accepted),
            (200, r#"{"success":{"sms":true}}"#, Verdict::Accepted),
            (203, ok, Verdict::Misconfigured),
            (203, r#"{"Message":"Invalid authkey or insufficient balance"}"#, Verdict::Misconfigured),
            (200, r#"{"Message":"Invalid authkey or insufficient balance"}"#, Verdict::Misconfigured),
            (401, "", Verdict::Misconfigured),
            (200, r#"{"success":{"sms":false},"message":{"sms":"Invalid Template"}}"#, Verdict::Misconfigured),
            (200, r#"{"success":{"sms":false},"message":{"sms":"Entity ID Not Found"}}"#, Verdict::Misconfigured),
            (200, r#"{"success":{"sms":false},"message":{"sms":"?"}}"#, Verdict::Unavailable),
            (200, r#"{"LogID":"","Message":"Submitted Successfully"}"#, Verdict::Unavailable),
            (200, r#"{"LogID":7,"Message":"Submitted Successfully"}"#, Verdict::Unavailable),
            (200, "success", Verdict::Unavailable),
            (200, "[]", Verdict::Unavailable),
            (200, "", Verdict::Unavailable),
            (302, ok, Verdict::Unavailable),
            (500, "oops", Verdict::Unavailable),
            (429, "", Verdict::Unavailable),
        ] {
            assert_eq!(judge(StatusCode::from_u16(status).unwrap(), body).0, verdict, "{status} {body}");
        }
    }
}
