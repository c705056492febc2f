//! What a view says: the messages of the visit's language, or of those that an island was given.

use leptos::prelude::*;

use crate::domain::words::{Fill, Tongue, Words};

/// Messages that the header says once it is alive.
pub const HEADER: [&str; 4] = ["sign-in-title", "sign-up-title", "menu-account", "log-out"];
/// Messages that the steps say.
pub const STEPS: [&str; 54] = [
    "close",
    "field-first-name-missing",
    "field-last-name-missing",
    "field-name-too-long",
    "field-name-invisible",
    "field-email-missing",
    "field-email-shape",
    "field-phone-missing",
    "field-phone-too-long",
    "field-phone-not-digits",
    "field-phone-too-short",
    "field-phone-no-country",
    "field-phone-unknown",
    "field-phone-not-mobile",
    "field-country-unknown",
    "field-code-not-digits",
    "field-code-length",
    "problem-invalid",
    "problem-malformed",
    "problem-unavailable",
    "problem-offline",
    "phone-step-lead",
    "phone-label",
    "send-code",
    "phone-step-note",
    "phone-read-back",
    "phone-not-served",
    "solving",
    "code-sent-to",
    "code-reference",
    "code-label",
    "code-hint",
    "verify",
    "resend",
    "resend-in",
    "resent",
    "change-number",
    "code-expires",
    "code-expiring",
    "code-expired",
    "no-text",
    "no-text-wait",
    "no-text-number",
    "no-text-spam",
    "no-text-other",
    "legal-note",
    "terms",
    "privacy",
    "details-step-lead",
    "first-name-label",
    "last-name-label",
    "email-label",
    "create-account",
    "offline",
];

/// A handle on them, to be carried into closures.
#[derive(Debug, Clone, Copy)]
pub struct Say(StoredValue<Words>);

impl Say {
    /// The messages of the place where this is called.
    pub fn here() -> Self {
        Self(StoredValue::new(use_context::<Words>().unwrap_or_default()))
    }

    /// A message.
    pub fn of(self, id: &str) -> String {
        self.say(id)
    }

    /// A message cut in two where `name` is filled in.
    pub fn around(self, id: &str, name: &str) -> (String, String) {
        self.0.with_value(|words| words.around(id, name))
    }
}

impl Tongue for Say {
    fn say_with(&self, id: &str, fills: &[(&str, Fill<'_>)]) -> String {
        self.0.with_value(|words| words.say_with(id, fills))
    }
}
