//! What a text and a guess may cost: the rules that keep strangers out of accounts and off the operator's bill.
//!
//! One mechanism carries all of them: counters in sliding windows ([`ledger`]), which are spent, reserved and given back.
//! [`send`] judges a request for a text by them, [`guess`] says how many guesses a new challenge may have, and [`money`] what
//! a text may cost. `docs/limits.md` says where each figure comes from.

pub mod guess;
pub mod key;
pub mod ledger;
pub mod money;
pub mod send;

use money::Budget;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

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
