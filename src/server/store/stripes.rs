//! Folds the stripes of closed buckets into stripe 0, so that reads of shared counters stay short.
//! Only `PostgreSQL` has stripes.

use super::counters::ADD_TO_ROW;
use super::{Engine, Store, query};
use crate::domain::time::Timestamp;
use crate::server::error::Error;

/// The age of a bucket's start at which no request writes into the bucket any more, in seconds: the
/// widest bucket, and a minute for the requests in flight.
const CLOSED_AFTER: i64 = 1_800 + 60;
/// The maximum number of rows that one transaction folds.
const BATCH_SIZE: i64 = 5_000;

impl Store {
    /// Folds the stripes of closed buckets.
    ///
    /// # Errors
    /// Fails if the database cannot be written.
    pub async fn fold_stripes(&self, now: Timestamp) -> Result<(), Error> {
        if let Engine::Sqlite(_) = self.engine {
            return Ok(());
        }
        let closed = now.plus(-CLOSED_AFTER).0;
        loop {
            let mut tx = self.begin().await?;
            // What moves to stripe 0 lowers the level up to which each stripe may grow, by at most
            // the moved sum. Each guard rises by that sum, so that no decision on the earlier level
            // exceeds the new one.
            let raise = query(
                "UPDATE counter_guards SET added = added + COALESCE((SELECT CAST(SUM(count) AS \
                 BIGINT) FROM counters WHERE name = 'spent' AND stripe > 0 \
                 AND bucket_start < $1), 0) WHERE name = 'spent'",
            );
            tx.execute(raise.bind(closed)).await?;
            let fold = format!(
                "WITH folded AS (DELETE FROM counters WHERE (name, bucket_start, stripe) IN \
                 (SELECT name, bucket_start, stripe FROM counters WHERE stripe > 0 \
                 AND bucket_start < $1 LIMIT $2 FOR UPDATE SKIP LOCKED) \
                 RETURNING name, bucket_start, count), \
                 summed AS (INSERT INTO counters (name, bucket_start, stripe, count) \
                 SELECT name, bucket_start, 0, CAST(SUM(count) AS BIGINT) FROM folded \
                 GROUP BY name, bucket_start ORDER BY name COLLATE \"C\", \
                 bucket_start{ADD_TO_ROW}) \
                 SELECT COUNT(*) FROM folded"
            );
            let fold = query(sqlx::AssertSqlSafe(fold)).bind(closed).bind(BATCH_SIZE);
            let folded: Option<i64> = tx.fetch(fold, |row| row.get(0)).await?;
            tx.commit().await?;
            if folded.unwrap_or_default() < BATCH_SIZE {
                return Ok(());
            }
        }
    }
}
