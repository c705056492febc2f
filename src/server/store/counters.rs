//! The tables `counters` (sliding-window counters, one row per time bucket) and `used_puzzles`. A
//! counter is locked, changed and read in one transaction. On `PostgreSQL` every change also locks
//! the counter's lock row, so that a read in the same transaction sees all changes before it.
//! `SQLite` needs no lock rows, because it has only one writer.

use std::collections::BTreeMap;
use std::fmt::Write;

use sqlx::AssertSqlSafe;

use super::{Row, Tx, query};
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::limits::counter_windows::{CounterDelta, CounterWindows};
use crate::domain::time::Timestamp;
use crate::server::error::Error;

/// The bucket of a counter's lock row. No real bucket starts at this time (1970).
const LOCK_ROW_BUCKET: i64 = 0;

impl Tx {
    /// Changes counters and locks them until the transaction ends. The statement locks the rows in
    /// sorted order, so that two of them never deadlock.
    pub(crate) async fn add_to_counters(&mut self, deltas: &[CounterDelta]) -> Result<(), Error> {
        let mut rows: BTreeMap<(&str, i64), i64> = BTreeMap::new();
        let has_concurrent_writers = self.has_concurrent_writers();
        for delta in deltas {
            if has_concurrent_writers {
                rows.entry((delta.key.name(), LOCK_ROW_BUCKET)).or_default();
            }
            *rows.entry((delta.key.name(), delta.key.bucket_start(delta.at))).or_default() +=
                delta.amount;
        }
        if rows.is_empty() {
            return Ok(());
        }
        let mut sql = String::from("INSERT INTO counters (name, bucket_start, count) VALUES ");
        for i in 0..rows.len() {
            let _ = write!(
                sql,
                "{}(${}, ${}, ${})",
                if i == 0 { "" } else { ", " },
                3 * i + 1,
                3 * i + 2,
                3 * i + 3
            );
        }
        sql.push_str(
            " ON CONFLICT (name, bucket_start) \
             DO UPDATE SET count = counters.count + excluded.count",
        );
        // The SQL text contains only placeholders.
        let mut statement = query(AssertSqlSafe(sql));
        for ((name, bucket_start), amount) in rows {
            statement = statement.bind(name).bind(bucket_start).bind(amount);
        }
        self.execute(statement).await.map(drop)
    }

    /// Reads counters, each as far back as its longest window. Each counter has its own `SELECT`,
    /// so that the database reads only the rows of that window, whatever its query planner decides.
    pub(crate) async fn read_counters(
        &mut self,
        keys: &[CounterKey],
        now: Timestamp,
    ) -> Result<CounterWindows, Error> {
        let mut sql = String::new();
        for i in 0..keys.len() {
            let union = if i == 0 { "" } else { " UNION ALL " };
            let (name, after) = (2 * i + 1, 2 * i + 2);
            let _ = write!(
                sql,
                "{union}SELECT {i}, bucket_start, count FROM counters WHERE name = ${name} \
                 AND bucket_start > ${after}"
            );
        }
        let mut statement = query(AssertSqlSafe(sql));
        for key in keys {
            statement = statement.bind(key.name()).bind(key.cutoff(now));
        }
        let mut windows = CounterWindows::new(keys);
        let load = |row: &Row<'_>| {
            let index: i32 = row.get(0)?;
            let key = usize::try_from(index).ok().and_then(|index| keys.get(index));
            let key =
                key.ok_or(Error::Inconsistent { table: "counters", what: "an unknown row index" })?;
            windows.load(key, row.get(1)?, row.get(2)?);
            Ok(())
        };
        self.fetch_all(statement, load).await?;
        Ok(windows)
    }

    /// Marks a puzzle as used. Returns `false` if it was already used.
    pub(crate) async fn mark_puzzle_used(
        &mut self,
        id: &[u8],
        expires_at: Timestamp,
    ) -> Result<bool, Error> {
        let statement = query(
            "INSERT INTO used_puzzles (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        );
        Ok(self.execute(statement.bind(id).bind(expires_at.0)).await? == 1)
    }
}
