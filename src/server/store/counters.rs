//! The tables `counters` (sliding-window counters, one row per time bucket and stripe) and
//! `used_tokens`.

use std::collections::BTreeMap;

use super::sql_builder::SqlBuilder;
use super::statement::{Param, Statement};
use super::{Row, Tx, query};
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::limits::counter_windows::{CounterDelta, CounterWindows};
use crate::domain::time::Timestamp;
use crate::server::error::Error;

/// The end of an upsert that adds to the rows that exist.
pub(super) const ADD_TO_ROW: &str = " ON CONFLICT (name, bucket_start, stripe) \
     DO UPDATE SET count = counters.count + excluded.count";

/// A row of `counters` to which a statement adds: its name, bucket and stripe.
pub(super) type RowKey<'a> = (&'a str, i64, i64);

/// Returns the sums that these changes add to the buckets, sorted by the rows' keys. What is added
/// to a shared counter goes to the given stripe, and a refund to stripe 0.
pub(super) fn bucket_sums(deltas: &[CounterDelta], stripe: i64) -> BTreeMap<RowKey<'_>, i64> {
    let mut rows = BTreeMap::new();
    for delta in deltas {
        let stripe = stripe_of(delta, stripe);
        let key = (delta.key.name(), delta.key.bucket_start(delta.at), stripe);
        *rows.entry(key).or_default() += delta.amount;
    }
    rows
}

/// Returns the stripe that a change adds to, if the request adds to `stripe`.
fn stripe_of(delta: &CounterDelta, stripe: i64) -> i64 {
    if delta.key.is_striped() && delta.amount > 0 { stripe } else { 0 }
}

/// Returns the parameters of a row.
pub(super) fn row_params(((name, bucket, stripe), amount): (RowKey<'_>, i64)) -> [Param; 4] {
    [name.into(), bucket.into(), stripe.into(), amount.into()]
}

fn upsert_statement(deltas: &[CounterDelta], stripe: i64) -> Option<Statement> {
    let rows = bucket_sums(deltas, stripe);
    if rows.is_empty() {
        return None;
    }
    let mut sql =
        SqlBuilder::new("INSERT INTO counters (name, bucket_start, stripe, count) VALUES ");
    sql.rows(rows.into_iter().map(row_params)).push(ADD_TO_ROW);
    Some(sql.build())
}

/// Returns the statement that reads counters: name, bucket, stripe and count. Guards come as
/// rows whose bucket is `NULL`. The stripes of a counter whose limits are not exact are summed.
fn read_statement(keys: &[CounterKey], now: Timestamp, has_stripes: bool) -> Statement {
    let mut groups: BTreeMap<(i64, bool, usize), Vec<&str>> = BTreeMap::new();
    for (index, key) in keys.iter().enumerate() {
        let is_summed = has_stripes && key.is_striped() && !key.is_exact();
        // SQLite is faster with one SELECT for each counter, PostgreSQL with one for several.
        let group = if has_stripes { 0 } else { index };
        groups.entry((key.cutoff(now), is_summed, group)).or_default().push(key.name());
    }
    let mut sql = SqlBuilder::new("");
    for (index, ((cutoff, is_summed, _), names)) in groups.into_iter().enumerate() {
        sql.push(if index == 0 { "" } else { " UNION ALL " })
            .push(if is_summed {
                "SELECT name, bucket_start, CAST(0 AS BIGINT), CAST(SUM(count) AS BIGINT)"
            } else {
                "SELECT name, bucket_start, stripe, count"
            })
            .push(" FROM counters WHERE name IN (")
            .bind_all(names.into_iter().map(Param::from))
            .push(") AND bucket_start > ")
            .bind(cutoff)
            .push(if is_summed { " GROUP BY name, bucket_start" } else { "" });
    }
    if has_stripes {
        let exact = keys.iter().filter(|key| key.is_exact());
        sql.push(" UNION ALL SELECT name, NULL, stripe, added FROM counter_guards WHERE name IN (")
            .bind_all(exact.map(|key| Param::from(key.name())))
            .push(")");
    }
    sql.build()
}

impl Tx {
    /// Adds these changes to their counters.
    pub(crate) async fn add_to_counters(
        &mut self,
        deltas: &[CounterDelta],
        stripe: i64,
    ) -> Result<(), Error> {
        let increased = deltas.iter().filter(|delta| delta.is_guarded());
        let latest = deltas.iter().map(|delta| delta.at).max().unwrap_or(Timestamp(0));
        let raised =
            increased.map(|delta| (&delta.key, stripe_of(delta, stripe), delta.amount)).collect();
        self.raise_guards(raised, latest).await?;
        match upsert_statement(deltas, stripe) {
            Some(statement) => self.execute(statement).await.map(drop),
            None => Ok(()),
        }
    }

    /// Reads counters, each as far back as its longest window, and the guards of exact ones. The
    /// statement reads only the rows of those windows, by their key.
    pub(crate) async fn read_counters(
        &mut self,
        keys: &[CounterKey],
        now: Timestamp,
    ) -> Result<CounterWindows, Error> {
        let statement = read_statement(keys, now, self.has_concurrent_writers());
        let mut windows = CounterWindows::new(keys);
        let read_row = |row: &Row<'_>| {
            let (name, bucket_start): (String, Option<i64>) = (row.get(0)?, row.get(1)?);
            let (stripe, count) = (row.get(2)?, row.get(3)?);
            match bucket_start {
                Some(bucket_start) => windows.load(&name, bucket_start, stripe, count),
                None => windows.load_guard(name, stripe, count),
            }
            Ok(())
        };
        self.fetch_all(statement, read_row).await?;
        Ok(windows)
    }

    /// Marks the token with this digest as used. Returns `false` if it was used before.
    pub(crate) async fn mark_token_used(
        &mut self,
        id: &[u8],
        expires_at: Timestamp,
    ) -> Result<bool, Error> {
        let statement = query(
            "INSERT INTO used_tokens (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        );
        Ok(self.execute(statement.bind(id).bind(expires_at.0)).await? == 1)
    }
}
