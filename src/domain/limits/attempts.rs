//! The attempts of a new challenge, and the length of its code.
//!
//! An attempt is measured by the odds that it is right. One unit is one in 10^8: an attempt at six
//! digits has 100 units, and an attempt at eight digits has 1. An *attempt budget* belongs to a
//! number, or to an account's known devices. It bounds the units of any 24 hours, for all
//! challenges and resends together. A challenge reserves its attempts when it is created. The
//! attempts that did not fail are refunded.

use super::counter_key::CounterKey;
use super::counter_windows::{CounterDelta, CounterWindows};
use super::{ATTEMPT_WINDOW, HOUR, Limits};
use crate::domain::time::Timestamp;

/// The digits of a code when the ordinary attempts of a budget are used up, or when too many
/// attempts across all numbers failed. One attempt is then one unit.
const LONG_CODE_LENGTH: u8 = 8;
/// The number of units in a probability of one.
const UNITS_OF_CERTAINTY: i64 = 100_000_000;
/// The most hourly allowances that [`ATTEMPT_WINDOW`] can contain. It is one more than the hours of
/// a day, because a bucket that is partly in the window counts whole.
const HOURLY_ALLOWANCES_PER_WINDOW: i64 = 25;

/// The attempts of a new challenge, with the length of its code and the condition for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptAllowance {
    /// The number of attempts that the challenge may use.
    pub count: i64,
    /// The number of digits of the code.
    pub code_length: u8,
    /// The condition under which the challenge gets these attempts.
    pub requirement: Requirement,
}

/// The condition under which a challenge gets its attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// The attempts have no condition.
    None,
    /// Proof of work, because too many attempts across all numbers failed: an attack is under way.
    ProofUnderAttack,
    /// Proof of work, because the ordinary attempts of the budget are used up.
    Proof,
    /// Proof of work and the hourly allowance of the budget.
    ProofAndHourly,
}

impl AttemptAllowance {
    /// Returns the units that these attempts reserve from their attempt budget.
    #[must_use]
    pub fn units(&self) -> i64 {
        odds_units(self.count, self.code_length)
    }
}

/// Returns the units of `count` attempts at a code of `code_length` digits.
#[must_use]
pub fn odds_units(count: i64, code_length: u8) -> i64 {
    count
        .saturating_mul((UNITS_OF_CERTAINTY / 10_i64.saturating_pow(u32::from(code_length))).max(1))
}

/// The settings for the usual code of a new challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodePolicy {
    /// The maximum number of attempts at a challenge.
    pub max_attempts: i64,
    /// The number of digits, 6 to 8.
    pub code_length: u8,
}

/// Allots the attempts of a new challenge. The challenge gets the usual code, `policy`, as long as
/// the attempt budget allows it. Returns `None` if the budget has no attempt left, not even for the
/// hourly allowance.
#[must_use]
pub fn allot_attempts(
    windows: &CounterWindows,
    attempt_budget: &CounterKey,
    unknown_device: bool,
    policy: CodePolicy,
    limits: &Limits,
    now: Timestamp,
) -> Option<AttemptAllowance> {
    let CodePolicy { max_attempts, code_length: usual_length } = policy;
    let used = windows.total(attempt_budget, ATTEMPT_WINDOW, now);
    let under_attack = unknown_device
        && windows.total(&CounterKey::failed_attempts(), HOUR, now)
            >= limits.failed_attempts_per_hour;
    let left = (odds_units(limits.number_attempts_per_day, usual_length) - used)
        / odds_units(1, usual_length);
    if left > 0 && !under_attack {
        return Some(AttemptAllowance {
            count: left.min(max_attempts),
            code_length: usual_length,
            requirement: Requirement::None,
        });
    }
    let code_length = usual_length.max(LONG_CODE_LENGTH);
    let limit = UNITS_OF_CERTAINTY / limits.takeover_odds;
    let hourly_reserve = HOURLY_ALLOWANCES_PER_WINDOW * odds_units(max_attempts, code_length);
    let proof = if left > 0 { Requirement::ProofUnderAttack } else { Requirement::Proof };
    [(limit - hourly_reserve, proof), (limit, Requirement::ProofAndHourly)].into_iter().find_map(
        |(limit, requirement)| {
            let count = ((limit - used) / odds_units(1, code_length)).min(max_attempts);
            (count > 0).then_some(AttemptAllowance { count, code_length, requirement })
        },
    )
}

/// Returns the refund of a challenge's `unused` attempts, in the bucket in which they were
/// reserved.
#[must_use]
pub fn refund(
    attempt_budget: &CounterKey,
    unused: i64,
    code_length: u8,
    created_at: Timestamp,
) -> CounterDelta {
    CounterDelta::new(attempt_budget.clone(), created_at, -odds_units(unused.max(0), code_length))
}

/// Returns `true` if an attempt budget with these limits has room for the hourly allowances of a
/// day. The server refuses to start with other settings.
#[must_use]
pub fn leaves_hourly_allowance(limits: &Limits, max_attempts: i64, usual_length: u8) -> bool {
    let hourly_reserve =
        HOURLY_ALLOWANCES_PER_WINDOW * odds_units(max_attempts, usual_length.max(LONG_CODE_LENGTH));
    odds_units(limits.number_attempts_per_day, usual_length) + hourly_reserve
        <= UNITS_OF_CERTAINTY / limits.takeover_odds
}

#[cfg(test)]
mod tests {
    use super::super::counter_key::CounterKind;
    use super::*;
    use crate::domain::limits::tests::limits;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn allotted(used: i64, failed: i64, unknown_device: bool) -> Option<AttemptAllowance> {
        let attempt_budget = CounterKey::new(CounterKind::AttemptsNumber, "+1");
        let windows = CounterWindows::from_deltas(&[
            CounterDelta::new(attempt_budget.clone(), NOW, used),
            CounterDelta::new(CounterKey::failed_attempts(), NOW, failed),
        ]);
        allot_attempts(
            &windows,
            &attempt_budget,
            unknown_device,
            CodePolicy { max_attempts: 5, code_length: 6 },
            &limits(),
            NOW,
        )
    }

    fn allowance(count: i64, code_length: u8, requirement: Requirement) -> AttemptAllowance {
        AttemptAllowance { count, code_length, requirement }
    }

    #[test]
    fn a_budget_allots_seven_at_six_digits_then_eight_then_one_challenge_an_hour() {
        for (used, expected) in [
            (0, Some(allowance(5, 6, Requirement::None))),
            (500, Some(allowance(2, 6, Requirement::None))),
            (600, Some(allowance(1, 6, Requirement::None))),
            (601, Some(allowance(5, 8, Requirement::Proof))),
            (870, Some(allowance(5, 8, Requirement::Proof))),
            (874, Some(allowance(1, 8, Requirement::Proof))),
            (875, Some(allowance(5, 8, Requirement::ProofAndHourly))),
            (999, Some(allowance(1, 8, Requirement::ProofAndHourly))),
            (1_000, None),
        ] {
            assert_eq!(allotted(used, 0, true), expected, "{used}");
        }
    }

    #[test]
    fn after_two_hundred_failed_attempts_an_hour_only_unknown_devices_get_longer_codes() {
        assert_eq!(allotted(0, 199, true), Some(allowance(5, 6, Requirement::None)));
        assert_eq!(allotted(0, 200, true), Some(allowance(5, 8, Requirement::ProofUnderAttack)));
        assert_eq!(allotted(700, 200, true), Some(allowance(5, 8, Requirement::Proof)));
        assert_eq!(allotted(0, 200, false), Some(allowance(5, 6, Requirement::None)));
    }

    #[test]
    fn limits_that_leave_no_hourly_allowance_are_rejected() {
        assert!(leaves_hourly_allowance(&limits(), 5, 6));
        assert!(!leaves_hourly_allowance(&Limits { number_attempts_per_day: 9, ..limits() }, 5, 6));
        assert!(
            leaves_hourly_allowance(&limits(), 12, 6) && !leaves_hourly_allowance(&limits(), 13, 6),
            "25 allowances of 12 attempts are 300 units"
        );
    }
}
