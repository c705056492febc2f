//! What a request for a text comes to: the same code again, a new challenge, or a wait.

use super::Challenge;
use crate::domain::phone::PhoneNumber;
use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;

/// Seconds to wait after the first, second, third and every further text, unless a setting says otherwise.
pub const RESEND_COOLDOWNS: [i64; 4] = [30, 60, 120, 300];
/// A re-send with less than this many seconds left makes a new challenge: a text takes a while to arrive and be read.
const LEAST_LEFT: i64 = 90;

/// What a request for a text comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Plan {
    /// Send the same code of the same challenge again.
    Resend,
    /// Make a new challenge for this number; so many texts are on its ladder already.
    Fresh {
        /// Texts that the ladder remembers.
        sends: i64,
    },
}

/// Decides what a request for a text comes to. `requested` is the number that was typed, if one was.
///
/// # Errors
/// `malformed` without number and challenge; `challenge_over` for a re-send of a used one; `too_soon` on the ladder.
pub fn plan_send(
    current: Option<&Challenge>,
    requested: Option<&PhoneNumber>,
    ladder: &[i64],
    now: Timestamp,
) -> Result<Plan, Problem> {
    let Some(current) = current else {
        return requested.map(|_| Plan::Fresh { sends: 0 }).ok_or(Problem::Malformed);
    };
    if let Some(again_at) = current.replaced_at.map(|at| at.plus(wait_after(ladder, 1))).filter(|at| now < *at) {
        // A late copy of the request that took its place: that one's text is on the way, and its answer may be too.
        return Err(Problem::TooSoon { retry_after: again_at.seconds_since(now) });
    }
    match requested {
        Some(phone) if *phone != current.phone || current.consumed_at.is_some() => return Ok(Plan::Fresh { sends: 0 }),
        None if current.is_over() => return Err(Problem::ChallengeOver),
        _ => {}
    }
    if now < current.resend_at {
        return Err(Problem::TooSoon { retry_after: current.resend_at.seconds_since(now) });
    }
    let enough_left = current.expires_at.seconds_since(now) >= LEAST_LEFT;
    if current.is_open(now) && current.proven_at.is_none() && enough_left {
        Ok(Plan::Resend)
    } else {
        Ok(Plan::Fresh { sends: current.sends })
    }
}

/// Seconds to wait after the text that made the ladder `sends` long (1 for the first).
#[must_use]
pub fn wait_after(ladder: &[i64], sends: i64) -> i64 {
    let rung = usize::try_from(sends.saturating_sub(1)).unwrap_or(0).min(ladder.len().saturating_sub(1));
    ladder.get(rung).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW, pending, phone, proven};
    use super::*;

    #[test]
    fn the_ladder_lets_the_next_text_go_at_its_second_and_not_before() {
        assert_eq!(plan_send(Some(&pending()), None, &RESEND_COOLDOWNS, NOW.plus(29)), Err(Problem::TooSoon { retry_after: 1 }));
        assert_eq!(plan_send(Some(&pending()), None, &RESEND_COOLDOWNS, NOW.plus(30)), Ok(Plan::Resend));
        assert_eq!(plan_send(Some(&pending()), Some(&phone(0)), &RESEND_COOLDOWNS, NOW.plus(30)), Ok(Plan::Resend));
        assert_eq!([0, 1, 2, 3, 4, 5, 99].map(|sends| wait_after(&RESEND_COOLDOWNS, sends)), [30, 30, 60, 120, 300, 300, 300]);
    }

    #[test]
    fn with_less_than_ninety_seconds_left_a_new_challenge_carries_the_ladder_on() {
        let fresh = Ok(Plan::Fresh { sends: 1 });
        assert_eq!(plan_send(Some(&pending()), None, &RESEND_COOLDOWNS, NOW.plus(210)), Ok(Plan::Resend));
        assert_eq!(plan_send(Some(&pending()), None, &RESEND_COOLDOWNS, NOW.plus(211)), fresh);
        assert_eq!(
            plan_send(Some(&Challenge { attempts: 5, ..pending() }), None, &RESEND_COOLDOWNS, NOW.plus(30)),
            fresh,
            "guesses spent"
        );
        assert_eq!(plan_send(Some(&proven()), None, &RESEND_COOLDOWNS, NOW.plus(30)), fresh);
        assert_eq!(plan_send(Some(&pending()), None, &RESEND_COOLDOWNS, NOW.plus(9_999)), fresh, "expired");
    }

    #[test]
    fn a_challenge_whose_place_was_taken_sends_nothing_for_a_while() {
        let replaced = Challenge { replaced_at: Some(NOW), ..pending() };
        for requested in [None, Some(&phone(0)), Some(&phone(1))] {
            let planned = plan_send(Some(&replaced), requested, &RESEND_COOLDOWNS, NOW.plus(29));
            assert_eq!(planned, Err(Problem::TooSoon { retry_after: 1 }));
        }
        let later = plan_send(Some(&replaced), Some(&phone(1)), &RESEND_COOLDOWNS, NOW.plus(30));
        assert_eq!(later, Ok(Plan::Fresh { sends: 0 }));
    }

    #[test]
    fn another_number_or_a_used_code_starts_the_ladder_anew() {
        let used = Challenge { consumed_at: Some(NOW), ..pending() };
        assert_eq!(plan_send(Some(&pending()), Some(&phone(1)), &RESEND_COOLDOWNS, NOW), Ok(Plan::Fresh { sends: 0 }));
        assert_eq!(plan_send(Some(&used), Some(&phone(0)), &RESEND_COOLDOWNS, NOW), Ok(Plan::Fresh { sends: 0 }));
        assert_eq!(plan_send(Some(&used), None, &RESEND_COOLDOWNS, NOW), Err(Problem::ChallengeOver));
        assert_eq!(plan_send(None, None, &RESEND_COOLDOWNS, NOW), Err(Problem::Malformed));
        assert_eq!(plan_send(None, Some(&phone(1)), &RESEND_COOLDOWNS, NOW), Ok(Plan::Fresh { sends: 0 }));
    }
}
