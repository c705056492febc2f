//! What the server's markup and the WASM call each other's things: ids, fields, calls, and the messages that are said anew.

use serde::{Deserialize, Serialize};

use crate::api::Refusal;
use crate::domain::answer::OtpSent;
use crate::domain::challenge::Step;
use crate::domain::words::Words;

/// Where the steps begin, as the page shows them, and what they say anew. It travels in their `data-start`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The step that is shown.
    pub step: Step,
    /// The challenge, from the code step on.
    pub sent: Option<OtpSent>,
    /// Why a form was refused.
    pub refusal: Option<Refusal>,
    /// Where to go afterwards: a same-origin path.
    pub next: Option<String>,
    /// The messages of [`SAID_ANEW`].
    pub words: Words,
}

/// The calls that forms of the steps stand for, by their `data-call`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Sends a code to the number.
    Send,
    /// Sends the code again.
    Resend,
    /// Checks the code.
    Verify,
    /// Creates the account.
    Create,
}

impl Call {
    /// As the attribute has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Resend => "resend",
            Self::Verify => "verify",
            Self::Create => "create",
        }
    }

    /// The call of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Send, Self::Resend, Self::Verify, Self::Create].into_iter().find(|call| call.name() == name)
    }
}

/// The fields of a step; each one's name is its input's id, and begins that of its error.
#[must_use]
pub fn fields_of(step: Step) -> &'static [&'static str] {
    match step {
        Step::Phone => &["country", "phone"],
        Step::Code => &["code"],
        Step::Details => &["first_name", "last_name", "email"],
    }
}

/// The id of a step's element; it begins that of the error above its form.
#[must_use]
pub fn id_of(step: Step) -> &'static str {
    match step {
        Step::Phone => "step-phone",
        Step::Code => "step-code",
        Step::Details => "step-details",
    }
}

/// The class of the input for a code of so many digits, which draws a box for each.
#[must_use]
pub fn code_class(length: u8) -> String {
    format!("field__input field__input--code field__input--code-{length}")
}

/// Messages that the steps say anew once they are alive; everything else is in the markup already.
pub const SAID_ANEW: [&str; 30] = [
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
