//! What a text and a guess may cost: the rules that keep strangers out of accounts and off the operator's bill.
//!
//! One mechanism carries all of them: counters in sliding windows ([`ledger`]), which are spent, reserved and given back.
//! [`send`] judges a request for a text by them, [`guess`] says how many guesses a new challenge may have, and [`money`] what
//! a text may cost. `docs/limits.md` says where each figure comes from.

pub mod counters;
pub mod guess;
pub mod key;
pub mod ledger;
pub mod money;
pub mod send;

use money::Budget;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// Seconds in which a lane's reservations count: a day, and as long as a code may live, for the last of its guesses.
pub const GUESS_WINDOW: i64 = DAY + 660;

/// Every figure, as the settings have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Texts to a number, or from an account's known devices, in an hour without proof of work.
    pub number_hour: i64,
    /// The same in a day.
    pub number_day: i64,
    /// The same in a day with proof of work; past it one an hour.
    pub number_day_with_proof: i64,
    /// Texts for a source (an IPv4 address, an IPv6 /64) in an hour without proof of work.
    pub source_hour: i64,
    /// The same with proof of work, or twice what it verified in that hour, if that is more.
    pub source_hour_with_proof: i64,
    /// How many times a source's limits its block (/24, /48) has.
    pub block_factor: i64,
    /// Unverified texts to a prefix in a day without proof of work.
    pub prefix: Allowance,
    /// The same with proof of work; past it one an hour.
    pub prefix_with_proof: Allowance,
    /// Unverified texts to a country in an hour without proof of work.
    pub country: Allowance,
    /// What texts may cost.
    pub budget: Budget,
    /// Wrong guesses at a number, or from an account's known devices, in a day at codes of the usual length.
    pub guesses_day: i64,
    /// One in so many: the odds of a right guess in a day that no lane may pass.
    pub odds: i64,
    /// Wrong guesses of everybody in an hour past which unknown devices get longer codes and a puzzle.
    pub wrong_hour: i64,
    /// Zero bits of an ordinary puzzle.
    pub puzzle_bits: u8,
    /// Zero bits of a puzzle where only a trickle is left.
    pub puzzle_bits_top: u8,
}

/// What may be unverified: so many, or a share of what was verified, if that is more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Texts.
    pub least: i64,
    /// Per cent of the verified ones.
    pub share: i64,
}

impl Allowance {
    /// The figure for so many verified ones.
    #[must_use]
    pub fn of(self, verified: i64) -> i64 {
        self.least.max(share_of(verified, self.share))
    }
}

/// So many per cent of an amount, rounded down.
fn share_of(amount: i64, per_cent: i64) -> i64 {
    amount.saturating_mul(per_cent) / 100
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The shares as they are by default, of a purse of 10,000.
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

    /// The figures as they are by default, but for the purse.
    pub(crate) fn limits() -> Limits {
        Limits {
            number_hour: 5,
            number_day: 10,
            number_day_with_proof: 20,
            source_hour: 10,
            source_hour_with_proof: 30,
            block_factor: 4,
            prefix: Allowance { least: 20, share: 30 },
            prefix_with_proof: Allowance { least: 60, share: 60 },
            country: Allowance { least: 30, share: 30 },
            budget: BUDGET,
            guesses_day: 7,
            odds: 100_000,
            wrong_hour: 200,
            puzzle_bits: 18,
            puzzle_bits_top: 22,
        }
    }
}
