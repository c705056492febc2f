//! The times of the code step: how long the code is good for, and when the next text may be asked for.

use web_sys::js_sys::Date;

use super::document::write;
use crate::domain::answer::OtpSent;
use crate::domain::words::{Fill, Tongue, Words};

/// Seconds before its end from which the end is announced.
const WARNING: i64 = 60;

/// When a challenge's spans end, by this browser's clock: a tab in the background ticks seldom, and an end must not come early.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    expiry: End,
    resend: End,
}

/// The end of a span. The clock is read in whole seconds, so it lies a second late; what is left is never more than the span.
#[derive(Debug, Clone, Copy)]
struct End {
    span: i64,
    at: i64,
}

impl End {
    fn of(span: i64) -> Self {
        Self { span, at: now() + span + i64::from(span > 0) }
    }

    fn left(self) -> i64 {
        (self.at - now()).clamp(0, self.span.max(0))
    }
}

impl Ends {
    /// Those of an answer that has just come.
    pub(super) fn of(sent: &OtpSent) -> Self {
        Self { expiry: End::of(sent.expires_in), resend: End::of(sent.resend_in) }
    }

    /// The same, with so many seconds until the next text may be asked for.
    pub(super) fn resend_in(self, seconds: i64) -> Self {
        Self { resend: End::of(seconds), ..self }
    }

    /// Whether the next text may be asked for.
    pub(super) fn may_resend(self) -> bool {
        self.resend.left() == 0
    }

    /// Shows what is left of both.
    pub(super) fn show(self, words: &Words) {
        let left = self.expiry.left();
        let expires = (left > 0).then(|| words.say_with("code-expires", &[("time", Fill::Text(&clock(left)))]));
        write("#code-expires", expires.as_deref().unwrap_or_default());
        // Written once each, so that a screen reader hears it once and not every second.
        let said = match left {
            0 => words.say("code-expired"),
            1..=WARNING => words.say("code-expiring"),
            _ => String::new(),
        };
        write("#code-expiry", &said);
        let wait = self.resend.left();
        let wait = (wait > 0).then(|| words.say_with("resend-in", &[("time", Fill::Text(&clock(wait)))]));
        write("#resend-wait", wait.as_deref().unwrap_or_default());
    }
}

/// `1:05`, as clocks have it in every language.
fn clock(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// The browser's clock in whole seconds, rounded down; only differences of it are used.
fn now() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit")]
    let seconds = (Date::now() / 1000.0).floor() as i64;
    seconds
}
