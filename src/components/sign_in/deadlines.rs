//! The two countdowns of the code step: until the code expires, and until a resend is allowed.

use web_sys::js_sys::Date;

use crate::domain::response::OtpSent;

/// The two deadlines of a challenge, by this browser's clock. The remaining time is read from the
/// clock and not counted in ticks, because a tab in the background gets few ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    expiry: Deadline,
    resend: Deadline,
}

/// The end of a period. The clock is read in whole seconds, so the end is up to a second late, but
/// never early. The remaining time is never longer than the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Deadline {
    seconds: i64,
    ends_at: i64,
}

impl Deadline {
    fn new(seconds: i64, now: i64) -> Self {
        Self { seconds, ends_at: now + seconds + i64::from(seconds > 0) }
    }

    fn remaining(self, now: i64) -> i64 {
        (self.ends_at - now).clamp(0, self.seconds.max(0))
    }
}

impl Deadlines {
    /// Returns the deadlines of a response that arrived at `now`.
    pub fn new(sent: &OtpSent, now: i64) -> Self {
        Self {
            expiry: Deadline::new(sent.expires_in, now),
            resend: Deadline::new(sent.resend_in, now),
        }
    }

    /// Returns these deadlines with a resend allowed `seconds` after `now`.
    pub fn with_resend_in(self, seconds: i64, now: i64) -> Self {
        Self { resend: Deadline::new(seconds, now), ..self }
    }

    /// Returns the seconds until the code expires, 0 afterwards.
    pub fn expires_in(self, now: i64) -> i64 {
        self.expiry.remaining(now)
    }

    /// Returns the seconds until a resend is allowed, 0 afterwards.
    pub fn resend_in(self, now: i64) -> i64 {
        self.resend.remaining(now)
    }
}

/// Formats a duration as minutes and seconds: `1:05`.
pub fn format_minutes(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Returns the time of the browser's clock in whole seconds, rounded down. Only differences between
/// such times are used.
pub fn now() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit")]
    let seconds = (Date::now() / 1000.0).floor() as i64;
    seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_never_early_and_never_shows_more_than_its_period() {
        let sent = OtpSent { expires_in: 300, resend_in: 0, ..OtpSent::default() };
        let deadlines = Deadlines::new(&sent, 1_000);
        assert_eq!(
            [1_000, 1_001, 1_300, 1_301, 1_302].map(|now| deadlines.expires_in(now)),
            [300, 300, 1, 0, 0]
        );
        assert_eq!(deadlines.resend_in(1_000), 0);
        let later = deadlines.with_resend_in(30, 1_100);
        assert_eq!([1_100, 1_130, 1_131].map(|now| later.resend_in(now)), [30, 1, 0]);
        assert_eq!(later.expires_in(1_100), 201);
    }

    #[test]
    fn a_duration_is_written_in_minutes_and_seconds() {
        assert_eq!([0, 9, 65, 300].map(format_minutes), ["0:00", "0:09", "1:05", "5:00"]);
    }
}
