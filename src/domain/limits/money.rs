//! What texts may cost. Amounts are micro-units (a millionth) of the operator's currency.
//!
//! The day's budget is sliced by the hour, so that no flood takes a day's money in one; the last share of both is for known
//! devices. Money for texts whose code nobody typed is bounded further: one country may take a part of it, all together
//! may take the unverified share, and one prefix may take a share of the day whether its codes are typed or not.

use super::key::Key;
use super::ledger::Ledger;
use super::{DAY, HOUR, share_of};
use crate::domain::time::Timestamp;

/// The operator's budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Micro-units in any 24 hours.
    pub day: i64,
    /// Per cent of the day's that one hour may take.
    pub hour_share: i64,
    /// Per cent that is kept for known devices.
    pub known_share: i64,
    /// Per cent that unverified texts of unknown devices may take together before countries without conversion wait.
    pub unverified_share: i64,
    /// Per cent that one country's unverified texts may take.
    pub country_share: i64,
    /// Per cent of the day's that one prefix may take.
    pub prefix_share: i64,
    /// Per cent of what was verified that may be unverified beside it.
    pub pending_share: i64,
    /// Per cent of the day's that the texts for one account's known devices may cost.
    pub account_share: i64,
}

/// What a text would do to the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It fits.
    Fits,
    /// Its prefix has had its share.
    PrefixSpent,
    /// Its country has had its share of unverified texts.
    CountrySpent,
    /// All countries together have had theirs.
    UnverifiedSpent,
    /// The account has had its share for its known devices.
    AccountSpent,
    /// There is no money for it; seconds until there is.
    Spent {
        /// Seconds.
        retry_after: i64,
    },
}

/// A text to be paid.
#[derive(Debug, Clone, Copy)]
pub struct Payment<'a> {
    /// Its price.
    pub price: i64,
    /// Counters of the texts to its prefix.
    pub prefix: &'a Key,
    /// Counters of its country's texts, all and verified.
    pub country: (&'a Key, &'a Key),
    /// The counter of the account's texts, if one of its known devices asks.
    pub account: Option<&'a Key>,
}

/// Judges a text by the budget.
#[must_use]
pub fn judge(ledger: &Ledger, payment: Payment<'_>, budget: &Budget, now: Timestamp) -> Standing {
    let price = payment.price;
    let (spent, verified) = (Key::spent(), Key::spent_verified());
    let kept = if payment.account.is_some() { 0 } else { budget.known_share };
    let windows = [(HOUR, share_of(budget.day, budget.hour_share)), (DAY, budget.day)];
    for (span, whole) in windows {
        let open = whole - share_of(whole, kept);
        if let Some(wait) = wait_for(ledger, &spent, span, open, price, now) {
            return Standing::Spent { retry_after: wait };
        }
    }
    if let Some(account) = payment.account {
        // Accounts that were grown to be known, each with a dear number of its own, must not empty the purse.
        let cost = ledger.total(account, DAY, now).saturating_mul(price);
        return if cost < share_of(budget.day, budget.account_share).max(1) { Standing::Fits } else { Standing::AccountSpent };
    }
    if ledger.total(payment.prefix, DAY, now).saturating_add(1).saturating_mul(price) > share_of(budget.day, budget.prefix_share)
    {
        return Standing::PrefixSpent;
    }
    for (span, whole) in windows {
        let sum = |key: &Key| ledger.total(key, span, now);
        let (country, converted) = (sum(payment.country.0).saturating_mul(price), sum(payment.country.1).saturating_mul(price));
        let pending = country - converted + price;
        if pending <= share_of(converted, budget.pending_share) {
            // Its codes are typed.
            continue;
        }
        let open = share_of(whole, budget.country_share);
        if pending > open {
            return Standing::CountrySpent;
        }
        let pending_all = sum(&spent) - sum(&verified) + price;
        let bound = share_of(whole, budget.unverified_share).max(share_of(sum(&verified), budget.pending_share));
        // Once strangers have had theirs, a country goes on only as far as it takes to see whether its codes are typed.
        if pending_all > bound && pending > (open / 10).max(price) {
            return Standing::UnverifiedSpent;
        }
    }
    Standing::Fits
}

fn wait_for(ledger: &Ledger, spent: &Key, span: i64, open: i64, price: i64, now: Timestamp) -> Option<i64> {
    (ledger.total(spent, span, now) + price > open).then(|| ledger.room_in(spent, span, open, price, now).unwrap_or(span))
}

/// Which warning line, in per cent of the day's budget, a text crosses.
#[must_use]
pub fn warning(ledger: &Ledger, price: i64, budget: &Budget, now: Timestamp) -> Option<i64> {
    let before = ledger.total(&Key::spent(), DAY, now);
    [80, 50].into_iter().find(|line| {
        let at = share_of(budget.day, *line);
        before < at && before + price >= at
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::limits::key::Family;
    use crate::domain::limits::ledger::Entry;
    use crate::domain::limits::tests::BUDGET;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    /// The standing of a text for 10, after so much was spent and verified, and so many texts went to its prefix and country.
    fn standing(spent: (i64, i64), prefix: i64, country: (i64, i64), known: bool) -> Standing {
        let key = |family, whose| Key::new(family, whose);
        let keys = [key(Family::SentPrefix, "91987"), key(Family::SentCountry, "IN"), key(Family::VerifiedCountry, "IN")];
        let account = Key::new(Family::SentAccount, "ada");
        let ledger = Ledger::holding(&[
            Entry::new(account.clone(), NOW, 0),
            Entry::new(Key::spent(), NOW, spent.0),
            Entry::new(Key::spent_verified(), NOW, spent.1),
            Entry::new(keys[0].clone(), NOW, prefix),
            Entry::new(keys[1].clone(), NOW, country.0),
            Entry::new(keys[2].clone(), NOW, country.1),
        ]);
        let account = known.then_some(&account);
        judge(&ledger, Payment { price: 10, prefix: &keys[0], country: (&keys[1], &keys[2]), account }, &BUDGET, NOW)
    }

    #[test]
    fn an_accounts_known_devices_have_a_hundredth_of_the_day_and_always_one_text() {
        let after = |texts, day| {
            let keys = [Family::SentAccount, Family::SentPrefix, Family::SentCountry, Family::VerifiedCountry];
            let keys = keys.map(|family| Key::new(family, "x"));
            let ledger = Ledger::holding(&[Entry::new(keys[0].clone(), NOW, texts), Entry::new(Key::spent(), NOW, 0)]);
            let payment = Payment { price: 10, prefix: &keys[1], country: (&keys[2], &keys[3]), account: Some(&keys[0]) };
            judge(&ledger, payment, &Budget { day, ..BUDGET }, NOW)
        };
        assert_eq!(after(9, 10_000), Standing::Fits);
        assert_eq!(after(10, 10_000), Standing::AccountSpent);
        assert_eq!(after(0, 50), Standing::Fits, "a small purse has one, too");
        assert_eq!(after(1, 50), Standing::AccountSpent);
    }

    #[test]
    fn an_hour_has_its_slice_and_known_devices_the_last_fifth_of_it() {
        // A quarter of 10,000 is 2,500, and 2,000 of it are for everybody.
        assert_eq!(standing((1_990, 1_990), 0, (0, 0), false), Standing::Fits);
        assert!(matches!(standing((1_991, 1_991), 0, (0, 0), false), Standing::Spent { .. }));
        assert_eq!(standing((2_490, 2_490), 0, (0, 0), true), Standing::Fits);
        assert!(matches!(standing((2_491, 2_491), 0, (0, 0), true), Standing::Spent { .. }));
    }

    #[test]
    fn a_prefix_has_a_tenth_of_the_day_whether_its_codes_are_typed_or_not() {
        assert_eq!(standing((0, 0), 99, (99, 99), false), Standing::Fits);
        assert_eq!(standing((0, 0), 100, (100, 100), false), Standing::PrefixSpent);
        assert_eq!(standing((0, 0), 100, (100, 100), true), Standing::Fits, "known devices pass");
    }

    #[test]
    fn a_country_has_a_tenth_of_the_hour_unverified_or_its_share_of_what_was_typed() {
        assert_eq!(standing((240, 0), 0, (24, 0), false), Standing::Fits);
        assert_eq!(standing((250, 0), 0, (25, 0), false), Standing::CountrySpent);
        assert_eq!(standing((1_000, 700), 0, (100, 70), false), Standing::Fits, "30 pending beside 70 typed");
        assert_eq!(standing((1_000, 600), 0, (100, 60), false), Standing::CountrySpent);
    }

    #[test]
    fn once_strangers_had_theirs_a_country_gets_a_taste() {
        // A fifth of 2,500 is 500; a tenth of a country's 250 is 25.
        assert_eq!(standing((490, 0), 0, (1, 0), false), Standing::Fits);
        assert_eq!(standing((500, 0), 0, (2, 0), false), Standing::UnverifiedSpent);
        assert_eq!(standing((500, 0), 0, (1, 0), false), Standing::Fits);
    }

    #[test]
    fn a_warning_is_told_as_its_line_is_crossed() {
        let told = |spent| warning(&Ledger::holding(&[Entry::new(Key::spent(), NOW, spent)]), 10, &BUDGET, NOW);
        assert_eq!([4_989, 4_990, 5_000, 7_990, 8_000].map(told), [None, Some(50), None, Some(80), None]);
    }
}
