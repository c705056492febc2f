//! Each limit at its bound and one past it.

use proptest::prelude::*;

use super::*;
use crate::domain::limits::key::Family;
use crate::domain::limits::tests::limits;

const NOW: Timestamp = Timestamp(1_800_000_000);
const SOURCE: (&str, &str) = ("203.0.113.7", "203.0.113.0/24");

fn phone() -> PhoneNumber {
    PhoneNumber::from_e164("+919876543210").unwrap()
}

/// The verdict over a first text that shows `proof`, after so many of the same kind of count.
fn verdict(counted: &[(Family, &str, i64)], account: Option<&str>, proof: Shown) -> Verdict {
    let phone = phone();
    let counters = Counters::of(&phone, "IN", SOURCE, account);
    let mut ledger = Ledger::of(&counters.judged_by());
    let entries = counted.iter().map(|(family, whose, amount)| Entry::new(Key::new(*family, whose), NOW, *amount));
    ledger.apply(&entries.collect::<Vec<_>>());
    let ask = Ask { phone: &phone, country: "IN", source: SOURCE, account, price: 1, code: Some((5, 6)), proof };
    judge(&ask, &counters, &ledger, &limits(), NOW)
}

/// What is free, asks for so many bits, or waits.
fn kind(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Send { uses_proof: false, .. } => "free",
        Verdict::Send { uses_proof: true, .. } => "proven",
        Verdict::Prove { bits: 18, .. } => "18 bits",
        Verdict::Prove { .. } => "22 bits",
        Verdict::Wait { .. } => "wait",
    }
}

#[test]
fn every_limit_changes_at_its_bound_and_not_before() {
    let number = "+919876543210";
    for (family, whose, steps) in [
        (Family::SentNumber, number, vec![(4, "free"), (5, "18 bits"), (19, "18 bits"), (20, "22 bits")]),
        (Family::SentSource, SOURCE.0, vec![(9, "free"), (10, "18 bits"), (29, "18 bits"), (30, "wait")]),
        (Family::SentBlock, SOURCE.1, vec![(39, "free"), (40, "18 bits"), (119, "18 bits"), (120, "wait")]),
        (Family::SentPrefix, "91987", vec![(19, "free"), (20, "18 bits"), (59, "18 bits"), (60, "22 bits")]),
        (Family::SentCountry, "IN", vec![(29, "free"), (30, "18 bits"), (249, "18 bits"), (250, "22 bits")]),
        (Family::GuessedNumber, number, vec![(600, "free"), (601, "18 bits"), (875, "22 bits"), (1_000, "wait")]),
        (Family::Wrong, "", vec![(199, "free"), (200, "18 bits")]),
        (Family::Spent, "", vec![(199, "free"), (200, "free"), (1_999, "free"), (2_000, "wait")]),
    ] {
        for (count, expected) in steps {
            let judged = verdict(&[(family, whose, count)], None, Shown::Nothing);
            assert_eq!(kind(&judged), expected, "{family:?} {count}: {judged:?}");
        }
    }
}

#[test]
fn a_days_texts_to_a_number_are_bounded_by_themselves() {
    let texts = |count| {
        let phone = phone();
        let counters = Counters::of(&phone, "IN", SOURCE, None);
        let mut ledger = Ledger::of(&counters.judged_by());
        ledger.apply(&[Entry::new(Key::new(Family::SentNumber, phone.as_str()), NOW.plus(-2 * HOUR), count)]);
        let (price, code, proof) = (1, None, Shown::Nothing);
        let ask = Ask { phone: &phone, country: "IN", source: SOURCE, account: None, price, code, proof };
        kind(&judge(&ask, &counters, &ledger, &limits(), NOW))
    };
    assert_eq!([9, 10, 19, 20].map(texts), ["free", "18 bits", "18 bits", "22 bits"]);
}

#[test]
fn a_proof_meets_what_it_was_made_for_and_a_wait_anything() {
    let many = [(Family::SentNumber, "+919876543210", 20)];
    assert_eq!(kind(&verdict(&many, None, Shown::Solved(18))), "22 bits");
    assert_eq!(kind(&verdict(&many, None, Shown::Solved(22))), "proven");
    assert_eq!(kind(&verdict(&many, None, Shown::Waited { seconds: 60 })), "proven");
    let waits = [many[0], (Family::Waited, SOURCE.0, 1)];
    assert_eq!(kind(&verdict(&waits, None, Shown::Waited { seconds: 60 })), "wait", "one at a time");
    let taken = [many[0], (Family::Trickle, "+919876543210/sent/number", 1)];
    assert_eq!(kind(&verdict(&taken, None, Shown::Solved(22))), "wait", "one an hour");
}

#[test]
fn what_a_text_takes_is_counted_under_all_that_it_met() {
    let many = [(Family::SentNumber, "+919876543210", 20), (Family::SentPrefix, "91987", 60)];
    let Verdict::Send { spend, guesses, .. } = verdict(&many, None, Shown::Solved(22)) else { panic!("refused") };
    let mut names: Vec<&str> = spend.iter().map(|entry| entry.key.name()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "+919876543210/guessed/number",
            "+919876543210/sent/number",
            "+919876543210/sent/number/trickle",
            "203.0.113.0/24/sent/block",
            "203.0.113.7/sent/source",
            "91987/sent/prefix",
            "91987/sent/prefix/trickle",
            "IN/sent/country",
            "spent",
        ]
    );
    assert_eq!(guesses.map(|guesses| guesses.units()), Some(500));
}

#[test]
fn a_known_device_answers_for_its_account_alone() {
    let crowd = [
        (Family::SentNumber, "+919876543210", 100),
        (Family::SentSource, SOURCE.0, 1_000),
        (Family::SentBlock, SOURCE.1, 1_000),
        (Family::SentPrefix, "91987", 1_000),
        (Family::SentCountry, "IN", 1_000),
        (Family::GuessedNumber, "+919876543210", 1_000),
        (Family::Wrong, "", 1_000),
    ];
    assert_eq!(kind(&verdict(&crowd, Some("ada"), Shown::Nothing)), "free");
    assert_eq!(kind(&verdict(&[(Family::SentAccount, "ada", 5)], Some("ada"), Shown::Nothing)), "18 bits");
    assert_eq!(kind(&verdict(&[(Family::GuessedAccount, "ada", 601)], Some("ada"), Shown::Nothing)), "18 bits");
    let grown = verdict(&[(Family::SentAccount, "ada", 100)], Some("ada"), Shown::Nothing);
    assert_eq!(kind(&grown), "22 bits");
}

#[test]
fn a_prefix_that_two_countries_share_answers_each_by_its_own_price() {
    let phone = PhoneNumber::from_e164("+447400123456").unwrap();
    let prefix = Key::new(Family::SentPrefix, "44740");
    let of = |country| Counters::of(&phone, country, SOURCE, None);
    let judged = |country, price| {
        let counters = of(country);
        let mut ledger = Ledger::of(&counters.judged_by());
        ledger.apply(&[Entry::new(prefix.clone(), NOW, 19), Entry::new(Key::trickle_of(&prefix), NOW, 1)]);
        let (code, proof) = (Some((5, 6)), Shown::Nothing);
        let ask = Ask { phone: &phone, country, source: SOURCE, account: None, price, code, proof };
        judge(&ask, &counters, &ledger, &limits(), NOW)
    };
    // A tenth of the day is 1,000: twenty texts at 60 are more than that, and at 10 they are not.
    let Verdict::Wait { full, .. } = judged("JE", 60) else { panic!("the dearer one has had its share") };
    assert_eq!(kind(&judged("GB", 10)), "free");
    assert!(of("JE").remembered(true, false).contains(&full), "memory answers the next one there");
    assert!(!of("GB").remembered(true, false).contains(&full), "and nobody else");
}

#[test]
fn waits_come_in_round_numbers() {
    assert_eq!([1, 10, 11, 60, 61, 300, 301, 3_540].map(round_up), [10, 10, 20, 60, 300, 300, 600, 3_600]);
}

/// Every counter that there is for the number, the account, the source and the place, and the trickle of each.
fn every_counter() -> Vec<Key> {
    let number = "+919876543210";
    let all = [
        (Family::SentNumber, number),
        (Family::SentAccount, "account"),
        (Family::SentAccount, ""),
        (Family::SentSource, SOURCE.0),
        (Family::SentBlock, SOURCE.1),
        (Family::SentPrefix, "91987"),
        (Family::SentCountry, "IN"),
        (Family::VerifiedSource, SOURCE.0),
        (Family::VerifiedBlock, SOURCE.1),
        (Family::VerifiedPrefix, "91987"),
        (Family::VerifiedCountry, "IN"),
        (Family::Spent, ""),
        (Family::SpentVerified, ""),
        (Family::GuessedNumber, number),
        (Family::GuessedAccount, "account"),
        (Family::Wrong, ""),
        (Family::Waited, SOURCE.0),
        (Family::Waited, number),
    ];
    let all = all.map(|(family, whose)| Key::new(family, whose));
    all.iter().map(Key::trickle_of).chain(all.iter().cloned()).collect()
}

proptest! {
    /// A ledger answers for what was read alone, and only as far back: see its assertion.
    #[test]
    fn every_counter_that_a_verdict_hangs_on_is_read_as_far_back_as_it_looks(
        counted in prop::collection::vec((any::<prop::sample::Index>(), 0..26 * HOUR, 1_i64..2_000), 0..20),
        known in any::<bool>(),
        fresh in any::<bool>(),
        proof in prop::sample::select(vec![Shown::Nothing, Shown::Solved(18), Shown::Solved(22), Shown::Waited { seconds: HOUR }]),
    ) {
        let (phone, all, account) = (phone(), every_counter(), known.then_some("account"));
        let counters = Counters::of(&phone, "IN", SOURCE, account);
        let (mut read, mut far_back) = (Ledger::of(&counters.judged_by()), Ledger::of(&counters.judged_by()));
        for (which, age, amount) in counted {
            let entry = Entry::new(which.get(&all).clone(), NOW.plus(-age), amount);
            far_back.apply(std::slice::from_ref(&entry));
            if entry.key.slot_at(entry.at) > entry.key.forgotten_at(NOW) {
                read.apply(&[entry]);
            }
        }
        let ask = Ask { phone: &phone, country: "IN", source: SOURCE, account, price: 1, code: fresh.then_some((5, 6)), proof };
        let judged = [read, far_back].map(|ledger| judge(&ask, &counters, &ledger, &limits(), NOW));
        prop_assert_eq!(&judged[0], &judged[1], "what is not read is in no window");
    }
}
