//! The `sessions` table. Every request of a signed-in user reads it, so that signing out takes
//! effect immediately.

use super::sql_builder::SqlBuilder;
use super::statement::Param;
use super::users::user_view;
use super::{Row, Store, Tx, query};
use crate::domain::phone::PhoneNumber;
use crate::domain::session::{SessionConfig, SessionTimestamps};
use crate::domain::time::Timestamp;
use crate::domain::user::UserView;
use crate::server::error::Error;
use crate::server::user_agent::UserAgent;

/// A session that was not revoked, with its owner. It may be expired; the caller checks that.
#[derive(Debug)]
pub struct LiveSession {
    /// The owner of the session, with a masked phone number.
    pub user: UserView,
    /// The timestamps of the row.
    pub timestamps: SessionTimestamps,
    /// The time at which the owner last verified the number in this session.
    pub verified_at: Timestamp,
    /// The last visit to the account, exact to a day.
    pub seen_at: Timestamp,
}

/// A session as its owner sees it among the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSession {
    /// The id of the row.
    pub id: Vec<u8>,
    /// The browser and the platform, in words; empty if they are not known.
    pub user_agent: UserAgent,
    /// The subnet from which the session was opened; empty if it is not known.
    pub subnet: String,
    /// The timestamps of the row.
    pub timestamps: SessionTimestamps,
}

/// The row of a new session, without its owner and its device.
#[derive(Debug)]
pub struct NewSession<'a> {
    /// The SHA-256 of the token's `sid`.
    pub id: Vec<u8>,
    /// The id of the key that signed its token.
    pub key_id: &'a str,
    /// The timestamps of the row.
    pub timestamps: SessionTimestamps,
    /// The browser and the platform, in words.
    pub user_agent: UserAgent,
    /// The subnet of the client.
    pub subnet: &'a str,
}

/// The columns of a new session, in the order of [`session_params`].
pub(super) const SESSION_COLUMNS: &str =
    "id, key_id, created_at, renewed_at, expires_at, browser, platform, subnet, verified_at";

/// Returns the parameters of a new session's row, without its owner and its device.
pub(super) fn session_params(new: &NewSession<'_>) -> [Param; 9] {
    [
        new.id.as_slice().into(),
        new.key_id.into(),
        new.timestamps.created_at.0.into(),
        new.timestamps.renewed_at.0.into(),
        new.timestamps.expires_at.0.into(),
        new.user_agent.browser.as_str().into(),
        new.user_agent.platform.as_str().into(),
        new.subnet.into(),
        new.timestamps.created_at.0.into(),
    ]
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
            "SELECT s.user_id, s.created_at, s.renewed_at, s.expires_at, s.verified_at, u.seen_at, \
             u.phone, u.first_name, u.last_name, u.email \
             FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.user_id = $1 \
             AND s.id = $2 AND s.revoked_at IS NULL",
        );
        let read = |row: &Row<'_>| {
            Ok(LiveSession {
                user: user_view(row)?,
                timestamps: read_timestamps(row)?,
                verified_at: row.get("verified_at").map(Timestamp)?,
                seen_at: row.get("seen_at").map(Timestamp)?,
            })
        };
        self.find(statement.bind(user_id).bind(id), read).await
    }

    /// Returns the sessions of an account that are live, the last seen one first.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn list_sessions(
        &self,
        user_id: &str,
        config: &SessionConfig,
        now: Timestamp,
    ) -> Result<Vec<ListedSession>, Error> {
        let statement = query(
            "SELECT id, browser, platform, subnet, created_at, renewed_at, expires_at \
             FROM sessions WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 \
             ORDER BY renewed_at DESC, created_at DESC, id",
        );
        let read = |row: &Row<'_>| {
            Ok(ListedSession {
                id: row.get("id")?,
                user_agent: UserAgent {
                    browser: row.get("browser")?,
                    platform: row.get("platform")?,
                },
                subnet: row.get("subnet")?,
                timestamps: read_timestamps(row)?,
            })
        };
        let mut sessions = self.find_all(statement.bind(user_id).bind(now.0), read).await?;
        sessions.retain(|session| session.timestamps.is_live(now, config));
        Ok(sessions)
    }
}

fn read_timestamps(row: &Row<'_>) -> Result<SessionTimestamps, Error> {
    let time = |column| row.get(column).map(Timestamp);
    Ok(SessionTimestamps {
        created_at: time("created_at")?,
        renewed_at: time("renewed_at")?,
        expires_at: time("expires_at")?,
    })
}

impl Tx {
    /// Writes a new session of a browser that is this device of the account.
    pub(super) async fn insert_session(
        &mut self,
        user_id: &str,
        device_id: &[u8],
        new: &NewSession<'_>,
    ) -> Result<(), Error> {
        let mut sql = SqlBuilder::new("INSERT INTO sessions (user_id, device_id, ");
        sql.push(SESSION_COLUMNS).push(") VALUES (");
        sql.bind_all([user_id.into(), device_id.into()]).push(", ");
        sql.bind_all(session_params(new)).push(")");
        self.execute(sql.build()).await.map(drop)
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

    /// Stores that the owner of a session has verified the number in it, and gives its row the id
    /// and the key of a new token. Returns `false` if the session was revoked, or if the account
    /// has another number than `phone` by now. `None` stands for any number.
    pub(crate) async fn verify_session(
        &mut self,
        user_id: &str,
        id: &[u8],
        phone: Option<&PhoneNumber>,
        (new_id, key_id): (&[u8], &str),
        now: Timestamp,
    ) -> Result<bool, Error> {
        let statement = query(
            "UPDATE sessions SET verified_at = $4, id = $5, key_id = $6 \
             WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL \
             AND (CAST($3 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM users WHERE id = $1 \
             AND phone = $3))",
        );
        let phone = phone.map(PhoneNumber::as_str);
        let statement = statement.bind(user_id).bind(id).bind(phone).bind(now.0);
        Ok(self.execute(statement.bind(new_id).bind(key_id)).await? == 1)
    }

    /// Locks an account and the session that changes it until the end of the transaction. Returns
    /// `false` if the session was revoked: the owner may end it at the same moment to stop a thief.
    pub(crate) async fn lock_account_and_session(
        &mut self,
        user_id: &str,
        id: &[u8],
    ) -> Result<bool, Error> {
        Ok(self.lock_account(user_id).await? && self.lock_session(user_id, id).await?)
    }

    /// Locks a session until the end of the transaction. Returns `false` if it was revoked.
    pub(crate) async fn lock_session(&mut self, user_id: &str, id: &[u8]) -> Result<bool, Error> {
        let statement = query(
            "UPDATE sessions SET key_id = key_id \
             WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL",
        );
        Ok(self.execute(statement.bind(user_id).bind(id)).await? == 1)
    }
}
