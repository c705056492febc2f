//! The `sessions` table. Every request of a signed-in user reads it, so that signing out takes
//! effect immediately.

use super::users::user_view;
use super::{AuditEvent, Row, Store, Tx, query};
use crate::domain::session::SessionTimestamps;
use crate::domain::time::Timestamp;
use crate::domain::user::UserView;
use crate::server::error::Error;

/// A session that was not revoked, with its owner. It may be expired; the caller checks that.
#[derive(Debug)]
pub struct LiveSession {
    /// The owner of the session, with a masked phone number.
    pub user: UserView,
    /// The timestamps of the row.
    pub timestamps: SessionTimestamps,
}

/// The row of a new session, without its owner.
#[derive(Debug)]
pub struct NewSession<'a> {
    /// The SHA-256 of the token's `sid`.
    pub id: Vec<u8>,
    /// The id of the key that signed its token.
    pub key_id: &'a str,
    /// The timestamps of the row.
    pub timestamps: SessionTimestamps,
}

impl Store {
    /// Returns the session of this account with this id, unless it was revoked. The session may be
    /// expired. This is one indexed read.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn find_session(
        &self,
        user_id: &str,
        id: &[u8],
    ) -> Result<Option<LiveSession>, Error> {
        let statement = query(
            "SELECT s.user_id, s.created_at, s.renewed_at, s.expires_at, u.phone, u.first_name, \
             u.last_name, u.email \
             FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.user_id = $1 \
             AND s.id = $2 AND s.revoked_at IS NULL",
        );
        let read = |row: &Row<'_>| {
            let time = |column| row.get(column).map(Timestamp);
            let timestamps = SessionTimestamps {
                created_at: time("created_at")?,
                renewed_at: time("renewed_at")?,
                expires_at: time("expires_at")?,
            };
            Ok(LiveSession { user: user_view(row)?, timestamps })
        };
        self.find(statement.bind(user_id).bind(id), read).await
    }
}

impl Tx {
    /// Writes a new session.
    pub(super) async fn insert_session(
        &mut self,
        user_id: &str,
        new: &NewSession<'_>,
    ) -> Result<(), Error> {
        let statement = query(
            "INSERT INTO sessions (id, user_id, key_id, created_at, renewed_at, expires_at) VALUES \
             ($1, $2, $3, $4, $5, $6)",
        );
        let statement = statement.bind(new.id.as_slice()).bind(user_id).bind(new.key_id);
        let timestamps = new.timestamps;
        self.execute(
            statement
                .bind(timestamps.created_at.0)
                .bind(timestamps.renewed_at.0)
                .bind(timestamps.expires_at.0),
        )
        .await
        .map(drop)
    }

    /// Renews a session, which extends its expiry. `from` is the `renewed_at` that the caller read.
    /// Returns `false` if the session was concurrently revoked or renewed.
    pub(crate) async fn renew_session(
        &mut self,
        user_id: &str,
        id: &[u8],
        from: Timestamp,
        timestamps: SessionTimestamps,
    ) -> Result<bool, Error> {
        let statement = query(
            "UPDATE sessions SET renewed_at = $4, expires_at = $5 \
             WHERE user_id = $1 AND id = $2 AND renewed_at = $3 AND revoked_at IS NULL",
        );
        let statement = statement
            .bind(user_id)
            .bind(id)
            .bind(from.0)
            .bind(timestamps.renewed_at.0)
            .bind(timestamps.expires_at.0);
        Ok(self.execute(statement).await? == 1)
    }

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
