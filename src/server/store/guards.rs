//! The table `counter_guards` of `PostgreSQL`: what was ever added to each exact counter, from a
//! first value on. It tells a request whether a counter has changed since the request read it
//! without a lock.
//!
//! Every transaction locks rows in the same order, so that no two deadlock: guards in the order of
//! [`lock_order`], then challenges, then counters by their key. `SQLite` has no guards, because it
//! has only one writer.

use std::collections::BTreeMap;

use super::sql_builder::SqlBuilder;
use super::statement::Statement;
use super::{Engine, Store, Tx, query};
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::limits::stripes::Stripes;
use crate::domain::time::Timestamp;
use crate::server::error::Error;

/// The difference between the first values of guards that begin in consecutive seconds. It must be
/// more than is added to a guard in a second on average: 1,000 units of the budget's currency. With
/// it the values of a `BIGINT` last until the year 2262.
const BASE_PER_SECOND: i64 = 1_000_000_000;

/// Returns the value at which a guard begins. A guard is deleted with its counter, and may begin
/// again. By then its first value is greater than any that a request has seen before.
pub(super) fn guard_base(now: Timestamp) -> i64 {
    now.0.saturating_mul(BASE_PER_SECOND)
}

/// Returns the sort key in whose order guards are locked. Those of the recipient come first,
/// because some transactions lock only them before they know the others.
pub(super) fn lock_order(key: &CounterKey, stripe: i64) -> (bool, &str, i64) {
    (!key.is_of_recipient(), key.name(), stripe)
}

impl Tx {
    /// Locks the guards of the exact counters among `keys` until the transaction ends. It adds zero
    /// instead of `SELECT FOR UPDATE`, because that cannot lock a row that does not exist yet.
    /// Without stripes no guard of a striped counter is locked.
    pub(crate) async fn lock_counters(
        &mut self,
        keys: &[CounterKey],
        stripes: Stripes,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut guards = Vec::new();
        for key in keys.iter().filter(|key| key.is_exact()) {
            let shared = if key.is_striped() { 1..=stripes.count } else { 0..=0 };
            guards.extend(shared.map(|stripe| (key, stripe, 0)));
        }
        self.raise_guards(guards, now).await
    }

    /// Adds amounts to guards, each given as counter, stripe and amount, and locks the guards until
    /// the transaction ends.
    pub(super) async fn raise_guards(
        &mut self,
        amounts: Vec<(&CounterKey, i64, i64)>,
        now: Timestamp,
    ) -> Result<(), Error> {
        if amounts.is_empty() || !self.has_concurrent_writers() {
            return Ok(());
        }
        let statement = raise_statement(amounts, guard_base(now));
        self.execute(statement).await.map(drop)
    }
}

fn raise_statement(amounts: Vec<(&CounterKey, i64, i64)>, base: i64) -> Statement {
    let mut sums = BTreeMap::new();
    for (key, stripe, amount) in amounts {
        *sums.entry(lock_order(key, stripe)).or_insert(0) += amount;
    }
    let mut sql = SqlBuilder::new("INSERT INTO counter_guards (name, stripe, added) VALUES ");
    let rows = sums.into_iter();
    sql.rows(
        rows.map(|((_, name, stripe), sum)| [name.into(), stripe.into(), (base + sum).into()]),
    )
    .push(" ON CONFLICT (name, stripe) DO UPDATE SET added = ")
    .push("counter_guards.added + excluded.added - ")
    .bind(base);
    sql.build()
}

impl Store {
    /// Deletes the guards of counters that are purged, in the order of their names.
    pub(super) async fn purge_guards(&self) -> Result<(), Error> {
        if let Engine::Sqlite(_) = self.engine {
            return Ok(());
        }
        let mut after = String::new();
        while let Some(last) = self.end_of_batch("counter_guards", &after).await? {
            let delete = query(
                "WITH unused AS (SELECT name, stripe FROM counter_guards WHERE name > $1 \
                 AND name <= $2 AND NOT EXISTS \
                 (SELECT 1 FROM counters WHERE counters.name = counter_guards.name) \
                 ORDER BY name, stripe FOR UPDATE SKIP LOCKED) DELETE FROM counter_guards \
                 WHERE (name, stripe) IN (SELECT name, stripe FROM unused)",
            );
            let mut tx = self.begin_autocommit().await?;
            tx.execute(delete.bind(after).bind(last.as_str())).await?;
            tx.commit().await?;
            after = last;
        }
        Ok(())
    }
}
