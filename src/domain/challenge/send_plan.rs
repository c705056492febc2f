//! The plan for a request for an SMS: resend the same code, create a new challenge, or refuse the
//! request during a cooldown.

use super::Challenge;
use crate::domain::phone::PhoneNumber;
use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;

/// The number of texts after which a provider calls, if it can. Our own choice: a text that did not
/// come twice seldom comes a third time.
pub const TEXTS_BEFORE_CALL: i64 = 2;

/// The default cooldowns in seconds, after the first, second, third and every further SMS.
/// `docs/limits.md` compares them with NIST's.
pub const RESEND_COOLDOWNS: [i64; 4] = [30, 60, 120, 300];
/// The minimum remaining lifetime of a code that is sent again, in seconds, because an SMS needs
/// time to arrive and to be read. With less time left, a new challenge is created.
const MIN_REMAINING: i64 = 90;

/// The plan for a request for an SMS that no cooldown refuses.
#[derive(Debug, PartialEq, Eq)]
pub enum SendPlan {
    /// Send the same code of the same challenge again.
    Resend,
    /// Create a new challenge for this number.
    NewChallenge {
        /// The number of SMS that the cooldowns have counted; with 0 they start over.
        cooldown_step: i64,
    },
}

/// Plans the response to a request for an SMS. `current` is the browser's challenge. `requested` is
/// the number that the person entered; `None` for a resend.
///
/// # Errors
/// `malformed` if there is neither a number nor a challenge; `challenge_over` if the challenge of a
/// resend was used or replaced; `too_soon` during a cooldown.
pub fn plan_send(
    current: Option<&Challenge>,
    requested: Option<&PhoneNumber>,
    cooldowns: &[i64],
    now: Timestamp,
) -> Result<SendPlan, Problem> {
    let Some(current) = current else {
        return requested
            .map(|_| SendPlan::NewChallenge { cooldown_step: 0 })
            .ok_or(Problem::Malformed);
    };
    if let Some(again_at) =
        current.replaced_at.map(|at| at.plus(cooldown_after(cooldowns, 1))).filter(|at| now < *at)
    {
        // This is a late copy of the request that replaced the challenge. The SMS of that request,
        // and perhaps its response, are on their way.
        return Err(Problem::TooSoon { retry_after: again_at.seconds_since(now) });
    }
    match requested {
        Some(phone) if *phone != current.phone || current.consumed_at.is_some() => {
            return Ok(SendPlan::NewChallenge { cooldown_step: 0 });
        }
        None if current.is_consumed_or_replaced() => return Err(Problem::ChallengeOver),
        _ => {}
    }
    if now < current.resend_at {
        return Err(Problem::TooSoon { retry_after: current.resend_at.seconds_since(now) });
    }
    let enough_left = current.expires_at.seconds_since(now) >= MIN_REMAINING;
    if current.is_open(now) && current.verified_at.is_none() && enough_left {
        Ok(SendPlan::Resend)
    } else {
        Ok(SendPlan::NewChallenge { cooldown_step: current.cooldown_step })
    }
}

/// Returns the cooldown after SMS number `cooldown_step` (1 is the first), in seconds.
#[must_use]
pub fn cooldown_after(cooldowns: &[i64], cooldown_step: i64) -> i64 {
    let index = usize::try_from(cooldown_step.saturating_sub(1))
        .unwrap_or(0)
        .min(cooldowns.len().saturating_sub(1));
    cooldowns.get(index).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW, pending, phone, verified};
    use super::*;

    #[test]
    fn a_resend_is_allowed_when_its_cooldown_ends_and_not_before() {
        assert_eq!(
            plan_send(Some(&pending()), None, &RESEND_COOLDOWNS, NOW.plus(29)),
            Err(Problem::TooSoon { retry_after: 1 })
        );
        assert_eq!(
            plan_send(Some(&pending()), None, &RESEND_COOLDOWNS, NOW.plus(30)),
            Ok(SendPlan::Resend)
        );
        assert_eq!(
            plan_send(Some(&pending()), Some(&phone(0)), &RESEND_COOLDOWNS, NOW.plus(30)),
            Ok(SendPlan::Resend)
        );
        assert_eq!(
            [0, 1, 2, 3, 4, 5, 99].map(|step| cooldown_after(&RESEND_COOLDOWNS, step)),
            [30, 30, 60, 120, 300, 300, 300]
        );
    }

    #[test]
    fn with_less_than_ninety_seconds_left_a_new_challenge_continues_the_cooldowns() {
        let new_challenge = Ok(SendPlan::NewChallenge { cooldown_step: 1 });
        assert_eq!(
            plan_send(Some(&pending()), None, &RESEND_COOLDOWNS, NOW.plus(210)),
            Ok(SendPlan::Resend)
        );
        assert_eq!(
            plan_send(Some(&pending()), None, &RESEND_COOLDOWNS, NOW.plus(211)),
            new_challenge
        );
        assert_eq!(
            plan_send(
                Some(&Challenge { attempts: 5, ..pending() }),
                None,
                &RESEND_COOLDOWNS,
                NOW.plus(30)
            ),
            new_challenge,
            "attempts used up"
        );
        assert_eq!(
            plan_send(Some(&verified()), None, &RESEND_COOLDOWNS, NOW.plus(30)),
            new_challenge
        );
        assert_eq!(
            plan_send(Some(&pending()), None, &RESEND_COOLDOWNS, NOW.plus(9_999)),
            new_challenge,
            "expired"
        );
    }

    #[test]
    fn a_replaced_challenge_sends_nothing_during_the_first_cooldown() {
        let replaced = Challenge { replaced_at: Some(NOW), ..pending() };
        for requested in [None, Some(&phone(0)), Some(&phone(1))] {
            let planned = plan_send(Some(&replaced), requested, &RESEND_COOLDOWNS, NOW.plus(29));
            assert_eq!(planned, Err(Problem::TooSoon { retry_after: 1 }));
        }
        let later = plan_send(Some(&replaced), Some(&phone(1)), &RESEND_COOLDOWNS, NOW.plus(30));
        assert_eq!(later, Ok(SendPlan::NewChallenge { cooldown_step: 0 }));
    }

    #[test]
    fn another_number_or_a_used_code_starts_the_cooldowns_over() {
        let used = Challenge { consumed_at: Some(NOW), ..pending() };
        assert_eq!(
            plan_send(Some(&pending()), Some(&phone(1)), &RESEND_COOLDOWNS, NOW),
            Ok(SendPlan::NewChallenge { cooldown_step: 0 })
        );
        assert_eq!(
            plan_send(Some(&used), Some(&phone(0)), &RESEND_COOLDOWNS, NOW),
            Ok(SendPlan::NewChallenge { cooldown_step: 0 })
        );
        assert_eq!(
            plan_send(Some(&used), None, &RESEND_COOLDOWNS, NOW),
            Err(Problem::ChallengeOver)
        );
        assert_eq!(plan_send(None, None, &RESEND_COOLDOWNS, NOW), Err(Problem::Malformed));
        assert_eq!(
            plan_send(None, Some(&phone(1)), &RESEND_COOLDOWNS, NOW),
            Ok(SendPlan::NewChallenge { cooldown_step: 0 })
        );
    }
}
