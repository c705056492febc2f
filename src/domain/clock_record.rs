//! The stored record of the machine's clock. It prevents a purge while the clock may be wrong.

use super::time::Timestamp;

/// The maximum difference between the last trusted time and now, in seconds. With a larger
/// difference, the clock has jumped.
const MAX_JUMP: i64 = 2 * 86_400;
/// The time for which a clock must run after a jump before it is trusted, in seconds: a day. A
/// wrong clock would have been corrected within that time.
const DISTRUST_PERIOD: i64 = 86_400;

/// The last trusted time, and the time since which the clock is distrusted. The record is kept in
/// the database, so that a restart does not make a wrong clock trusted. Other rows are no evidence
/// for the clock, because a wrong clock may have written them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockRecord {
    /// The last trusted time.
    pub trusted_at: Timestamp,
    /// The time at which the clock was first distrusted, by that clock itself; `None` while it is
    /// trusted.
    pub distrusted_at: Option<Timestamp>,
}

impl ClockRecord {
    /// Returns the record of a clock that is trusted and shows `now`.
    #[must_use]
    pub fn trusting(now: Timestamp) -> Self {
        Self { trusted_at: now, distrusted_at: None }
    }

    /// Returns the record after the clock has shown `now`. The clock is trusted if it is near the
    /// last trusted time, or if it has run for a day since it was first distrusted. That day begins
    /// again if the clock is before the start of the day, or more than three days after it.
    #[must_use]
    pub fn observe(self, now: Timestamp) -> Self {
        let near = now.0.abs_diff(self.trusted_at.0) <= MAX_JUMP.unsigned_abs();
        let distrusted_at = self.distrusted_at.filter(|since| {
            (0..=DISTRUST_PERIOD + MAX_JUMP).contains(&now.0.saturating_sub(since.0))
        });
        if near || distrusted_at.is_some_and(|since| now >= since.plus(DISTRUST_PERIOD)) {
            return Self::trusting(now);
        }
        Self { trusted_at: self.trusted_at, distrusted_at: distrusted_at.or(Some(now)) }
    }

    /// Returns `true` if the clock was trusted at the last observation.
    #[must_use]
    pub fn is_trusted(self) -> bool {
        self.distrusted_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: Timestamp = Timestamp(1_800_000_000);

    #[test]
    fn a_clock_is_trusted_up_to_two_days_from_the_last_moment_that_was_trusted() {
        for (seconds, trusted) in [
            (0, true),
            (MAX_JUMP, true),
            (MAX_JUMP + 1, false),
            (-MAX_JUMP, true),
            (-MAX_JUMP - 1, false),
        ] {
            let now = RIGHT.plus(seconds);
            let record = ClockRecord::trusting(RIGHT).observe(now);
            assert_eq!(record.is_trusted(), trusted, "{seconds}");
            assert_eq!(record.trusted_at, if trusted { now } else { RIGHT }, "{seconds}");
        }
    }

    #[test]
    fn a_clock_that_jumped_is_trusted_once_a_day_of_it_has_passed() {
        for jump in [-400 * 86_400, MAX_JUMP + 1, 400 * 86_400] {
            let since = RIGHT.plus(jump);
            let distrusted = ClockRecord::trusting(RIGHT).observe(since);
            let in_time = distrusted.observe(since.plus(DISTRUST_PERIOD - 1));
            assert_eq!(in_time, ClockRecord { trusted_at: RIGHT, distrusted_at: Some(since) });
            assert_eq!(
                in_time.observe(since.plus(DISTRUST_PERIOD)),
                ClockRecord::trusting(since.plus(DISTRUST_PERIOD))
            );
        }
    }

    #[test]
    fn a_corrected_clock_is_trusted_at_once() {
        let distrusted = ClockRecord::trusting(RIGHT).observe(RIGHT.plus(400 * 86_400));
        assert_eq!(distrusted.observe(RIGHT.plus(600)), ClockRecord::trusting(RIGHT.plus(600)));
    }

    #[test]
    fn a_second_jump_begins_the_day_anew() {
        let since = RIGHT.plus(400 * 86_400);
        let distrusted = ClockRecord::trusting(RIGHT).observe(since);
        for seconds in [-1, DISTRUST_PERIOD + MAX_JUMP + 1] {
            let again = since.plus(seconds);
            assert_eq!(
                distrusted.observe(again),
                ClockRecord { trusted_at: RIGHT, distrusted_at: Some(again) },
                "{seconds}"
            );
        }
        assert!(distrusted.observe(since.plus(DISTRUST_PERIOD + MAX_JUMP)).is_trusted());
    }
}
