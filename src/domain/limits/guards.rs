//! The guards of a decision: the conditions under which it still holds when it is written.
//!
//! On `PostgreSQL` a request decides on counters that it has read without a lock. The statement
//! that counts its SMS checks the guards. If one of them fails, it writes neither the challenge nor
//! the counters. This is optimistic concurrency control with a version number that tolerates some
//! change.

use super::counter_key::CounterKey;
use super::counter_windows::{CounterDelta, CounterWindows};
use super::stripes::StripeChoice;

/// A condition of a decision: the guard value of a counter is still between `seen` and `max`. A
/// guard value is the version number of a counter. It rises by at least what is added and never
/// falls, so it shows how much other requests have added since this one has read the counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// The counter.
    pub key: CounterKey,
    /// The stripe of the counter.
    pub stripe: i64,
    /// The amount that the SMS adds to the guard value.
    pub amount: i64,
    /// The guard value that was read; [`NO_GUARD`](super::counter_windows::NO_GUARD)
    /// if there was none.
    pub seen: i64,
    /// The highest guard value, before that addition, at which the decision holds.
    pub max: i64,
}

/// Returns the guards of these changes, one for each exact counter that increases. `room` names the
/// counters that others may increase, and by how much; any other exact counter must be unchanged.
pub(super) fn guards_of(
    deltas: &[CounterDelta],
    windows: &CounterWindows,
    choice: StripeChoice,
    room: &[(CounterKey, i64)],
) -> Vec<Guard> {
    if choice == StripeChoice::NONE {
        return Vec::new();
    }
    let guarded = deltas.iter().filter(|delta| delta.is_guarded());
    let guard = |CounterDelta { key, amount, .. }: &CounterDelta| {
        let own_room = room.iter().find(|(counter, _)| counter == key);
        let (stripe, room) = if key.is_striped() {
            (choice.stripe, choice.room)
        } else {
            (0, own_room.map_or(0, |(_, room)| *room))
        };
        let (seen, max) = if windows.has_read(key) {
            let seen = windows.guard(key, stripe);
            (seen, seen + room)
        } else {
            // No limit of this request depends on the counter, so any value is fine.
            (i64::MIN, i64::MAX)
        };
        Guard { key: key.clone(), stripe, amount: *amount, seen, max }
    };
    guarded.map(guard).collect()
}

#[cfg(test)]
mod tests {
    use super::super::counter_key::CounterKind;
    use super::*;
    use crate::domain::time::Timestamp;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    #[test]
    fn a_guard_allows_what_the_decision_leaves_and_no_more() {
        let key = |kind| CounterKey::new(kind, "x");
        let (number, address) = (key(CounterKind::SentNumber), key(CounterKind::SentAddress));
        let (prefix, unread) = (key(CounterKind::SentPrefix), key(CounterKind::SentSubnet));
        let read = [number.clone(), address.clone(), prefix.clone(), CounterKey::spent()];
        let mut windows = CounterWindows::new(&read);
        windows.load_guard(number.name().to_owned(), 0, 7);
        windows.load_guard(address.name().to_owned(), 0, 20);
        windows.load_guard(CounterKey::spent().name().to_owned(), 3, 900);
        let deltas = [&number, &address, &prefix, &unread, &CounterKey::spent()]
            .map(|key| CounterDelta::new(key.clone(), NOW, 5));
        let choice = StripeChoice { stripe: 3, room: 100 };
        let guards = guards_of(&deltas, &windows, choice, &[(address.clone(), 4)]);
        let bounds: Vec<_> =
            guards.iter().map(|guard| (&guard.key, guard.stripe, guard.seen, guard.max)).collect();
        assert_eq!(
            bounds,
            [
                (&number, 0, 7, 7),
                (&address, 0, 20, 24),
                (&unread, 0, i64::MIN, i64::MAX),
                (&CounterKey::spent(), 3, 900, 1_000),
            ],
            "a prefix has no guard, because its limit may be exceeded by requests in flight"
        );
        assert!(guards_of(&deltas, &windows, StripeChoice::NONE, &[]).is_empty());
        let refund = CounterDelta::new(number, NOW, -1);
        assert!(guards_of(&[refund], &windows, choice, &[]).is_empty());
    }
}
