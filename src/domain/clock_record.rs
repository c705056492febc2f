//! The stored record of the machine's clock. It prevents a purge while the clock may be wrong.

use super::time::Timestamp;

/// The maximum difference between the last believed time and now, in seconds. With a larger
/// difference, the clock has jumped.
const MAX_JUMP: i64 = 2 * 86_400;
/// The time for which a clock must run after a jump before it is believed, in seconds: a day. A
/// wrong clock would have been corrected within that time.
const DOUBT_PERIOD: i64 = 86_400;

/// The last believed time, and the time since which the clock is doubted. The record is kept in the
/// database, so that a restart does not make a wrong clock believed. Other rows are no evidence for
/// the clock, because a wrong clock may have written them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockRecord {
    /// The last believed time.
    pub believed_at: Timestamp,
    /// The time at which the clock was first doubted, by that clock itself; `None` while it is
    /// believed.
    pub doubted_at: Option<Timestamp>,
}

impl ClockRecord {
    /// Returns the record of a clock that is believed and shows `now`.
    #[must_use]
    pub fn believing(now: Timestamp) -> Self {
        Self { believed_at: now, doubted_at: None }
    }

    /// Returns the record after the clock has shown `now`. The clock is believed if it is near the
    /// last believed time, or if it has run for a day since it was first doubted. That day begins
    /// again if the clock is before the start of the day, or more than three days after it.
    #[must_use]
    pub fn observe(self, now: Timestamp) -> Self {
        let near = now.0.abs_diff(self.believed_at.0) <= MAX_JUMP.unsigned_abs();
        let doubted_at = self
            .doubted_at
            .filter(|since| (0..=DOUBT_PERIOD + MAX_JUMP).contains(&now.0.saturating_sub(since.0)));
        if near || doubted_at.is_some_and(|since| now >= since.plus(DOUBT_PERIOD)) {
            return Self::believing(now);
        }
        Self { believed_at: self.believed_at, doubted_at: doubted_at.or(Some(now)) }
    }

    /// Returns `true` if the clock was believed at the last observation.
    #[must_use]
    pub fn is_believed(self) -> bool {
        self.doubted_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: Timestamp = Timestamp(1_800_000_000);

    #[test]
    fn a_clock_is_believed_up_to_two_days_from_the_last_moment_that_was_believed() {
        for (seconds, believed) in [
            (0, true),
            (MAX_JUMP, true),
            (MAX_JUMP + 1, false),
            (-MAX_JUMP, true),
            (-MAX_JUMP - 1, false),
        ] {
            let now = RIGHT.plus(seconds);
            let record = ClockRecord::believing(RIGHT).observe(now);
            assert_eq!(record.is_believed(), believed, "{seconds}");
            assert_eq!(record.believed_at, if believed { now } else { RIGHT }, "{seconds}");
        }
    }

    #[test]
    fn a_clock_that_jumped_is_believed_once_a_day_of_it_has_passed() {
        for jump in [-400 * 86_400, MAX_JUMP + 1, 400 * 86_400] {
            let since = RIGHT.plus(jump);
            let doubted = ClockRecord::believing(RIGHT).observe(since);
            let in_time = doubted.observe(since.plus(DOUBT_PERIOD - 1));
            assert_eq!(in_time, ClockRecord { believed_at: RIGHT, doubted_at: Some(since) });
            assert_eq!(
                in_time.observe(since.plus(DOUBT_PERIOD)),
                ClockRecord::believing(since.plus(DOUBT_PERIOD))
            );
        }
    }

    #[test]
    fn a_clock_that_is_put_right_is_believed_at_once() {
        let doubted = ClockRecord::believing(RIGHT).observe(RIGHT.plus(400 * 86_400));
        assert_eq!(doubted.observe(RIGHT.plus(600)), ClockRecord::believing(RIGHT.plus(600)));
    }

    #[test]
    fn a_second_jump_begins_the_day_anew() {
        let since = RIGHT.plus(400 * 86_400);
        let doubted = ClockRecord::believing(RIGHT).observe(since);
        for seconds in [-1, DOUBT_PERIOD + MAX_JUMP + 1] {
            let again = since.plus(seconds);
            assert_eq!(
                doubted.observe(again),
                ClockRecord { believed_at: RIGHT, doubted_at: Some(again) },
                "{seconds}"
            );
        }
        assert!(doubted.observe(since.plus(DOUBT_PERIOD + MAX_JUMP)).is_believed());
    }
}
