//! Sending texts: a closed list of providers behind one `send`, each with its own reading of the answer.

mod authkey;
mod inbox;
mod text;

use secrecy::{ExposeSecret, SecretString};

pub use authkey::AuthKey;
pub use inbox::{Inbox, InboxMessage};
pub use text::{Text, lint};

use super::config::{Config, ProviderConfig};
use crate::domain::otp::Code;
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// One text to one number.
#[derive(Debug)]
pub struct Message<'a> {
    /// To whom.
    pub phone: &'a PhoneNumber,
    /// The code that it carries.
    pub code: &'a Code,
    /// The challenge's reference, for providers whose text can hold it.
    pub reference: &'a str,
    /// When it is sent.
    pub sent_at: Timestamp,
}

/// What became of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The provider took it.
    Accepted,
    /// The provider will take nothing until the operator mends something: key, credit, template.
    Misconfigured,
    /// The request left and no answer came: it may be on its way, so it counts as sent and is not sent again.
    Unknown,
    /// The provider cannot be reached or refuses for now.
    Unavailable,
}

impl Verdict {
    /// Whether the person may expect the text.
    #[must_use]
    pub fn counts_as_sent(self) -> bool {
        matches!(self, Self::Accepted | Self::Unknown)
    }
}

/// The providers, in the order in which they are tried.
#[derive(Debug)]
pub struct Sms(Vec<Provider>);

#[derive(Debug)]
enum Provider {
    AuthKey(AuthKey),
    Inbox(Inbox),
}

impl Sms {
    /// The providers of the settings.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let provider = |settings: &ProviderConfig| match settings {
            ProviderConfig::AuthKey(settings) => Provider::AuthKey(AuthKey::new(settings.clone())),
            ProviderConfig::Inbox => Provider::Inbox(Inbox::new(Text::new(&config.brand.name, config.origin.host()))),
        };
        Self(config.providers.iter().map(provider).collect())
    }

    /// Sends a text through the first provider that takes it. Only a provider that is down or misconfigured is passed
    /// over; one that may have sent it already is not.
    pub async fn send(&self, message: &Message<'_>) -> Verdict {
        let mut verdict = Verdict::Unavailable;
        for provider in &self.0 {
            verdict = match provider {
                Provider::AuthKey(authkey) => authkey.send(message).await,
                Provider::Inbox(inbox) => inbox.send(message),
            };
            if verdict.counts_as_sent() {
                break;
            }
        }
        verdict
    }

    /// The inbox, if it is one of the providers.
    #[must_use]
    pub fn inbox(&self) -> Option<&Inbox> {
        self.0.iter().find_map(|provider| match provider {
            Provider::Inbox(inbox) => Some(inbox),
            Provider::AuthKey(_) => None,
        })
    }
}

/// Takes out of a provider's words what must not be in a log: the key, and every four digits or more, even with spaces and
/// dashes between them, which could be a code or a part of a number.
#[must_use]
fn scrub(words: &str, key: &SecretString) -> String {
    const LONGEST: usize = 200;
    let without_key = words.replace(key.expose_secret(), "…");
    let mut scrubbed = String::new();
    let mut run = String::new();
    for c in without_key.chars().take(LONGEST).chain(std::iter::once('\0')) {
        if c.is_ascii_digit() || (!run.is_empty() && (c == ' ' || c == '-')) {
            run.push(c);
            continue;
        }
        let number = run.trim_end_matches([' ', '-']);
        scrubbed.push_str(if number.chars().filter(char::is_ascii_digit).count() < 4 { number } else { "…" });
        scrubbed.push_str(&run[number.len()..]);
        run.clear();
        if !c.is_control() {
            scrubbed.push(c);
        }
    }
    scrubbed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_keeps_the_words_and_loses_key_code_and_number() {
        let words = "HTTP 203: key abc123 to 9876543210 code 123 456 or 98-76-5 failed 3 times\n";
        assert_eq!(scrub(words, &"abc123".into()), "HTTP 203: key … to … code … or … failed 3 times");
    }
}
