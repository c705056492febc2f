//! What is kept no longer goes, a slice at a time, so that nobody waits for it.

use super::{Store, query};
use crate::domain::time::Timestamp;
use crate::server::error::Error;

/// Rows that one transaction takes.
const SLICE: i64 = 500;
/// Counters that one looks at.
const COUNTERS: i64 = 2_000;

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

impl Store {
    /// Deletes what is past its time; how many rows went.
    ///
    /// # Errors
    /// The first time that the database could not be written. All else that could go has gone.
    pub async fn purge(&self, keep: Retention, now: Timestamp) -> Result<u64, Error> {
        let (challenges, sources, audit) = (now.0 - keep.challenges, now.0 - keep.sources, now.0 - keep.audit);
        let (mut gone, mut failed) = (0, None);
        for (sql, before) in [
            (
                "DELETE FROM challenges WHERE id IN (SELECT id FROM challenges WHERE expires_at < $1 \
                 AND COALESCE(proof_expires_at, 0) < $1 LIMIT $2)",
                challenges,
            ),
            ("DELETE FROM proofs WHERE id IN (SELECT id FROM proofs WHERE expires_at < $1 LIMIT $2)", now.0),
            (
                "DELETE FROM devices WHERE (user_id, id) IN (SELECT user_id, id FROM devices WHERE expires_at < $1 LIMIT $2)",
                now.0,
            ),
            (
                "DELETE FROM sessions WHERE (user_id, id) IN (SELECT user_id, id FROM sessions WHERE expires_at < $1 LIMIT $2)",
                sources,
            ),
            (
                "UPDATE audit SET source = NULL WHERE id IN \
                 (SELECT id FROM audit WHERE occurred_at < $1 AND source IS NOT NULL LIMIT $2)",
                sources,
            ),
            ("DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE occurred_at < $1 LIMIT $2)", audit),
        ] {
            match self.purge_all(sql, before).await {
                Ok(rows) => gone += rows,
                // One table that cannot be purged must not let the others grow.
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match self.purge_counters(challenges).await {
            Ok(rows) => gone += rows,
            Err(error) => failed = failed.or(Some(error)),
        }
        failed.map_or(Ok(gone), Err)
    }

    /// Walks along all counters: an index by time would cost every text more than this. The row of slot 0 goes with the last of
    /// its counter's other rows.
    async fn purge_counters(&self, before: i64) -> Result<u64, Error> {
        let (mut gone, mut after) = (0, String::new());
        loop {
            let last = query(
                "SELECT COALESCE((SELECT name FROM counters WHERE name > $1 ORDER BY name, slot_at LIMIT 1 OFFSET $2), \
                 (SELECT MAX(name) FROM counters WHERE name > $1)) AS name",
            );
            let last: Option<Option<String>> = self.find(last.bind(after.as_str()).bind(COUNTERS), |row| row.get("name")).await?;
            let Some(last) = last.flatten() else { return Ok(gone) };
            let old = query(
                "DELETE FROM counters WHERE name > $1 AND name <= $2 AND slot_at < $3 AND (slot_at > 0 OR NOT EXISTS \
                 (SELECT 1 FROM counters s WHERE s.name = counters.name AND s.slot_at >= $3))",
            );
            let mut tx = self.begin().await?;
            gone += tx.execute(old.bind(after).bind(last.as_str()).bind(before)).await?;
            tx.commit().await?;
            after = last;
        }
    }

    async fn purge_all(&self, sql: &'static str, before: i64) -> Result<u64, Error> {
        let mut gone = 0;
        loop {
            let mut tx = self.begin().await?;
            let rows = tx.execute(query(sql).bind(before).bind(SLICE)).await?;
            tx.commit().await?;
            gone += rows;
            if rows < SLICE.unsigned_abs() {
                return Ok(gone);
            }
        }
    }
}
