//! The shares of the budget at their bounds.

use super::*;
use crate::domain::limits::counter_key::CounterKind;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::limits::tests::BUDGET;

const NOW: Timestamp = Timestamp(1_800_000_000);

/// Returns the status for an SMS at a price of 10. `spent` is the cost of all SMS and of
/// verified SMS. `prefix` is a count of SMS; `country` counts all SMS and verified SMS.
fn status(spent: (i64, i64), prefix: i64, country: (i64, i64), known: bool) -> BudgetStatus {
    let key = |kind, owner| CounterKey::new(kind, owner);
    let keys = [
        key(CounterKind::SentPrefix, "91987"),
        key(CounterKind::SentCountry, "IN"),
        key(CounterKind::VerifiedCountry, "IN"),
    ];
    let account = CounterKey::new(CounterKind::SentAccount, "ada");
    let windows = CounterWindows::from_deltas(&[
        CounterDelta::new(account.clone(), NOW, 0),
        CounterDelta::new(CounterKey::spent(), NOW, spent.0),
        CounterDelta::new(CounterKey::spent_verified(), NOW, spent.1),
        CounterDelta::new(keys[0].clone(), NOW, prefix),
        CounterDelta::new(keys[1].clone(), NOW, country.0),
        CounterDelta::new(keys[2].clone(), NOW, country.1),
    ]);
    let account = known.then_some(&account);
    let [prefix, all, verified] = keys;
    let charge = PricedSms {
        price: 10,
        cost: 10,
        prefix: &prefix,
        country: &SentAndVerified { sent: all, verified },
        account,
    };
    check_budget(&windows, charge, &BUDGET, NOW)
}

#[test]
fn known_devices_of_an_account_may_spend_one_per_cent_of_the_day_and_at_least_one_sms() {
    let after = |sms_count, day| {
        let keys = [
            CounterKind::SentAccount,
            CounterKind::SentPrefix,
            CounterKind::SentCountry,
            CounterKind::VerifiedCountry,
        ];
        let keys = keys.map(|kind| CounterKey::new(kind, "x"));
        let windows = CounterWindows::from_deltas(&[
            CounterDelta::new(keys[0].clone(), NOW, sms_count),
            CounterDelta::new(CounterKey::spent(), NOW, 0),
        ]);
        let [account, prefix, sent, verified] = keys;
        let country = &SentAndVerified { sent, verified };
        let charge =
            PricedSms { price: 10, cost: 10, prefix: &prefix, country, account: Some(&account) };
        check_budget(&windows, charge, &Budget { day, ..BUDGET }, NOW)
    };
    assert_eq!(after(9, 10_000), BudgetStatus::Fits);
    assert_eq!(after(10, 10_000), BudgetStatus::AccountExhausted);
    assert_eq!(after(0, 50), BudgetStatus::Fits, "a small budget has one, too");
    assert_eq!(after(1, 50), BudgetStatus::AccountExhausted);
}

#[test]
fn an_hour_has_its_share_and_known_devices_the_last_fifth_of_it() {
    // A quarter of 10,000 is 2,500, and 2,000 of it are for everybody.
    assert_eq!(status((1_990, 1_990), 0, (0, 0), false), BudgetStatus::Fits);
    assert!(matches!(status((1_991, 1_991), 0, (0, 0), false), BudgetStatus::Exhausted { .. }));
    assert_eq!(status((2_490, 2_490), 0, (0, 0), true), BudgetStatus::Fits);
    assert!(matches!(status((2_491, 2_491), 0, (0, 0), true), BudgetStatus::Exhausted { .. }));
}

#[test]
fn a_prefix_has_a_tenth_of_the_day_verified_or_not() {
    assert_eq!(status((0, 0), 99, (99, 99), false), BudgetStatus::Fits);
    assert_eq!(status((0, 0), 100, (100, 100), false), BudgetStatus::PrefixExhausted);
    assert_eq!(status((0, 0), 100, (100, 100), true), BudgetStatus::Fits, "known devices pass");
}

#[test]
fn a_country_has_a_tenth_of_the_hour_unverified_or_a_share_of_its_verified_sms() {
    assert_eq!(status((240, 0), 0, (24, 0), false), BudgetStatus::Fits);
    assert_eq!(status((250, 0), 0, (25, 0), false), BudgetStatus::CountryExhausted);
    assert_eq!(
        status((1_000, 700), 0, (100, 70), false),
        BudgetStatus::Fits,
        "30 pending beside 70 verified"
    );
    assert_eq!(status((1_000, 600), 0, (100, 60), false), BudgetStatus::CountryExhausted);
}

#[test]
fn past_the_unverified_share_each_country_has_a_minimum_allowance() {
    // A fifth of 2,500 is 500; a tenth of a country's 250 is 25.
    assert_eq!(status((490, 0), 0, (1, 0), false), BudgetStatus::Fits);
    assert_eq!(status((500, 0), 0, (2, 0), false), BudgetStatus::UnverifiedExhausted);
    assert_eq!(status((500, 0), 0, (1, 0), false), BudgetStatus::Fits);
}

#[test]
fn a_warning_is_due_when_its_threshold_is_crossed() {
    let crossed = |spent| {
        crossed_threshold(
            &CounterWindows::from_deltas(&[CounterDelta::new(CounterKey::spent(), NOW, spent)]),
            10,
            &BUDGET,
            NOW,
        )
    };
    assert_eq!(
        [4_989, 4_990, 5_000, 7_990, 8_000].map(crossed),
        [None, Some(50), None, Some(80), None]
    );
}

#[test]
fn a_call_needs_room_for_all_pending_messages_as_if_they_were_calls() {
    let key = |kind, owner| CounterKey::new(kind, owner);
    let (prefix, sent, verified) = (
        key(CounterKind::SentPrefix, "91987"),
        key(CounterKind::SentCountry, "IN"),
        key(CounterKind::VerifiedCountry, "IN"),
    );
    let country = SentAndVerified { sent: sent.clone(), verified: verified.clone() };
    let status = |messages: i64, typed: i64, cost: i64| {
        let windows = CounterWindows::from_deltas(&[
            CounterDelta::new(prefix.clone(), NOW, 0),
            CounterDelta::new(sent.clone(), NOW, messages),
            CounterDelta::new(verified.clone(), NOW, typed),
            CounterDelta::new(CounterKey::spent(), NOW, 0),
            CounterDelta::new(CounterKey::spent_verified(), NOW, 0),
        ]);
        let charge =
            PricedSms { price: 1, cost, prefix: &prefix, country: &country, account: None };
        check_budget(&windows, charge, &BUDGET, NOW)
    };
    let [(_, hour), _] = BUDGET.periods();
    let share = percent_of(hour, BUDGET.country_share);
    let pending = share / 10 - 1;
    assert_eq!(status(pending, 0, 10), BudgetStatus::Fits);
    assert_eq!(status(pending + 1, 0, 10), BudgetStatus::CountryExhausted);
    assert_eq!(status(pending + 1, 0, 1), BudgetStatus::Fits, "a text fits");
    // Verified texts make room for as much money as they cost, and not for as many calls.
    let (many, room) = (10 * share, 10 * share * BUDGET.pending_share / 100);
    assert_eq!(status(many + room / 10 - 1, many, 10), BudgetStatus::Fits);
    assert_eq!(status(many + room / 10, many, 10), BudgetStatus::CountryExhausted);
}
