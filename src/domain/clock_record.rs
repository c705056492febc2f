//! What is kept about the machine's clock, so that one that is wrong deletes nothing.

use super::time::Timestamp;

/// Seconds between the last moment that was believed and now, past which the clock is taken to have jumped.
const JUMP: i64 = 2 * 86_400;
/// Seconds that a clock which jumped has to go on from there until it is believed: a day, in which it would have been put right.
const DOUBT: i64 = 86_400;

/// The last moment that was believed, and since when the clock is doubted. It is kept in the database: a restart must not make a
/// wrong clock believed, and rows that a wrong clock wrote must not vouch for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockRecord {
    /// The last moment that was believed.
    pub believed_at: Timestamp,
    /// The moment, by the clock that jumped, when it was doubted first.
    pub doubted_at: Option<Timestamp>,
}

impl ClockRecord {
    /// The record of a clock that is believed.
    #[must_use]
    pub fn believing(now: Timestamp) -> Self {
        Self { believed_at: now, doubted_at: None }
    }

    /// The record after a look at the clock. A clock is believed near the last moment that was believed, or once it has gone on for
    /// a day since it was doubted first; a second jump within that day begins the day anew.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        let near = now.0.abs_diff(self.believed_at.0) <= JUMP.unsigned_abs();
        let doubted_at = self.doubted_at.filter(|since| (0..=DOUBT + JUMP).contains(&now.0.saturating_sub(since.0)));
        if near || doubted_at.is_some_and(|since| now >= since.plus(DOUBT)) {
            return Self::believing(now);
        }
        Self { believed_at: self.believed_at, doubted_at: doubted_at.or(Some(now)) }
    }

    /// Whether the clock was believed at the last look.
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
        for (seconds, believed) in [(0, true), (JUMP, true), (JUMP + 1, false), (-JUMP, true), (-JUMP - 1, false)] {
            let now = RIGHT.plus(seconds);
            let record = ClockRecord::believing(RIGHT).at(now);
            assert_eq!(record.is_believed(), believed, "{seconds}");
            assert_eq!(record.believed_at, if believed { now } else { RIGHT }, "{seconds}");
        }
    }

    #[test]
    fn a_clock_that_jumped_is_believed_once_a_day_of_it_has_passed() {
        for jump in [-400 * 86_400, JUMP + 1, 400 * 86_400] {
            let since = RIGHT.plus(jump);
            let doubted = ClockRecord::believing(RIGHT).at(since);
            let in_time = doubted.at(since.plus(DOUBT - 1));
            assert_eq!(in_time, ClockRecord { believed_at: RIGHT, doubted_at: Some(since) });
            assert_eq!(in_time.at(since.plus(DOUBT)), ClockRecord::believing(since.plus(DOUBT)));
        }
    }

    #[test]
    fn a_clock_that_is_put_right_is_believed_at_once() {
        let doubted = ClockRecord::believing(RIGHT).at(RIGHT.plus(400 * 86_400));
        assert_eq!(doubted.at(RIGHT.plus(600)), ClockRecord::believing(RIGHT.plus(600)));
    }

    #[test]
    fn a_second_jump_begins_the_day_anew() {
        let since = RIGHT.plus(400 * 86_400);
        let doubted = ClockRecord::believing(RIGHT).at(since);
        for seconds in [-1, DOUBT + JUMP + 1] {
            let again = since.plus(seconds);
            assert_eq!(doubted.at(again), ClockRecord { believed_at: RIGHT, doubted_at: Some(again) }, "{seconds}");
        }
        assert!(doubted.at(since.plus(DOUBT + JUMP)).is_believed());
    }
}
