//! The audit log as the journal reads it, and the changes of a database that was restored.

use std::path::Path;

use super::{AuditEvent, Engine, Row, Store, Tx, query};
use crate::domain::time::Timestamp;
use crate::server::error::Error;

/// The age of an entry of the audit log in seconds before it is delivered or copied. A transaction
/// that began earlier may still commit an entry with a smaller id.
pub const SETTLING_TIME: i64 = 30;

/// The statement that reads one entry of the audit log.
const FIND_ENTRY: &str = "SELECT id, occurred_at, event, user_id FROM audit WHERE id = $1";

/// An entry of the audit log in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The id of the entry.
    pub id: i64,
    /// The time of the event.
    pub occurred_at: Timestamp,
    /// The name of the event.
    pub event: String,
    /// The id of the account, if the event has one.
    pub user_id: Option<String>,
}

/// The event of the first entry of a journal, which the audit log does not have.
const START: &str = "journal_started";

impl JournalEntry {
    /// Returns the first entry of a journal that begins after the entry with this id.
    #[must_use]
    pub fn start(id: i64, now: Timestamp) -> Self {
        Self { id, occurred_at: now, event: START.to_owned(), user_id: None }
    }

    /// Returns `true` for the first entry of a journal, which the audit log does not have.
    #[must_use]
    pub fn is_start(&self) -> bool {
        self.event == START
    }

    /// Returns `true` if both have the same id, time and event.
    #[must_use]
    pub fn is_same_event(&self, other: &Self) -> bool {
        let parts = |entry: &Self| (entry.id, entry.occurred_at);
        parts(self) == parts(other) && self.event == other.event
    }
}

/// The answer to the question whether an audit log has an entry of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It has the entry.
    Yes,
    /// It may have had the entry, and has purged it.
    Purged,
    /// It has another entry with that id.
    Other,
    /// It has none with that id.
    No,
}

impl Found {
    /// Returns `true` if the database is as new as the entry.
    #[must_use]
    pub fn is_current(self) -> bool {
        matches!(self, Self::Yes | Self::Purged)
    }
}

impl Store {
    /// Returns the greatest id that an entry of the audit log has had, also if it is purged; 0 if
    /// there was none.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn last_audit_id(&self) -> Result<i64, Error> {
        let statement = query(if self.has_ordered_audit() {
            "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0) AS id"
        } else {
            "SELECT COALESCE((SELECT last_value FROM pg_sequences WHERE schemaname = \
             current_schema() AND sequencename = 'audit_id_seq'), 0) AS id"
        });
        Ok(self.find(statement, |row| row.get("id")).await?.unwrap_or_default())
    }

    /// Looks for an entry of the journal in the audit log. Ids alone do not tell: a database that
    /// was put back gives the ids of lost entries again, and after a recovery of `PostgreSQL` its
    /// sequence may be ahead. An entry before `kept_since` may be purged.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn find_journal_entry(
        &self,
        entry: &JournalEntry,
        kept_since: Timestamp,
    ) -> Result<Found, Error> {
        if !entry.is_start() {
            let statement = query(FIND_ENTRY).bind(entry.id);
            if let Some(found) = self.find(statement, read_entry).await? {
                return Ok(if found.is_same_event(entry) { Found::Yes } else { Found::Other });
            }
            let statement = query("SELECT 1 FROM audit WHERE id <= $1 LIMIT 1").bind(entry.id);
            let is_kept = entry.occurred_at >= kept_since;
            if is_kept && self.find(statement, |_| Ok(())).await?.is_some() {
                return Ok(Found::No);
            }
        }
        let was_given = self.last_audit_id().await? >= entry.id;
        Ok(if was_given { Found::Purged } else { Found::No })
    }

    /// Returns an id up to which the audit log is complete; 0 if it is empty. A transaction under
    /// way may still have committed an entry with a smaller id than the newest one.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn settled_audit_id(&self) -> Result<i64, Error> {
        if self.has_ordered_audit() {
            return self.last_audit_id().await;
        }
        let statement = query(
            "SELECT COALESCE(MAX(id), 0) AS id FROM audit \
             WHERE occurred_at <= (SELECT MAX(occurred_at) FROM audit) - $1",
        );
        let found = self.find(statement.bind(SETTLING_TIME), |row| row.get("id")).await?;
        Ok(found.unwrap_or_default())
    }

    /// Returns entries after the one with the id `after`, up to the newest one that happened at or
    /// before `until`, at most `limit`, in the order of their ids. Their times may have another
    /// order, because requests read the clock before they write.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn journal_entries(
        &self,
        after: i64,
        until: Timestamp,
        limit: i64,
    ) -> Result<Vec<JournalEntry>, Error> {
        let statement = query(
            "SELECT id, occurred_at, event, user_id FROM audit WHERE id > $1 AND id <= \
             (SELECT COALESCE(MAX(id), 0) FROM audit WHERE id > $1 AND occurred_at <= $2) \
             ORDER BY id LIMIT $3",
        );
        self.find_all(statement.bind(after).bind(until.0).bind(limit), read_entry).await
    }

    /// Returns the path of the `SQLite` file; `None` on `PostgreSQL`.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<&Path> {
        match &self.engine {
            Engine::Sqlite(sqlite) => Some(sqlite.path()),
            Engine::Postgres(_) => None,
        }
    }

    /// Returns `true` if entries get visible in the order of their ids. On `PostgreSQL` a
    /// transaction may commit an entry later than another one with a greater id.
    #[must_use]
    pub fn has_ordered_audit(&self) -> bool {
        self.sqlite_file().is_some()
    }
}

fn read_entry(row: &Row<'_>) -> Result<JournalEntry, Error> {
    Ok(JournalEntry {
        id: row.get("id")?,
        occurred_at: Timestamp(row.get("occurred_at")?),
        event: row.get("event")?,
        user_id: row.get("user_id")?,
    })
}

impl Tx {
    /// Ends all sessions and all codes under way.
    pub(crate) async fn end_all_sessions_and_challenges(&mut self) -> Result<(), Error> {
        self.execute(query("DELETE FROM sessions")).await?;
        self.execute(query("DELETE FROM challenges")).await.map(drop)
    }

    /// Makes an account dormant, so that a text alone does not open it on an unknown device.
    pub(crate) async fn make_dormant(&mut self, user_id: &str) -> Result<(), Error> {
        let statement = query("UPDATE users SET seen_at = 0 WHERE id = $1");
        self.execute(statement.bind(user_id)).await.map(drop)
    }

    /// Deletes the passkeys of an account that has a number, which opens it without them.
    pub(crate) async fn delete_passkeys(&mut self, user_id: &str) -> Result<(), Error> {
        let statement = query(
            "DELETE FROM passkeys WHERE user_id = $1 \
             AND EXISTS (SELECT 1 FROM users WHERE id = $1 AND phone IS NOT NULL)",
        );
        self.execute(statement.bind(user_id)).await.map(drop)
    }

    /// Deletes the recovery codes of an account that opens without them.
    pub(crate) async fn delete_spare_recovery_codes(&mut self, user_id: &str) -> Result<(), Error> {
        let statement = query(
            "DELETE FROM recovery_codes WHERE user_id = $1 \
             AND (EXISTS (SELECT 1 FROM users WHERE id = $1 AND phone IS NOT NULL) \
             OR EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1))",
        );
        self.execute(statement.bind(user_id)).await.map(drop)
    }

    /// Returns the entry of the audit log with this id.
    pub(crate) async fn find_entry(&mut self, id: i64) -> Result<Option<JournalEntry>, Error> {
        self.fetch(query(FIND_ENTRY).bind(id), read_entry).await
    }

    /// Writes a lost entry after all others, because its own id has another one.
    pub(crate) async fn append_entry(&mut self, entry: &JournalEntry) -> Result<(), Error> {
        let statement = query(
            "INSERT INTO audit (occurred_at, event, user_id, subnet) VALUES ($1, $2, $3, '')",
        );
        let statement = statement.bind(entry.occurred_at.0).bind(entry.event.clone());
        self.execute(statement.bind(entry.user_id.clone().unwrap_or_default())).await.map(drop)
    }

    /// Marks the notices of all entries as delivered.
    pub(crate) async fn skip_notices(&mut self) -> Result<(), Error> {
        let statement = query("UPDATE notice_cursor SET audit_id = (SELECT MAX(id) FROM audit)");
        self.execute(statement).await.map(drop)
    }

    /// Writes a lost entry of the journal into the audit log, in the place of another one with its
    /// id.
    pub(crate) async fn restore_entry(&mut self, entry: &JournalEntry) -> Result<(), Error> {
        let statement = query(if self.has_concurrent_writers() {
            "INSERT INTO audit (id, occurred_at, event, user_id, subnet) OVERRIDING SYSTEM VALUE \
             VALUES ($1, $2, $3, $4, '') ON CONFLICT (id) DO UPDATE SET \
             occurred_at = excluded.occurred_at, event = excluded.event, \
             user_id = excluded.user_id, subnet = excluded.subnet"
        } else {
            "INSERT INTO audit (id, occurred_at, event, user_id, subnet) \
             VALUES ($1, $2, $3, $4, '') ON CONFLICT (id) DO UPDATE SET \
             occurred_at = excluded.occurred_at, event = excluded.event, \
             user_id = excluded.user_id, subnet = excluded.subnet"
        });
        let statement = statement.bind(entry.id).bind(entry.occurred_at.0);
        let user_id = entry.user_id.clone().unwrap_or_default();
        self.execute(statement.bind(entry.event.clone()).bind(user_id)).await.map(drop)
    }

    /// Records that the database was restored. The entry comes after the one with the id `last`,
    /// and so after all entries that were lost.
    pub(crate) async fn record_restore(&mut self, last: i64, now: Timestamp) -> Result<(), Error> {
        if self.has_concurrent_writers() {
            let advance = query(
                "SELECT setval(pg_get_serial_sequence('audit', 'id'), \
                 GREATEST($1, (SELECT COALESCE(MAX(id), 1) FROM audit)))",
            );
            self.fetch(advance.bind(last), |_| Ok(())).await?;
            return self.record(AuditEvent::DatabaseRestored, "", "", now).await;
        }
        let statement = query(
            "INSERT INTO audit (id, occurred_at, event, user_id, subnet) \
             VALUES ((SELECT MAX($1, COALESCE(MAX(id), 0)) + 1 FROM audit), $2, $3, '', '')",
        );
        let statement = statement.bind(last).bind(now.0);
        self.execute(statement.bind(AuditEvent::DatabaseRestored.as_str())).await.map(drop)
    }
}
