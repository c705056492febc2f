//! Sending SMS through a fixed set of providers, each with its own parser of responses.

mod authkey;
mod inbox;

use secrecy::{ExposeSecret, SecretString};

pub use authkey::AuthKey;
pub use inbox::{Inbox, InboxMessage};

use super::config::ProviderConfig;
use crate::domain::otp::Code;
use crate::domain::phone::PhoneNumber;
use crate::domain::sms_template::MessageTemplate;
use crate::domain::time::Timestamp;

/// An SMS to one phone number.
#[derive(Debug)]
pub struct SmsMessage<'a> {
    /// The phone number of the recipient.
    pub phone: &'a PhoneNumber,
    /// The content of the message.
    pub body: SmsBody<'a>,
    /// The time of sending.
    pub sent_at: Timestamp,
}

/// The content of an SMS, from which the provider's template makes the text.
#[derive(Debug)]
pub enum SmsBody<'a> {
    /// A one-time code.
    Code {
        /// The code.
        code: &'a Code,
        /// The challenge's reference, for templates that contain it.
        reference: &'a str,
    },
    /// The notice to the former number after a change.
    NumberChanged {
        /// The link with which its holder objects.
        link: &'a str,
    },
}

/// The outcome of sending an SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendOutcome {
    /// The provider accepted the SMS.
    Accepted,
    /// The provider refuses every SMS until the operator fixes the account: its key, credit or
    /// template.
    Misconfigured,
    /// The request was sent, but no response arrived. The SMS may be on its way, so it counts as
    /// sent and is not sent again.
    Unknown,
    /// The provider cannot be reached, or it refuses temporarily.
    Unavailable,
}

impl SendOutcome {
    /// Returns `true` if the SMS may arrive.
    #[must_use]
    pub fn counts_as_sent(self) -> bool {
        matches!(self, Self::Accepted | Self::Unknown)
    }
}

/// The providers, in the order in which they are tried.
#[derive(Debug)]
pub struct SmsSender(Vec<Provider>);

#[derive(Debug)]
enum Provider {
    AuthKey(AuthKey),
    Inbox(Inbox),
}

impl SmsSender {
    /// Creates the providers of the settings, in their order.
    #[must_use]
    pub fn new(providers: &[ProviderConfig], app_name: &str, host: &str) -> Self {
        let provider = |settings: &ProviderConfig| match settings {
            ProviderConfig::AuthKey(settings) => Provider::AuthKey(AuthKey::new(settings.clone())),
            ProviderConfig::Inbox => {
                Provider::Inbox(Inbox::new(MessageTemplate::new(app_name, host)))
            }
        };
        Self(providers.iter().map(provider).collect())
    }

    /// Sends an SMS through the first provider that accepts it. The next provider is tried only if
    /// the previous one is unavailable or misconfigured, and not if it may have sent the SMS.
    pub async fn send(&self, message: &SmsMessage<'_>) -> SendOutcome {
        let mut outcome = SendOutcome::Unavailable;
        for provider in &self.0 {
            outcome = match provider {
                Provider::AuthKey(authkey) => authkey.send(message).await,
                Provider::Inbox(inbox) => inbox.send(message),
            };
            if outcome.counts_as_sent() {
                break;
            }
        }
        outcome
    }

    /// Returns `true` if a provider can send notices.
    #[must_use]
    pub fn sends_notices(&self) -> bool {
        self.0.iter().any(|provider| match provider {
            Provider::AuthKey(authkey) => authkey.sends_notices(),
            Provider::Inbox(_) => true,
        })
    }

    /// Returns the development inbox, if it is one of the providers.
    #[must_use]
    pub fn inbox(&self) -> Option<&Inbox> {
        self.0.iter().find_map(|provider| match provider {
            Provider::Inbox(inbox) => Some(inbox),
            Provider::AuthKey(_) => None,
        })
    }
}

/// Redacts a provider's response for the log: the key, and every sequence of four or more digits,
/// even with spaces and dashes between them, because the digits may be a code or a part of a phone
/// number.
#[must_use]
fn redact(words: &str, key: &SecretString) -> String {
    const MAX_CHARS: usize = 200;
    let without_key = words.replace(key.expose_secret(), "…");
    let mut redacted = String::new();
    let mut run = String::new();
    for c in without_key.chars().take(MAX_CHARS).chain(std::iter::once('\0')) {
        if c.is_ascii_digit() || (!run.is_empty() && (c == ' ' || c == '-')) {
            run.push(c);
            continue;
        }
        let number = run.trim_end_matches([' ', '-']);
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
            redact(words, &"abc123".into()),
            "HTTP 203: key … to … code … or … failed 3 times"
        );
    }
}
