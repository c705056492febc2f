//! The two times of the code step: how long the code is good for, and when the next text may be asked for.

use web_sys::js_sys::Date;

use crate::domain::answer::OtpSent;

/// When the two spans of a challenge end by this browser's clock. A tab in the background ticks seldom, so the clock is read and
/// the ticks are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    expiry: Deadline,
    resend: Deadline,
}

/// The end of a span. The clock is read in whole seconds, so that the end lies up to a second late and never early; what is left
/// is never more than the span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Deadline {
    span: i64,
    at: i64,
}

impl Deadline {
    fn new(span: i64, now: i64) -> Self {
        Self { span, at: now + span + i64::from(span > 0) }
    }

    fn left(self, now: i64) -> i64 {
        (self.at - now).clamp(0, self.span.max(0))
    }
}

impl Deadlines {
    /// The deadlines of an answer that has come at `now`.
    pub fn new(sent: &OtpSent, now: i64) -> Self {
        Self { expiry: Deadline::new(sent.expires_in, now), resend: Deadline::new(sent.resend_in, now) }
    }

    /// The same, with so many seconds from `now` until the next text may be asked for.
    pub fn with_resend_in(self, seconds: i64, now: i64) -> Self {
        Self { resend: Deadline::new(seconds, now), ..self }
    }

    /// Seconds that the code is still good for.
    pub fn expires_in(self, now: i64) -> i64 {
        self.expiry.left(now)
    }

    /// Seconds until the next text may be asked for.
    pub fn resend_in(self, now: i64) -> i64 {
        self.resend.left(now)
    }
}

/// A span as clocks show it in every language: `1:05`.
pub fn minutes(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// The browser's clock in whole seconds, rounded down. Only differences of it are used.
pub fn now() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit")]
    let seconds = (Date::now() / 1000.0).floor() as i64;
    seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_never_early_and_never_shows_more_than_its_span() {
        let sent = OtpSent { expires_in: 300, resend_in: 0, ..OtpSent::default() };
        let deadlines = Deadlines::new(&sent, 1_000);
        assert_eq!([1_000, 1_001, 1_300, 1_301, 1_302].map(|now| deadlines.expires_in(now)), [300, 300, 1, 0, 0]);
        assert_eq!(deadlines.resend_in(1_000), 0);
        let later = deadlines.with_resend_in(30, 1_100);
        assert_eq!([1_100, 1_130, 1_131].map(|now| later.resend_in(now)), [30, 1, 0]);
        assert_eq!(later.expires_in(1_100), 201);
    }

    #[test]
    fn a_span_is_written_as_clocks_write_it() {
        assert_eq!([0, 9, 65, 300].map(minutes), ["0:00", "0:09", "1:05", "5:00"]);
    }
}
