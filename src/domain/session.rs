//! The session: what the cookie claims, how long it lives, when it is renewed.

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

const DAY: i64 = 86_400;

/// How long sessions live, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// Without a visit.
    pub idle_ttl: i64,
    /// In all, however often the person comes (NIST SP 800-63B-4 §2.1.3: at most 30 days).
    pub absolute_ttl: i64,
    /// A visit moves the idle end at most this often, so that reading pages seldom writes.
    pub renew_every: i64,
    /// Sessions of one account at a time; a new one ends the oldest.
    pub per_account: i64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self { idle_ttl: 14 * DAY, absolute_ttl: 30 * DAY, renew_every: 3_600, per_account: 20 }
    }
}

/// What the session cookie says: who, which session, from when, until when. No phone, name or e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The origin that issued it.
    pub iss: String,
    /// The origin that it is for: the same.
    pub aud: String,
    /// The account, a random id.
    pub sub: String,
    /// The session, a random value; its digest names the row.
    pub sid: String,
    /// When this token was made.
    pub iat: i64,
    /// From when it is refused.
    pub exp: i64,
    /// When the person proved the number.
    pub auth_time: i64,
}

/// The times of a session's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// When the person proved the number.
    pub created_at: Timestamp,
    /// When the idle end was last moved.
    pub renewed_at: Timestamp,
    /// From when it is refused.
    pub expires_at: Timestamp,
}

impl Times {
    /// The times of a session that opens now.
    #[must_use]
    pub fn open(now: Timestamp, lifetimes: &Lifetimes) -> Self {
        Self { created_at: now, renewed_at: now, expires_at: now.plus(lifetimes.idle_ttl.min(lifetimes.absolute_ttl)) }
    }

    /// Whether the session may be used.
    #[must_use]
    pub fn is_live(&self, now: Timestamp, lifetimes: &Lifetimes) -> bool {
        now < self.expires_at && now < self.created_at.plus(lifetimes.absolute_ttl)
    }

    /// The times after this visit, if it is due to move the idle end.
    #[must_use]
    pub fn renewed(&self, now: Timestamp, lifetimes: &Lifetimes) -> Option<Self> {
        let end = now.plus(lifetimes.idle_ttl).min(self.created_at.plus(lifetimes.absolute_ttl));
        let due = now >= self.renewed_at.plus(lifetimes.renew_every) && end > self.expires_at;
        due.then_some(Self { renewed_at: now, expires_at: end, ..*self })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    #[test]
    fn a_session_ends_after_fourteen_days_without_a_visit() {
        let times = Times::open(NOW, &Lifetimes::default());
        assert!(times.is_live(NOW.plus(14 * DAY - 1), &Lifetimes::default()));
        assert!(!times.is_live(NOW.plus(14 * DAY), &Lifetimes::default()));
    }

    #[test]
    fn a_session_is_renewed_at_most_hourly() {
        let times = Times::open(NOW, &Lifetimes::default());
        assert_eq!(times.renewed(NOW.plus(3_599), &Lifetimes::default()), None);
        let renewed = times.renewed(NOW.plus(3_600), &Lifetimes::default()).unwrap();
        assert_eq!(renewed.expires_at, NOW.plus(3_600 + 14 * DAY));
        assert_eq!(renewed.created_at, NOW);
    }

    proptest! {
        #[test]
        fn no_pattern_of_visits_outlives_the_absolute_end(visits in proptest::collection::vec(1_i64..20 * DAY, 1..60)) {
            let lifetimes = Lifetimes::default();
            let (mut times, mut now) = (Times::open(NOW, &lifetimes), NOW);
            for wait in visits {
                now = now.plus(wait);
                if !times.is_live(now, &lifetimes) { break; }
                times = times.renewed(now, &lifetimes).unwrap_or(times);
                prop_assert!(now < NOW.plus(30 * DAY));
                prop_assert!(times.expires_at <= NOW.plus(30 * DAY));
            }
        }
    }
}
