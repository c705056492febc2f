//! What is kept no longer goes, a slice at a time, so that nobody waits for it. It waits for nobody either: on `PostgreSQL` a row
//! that somebody else holds is passed over until the next time, so that the purge and a request never wait for each other.

use sqlx::AssertSqlSafe;

use super::{Row, Store, Tx, query};
use crate::domain::clock_record::ClockRecord;
use crate::domain::time::Timestamp;
use crate::server::error::Error;

/// Rows that one transaction takes.
const SLICE: i64 = 500;
/// Counters that one looks at.
const COUNTERS: i64 = 2_000;
/// The longest window of a counter, and longer than any code is good for: what is later than this from now, a clock wrote that was
/// ahead.
const DAY: i64 = 86_400;

/// Until when things are kept, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Challenges and counters, after their end.
    pub challenges: i64,
    /// The sources in the record, and ended sessions.
    pub sources: i64,
    /// The record.
    pub audit: i64,
}

/// Rows of one table that go, or lose something.
struct Old {
    change: &'static str,
    table: &'static str,
    key: &'static str,
    /// Which of them, by the moment `$1`.
    which: &'static str,
}

const CHALLENGES: Old = Old {
    change: "DELETE FROM challenges",
    table: "challenges",
    key: "id",
    which: "expires_at < $1 AND COALESCE(proof_expires_at, 0) < $1",
};
/// Challenges that a clock made which was ahead, and whose codes would be good until it is so late.
const CHALLENGES_AHEAD: Old = Old { change: "DELETE FROM challenges", table: "challenges", key: "id", which: "expires_at > $1" };
const PROOFS: Old = Old { change: "DELETE FROM proofs", table: "proofs", key: "id", which: "expires_at < $1" };
const DEVICES: Old = Old { change: "DELETE FROM devices", table: "devices", key: "user_id, id", which: "expires_at < $1" };
const SESSIONS: Old = Old { change: "DELETE FROM sessions", table: "sessions", key: "user_id, id", which: "expires_at < $1" };
const SOURCES: Old =
    Old { change: "UPDATE audit SET source = NULL", table: "audit", key: "id", which: "occurred_at < $1 AND source IS NOT NULL" };
const AUDIT: Old = Old { change: "DELETE FROM audit", table: "audit", key: "id", which: "occurred_at < $1" };

impl Store {
    /// Deletes what is past its time; how many rows went.
    ///
    /// # Errors
    /// The first time that the database could not be written. All else that could go has gone.
    pub async fn purge(&self, keep: Retention, now: Timestamp) -> Result<u64, Error> {
        let (challenges, sources, audit) = (now.0 - keep.challenges, now.0 - keep.sources, now.0 - keep.audit);
        let (ahead, mut gone, mut failed) = (now.plus(DAY).0, 0, None);
        for (old, before) in [
            (CHALLENGES, challenges),
            (CHALLENGES_AHEAD, ahead),
            (PROOFS, now.0),
            (DEVICES, now.0),
            (SESSIONS, sources),
            (SOURCES, sources),
            (AUDIT, audit),
        ] {
            match self.purge_all(&old, before).await {
                Ok(rows) => gone += rows,
                // One table that cannot be purged must not let the others grow.
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match self.purge_counters(challenges, ahead).await {
            Ok(rows) => gone += rows,
            Err(error) => failed = failed.or(Some(error)),
        }
        failed.map_or(Ok(gone), Err)
    }

    /// What is kept about the machine's clock; `None` in a database that no purge has seen.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn clock_record(&self) -> Result<Option<ClockRecord>, Error> {
        let record = |row: &Row<'_>| {
            let doubted_at: Option<i64> = row.get("doubted_at")?;
            Ok(ClockRecord { believed_at: Timestamp(row.get("believed_at")?), doubted_at: doubted_at.map(Timestamp) })
        };
        self.find(query("SELECT believed_at, doubted_at FROM clock"), record).await
    }

    /// Keeps it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn keep_clock_record(&self, record: ClockRecord) -> Result<(), Error> {
        let statement = query(
            "INSERT INTO clock (id, believed_at, doubted_at) VALUES (1, $1, $2) \
             ON CONFLICT (id) DO UPDATE SET believed_at = excluded.believed_at, doubted_at = excluded.doubted_at",
        );
        let mut tx = self.begin().await?;
        tx.execute(statement.bind(record.believed_at.0).bind(record.doubted_at.map(|since| since.0))).await?;
        tx.commit().await
    }

    /// Walks along all counters: an index by time would cost every text more than this. The row of slot 0 goes with the last of
    /// its counter's other rows.
    async fn purge_counters(&self, before: i64, ahead: i64) -> Result<u64, Error> {
        let (mut gone, mut after) = (0, String::new());
        loop {
            let last = query(
                "SELECT COALESCE((SELECT name FROM counters WHERE name > $1 ORDER BY name, slot_at LIMIT 1 OFFSET $2), \
                 (SELECT MAX(name) FROM counters WHERE name > $1)) AS name",
            );
            let last: Option<Option<String>> = self.find(last.bind(after.as_str()).bind(COUNTERS), |row| row.get("name")).await?;
            let Some(last) = last.flatten() else { return Ok(gone) };
            let mut tx = self.begin().await?;
            // In the order in which they are counted.
            let sql = format!(
                "WITH past AS (SELECT name, slot_at FROM counters WHERE name > $1 AND name <= $2 AND (slot_at > $4 \
                 OR (slot_at < $3 AND (slot_at > 0 OR NOT EXISTS (SELECT 1 FROM counters s \
                 WHERE s.name = counters.name AND s.slot_at >= $3 AND s.slot_at <= $4)))) ORDER BY name, slot_at{}) \
                 DELETE FROM counters WHERE (name, slot_at) IN (SELECT name, slot_at FROM past)",
                tx.free_rows()
            );
            let old = query(AssertSqlSafe(sql)).bind(after).bind(last.as_str()).bind(before).bind(ahead);
            gone += tx.execute(old).await?;
            tx.commit().await?;
            after = last;
        }
    }

    async fn purge_all(&self, old: &Old, before: i64) -> Result<u64, Error> {
        let Old { change, table, key, which } = old;
        let mut gone = 0;
        loop {
            let mut tx = self.begin().await?;
            let sql = format!(
                "WITH past AS (SELECT {key} FROM {table} WHERE {which} LIMIT $2{}) {change} WHERE ({key}) IN (SELECT {key} FROM past)",
                tx.free_rows()
            );
            let rows = tx.execute(query(AssertSqlSafe(sql)).bind(before).bind(SLICE)).await?;
            tx.commit().await?;
            gone += rows;
            if rows < SLICE.unsigned_abs() {
                return Ok(gone);
            }
        }
    }
}

impl Tx {
    /// The end of a `SELECT` that locks the rows which nobody else holds: where others write, and not on `SQLite`, which knows
    /// neither the words nor the need.
    fn free_rows(&self) -> &'static str {
        if self.shares_rows() { " FOR UPDATE SKIP LOCKED" } else { "" }
    }
}
