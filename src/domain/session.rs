//! Rules of the session: the claims of its token, its lifetime and its renewal.

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

const DAY: i64 = 86_400;

/// The timeouts of sessions in seconds, and the maximum number of sessions of an account. The
/// defaults are our own choice, except where a source is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionConfig {
    /// Idle timeout in seconds: a session ends after this time without a visit. Default: 14 days.
    pub idle_ttl: i64,
    /// Absolute timeout in seconds, which visits do not extend. Default: 30 days (NIST SP
    /// 800-63B-4 §2.1.3: at most 30 days).
    pub absolute_ttl: i64,
    /// Minimum seconds between two renewals, so that most page views write nothing to the database.
    /// Default: one hour.
    pub renewal_interval: i64,
    /// Maximum age of a verification, in seconds, with which a signed-in person may change who may
    /// sign in. Default: five minutes (our own choice, as long as a code is valid).
    pub step_up_ttl: i64,
    /// The seconds without a visit after which an account is dormant: it does not open by an SMS
    /// alone on a device that it does not know. Default: 90 days.
    pub dormant_after: i64,
    /// Maximum sessions of one account. A further session ends the oldest. Default: 20.
    pub max_per_account: i64,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            idle_ttl: 14 * DAY,
            absolute_ttl: 30 * DAY,
            renewal_interval: 3_600,
            step_up_ttl: 300,
            dormant_after: 90 * DAY,
            max_per_account: 20,
        }
    }
}

/// The claims of the session token: account, session and validity. They contain no phone number,
/// name or e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The issuer: the origin of this site.
    pub iss: String,
    /// The audience: also the origin of this site.
    pub aud: String,
    /// The subject: the random id of the account.
    pub sub: String,
    /// The session: a random value. Its SHA-256 is the id of the session's row.
    pub sid: String,
    /// The time at which this token was signed, in Unix seconds.
    pub iat: i64,
    /// The time from which this token is refused, in Unix seconds.
    pub exp: i64,
    /// The time at which the person signed in or signed up, in Unix seconds.
    pub auth_time: i64,
}

/// The times of creation, last renewal and expiry of a session, as stored in its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTimestamps {
    /// The time at which the session was opened: at the right code, or at the details of a new
    /// account.
    pub created_at: Timestamp,
    /// The time of the last renewal, or of the creation if there was none.
    pub renewed_at: Timestamp,
    /// The time from which the session is refused, if no visit renews it before.
    pub expires_at: Timestamp,
}

impl SessionTimestamps {
    /// Returns the timestamps of a session that begins at `now`.
    #[must_use]
    pub fn new(now: Timestamp, config: &SessionConfig) -> Self {
        Self {
            created_at: now,
            renewed_at: now,
            expires_at: now.plus(config.idle_ttl.min(config.absolute_ttl)),
        }
    }

    /// Returns `true` if neither the idle nor the absolute timeout has passed.
    #[must_use]
    pub fn is_live(&self, now: Timestamp, config: &SessionConfig) -> bool {
        now < self.expires_at && now < self.created_at.plus(config.absolute_ttl)
    }

    /// Returns the timestamps after a visit at `now`; `None` if no renewal is due. Near the
    /// absolute timeout a renewal no longer extends the session, but still stores when it was last
    /// seen.
    #[must_use]
    pub fn renewed(&self, now: Timestamp, config: &SessionConfig) -> Option<Self> {
        let end = now.plus(config.idle_ttl).min(self.created_at.plus(config.absolute_ttl));
        let due = now >= self.renewed_at.plus(config.renewal_interval);
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
        fn renewals_never_exceed_the_absolute_timeout(
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
