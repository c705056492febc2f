use super::*;

const START: Timestamp = Timestamp(1_800_000_000);

fn send(breakers: &mut Breakers, count: usize, outcome: SendOutcome, now: Timestamp) {
    for _ in 0..count {
        breakers.record_sent(0, "IN", outcome, now);
    }
}

#[test]
fn failures_in_a_row_open_the_breaker_of_that_country_and_one_success_closes_it() {
    let mut breakers = Breakers::new(0);
    let day_before = START.plus(-86_400);
    send(&mut breakers, FAILED_IN_A_ROW - 1, SendOutcome::Unavailable, day_before);
    assert!(breakers.allows(0, "IN", START));
    let opened = breakers.record_sent(0, "IN", SendOutcome::Unknown, START);
    assert!(matches!(opened, Some(BreakerChange::Opened { .. })));
    assert!(!breakers.allows(0, "IN", START.plus(FAILURE_PAUSE - 1)));
    assert!(breakers.allows(0, "US", START) && breakers.allows(1, "IN", START));
    let later = START.plus(FAILURE_PAUSE);
    assert!(breakers.allows(0, "IN", later), "one text tries it");
    assert!(!breakers.allows(0, "IN", later), "the others go on without it");
    assert_eq!(breakers.record_sent(0, "IN", SendOutcome::Unavailable, later), None);
    assert!(!breakers.allows(0, "IN", later.plus(2 * FAILURE_PAUSE - 1)), "a longer pause");
    let later = later.plus(2 * FAILURE_PAUSE);
    assert!(breakers.allows(0, "IN", later));
    let closed = breakers.record_sent(0, "IN", SendOutcome::Accepted, later);
    assert_eq!(closed, Some(BreakerChange::Closed));
    assert!(breakers.allows(0, "IN", later) && breakers.allows(0, "IN", later));
}

#[test]
fn the_pause_of_a_failing_route_has_a_maximum() {
    let mut breakers = Breakers::new(0);
    send(&mut breakers, FAILED_IN_A_ROW, SendOutcome::Unknown, START);
    let mut now = START.plus(FAILURE_PAUSE);
    for pause in [60, 120, 240, 300, 300, 300, 300, 300, 300] {
        assert!(breakers.allows(0, "IN", now));
        breakers.record_sent(0, "IN", SendOutcome::Unknown, now);
        assert!(!breakers.allows(0, "IN", now.plus(pause - 1)), "{pause}");
        now = now.plus(pause);
    }
}

#[test]
fn a_text_that_was_under_way_does_not_close_the_breaker() {
    let mut breakers = Breakers::new(0);
    send(&mut breakers, MIN_FAILED, SendOutcome::Unavailable, START);
    send(&mut breakers, 3, SendOutcome::Accepted, START);
    assert!(!breakers.allows(0, "IN", START.plus(FAILURE_PAUSE - 1)));
}

#[test]
fn a_trial_that_is_never_answered_is_repeated() {
    let mut breakers = Breakers::new(0);
    send(&mut breakers, MIN_FAILED, SendOutcome::Unavailable, START);
    let trial = START.plus(FAILURE_PAUSE);
    assert!(breakers.allows(0, "IN", trial));
    assert!(breakers.allows(0, "IN", trial.plus(TRIAL_TIME)));
}

#[test]
fn a_trial_whose_recipient_is_refused_decides_nothing() {
    let mut breakers = Breakers::new(0);
    send(&mut breakers, MIN_FAILED, SendOutcome::Unavailable, START);
    let trial = START.plus(FAILURE_PAUSE);
    assert!(breakers.allows(0, "IN", trial));
    send(&mut breakers, 1, SendOutcome::Rejected, trial);
    // Texts that no other provider took.
    send(&mut breakers, 5, SendOutcome::Unavailable, trial);
    assert!(breakers.allows(0, "IN", trial.plus(TRIAL_TIME)));
}

#[test]
fn half_of_the_latest_texts_must_fail() {
    let mut breakers = Breakers::new(0);
    send(&mut breakers, 2, SendOutcome::Accepted, START);
    for _ in 0..9 {
        send(&mut breakers, 1, SendOutcome::Accepted, START);
        send(&mut breakers, 1, SendOutcome::Unavailable, START);
    }
    assert!(!breakers.is_open(0, "IN"), "9 of 20");
    send(&mut breakers, 1, SendOutcome::Unavailable, START);
    assert!(breakers.is_open(0, "IN"), "10 of the latest 20");
    let mut breakers = Breakers::new(0);
    for _ in 0..4 {
        send(&mut breakers, 1, SendOutcome::Unavailable, START);
        send(&mut breakers, 1, SendOutcome::Accepted, START);
    }
    send(&mut breakers, 1, SendOutcome::Unavailable, START.plus(WINDOW_SECONDS));
    assert!(!breakers.is_open(0, "IN"), "old ones do not count");
}

#[test]
fn a_refused_recipient_says_nothing_about_the_provider() {
    let mut breakers = Breakers::new(0);
    send(&mut breakers, 100, SendOutcome::Rejected, START);
    send(&mut breakers, 100, SendOutcome::FraudBlocked, START);
    assert!(!breakers.is_open(0, "IN"));
}

#[test]
fn codes_that_are_not_typed_open_the_breaker_once_people_had_time() {
    let run = |typed: u32, min_conversion: u32| {
        let mut breakers = Breakers::new(min_conversion);
        send(&mut breakers, 20, SendOutcome::Accepted, START);
        for _ in 0..typed {
            breakers.record_typed(0, "IN", START);
        }
        let unsettled = START.plus(UNSETTLED_INTERVALS * INTERVAL - 1);
        send(&mut breakers, 1, SendOutcome::Accepted, unsettled);
        assert!(!breakers.is_open(0, "IN"), "people may still be typing");
        let settled = START.plus((UNSETTLED_INTERVALS + 1) * INTERVAL);
        send(&mut breakers, 1, SendOutcome::Accepted, settled);
        breakers.is_open(0, "IN")
    };
    assert!(run(3, 20), "3 of 20 are 15 %");
    assert!(!run(4, 20), "4 of 20 are 20 %");
    assert!(!run(0, 0), "0 turns the rule off");
}
