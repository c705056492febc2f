//! What a view says: the messages of the visit's language, and which of them an island is given.

use leptos::prelude::*;

use crate::domain::words::{Fill, Tongue, Words};

/// Messages that the steps say anew once they are alive; everything else is in the markup already.
pub const LIVE: [&str; 30] = [
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
    "phone-read-back",
    "phone-not-served",
    "solving",
    "code-hint",
    "code-expires",
    "code-expiring",
    "code-expired",
    "resend-in",
    "resent",
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
