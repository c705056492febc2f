//! The ends of sessions: by signing out, from another session, or because an account has too many.

use super::{AuditEvent, Tx, query};
use crate::domain::time::Timestamp;
use crate::server::error::Error;

impl Tx {
    /// Revokes a session. Returns `false` if there is none, or if it was already revoked.
    pub(super) async fn revoke_session(
        &mut self,
        user_id: &str,
        id: &[u8],
        now: Timestamp,
    ) -> Result<bool, Error> {
        let statement = query(
            "UPDATE sessions SET revoked_at = $3 \
             WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL",
        );
        Ok(self.execute(statement.bind(user_id).bind(id).bind(now.0)).await? == 1)
    }

    /// Revokes a session and records that its owner signed out, if it was not revoked before.
    pub(crate) async fn sign_out(
        &mut self,
        user_id: &str,
        id: &[u8],
        subnet: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        if self.has_concurrent_writers() {
            // One statement, so that no lock is held while the server waits for the database's
            // answer.
            let statement = query(
                "WITH revoked AS (UPDATE sessions SET revoked_at = $3 \
                 WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING user_id) \
                 INSERT INTO audit (occurred_at, event, user_id, subnet) \
                 SELECT $3, $4, user_id, $5 FROM revoked",
            );
            let statement = statement.bind(user_id).bind(id).bind(now.0);
            let event = AuditEvent::SignedOut.as_str();
            return self.execute(statement.bind(event).bind(subnet)).await.map(drop);
        }
        if self.revoke_session(user_id, id, now).await? {
            self.record(AuditEvent::SignedOut, user_id, subnet, now).await?;
        }
        Ok(())
    }

    /// Revokes a session of an account from another session of it, deletes its device, and records
    /// the event. Returns `false` if there is no such session, or if it was already revoked.
    pub(crate) async fn end_session(
        &mut self,
        user_id: &str,
        id: &[u8],
        subnet: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        // Devices are locked before sessions, as a sign-in does.
        let statement = query(
            "DELETE FROM devices WHERE user_id = $1 AND id = \
             (SELECT device_id FROM sessions WHERE user_id = $1 AND id = $2 \
             AND revoked_at IS NULL)",
        );
        self.execute(statement.bind(user_id).bind(id)).await?;
        if !self.revoke_session(user_id, id, now).await? {
            return Ok(false);
        }
        self.record(AuditEvent::SessionEnded, user_id, subnet, now).await?;
        Ok(true)
    }

    /// Returns `true` if an account has a session with this id, also if it was revoked.
    pub(crate) async fn has_session(&mut self, user_id: &str, id: &[u8]) -> Result<bool, Error> {
        let statement = query("SELECT 1 FROM sessions WHERE user_id = $1 AND id = $2");
        Ok(self.fetch(statement.bind(user_id).bind(id), |_| Ok(())).await?.is_some())
    }

    /// Revokes all sessions of an account except this one, and deletes all devices except that of
    /// this session. Returns the number of ended sessions.
    pub(crate) async fn end_other_sessions(
        &mut self,
        user_id: &str,
        keep: &[u8],
        now: Timestamp,
    ) -> Result<u64, Error> {
        let delete = query(
            "DELETE FROM devices WHERE user_id = $1 AND NOT EXISTS (SELECT 1 FROM sessions \
             WHERE sessions.user_id = $1 AND sessions.id = $2 AND device_id = devices.id)",
        );
        self.execute(delete.bind(user_id).bind(keep)).await?;
        let revoke = query(
            "UPDATE sessions SET revoked_at = $3 \
             WHERE user_id = $1 AND id <> $2 AND revoked_at IS NULL",
        );
        self.execute(revoke.bind(user_id).bind(keep).bind(now.0)).await
    }

    /// Revokes all sessions of an account except the `keep` newest unexpired ones. Returns the
    /// number of revoked sessions.
    pub(crate) async fn revoke_oldest_sessions(
        &mut self,
        user_id: &str,
        keep: i64,
        now: Timestamp,
    ) -> Result<u64, Error> {
        let statement = query(
            "UPDATE sessions SET revoked_at = $3 WHERE user_id = $1 AND revoked_at IS NULL \
             AND id NOT IN (\
             SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $3 \
             ORDER BY created_at DESC, id LIMIT $2)",
        );
        self.execute(statement.bind(user_id).bind(keep).bind(now.0)).await
    }
}
