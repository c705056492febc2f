//! The `audit` table: what happened to accounts, for the operator to read with `ringkey audit`.

use super::{Row, Store, Tx, query};
use crate::domain::time::Timestamp;
use crate::server::error::Error;

/// What happened. Each has its name in the table and in the operator's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The account was created, and with it its first session.
    SignedUp,
    /// A session was opened.
    SignedIn,
    /// A session was ended by its owner.
    SignedOut,
    /// Every session and known device of the account was ended.
    SignedOutEverywhere,
    /// The operator ended every session and known device of the account.
    RevokedByOperator,
    /// The oldest session made room for a new one.
    SessionDisplaced,
    /// Name or e-mail were changed by their owner.
    ProfileChanged,
}

impl Event {
    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedUp => "signed_up",
            Self::SignedIn => "signed_in",
            Self::SignedOut => "signed_out",
            Self::SignedOutEverywhere => "signed_out_everywhere",
            Self::RevokedByOperator => "revoked_by_operator",
            Self::SessionDisplaced => "session_displaced",
            Self::ProfileChanged => "profile_changed",
        }
    }
}

/// A line of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub occurred_at: Timestamp,
    /// What.
    pub event: String,
    /// Whose account.
    pub user_id: Option<String>,
    /// The block of addresses that it came from.
    pub source: Option<String>,
}

impl Store {
    /// The newest lines since a moment, the oldest of them first; of one account, if one is named.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn read_audit(&self, since: Timestamp, user_id: &str, most: i64) -> Result<Vec<Line>, Error> {
        let statement = query(
            "SELECT occurred_at, event, user_id, source FROM audit \
             WHERE occurred_at >= $1 AND ($2 = '' OR user_id = $2) ORDER BY id DESC LIMIT $3",
        );
        let line = |row: &Row<'_>| {
            Ok(Line {
                occurred_at: Timestamp(row.get("occurred_at")?),
                event: row.get("event")?,
                user_id: row.get("user_id")?,
                source: row.get("source")?,
            })
        };
        let mut lines = self.find_all(statement.bind(since.0).bind(user_id).bind(most), line).await?;
        lines.reverse();
        Ok(lines)
    }
}

impl Tx {
    /// Writes a line.
    pub(crate) async fn record(&mut self, event: Event, user_id: &str, source: &str, now: Timestamp) -> Result<(), Error> {
        let statement = query("INSERT INTO audit (occurred_at, event, user_id, source) VALUES ($1, $2, $3, $4)");
        let statement = statement.bind(now.0).bind(event.as_str()).bind(user_id).bind(source);
        self.execute(statement).await.map(drop)
    }
}
