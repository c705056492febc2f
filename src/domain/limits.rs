//! The limits on SMS and on attempts at a code: they protect the accounts and the operator's bill.
//!
//! All of them use counters over sliding windows ([`counter_windows`]), which are spent, reserved
//! and refunded. [`send`] decides on a request for an SMS, [`attempts`] allots the attempts of a
//! new challenge, and [`budget`] limits what SMS may cost. `docs/limits.md` says where each figure
//! comes from.

pub mod attempts;
pub mod budget;
pub mod counter_key;
pub mod counter_windows;
pub mod send;
pub mod send_counters;
mod send_limits;

use budget::Budget;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// Window of an attempt budget, in seconds: a day, and the longest lifetime of a code on top, for
/// the last of its attempts.
pub const ATTEMPT_WINDOW: i64 = DAY + 660;

/// The configured limits. Each field has the name of its setting, or nearly so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// SMS to a number, or for an account's known devices, in an hour without proof of work.
    pub number_sends_per_hour: i64,
    /// SMS to a number in a day without proof of work.
    pub number_sends_per_day: i64,
    /// SMS to a number in a day with proof of work; past it one an hour.
    pub number_sends_per_day_with_proof: i64,
    /// SMS for a client address (IPv4, or an IPv6 /64) in an hour without proof of work.
    pub address_sends_per_hour: i64,
    /// SMS for a client address in an hour with proof of work; twice the verified ones of that
    /// hour, if that is more.
    pub address_sends_per_hour_with_proof: i64,
    /// Factor by which a subnet (/24, /48) has more than one of its addresses.
    pub subnet_factor: i64,
    /// Unverified SMS to a prefix in a day without proof of work.
    pub prefix_unverified_per_day: Allowance,
    /// Unverified SMS to a prefix in a day with proof of work; past it one an hour.
    pub prefix_unverified_per_day_with_proof: Allowance,
    /// Unverified SMS to a country in an hour without proof of work.
    pub country_unverified_per_hour: Allowance,
    /// The SMS budget.
    pub budget: Budget,
    /// Failed attempts at a number, or from an account's known devices, in a day at codes of the
    /// usual length.
    pub number_attempts_per_day: i64,
    /// Upper bound on the odds of guessing a code of one attempt budget in a day, as one in this
    /// number.
    pub takeover_odds: i64,
    /// Failed attempts of everybody in an hour past which unknown devices get longer codes and a
    /// puzzle.
    pub failed_attempts_per_hour: i64,
    /// Zero bits of an ordinary puzzle.
    pub puzzle_bits: u8,
    /// Zero bits of a puzzle once only the hourly allowance is left.
    pub puzzle_bits_top: u8,
}

/// Number of SMS that may be unverified: a minimum, or a share of the verified ones, if that is
/// more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// SMS that may always be unverified.
    pub minimum: i64,
    /// Per cent of the verified SMS.
    pub share: i64,
}

impl Allowance {
    /// The allowance beside this number of verified SMS.
    #[must_use]
    pub fn for_verified(self, verified: i64) -> i64 {
        self.minimum.max(percent_of(verified, self.share))
    }
}

/// A percentage of an amount, rounded down.
fn percent_of(amount: i64, per_cent: i64) -> i64 {
    amount.saturating_mul(per_cent) / 100
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The default shares of a daily budget of 10,000.
    pub(crate) const BUDGET: Budget = Budget {
        day: 10_000,
        hour_share: 25,
        known_share: 20,
        unverified_share: 20,
        country_share: 10,
        prefix_share: 10,
        pending_share: 60,
        account_share: 1,
    };

    /// The default limits, except for the budget.
    pub(crate) fn limits() -> Limits {
        Limits {
            number_sends_per_hour: 5,
            number_sends_per_day: 10,
            number_sends_per_day_with_proof: 20,
            address_sends_per_hour: 10,
            address_sends_per_hour_with_proof: 30,
            subnet_factor: 4,
            prefix_unverified_per_day: Allowance { minimum: 20, share: 30 },
            prefix_unverified_per_day_with_proof: Allowance { minimum: 60, share: 60 },
            country_unverified_per_hour: Allowance { minimum: 30, share: 30 },
            budget: BUDGET,
            number_attempts_per_day: 7,
            takeover_odds: 100_000,
            failed_attempts_per_hour: 200,
            puzzle_bits: 18,
            puzzle_bits_top: 22,
        }
    }
}
