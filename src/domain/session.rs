//! The session: the claims of its token, its lifetime and its renewal.

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

const DAY: i64 = 86_400;

/// Session timeouts in seconds, and the maximum number of sessions of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionConfig {
    /// Idle timeout: the time without a visit.
    pub idle_ttl: i64,
    /// Absolute timeout, whatever the visits (NIST SP 800-63B-4 §2.1.3: at most 30 days).
    pub absolute_ttl: i64,
    /// Minimum time between two renewals, so that reading pages seldom writes.
    pub renewal_interval: i64,
    /// Maximum sessions of one account; a new one ends the oldest.
    pub max_per_account: i64,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            idle_ttl: 14 * DAY,
            absolute_ttl: 30 * DAY,
            renewal_interval: 3_600,
            max_per_account: 20,
        }
    }
}

/// The claims of the session token: account, session and validity. No phone, name or e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The origin that issued it.
    pub iss: String,
    /// The audience: the same origin.
    pub aud: String,
    /// The account, a random id.
    pub sub: String,
    /// The session, a random value; its digest names the row.
    pub sid: String,
    /// The time of issue of this token.
    pub iat: i64,
    /// The time of expiry of this token.
    pub exp: i64,
    /// The time at which the person proved the number.
    pub auth_time: i64,
}

/// The timestamps of a session's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTimestamps {
    /// The time at which the person proved the number.
    pub created_at: Timestamp,
    /// The time of the last renewal.
    pub renewed_at: Timestamp,
    /// The time of expiry.
    pub expires_at: Timestamp,
}

impl SessionTimestamps {
    /// The timestamps of a session that begins now.
    #[must_use]
    pub fn new(now: Timestamp, config: &SessionConfig) -> Self {
        Self {
            created_at: now,
            renewed_at: now,
            expires_at: now.plus(config.idle_ttl.min(config.absolute_ttl)),
        }
    }

    /// Returns `true` until the idle or the absolute lifetime is over.
    #[must_use]
    pub fn is_live(&self, now: Timestamp, config: &SessionConfig) -> bool {
        now < self.expires_at && now < self.created_at.plus(config.absolute_ttl)
    }

    /// The timestamps after this visit, if a renewal is due.
    #[must_use]
    pub fn renewed(&self, now: Timestamp, config: &SessionConfig) -> Option<Self> {
        let end = now.plus(config.idle_ttl).min(self.created_at.plus(config.absolute_ttl));
        let due = now >= self.renewed_at.plus(config.renewal_interval) && end > self.expires_at;
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
        let timestamps = SessionTimestamps::new(NOW, &SessionConfig::default());
        assert!(timestamps.is_live(NOW.plus(14 * DAY - 1), &SessionConfig::default()));
        assert!(!timestamps.is_live(NOW.plus(14 * DAY), &SessionConfig::default()));
    }

    #[test]
    fn a_session_is_renewed_at_most_hourly() {
        let timestamps = SessionTimestamps::new(NOW, &SessionConfig::default());
        assert_eq!(timestamps.renewed(NOW.plus(3_599), &SessionConfig::default()), None);
        let renewed = timestamps.renewed(NOW.plus(3_600), &SessionConfig::default()).unwrap();
        assert_eq!(renewed.expires_at, NOW.plus(3_600 + 14 * DAY));
        assert_eq!(renewed.created_at, NOW);
    }

    proptest! {
        #[test]
        fn no_pattern_of_visits_outlives_the_absolute_end(
            visits in proptest::collection::vec(1_i64..20 * DAY, 1..60),
        ) {
            let config = SessionConfig::default();
            let (mut timestamps, mut now) = (SessionTimestamps::new(NOW, &config), NOW);
            for wait in visits {
                now = now.plus(wait);
                if !timestamps.is_live(now, &config) { break; }
                timestamps = timestamps.renewed(now, &config).unwrap_or(timestamps);
                prop_assert!(now < NOW.plus(30 * DAY));
                prop_assert!(timestamps.expires_at <= NOW.plus(30 * DAY));
            }
        }
    }
}
