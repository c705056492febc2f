//! The `counters` table and the puzzles that were spent. A counter is locked, changed and read in one transaction: on
//! `PostgreSQL` whoever changes it waits at its row of slot 0, so that what is read afterwards holds everything that was counted
//! before; on `SQLite` there is one writer.

use std::collections::BTreeMap;
use std::fmt::Write;

use sqlx::AssertSqlSafe;

use super::{Row, Tx, query};
use crate::domain::limits::key::Key;
use crate::domain::limits::ledger::{Entry, Ledger};
use crate::domain::time::Timestamp;
use crate::server::error::Error;

impl Tx {
    /// Changes counters, and locks them until the transaction ends. One statement, its rows in one order for everybody, so
    /// that no two transactions wait for each other.
    pub(crate) async fn count(&mut self, entries: &[Entry]) -> Result<(), Error> {
        let mut rows: BTreeMap<(&str, i64), i64> = BTreeMap::new();
        let many_write = self.has_concurrent_writers();
        for entry in entries {
            if many_write {
                rows.entry((entry.key.name(), 0)).or_default();
            }
            *rows.entry((entry.key.name(), entry.key.slot_at(entry.at))).or_default() += entry.amount;
        }
        if rows.is_empty() {
            return Ok(());
        }
        let mut sql = String::from("INSERT INTO counters (name, slot_at, count) VALUES ");
        for i in 0..rows.len() {
            let _ = write!(sql, "{}(${}, ${}, ${})", if i == 0 { "" } else { ", " }, 3 * i + 1, 3 * i + 2, 3 * i + 3);
        }
        sql.push_str(" ON CONFLICT (name, slot_at) DO UPDATE SET count = counters.count + excluded.count");
        // Only placeholders were put together.
        let mut statement = query(AssertSqlSafe(sql));
        for ((name, slot_at), amount) in rows {
            statement = statement.bind(name).bind(slot_at).bind(amount);
        }
        self.execute(statement).await.map(drop)
    }

    /// Reads counters, each as far back as any of its windows goes. A name is looked for on its own: that reads what is in
    /// its window and nothing else, however much each engine knows of the table.
    pub(crate) async fn read_counters(&mut self, keys: &[Key], now: Timestamp) -> Result<Ledger, Error> {
        let mut sql = String::new();
        for i in 0..keys.len() {
            let union = if i == 0 { "" } else { " UNION ALL " };
            let (name, after) = (2 * i + 1, 2 * i + 2);
            let _ = write!(sql, "{union}SELECT {i}, slot_at, count FROM counters WHERE name = ${name} AND slot_at > ${after}");
        }
        let mut statement = query(AssertSqlSafe(sql));
        for key in keys {
            statement = statement.bind(key.name()).bind(key.forgotten_at(now));
        }
        let mut ledger = Ledger::of(keys);
        let load = |row: &Row<'_>| {
            let which: i32 = row.get(0)?;
            let key = usize::try_from(which).ok().and_then(|which| keys.get(which));
            let key = key.ok_or(Error::Inconsistent { table: "counters", what: "a row that nobody asked for" })?;
            ledger.load(key, row.get(1)?, row.get(2)?);
            Ok(())
        };
        self.fetch_all(statement, load).await?;
        Ok(ledger)
    }

    /// Marks a puzzle as used; `false` if it was before.
    pub(crate) async fn spend_proof(&mut self, id: &[u8], expires_at: Timestamp) -> Result<bool, Error> {
        let statement = query("INSERT INTO proofs (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING");
        Ok(self.execute(statement.bind(id).bind(expires_at.0)).await? == 1)
    }
}
