//! The purge of expired rows, in small batches, so that no request waits for it. On `PostgreSQL` it
//! leaves rows that a request has locked to the next purge, so that it waits for no request either.

use sqlx::AssertSqlSafe;

use super::{Row, Store, Tx, query};
use crate::domain::clock_record::ClockRecord;
use crate::domain::time::Timestamp;
use crate::server::config::Retention;
use crate::server::error::Error;

/// The maximum number of rows that one transaction deletes.
const BATCH_SIZE: i64 = 500;
/// The number of counters that one transaction examines.
const COUNTER_BATCH_SIZE: i64 = 2_000;
/// The longest window of a counter, in seconds; every code has a shorter life. A row that is more
/// than this in the future was written while the clock was ahead.
const DAY: i64 = 86_400;

/// A rule of the purge: the rows of one table that are deleted or cleared.
struct PurgeRule {
    change: &'static str,
    table: &'static str,
    key: &'static str,
    /// The SQL condition of an expired row; `$1` is a time.
    condition: &'static str,
}

/// The rule that deletes rows after their end.
const fn expired(change: &'static str, table: &'static str, key: &'static str) -> PurgeRule {
    PurgeRule { change, table, key, condition: "expires_at < $1" }
}

const USED_PUZZLES: PurgeRule = expired("DELETE FROM used_puzzles", "used_puzzles", "id");
const DEVICES: PurgeRule = expired("DELETE FROM devices", "devices", "user_id, id");
const SESSIONS: PurgeRule = expired("DELETE FROM sessions", "sessions", "user_id, id");
const CHALLENGES: PurgeRule = PurgeRule {
    condition: "expires_at < $1 AND COALESCE(proof_expires_at, 0) < $1",
    ..expired("DELETE FROM challenges", "challenges", "id")
};
/// The rule for challenges from a clock that was ahead, whose codes would be valid for too long.
const CHALLENGES_AHEAD: PurgeRule = PurgeRule { condition: "expires_at > $1", ..CHALLENGES };
const AUDIT: PurgeRule = PurgeRule {
    change: "DELETE FROM audit",
    table: "audit",
    key: "id",
    condition: "occurred_at < $1",
};
const SUBNETS: PurgeRule = PurgeRule {
    change: "UPDATE audit SET subnet = NULL",
    condition: "occurred_at < $1 AND subnet IS NOT NULL",
    ..AUDIT
};

impl Store {
    /// Deletes expired rows and returns their number.
    ///
    /// # Errors
    /// Returns the first error, after all other tables have been purged.
    pub async fn purge(&self, keep: Retention, now: Timestamp) -> Result<u64, Error> {
        let (challenges, subnets, audit) =
            (now.0 - keep.challenges, now.0 - keep.subnets, now.0 - keep.audit);
        let (ahead, mut purged, mut failed) = (now.plus(DAY).0, 0, None);
        for (rule, before) in [
            (CHALLENGES, challenges),
            (CHALLENGES_AHEAD, ahead),
            (USED_PUZZLES, now.0),
            (DEVICES, now.0),
            (SESSIONS, subnets),
            (SUBNETS, subnets),
            (AUDIT, audit),
        ] {
            match self.purge_all(&rule, before).await {
                Ok(rows) => purged += rows,
                // One table that cannot be purged must not let the others grow.
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match self.purge_counters(challenges, ahead).await {
            Ok(rows) => purged += rows,
            Err(error) => failed = failed.or(Some(error)),
        }
        failed.map_or(Ok(purged), Err)
    }

    /// Returns the record of the machine's clock; `None` if no purge has run on this database.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn clock_record(&self) -> Result<Option<ClockRecord>, Error> {
        let record = |row: &Row<'_>| {
            let doubted_at: Option<i64> = row.get("doubted_at")?;
            Ok(ClockRecord {
                believed_at: Timestamp(row.get("believed_at")?),
                doubted_at: doubted_at.map(Timestamp),
            })
        };
        self.find(query("SELECT believed_at, doubted_at FROM clock"), record).await
    }

    /// Writes the record of the machine's clock.
    ///
    /// # Errors
    /// Fails if the database cannot be written.
    pub async fn save_clock_record(&self, record: ClockRecord) -> Result<(), Error> {
        let statement = query(
            "INSERT INTO clock (id, believed_at, doubted_at) VALUES (1, $1, $2) \
             ON CONFLICT (id) DO UPDATE SET believed_at = excluded.believed_at, \
             doubted_at = excluded.doubted_at",
        );
        let mut tx = self.begin().await?;
        tx.execute(
            statement.bind(record.believed_at.0).bind(record.doubted_at.map(|since| since.0)),
        )
        .await?;
        tx.commit().await
    }

    /// Purges all counters in the order of their names: an index by time would cost every SMS more
    /// than this. The row of bucket 0 is deleted with the last other row of its counter.
    async fn purge_counters(&self, before: i64, ahead: i64) -> Result<u64, Error> {
        let (mut purged, mut after) = (0, String::new());
        loop {
            let last = query(
                "SELECT COALESCE((SELECT name FROM counters WHERE name > $1 \
                 ORDER BY name, bucket_start LIMIT 1 OFFSET $2), \
                 (SELECT MAX(name) FROM counters WHERE name > $1)) AS name",
            );
            let last: Option<Option<String>> = self
                .find(last.bind(after.as_str()).bind(COUNTER_BATCH_SIZE), |row| row.get("name"))
                .await?;
            let Some(last) = last.flatten() else { return Ok(purged) };
            let mut tx = self.begin().await?;
            // The rows are in the order in which requests lock them.
            let sql = format!(
                "WITH expired AS (SELECT name, bucket_start FROM counters WHERE name > $1 \
                 AND name <= $2 AND (bucket_start > $4 \
                 OR (bucket_start < $3 AND (bucket_start > 0 \
                 OR NOT EXISTS (SELECT 1 FROM counters s WHERE s.name = counters.name \
                 AND s.bucket_start >= $3 AND s.bucket_start <= $4)))) \
                 ORDER BY name, bucket_start{}) DELETE FROM counters \
                 WHERE (name, bucket_start) IN (SELECT name, bucket_start FROM expired)",
                tx.skip_locked()
            );
            let old =
                query(AssertSqlSafe(sql)).bind(after).bind(last.as_str()).bind(before).bind(ahead);
            purged += tx.execute(old).await?;
            tx.commit().await?;
            after = last;
        }
    }

    async fn purge_all(&self, rule: &PurgeRule, before: i64) -> Result<u64, Error> {
        let PurgeRule { change, table, key, condition } = rule;
        let mut purged = 0;
        loop {
            let mut tx = self.begin().await?;
            let sql = format!(
                "WITH expired AS (SELECT {key} FROM {table} WHERE {condition} LIMIT $2{}) \
                 {change} WHERE ({key}) IN (SELECT {key} FROM expired)",
                tx.skip_locked()
            );
            let rows = tx.execute(query(AssertSqlSafe(sql)).bind(before).bind(BATCH_SIZE)).await?;
            tx.commit().await?;
            purged += rows;
            if rows < BATCH_SIZE.unsigned_abs() {
                return Ok(purged);
            }
        }
    }
}

impl Tx {
    /// Returns the end of a `SELECT` that skips the rows which other transactions have locked. It
    /// is empty on `SQLite`, which has one writer and no such clause.
    fn skip_locked(&self) -> &'static str {
        if self.has_concurrent_writers() { " FOR UPDATE SKIP LOCKED" } else { "" }
    }
}
