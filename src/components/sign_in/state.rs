//! The state of the sign-in flow, and the values that its steps derive from it.

use super::deadlines::{Deadlines, format_minutes, now};
use crate::api::ErrorBody;
use crate::components::i18n::I18n;
use crate::domain::messages::{Arg, Localize};
use crate::domain::otp::DEFAULT_CODE_LENGTH;
use crate::domain::phone::as_you_type::PhoneHint;
use crate::domain::response::OtpSent;
use crate::domain::step::Step;

/// The number of seconds before the expiry of a code at which the expiry is announced.
const EXPIRY_WARNING_SECONDS: i64 = 60;

/// The state of the flow. The typed values are only in the inputs.
#[derive(Debug, Clone, Default)]
pub struct Flow {
    pub(super) step: Step,
    pub(super) challenge: Option<OtpSent>,
    /// The deadlines of the challenge; `None` until the page is hydrated. The server renders no
    /// countdown, because without scripts the countdown would stand still.
    pub(super) deadlines: Option<Deadlines>,
    pub(super) error: Option<ErrorBody>,
    pub(super) pending: bool,
    pub(super) solving: bool,
    pub(super) resent: bool,
    pub(super) hint: PhoneHint,
}

impl Flow {
    /// Returns the number of digits of the code.
    pub(super) fn code_length(&self) -> u8 {
        self.challenge.as_ref().map_or(DEFAULT_CODE_LENGTH, |sent| sent.code_length)
    }

    /// Returns the CSS classes of the code's input, which draw a box for each digit.
    pub(super) fn code_class(&self) -> String {
        format!("field__input--code field__input--code-{}", self.code_length())
    }

    /// Returns the hint with the number of digits of the code.
    pub(super) fn code_hint(&self, i18n: I18n) -> String {
        i18n.format("code-hint", &[("length", Arg::Number(self.code_length().into()))])
    }

    /// Returns the time until the code expires; empty afterwards.
    pub(super) fn expires_in(&self, i18n: I18n) -> String {
        countdown(
            i18n,
            "code-expires",
            self.deadlines.map_or(0, |deadlines| deadlines.expires_in(now())),
        )
    }

    /// Returns the warning that the code expires soon or has expired; empty before that.
    pub(super) fn expiry_warning(&self, i18n: I18n) -> String {
        match self.deadlines.map(|deadlines| deadlines.expires_in(now())) {
            Some(0) => i18n.t("code-expired"),
            Some(..=EXPIRY_WARNING_SECONDS) => i18n.t("code-expiring"),
            _ => String::new(),
        }
    }

    /// Returns the time until a resend is allowed; empty afterwards.
    pub(super) fn resend_in(&self, i18n: I18n) -> String {
        countdown(
            i18n,
            "resend-in",
            self.deadlines.map_or(0, |deadlines| deadlines.resend_in(now())),
        )
    }

    /// Returns `true` if the resend button is enabled. Before hydration it is always enabled, and
    /// the server decides.
    pub(super) fn may_resend(&self) -> bool {
        !self.pending && self.deadlines.is_none_or(|deadlines| deadlines.resend_in(now()) == 0)
    }
}

fn countdown(i18n: I18n, message: &str, seconds: i64) -> String {
    if seconds == 0 {
        String::new()
    } else {
        i18n.format(message, &[("time", Arg::Text(&format_minutes(seconds)))])
    }
}
