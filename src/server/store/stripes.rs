//! Merges the stripes of closed buckets into stripe 0, so that reads of striped counters stay
//! short. A bucket is closed when no request adds to it any more. Only `PostgreSQL` has stripes.

use super::counters::ADD_TO_ROW;
use super::guards::guard_base;
use super::{Engine, Store, Tx, query};
use crate::domain::limits::stripes::MAX_STRIPES;
use crate::domain::time::Timestamp;
use crate::server::error::Error;

/// The age of a bucket's start at which no request writes into the bucket any more, in seconds: the
/// widest bucket, and a minute for the requests in flight.
const CLOSED_AFTER: i64 = 1_800 + 60;
/// The maximum number of rows that one transaction merges.
const BATCH_SIZE: i64 = 5_000;

impl Store {
    /// Merges the stripes of closed buckets.
    ///
    /// # Errors
    /// Fails if the database cannot be written.
    pub(super) async fn merge_stripes(&self, now: Timestamp) -> Result<(), Error> {
        if let Engine::Sqlite(_) = self.engine {
            return Ok(());
        }
        let closed = now.plus(-CLOSED_AFTER);
        // The guards of the money spent are locked in the first of these alone, because every send
        // waits for them.
        loop {
            let mut tx = self.begin().await?;
            tx.raise_guards_before_merge(closed, now).await?;
            let merged = tx.merge_batch("name = 'spent'", closed).await?;
            tx.commit().await?;
            if merged < BATCH_SIZE {
                break;
            }
        }
        loop {
            let mut tx = self.begin().await?;
            let merged = tx.merge_batch("name <> 'spent'", closed).await?;
            tx.commit().await?;
            if merged < BATCH_SIZE {
                return Ok(());
            }
        }
    }
}

impl Tx {
    /// Raises the guard of each stripe of the money spent by what is going to be merged. What moves
    /// to stripe 0 lowers the level up to which each stripe may grow, by at most the moved sum. So
    /// no decision on the earlier level exceeds the new one.
    async fn raise_guards_before_merge(
        &mut self,
        closed: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        let raise = query(
            "INSERT INTO counter_guards (name, stripe, added) SELECT 'spent', stripe, $2 + moved \
             FROM generate_series(CAST(1 AS BIGINT), $3) AS stripe, \
             (SELECT COALESCE(CAST(SUM(count) AS BIGINT), 0) AS moved FROM counters \
             WHERE name = 'spent' AND stripe > 0 AND bucket_start < $1) AS sums ORDER BY stripe \
             ON CONFLICT (name, stripe) DO UPDATE \
             SET added = counter_guards.added + excluded.added - $2",
        );
        let raise = raise.bind(closed.0).bind(guard_base(now)).bind(MAX_STRIPES);
        self.execute(raise).await.map(drop)
    }

    /// Merges one batch of rows, and returns their number.
    async fn merge_batch(&mut self, rows: &str, closed: Timestamp) -> Result<i64, Error> {
        let merge = format!(
            "WITH merged AS (DELETE FROM counters WHERE (name, bucket_start, stripe) IN \
             (SELECT name, bucket_start, stripe FROM counters WHERE stripe > 0 \
             AND bucket_start < $1 AND {rows} LIMIT $2 FOR UPDATE SKIP LOCKED) \
             RETURNING name, bucket_start, count), \
             summed AS (INSERT INTO counters (name, bucket_start, stripe, count) \
             SELECT name, bucket_start, 0, CAST(SUM(count) AS BIGINT) FROM merged \
             GROUP BY name, bucket_start ORDER BY name COLLATE \"C\", \
             bucket_start{ADD_TO_ROW}) \
             SELECT COUNT(*) FROM merged"
        );
        let merge = query(sqlx::AssertSqlSafe(merge)).bind(closed.0).bind(BATCH_SIZE);
        Ok(self.fetch(merge, |row| row.get(0)).await?.unwrap_or_default())
    }
}
