//! How many guesses a new challenge may have, and at how many digits.
//!
//! A guess is weighed by its odds, in units of one in 10^8: at six digits a hundred, at eight digits one. A lane (a number,
//! or an account's known devices) may be guessed at for so many units in any 24 hours, whatever is re-sent and however many
//! challenges there are. A challenge reserves its guesses when it is made and gives back those that were not wrong.

use super::key::Key;
use super::ledger::{Entry, Ledger};
use super::{GUESS_WINDOW, HOUR, Limits};
use crate::domain::time::Timestamp;

/// Digits once a lane's ordinary guesses are spent.
const LONGER: u8 = 8;
/// Units in a certainty.
const CERTAIN: i64 = 100_000_000;
/// Trickles that fit into a window of a day, its slots counted whole.
const TRICKLES: i64 = 25;

/// The guesses of a new challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guesses {
    /// How many.
    pub count: i64,
    /// Digits of its code.
    pub code_length: u8,
    /// What else it takes to get them.
    pub price: Price,
}

/// What a challenge's guesses take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Price {
    /// Nothing.
    Free,
    /// Proof of work, since everybody together guesses wrong too often.
    Storm,
    /// Proof of work, since the lane's ordinary guesses are spent.
    Proof,
    /// The lane's one an hour, and proof of work.
    Trickle,
}

impl Guesses {
    /// What they are worth in their lane.
    #[must_use]
    pub fn units(&self) -> i64 {
        worth(self.count, self.code_length)
    }
}

/// The units of so many guesses at a code of this length; a shorter one than this product has would be worth the more.
#[must_use]
pub fn worth(count: i64, code_length: u8) -> i64 {
    count.saturating_mul((CERTAIN / 10_i64.saturating_pow(u32::from(code_length))).max(1))
}

/// Decides the guesses of a new challenge: `each` of them at `code_length` digits as long as the lane bears it.
/// `None` when the lane bears none at all, which only settings that contradict each other bring about.
#[must_use]
pub fn plan(ledger: &Ledger, lane: &Key, unknown: bool, code: (i64, u8), limits: &Limits, now: Timestamp) -> Option<Guesses> {
    let (each, usual) = code;
    let used = ledger.total(lane, GUESS_WINDOW, now);
    let storm = unknown && ledger.total(&Key::wrong(), HOUR, now) >= limits.wrong_hour;
    let left = (worth(limits.guesses_day, usual) - used) / worth(1, usual);
    if left > 0 && !storm {
        return Some(Guesses { count: left.min(each), code_length: usual, price: Price::Free });
    }
    let code_length = usual.max(LONGER);
    let all = CERTAIN / limits.odds;
    let set_aside = TRICKLES * worth(each, code_length);
    let proof = if left > 0 { Price::Storm } else { Price::Proof };
    [(all - set_aside, proof), (all, Price::Trickle)].into_iter().find_map(|(bound, price)| {
        let count = ((bound - used) / worth(1, code_length)).min(each);
        (count > 0).then_some(Guesses { count, code_length, price })
    })
}

/// What gives back a challenge's unused guesses: `unused` of them, reserved when it was made.
#[must_use]
pub fn give_back(lane: &Key, unused: i64, code_length: u8, made_at: Timestamp) -> Entry {
    Entry::new(lane.clone(), made_at, -worth(unused.max(0), code_length))
}

/// Whether these figures leave the trickle what it needs; the settings are checked with it.
#[must_use]
pub fn fits(limits: &Limits, each: i64, usual: u8) -> bool {
    let set_aside = TRICKLES * worth(each, usual.max(LONGER));
    worth(limits.guesses_day, usual) + set_aside <= CERTAIN / limits.odds
}

#[cfg(test)]
mod tests {
    use super::super::key::Family;
    use super::*;
    use crate::domain::limits::tests::limits;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn planned(used: i64, wrong: i64, unknown: bool) -> Option<Guesses> {
        let lane = Key::new(Family::GuessedNumber, "+1");
        let ledger = Ledger::holding(&[Entry::new(lane.clone(), NOW, used), Entry::new(Key::wrong(), NOW, wrong)]);
        plan(&ledger, &lane, unknown, (5, 6), &limits(), NOW)
    }

    fn guesses(count: i64, code_length: u8, price: Price) -> Guesses {
        Guesses { count, code_length, price }
    }

    #[test]
    fn a_lane_has_seven_at_six_digits_then_eight_digits_then_a_trickle_and_never_more_than_its_odds() {
        for (used, expected) in [
            (0, Some(guesses(5, 6, Price::Free))),
            (500, Some(guesses(2, 6, Price::Free))),
            (600, Some(guesses(1, 6, Price::Free))),
            (601, Some(guesses(5, 8, Price::Proof))),
            (870, Some(guesses(5, 8, Price::Proof))),
            (874, Some(guesses(1, 8, Price::Proof))),
            (875, Some(guesses(5, 8, Price::Trickle))),
            (999, Some(guesses(1, 8, Price::Trickle))),
            (1_000, None),
        ] {
            assert_eq!(planned(used, 0, true), expected, "{used}");
        }
    }

    #[test]
    fn two_hundred_wrong_guesses_an_hour_mean_longer_codes_for_unknown_devices_alone() {
        assert_eq!(planned(0, 199, true), Some(guesses(5, 6, Price::Free)));
        assert_eq!(planned(0, 200, true), Some(guesses(5, 8, Price::Storm)));
        assert_eq!(planned(700, 200, true), Some(guesses(5, 8, Price::Proof)));
        assert_eq!(planned(0, 200, false), Some(guesses(5, 6, Price::Free)));
    }

    #[test]
    fn figures_that_leave_the_trickle_nothing_do_not_fit() {
        assert!(fits(&limits(), 5, 6));
        assert!(!fits(&Limits { guesses_day: 9, ..limits() }, 5, 6));
        assert!(fits(&limits(), 12, 6) && !fits(&limits(), 13, 6), "25 trickles of 12 are 300");
    }
}
