//! Tests of the decision on an SMS. Each limit is tested just below its bound and at its bound.

mod properties;

use super::*;
use crate::domain::client_network::ClientNetwork;
use crate::domain::limits::attempts::CodePolicy;
use crate::domain::limits::counter_key::CounterKind;
use crate::domain::limits::stripes::Stripes;
use crate::domain::limits::tests::limits;
use crate::domain::phone::PhoneNumber;

const NOW: Timestamp = Timestamp(1_800_000_000);
const POLICY: CodePolicy = CodePolicy { max_attempts: 5, code_length: 6 };

fn client() -> ClientNetwork {
    ClientNetwork { address: "203.0.113.7".into(), subnet: "203.0.113.0/24".into() }
}

/// Returns a request for a first SMS to India from an unknown device, at a price of 1 micro-unit.
fn request<'a>(
    phone: &'a PhoneNumber,
    client: &'a ClientNetwork,
    proof: PresentedProof,
) -> SendRequest<'a> {
    SendRequest {
        phone,
        country: "IN",
        client,
        account: None,
        price: 1,
        call_price: None,
        new_challenge: Some(POLICY),
        proof,
        stripes: Stripes::NONE,
    }
}

fn phone() -> PhoneNumber {
    PhoneNumber::from_e164("+919876543210").unwrap()
}

/// Returns the decision on a first SMS with this proof. `counted` has the earlier counts, each with
/// its kind and owner.
fn decide(
    counted: &[(CounterKind, &str, i64)],
    account: Option<&str>,
    proof: PresentedProof,
) -> Decision {
    let (phone, client) = (phone(), client());
    let counters = SendCounters::new(&phone, phone.as_str(), "IN", &client, account);
    let mut windows = CounterWindows::new(&counters.to_read());
    let deltas = counted.iter().map(|(kind, owner, amount)| {
        CounterDelta::new(CounterKey::new(*kind, owner), NOW, *amount)
    });
    windows.apply(&deltas.collect::<Vec<_>>());
    let request = SendRequest { account, ..request(&phone, &client, proof) };
    evaluate(&request, &counters, &windows, &limits(), NOW)
}

/// Returns a short name of a decision, with the zero bits of a required proof.
fn name_of(decision: &Decision) -> &'static str {
    match decision {
        Decision::Allow(AllowedSend { uses_proof: false, .. }) => "free",
        Decision::Allow(AllowedSend { uses_proof: true, .. }) => "with proof",
        Decision::RequireProof { bits: 18, .. } => "18 bits",
        Decision::RequireProof { .. } => "22 bits",
        Decision::RetryAfter { .. } => "wait",
    }
}

#[test]
fn every_limit_changes_at_its_bound_and_not_before() {
    let number = "+919876543210";
    for (kind, owner, steps) in [
        (
            CounterKind::SentNumber,
            number,
            vec![(4, "free"), (5, "18 bits"), (19, "18 bits"), (20, "22 bits")],
        ),
        (
            CounterKind::SentAddress,
            "203.0.113.7",
            vec![(9, "free"), (10, "18 bits"), (29, "18 bits"), (30, "wait")],
        ),
        (
            CounterKind::SentSubnet,
            "203.0.113.0/24",
            vec![(39, "free"), (40, "18 bits"), (119, "18 bits"), (120, "wait")],
        ),
        (
            CounterKind::SentPrefix,
            "91987",
            vec![(19, "free"), (20, "18 bits"), (59, "18 bits"), (60, "22 bits")],
        ),
        (
            CounterKind::SentCountry,
            "IN",
            vec![(29, "free"), (30, "18 bits"), (249, "18 bits"), (250, "22 bits")],
        ),
        (
            CounterKind::AttemptsNumber,
            number,
            vec![(600, "free"), (601, "18 bits"), (875, "22 bits"), (1_000, "wait")],
        ),
        (CounterKind::FailedAttempts, "", vec![(199, "free"), (200, "18 bits")]),
        (
            CounterKind::Spent,
            "",
            vec![(199, "free"), (200, "free"), (1_999, "free"), (2_000, "wait")],
        ),
    ] {
        for (count, expected) in steps {
            let decision = decide(&[(kind, owner, count)], None, PresentedProof::Missing);
            assert_eq!(name_of(&decision), expected, "{kind:?} {count}: {decision:?}");
        }
    }
}

#[test]
fn a_number_has_a_daily_limit_besides_the_hourly_one() {
    let after = |count| {
        let (phone, client) = (phone(), client());
        let counters = SendCounters::new(&phone, phone.as_str(), "IN", &client, None);
        let mut windows = CounterWindows::new(&counters.to_read());
        windows.apply(&[CounterDelta::new(
            CounterKey::new(CounterKind::SentNumber, phone.as_str()),
            NOW.plus(-2 * HOUR),
            count,
        )]);
        let proof = PresentedProof::Missing;
        let request = SendRequest { new_challenge: None, ..request(&phone, &client, proof) };
        name_of(&evaluate(&request, &counters, &windows, &limits(), NOW))
    };
    assert_eq!([9, 10, 19, 20].map(after), ["free", "18 bits", "18 bits", "22 bits"]);
}

#[test]
fn a_proof_satisfies_up_to_its_own_bits_and_a_wait_token_any() {
    let many = [(CounterKind::SentNumber, "+919876543210", 20)];
    assert_eq!(name_of(&decide(&many, None, PresentedProof::Solved(18))), "22 bits");
    assert_eq!(name_of(&decide(&many, None, PresentedProof::Solved(22))), "with proof");
    assert_eq!(
        name_of(&decide(&many, None, PresentedProof::WaitToken { seconds: 60 })),
        "with proof"
    );
    let waits = [many[0], (CounterKind::WaitToken, "203.0.113.7", 1)];
    assert_eq!(
        name_of(&decide(&waits, None, PresentedProof::WaitToken { seconds: 60 })),
        "wait",
        "one at a time"
    );
    let taken = [many[0], (CounterKind::HourlyAllowance, "+919876543210/sent/number", 1)];
    assert_eq!(name_of(&decide(&taken, None, PresentedProof::Solved(22))), "wait", "one an hour");
}

#[test]
fn an_sms_is_counted_by_every_counter_that_it_passed() {
    let many =
        [(CounterKind::SentNumber, "+919876543210", 20), (CounterKind::SentPrefix, "91987", 60)];
    let Decision::Allow(AllowedSend { deltas, attempts, .. }) =
        decide(&many, None, PresentedProof::Solved(22))
    else {
        panic!("refused")
    };
    let mut names: Vec<&str> = deltas.iter().map(|delta| delta.key.name()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "+919876543210/attempts/number",
            "+919876543210/sent/number",
            "+919876543210/sent/number/hourly-allowance",
            "203.0.113.0/24/sent/subnet",
            "203.0.113.7/sent/address",
            "91987/sent/prefix",
            "91987/sent/prefix/hourly-allowance",
            "IN/sent/country",
            "spent",
        ]
    );
    assert_eq!(attempts.map(|attempts| attempts.units()), Some(500));
}

#[test]
fn a_known_device_is_limited_by_its_account_alone() {
    let crowd = [
        (CounterKind::SentNumber, "+919876543210", 100),
        (CounterKind::SentAddress, "203.0.113.7", 1_000),
        (CounterKind::SentSubnet, "203.0.113.0/24", 1_000),
        (CounterKind::SentPrefix, "91987", 1_000),
        (CounterKind::SentCountry, "IN", 1_000),
        (CounterKind::AttemptsNumber, "+919876543210", 1_000),
        (CounterKind::FailedAttempts, "", 1_000),
    ];
    assert_eq!(name_of(&decide(&crowd, Some("ada"), PresentedProof::Missing)), "free");
    assert_eq!(
        name_of(&decide(
            &[(CounterKind::SentAccount, "ada", 5)],
            Some("ada"),
            PresentedProof::Missing
        )),
        "18 bits"
    );
    assert_eq!(
        name_of(&decide(
            &[(CounterKind::AttemptsAccount, "ada", 601)],
            Some("ada"),
            PresentedProof::Missing
        )),
        "18 bits"
    );
    let decision =
        decide(&[(CounterKind::SentAccount, "ada", 100)], Some("ada"), PresentedProof::Missing);
    assert_eq!(name_of(&decision), "22 bits");
}

#[test]
fn a_prefix_that_two_countries_share_is_limited_for_each_by_its_own_price() {
    let (phone, client) = (PhoneNumber::from_e164("+447400123456").unwrap(), client());
    let prefix = CounterKey::new(CounterKind::SentPrefix, "44740");
    let counters_of = |country| SendCounters::new(&phone, phone.as_str(), country, &client, None);
    let decide = |country, price| {
        let counters = counters_of(country);
        let mut windows = CounterWindows::new(&counters.to_read());
        windows.apply(&[
            CounterDelta::new(prefix.clone(), NOW, 19),
            CounterDelta::new(CounterKey::hourly_allowance(&prefix), NOW, 1),
        ]);
        let proof = PresentedProof::Missing;
        let request = SendRequest { country, price, ..request(&phone, &client, proof) };
        evaluate(&request, &counters, &windows, &limits(), NOW)
    };
    // The prefix may cost a tenth of the day's budget, which is 1,000. Twenty SMS at 60 cost more
    // than that, and twenty SMS at 10 cost less.
    let Decision::RetryAfter { counter, .. } = decide("JE", 60) else {
        panic!("the more expensive one has used up its share")
    };
    assert_eq!(name_of(&decide("GB", 10)), "free");
    assert!(
        counters_of("JE").cache_keys(true, false).contains(&counter),
        "the cache refuses the next one there"
    );
    assert!(!counters_of("GB").cache_keys(true, false).contains(&counter), "and no other");
}

#[test]
fn waits_are_rounded_up() {
    assert_eq!(
        [1, 10, 11, 60, 61, 300, 301, 3_540].map(round_retry_after),
        [10, 10, 20, 60, 300, 300, 600, 3_600]
    );
}

/// Returns every counter of the number, the account, the client, the prefix, the country and
/// everybody, and the hourly allowance of each.
fn every_counter() -> Vec<CounterKey> {
    let number = "+919876543210";
    let all = [
        (CounterKind::SentNumber, number),
        (CounterKind::SentAccount, "account"),
        (CounterKind::SentAccount, ""),
        (CounterKind::SentAddress, "203.0.113.7"),
        (CounterKind::SentSubnet, "203.0.113.0/24"),
        (CounterKind::SentPrefix, "91987"),
        (CounterKind::SentCountry, "IN"),
        (CounterKind::VerifiedAddress, "203.0.113.7"),
        (CounterKind::VerifiedSubnet, "203.0.113.0/24"),
        (CounterKind::VerifiedPrefix, "91987"),
        (CounterKind::VerifiedCountry, "IN"),
        (CounterKind::Spent, ""),
        (CounterKind::SpentVerified, ""),
        (CounterKind::AttemptsNumber, number),
        (CounterKind::AttemptsAccount, "account"),
        (CounterKind::FailedAttempts, ""),
        (CounterKind::WaitToken, "203.0.113.7"),
        (CounterKind::WaitToken, number),
    ];
    let all = all.map(|(kind, owner)| CounterKey::new(kind, owner));
    all.iter().map(CounterKey::hourly_allowance).chain(all.iter().cloned()).collect()
}
