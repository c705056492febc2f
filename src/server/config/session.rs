//! The settings of sessions: their timeouts, and the maximum number of sessions per account.

use super::reader::Reader;
use crate::domain::session::SessionConfig;

pub(super) fn read(reader: &mut Reader<'_>) -> SessionConfig {
    SessionConfig {
        idle_ttl: reader.number("SESSION_IDLE_TTL", 60, 31_536_000),
        absolute_ttl: reader.number("SESSION_ABSOLUTE_TTL", 60, 31_536_000),
        renewal_interval: reader.number("SESSION_RENEW_EVERY", 0, 86_400),
        step_up_ttl: reader.number("STEP_UP_TTL", 60, 3_600),
        dormant_after: reader.number("ACCOUNT_DORMANT_AFTER", 86_400, 315_360_000),
        max_per_account: reader.number("SESSIONS_PER_ACCOUNT", 1, 1_000),
    }
}
