//! The limits on SMS and on attempts at a code. They protect the accounts and the operator's bill.
//!
//! All limits use counters over sliding windows ([`counter_windows`]). An SMS is added to its
//! counters. A new challenge reserves attempts, and a refund lowers a counter again. [`send`]
//! decides on a request for an SMS, [`attempts`] allots the attempts of a new challenge, and
//! [`budget`] limits the cost of SMS. `docs/limits.md` has the source of each figure.

pub mod attempts;
pub mod budget;
pub mod budget_period;
pub mod counter_key;
pub mod counter_windows;
pub mod guards;
pub mod send;
pub mod send_counters;
mod send_limits;
pub mod stripes;

use budget::Budget;

pub(crate) const HOUR: i64 = 3_600;
/// The seconds of a day.
pub const DAY: i64 = 24 * HOUR;
/// The window of an attempt budget, in seconds: a day, the longest lifetime of a code (600 s) and a
/// minute. So the last attempt at a code still counts for a whole day.
pub const ATTEMPT_WINDOW: i64 = DAY + 660;

/// The configured limits. `server/config/limits.rs` reads each field from its setting, and
/// `docs/configuration.md` has the defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The maximum SMS to a phone number, or for an account's known devices, in an hour without
    /// proof of work.
    pub number_sends_per_hour: i64,
    /// The maximum SMS to a number, or for those devices, in a day without proof of work.
    pub number_sends_per_day: i64,
    /// The maximum SMS to a number, or for those devices, in a day with proof of work. Past it
    /// there is one an hour.
    pub number_sends_per_day_with_proof: i64,
    /// The maximum SMS that a client address (IPv4 address or IPv6 /64) may request in an hour
    /// without proof of work.
    pub address_sends_per_hour: i64,
    /// The maximum SMS that a client address may request in an hour with proof of work. It is twice
    /// the verified SMS of that hour, if that is more.
    pub address_sends_per_hour_with_proof: i64,
    /// The factor between the limits of a subnet (/24 or /48) and those of one client address.
    pub subnet_factor: i64,
    /// The maximum unverified SMS to a prefix in a day without proof of work.
    pub prefix_unverified_per_day: Allowance,
    /// The maximum unverified SMS to a prefix in a day with proof of work, then one an hour.
    pub prefix_unverified_per_day_with_proof: Allowance,
    /// The maximum unverified SMS to a country in an hour without proof of work.
    pub country_unverified_per_hour: Allowance,
    /// The limits on the cost of SMS.
    pub budget: Budget,
    /// The maximum failed attempts at a number, or from an account's known devices, in a day at
    /// codes of the usual length.
    pub number_attempts_per_day: i64,
    /// The maximum wrong recovery codes for a number from one subnet in a day.
    pub recovery_attempts_per_day: i64,
    /// The upper bound on the odds of guessing a code of one attempt budget in a day: one in this
    /// number.
    pub takeover_odds: i64,
    /// The failed attempts across all numbers in an hour. Once there are as many, unknown devices
    /// get longer codes and need proof of work.
    pub failed_attempts_per_hour: i64,
    /// The zero bits of an ordinary puzzle.
    pub puzzle_bits: u8,
    /// The zero bits of a puzzle when only the hourly allowance is left.
    pub puzzle_bits_top: u8,
}

/// The number of SMS that may be unverified: a minimum, or a share of the verified SMS, if that is
/// more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// The number of SMS that may always be unverified.
    pub minimum: i64,
    /// The share, in per cent of the verified SMS.
    pub share: i64,
}

impl Allowance {
    /// Returns how many SMS may be unverified when `verified` SMS are verified.
    #[must_use]
    pub fn for_verified(self, verified: i64) -> i64 {
        self.minimum.max(percent_of(verified, self.share))
    }
}

/// Returns a percentage of an amount, rounded down.
pub(crate) fn percent_of(amount: i64, per_cent: i64) -> i64 {
    amount.saturating_mul(per_cent) / 100
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The default shares, with a budget of 10,000 micro-units for a day.
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
            recovery_attempts_per_day: 10,
            takeover_odds: 100_000,
            failed_attempts_per_hour: 200,
            puzzle_bits: 18,
            puzzle_bits_top: 22,
        }
    }
}
