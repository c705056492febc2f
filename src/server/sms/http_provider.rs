//! One HTTP request to a provider: its timeouts, its outcome, and a log entry without keys, codes
//! and phone numbers.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};

use super::{SendOutcome, SmsMessage};
use crate::server::response_text::read_text;

/// The timeout of a connection attempt.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// The timeout of the whole request: five seconds, as in `AuthKey`'s own SDK.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// The time after which an unused connection is closed: before a server closes it, of which
/// gunicorn's two seconds are the shortest in common use. A request that meets the close is lost,
/// and must not be sent again.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);
/// The maximum number of bytes that are read of a response. Normal responses are a few lines of
/// JSON. One that is cut may be taken for garbage, so there is ample room.
const MAX_RESPONSE_BYTES: usize = 64 * 1024;
/// The signs that may stand between the digits of a code or number, also in a URL.
const BETWEEN_DIGITS: [char; 6] = [' ', '-', '+', '.', ',', '%'];
/// The maximum number of characters of a response in the log.
const MAX_LOGGED_CHARS: usize = 200;

/// The meaning of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub outcome: SendOutcome,
    /// The advice to the operator; empty if the SMS was accepted.
    pub fix: &'static str,
}

impl Verdict {
    pub(super) const ACCEPTED: Self = Self { outcome: SendOutcome::Accepted, fix: "" };

    pub(super) const fn misconfigured(fix: &'static str) -> Self {
        Self { outcome: SendOutcome::Misconfigured, fix }
    }

    pub(super) const fn unavailable(fix: &'static str) -> Self {
        Self { outcome: SendOutcome::Unavailable, fix }
    }

    pub(super) const fn rejected(fix: &'static str) -> Self {
        Self { outcome: SendOutcome::Rejected, fix }
    }

    pub(super) const fn fraud_blocked(fix: &'static str) -> Self {
        Self { outcome: SendOutcome::FraudBlocked, fix }
    }

    /// Returns the verdict on a response that is not in the provider's format. A gateway that has
    /// waited in vain (504, and 524 of Cloudflare) tells of silence. A status of 5xx or 429 means
    /// trouble, and every other status a wrong URL, for which `fix` is.
    pub(super) fn of_status(status: StatusCode, fix: &'static str) -> Self {
        if matches!(status.as_u16(), 504 | 524) {
            Self {
                outcome: SendOutcome::Unknown,
                fix: "the provider did not answer its own gateway; the text may have gone out and \
                      counts as sent",
            }
        } else if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            Self::unavailable(
                "the provider is having trouble; if it lasts, ask its support or add a second one",
            )
        } else {
            Self::unavailable(fix)
        }
    }
}

/// The HTTP client of one provider.
#[derive(Debug)]
pub(super) struct HttpProvider {
    /// The name in `SMS_PROVIDERS`.
    name: &'static str,
    client: Option<Client>,
}

impl HttpProvider {
    /// Creates the client. If the TLS backend does not start, the provider is unavailable.
    pub(super) fn new(name: &'static str) -> Self {
        #[expect(clippy::disallowed_methods, reason = "only SMS providers send HTTP requests")]
        let builder = Client::builder();
        let client = builder
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .build();
        if client.is_err() {
            tracing::error!(provider = name, "no HTTP client: the TLS backend did not start");
        }
        Self { name, client: client.ok() }
    }

    /// Sends a message with one request, which is never retried, and returns what the response
    /// means. `secrets` are removed from what is logged of the response.
    pub(super) async fn send(
        &self,
        message: &SmsMessage<'_>,
        secrets: &[&SecretString],
        request: impl FnOnce(&Client) -> RequestBuilder,
        classify: fn(StatusCode, &str) -> Verdict,
    ) -> SendOutcome {
        let Some(client) = &self.client else { return SendOutcome::Unavailable };
        let (status, body) = match exchange(request(client)).await {
            Ok(response) => response,
            Err(error) => return self.request_failed(&error, message),
        };
        let (provider, to) = (self.name, message.phone);
        let (Verdict { outcome, fix }, http_status) = (classify(status, &body), status.as_u16());
        let response = redact(&body, secrets);
        match outcome {
            SendOutcome::Accepted => tracing::info!(provider, %to, "text accepted"),
            SendOutcome::Rejected => tracing::warn!(
                provider, ?outcome, http_status, response, fix, %to, "text not accepted"
            ),
            _ => tracing::error!(
                provider, ?outcome, http_status, response, fix, %to, "text not accepted"
            ),
        }
        outcome
    }

    fn request_failed(&self, error: &reqwest::Error, message: &SmsMessage<'_>) -> SendOutcome {
        // Without a connection nothing was sent. After a later failure the SMS may have been sent.
        let (outcome, fix) = if error.is_connect() || error.is_builder() {
            let setting = self.name.to_uppercase();
            let fix = format!("check {setting}_BASE_URL, DNS and the firewall");
            (SendOutcome::Unavailable, fix)
        } else {
            let fix = "no answer in time; the text may have gone out and counts as sent";
            (SendOutcome::Unknown, fix.to_owned())
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
            provider = self.name, ?outcome, kind, fix, to = %message.phone,
            "text not answered for"
        );
        outcome
    }
}

async fn exchange(request: RequestBuilder) -> Result<(StatusCode, String), reqwest::Error> {
    let response = request.send().await?;
    Ok((response.status(), read_text(response, MAX_RESPONSE_BYTES).await?))
}

/// Redacts a provider's response for the log: the secrets, and every sequence of four or more
/// digits, even with spaces and other signs between them, because the digits may be a code or a
/// part of a phone number. A call's code has its digits apart.
fn redact(words: &str, secrets: &[&SecretString]) -> String {
    let mut words = words.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.expose_secret().is_empty()) {
        words = words.replace(secret.expose_secret(), "…");
    }
    let mut redacted = String::new();
    let mut run = String::new();
    for c in words.chars().take(MAX_LOGGED_CHARS).chain(std::iter::once('\0')) {
        if c.is_ascii_digit() || (!run.is_empty() && BETWEEN_DIGITS.contains(&c)) {
            run.push(c);
            continue;
        }
        let number = run.trim_end_matches(BETWEEN_DIGITS);
        redacted.push_str(if number.chars().filter(char::is_ascii_digit).count() < 4 {
            number
        } else {
            "…"
        });
        redacted.push_str(&run[number.len()..]);
        run.clear();
        if !c.is_control() {
            redacted.push(c);
        }
    }
    redacted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_keeps_the_words_without_key_code_and_phone_number() {
        let words = "HTTP 203: key abc123 to 9876543210 code 123 456 or 98-76-5 failed 3 times\n";
        assert_eq!(
            redact(words, &[&"abc123".into(), &"".into()]),
            "HTTP 203: key … to … code … or … failed 3 times"
        );
        assert_eq!(redact("otp=3+8+2+5&x=1%202%203%204.", &[]), "otp=…&x=….");
    }
}
