//! The purge: deletes expired rows in small batches, so that no request waits long for it. On
//! `PostgreSQL` it skips rows that a request has locked, and the next purge deletes those. Only the
//! merge of stripes waits for requests, and they for it (`stripes.rs`).

use sqlx::AssertSqlSafe;

use super::{Store, Tx, query};
use crate::domain::account::RESTORE_WINDOW;
use crate::domain::time::Timestamp;
use crate::server::config::Retention;
use crate::server::error::Error;

/// The maximum number of rows that one transaction deletes.
const BATCH_SIZE: i64 = 500;
/// The number of counters, or of guards, that one transaction examines.
const NAMED_BATCH_SIZE: i64 = 2_000;
/// The maximum time, in seconds, that a valid row may be in the future: the start of a counter's
/// bucket, or the end of a challenge. A row beyond it was written while the clock was ahead.
const MAX_FUTURE: i64 = 86_400;

/// The time in seconds for which a used token is kept after its expiry.
const CLOCK_SKEW: i64 = 3_600;

/// A purge rule: which rows of a table are deleted or cleared.
struct PurgeRule {
    /// The start of the SQL statement, up to its `WHERE`.
    change: &'static str,
    table: &'static str,
    /// The columns of the primary key.
    key: &'static str,
    /// The SQL condition of the rows; `$1` is a time.
    condition: &'static str,
}

/// Returns a rule that deletes rows whose `expires_at` is before the given time.
const fn delete_expired(change: &'static str, table: &'static str, key: &'static str) -> PurgeRule {
    PurgeRule { change, table, key, condition: "expires_at < $1" }
}

const DELETE_USED_TOKENS: PurgeRule =
    delete_expired("DELETE FROM used_tokens", "used_tokens", "id");
const DELETE_NUMBER_CHANGES: PurgeRule =
    delete_expired("DELETE FROM number_changes", "number_changes", "id");
const DELETE_DEVICES: PurgeRule = delete_expired("DELETE FROM devices", "devices", "user_id, id");
const DELETE_SESSIONS: PurgeRule =
    delete_expired("DELETE FROM sessions", "sessions", "user_id, id");
const DELETE_CHALLENGES: PurgeRule = PurgeRule {
    condition: "expires_at < $1 AND COALESCE(verification_expires_at, 0) < $1",
    ..delete_expired("DELETE FROM challenges", "challenges", "id")
};
/// Deletes challenges that were created while the clock was ahead. Their codes would be valid for
/// too long.
const DELETE_CHALLENGES_AHEAD: PurgeRule =
    PurgeRule { condition: "expires_at > $1", ..DELETE_CHALLENGES };
const DELETE_AUDIT: PurgeRule = PurgeRule {
    change: "DELETE FROM audit",
    table: "audit",
    key: "id",
    condition: "occurred_at < $1",
};
/// Deletes accounts that were set aside and cannot be restored, and that nothing else opens.
const DELETE_RELEASED_ACCOUNTS: PurgeRule = PurgeRule {
    change: "DELETE FROM users",
    table: "users",
    key: "id",
    condition: "phone IS NULL AND released_at < $1 \
                AND NOT EXISTS (SELECT 1 FROM passkeys WHERE passkeys.user_id = users.id) \
                AND NOT EXISTS (SELECT 1 FROM recovery_codes r WHERE r.user_id = users.id) \
                AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.user_id = users.id \
                AND revoked_at IS NULL AND expires_at > $1)",
};
/// Clears the former number of accounts that cannot be restored any more. One with recovery codes
/// is found by it.
const CLEAR_FORMER_PHONES: PurgeRule = PurgeRule {
    change: "UPDATE users SET former_phone = NULL",
    condition: "former_phone IS NOT NULL AND released_at < $1 \
                AND NOT EXISTS (SELECT 1 FROM recovery_codes r WHERE r.user_id = users.id)",
    ..DELETE_RELEASED_ACCOUNTS
};
/// Clears the subnet of audit entries and keeps the entries.
const CLEAR_AUDIT_SUBNETS: PurgeRule = PurgeRule {
    change: "UPDATE audit SET subnet = NULL",
    condition: "occurred_at < $1 AND subnet IS NOT NULL",
    ..DELETE_AUDIT
};

impl Store {
    /// Deletes expired rows, clears old subnets, and returns the number of changed rows.
    ///
    /// # Errors
    /// Returns the first error, after all other tables have been purged.
    pub async fn purge(&self, keep: Retention, now: Timestamp) -> Result<u64, Error> {
        let (challenges, subnets, audit) =
            (now.0 - keep.challenges, now.0 - keep.subnets, now.0 - keep.audit);
        // Merging comes first, because it keeps reads short, also when the purge falls behind.
        let mut failed = self.merge_stripes(now).await.err();
        let (ahead, mut purged) = (now.plus(MAX_FUTURE).0, 0);
        for (rule, before) in [
            (DELETE_CHALLENGES, challenges),
            (DELETE_CHALLENGES_AHEAD, ahead),
            // The clock of another instance may be behind.
            (DELETE_USED_TOKENS, now.0 - CLOCK_SKEW),
            (DELETE_NUMBER_CHANGES, now.0),
            (DELETE_DEVICES, now.0),
            // Expired sessions are kept as long as the subnets of audit entries.
            (DELETE_SESSIONS, subnets),
            (DELETE_RELEASED_ACCOUNTS, now.plus(-RESTORE_WINDOW).0),
            (CLEAR_FORMER_PHONES, now.plus(-RESTORE_WINDOW).0),
            (CLEAR_AUDIT_SUBNETS, subnets),
            (DELETE_AUDIT, audit),
        ] {
            match self.apply_rule(&rule, before).await {
                Ok(rows) => purged += rows,
                // If one table cannot be purged, the others are still purged.
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match self.purge_counters(challenges, ahead).await {
            Ok(rows) => purged += rows,
            Err(error) => failed = failed.or(Some(error)),
        }
        let guards = self.purge_guards().await;
        failed = failed.or(guards.err());
        failed.map_or(Ok(purged), Err)
    }

    /// Purges all counters in the order of their names. An index by time would be faster here, but
    /// would cost more at every SMS.
    async fn purge_counters(&self, before: i64, ahead: i64) -> Result<u64, Error> {
        let (mut purged, mut after) = (0, String::new());
        while let Some(last) = self.end_of_batch("counters", &after).await? {
            let mut tx = self.begin().await?;
            let sql = format!(
                "WITH expired AS (SELECT name, bucket_start, stripe FROM counters WHERE name > $1 \
                 AND name <= $2 AND (bucket_start > $4 OR bucket_start < $3) \
                 ORDER BY name, bucket_start, stripe{}) DELETE FROM counters WHERE \
                 (name, bucket_start, stripe) IN (SELECT name, bucket_start, stripe FROM expired)",
                tx.skip_locked()
            );
            let delete =
                query(AssertSqlSafe(sql)).bind(after).bind(last.as_str()).bind(before).bind(ahead);
            purged += tx.execute(delete).await?;
            tx.commit().await?;
            after = last;
        }
        Ok(purged)
    }

    /// Returns the name that ends the next batch of a table in the order of its names; `None` if no
    /// name is after `after`.
    pub(super) async fn end_of_batch(
        &self,
        table: &str,
        after: &str,
    ) -> Result<Option<String>, Error> {
        let sql = format!(
            "SELECT COALESCE((SELECT name FROM {table} WHERE name > $1 \
             ORDER BY name LIMIT 1 OFFSET $2), \
             (SELECT MAX(name) FROM {table} WHERE name > $1))"
        );
        let last = query(AssertSqlSafe(sql)).bind(after).bind(NAMED_BATCH_SIZE);
        Ok(self.find(last, |row| row.get(0)).await?.flatten())
    }

    /// Applies a rule in batches until no row is left.
    async fn apply_rule(&self, rule: &PurgeRule, before: i64) -> Result<u64, Error> {
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
    /// Returns the clause that makes a `SELECT` lock its rows and skip those that are already
    /// locked. It is empty on `SQLite`, which has one writer and no such clause.
    fn skip_locked(&self) -> &'static str {
        if self.has_concurrent_writers() { " FOR UPDATE SKIP LOCKED" } else { "" }
    }
}
