//! The `notice_cursor` table: how far the notices of the audit log are delivered, in one row.

use super::sql_builder::SqlBuilder;
use super::statement::Param;
use super::{AuditEvent, Row, Store, query};
use crate::domain::time::Timestamp;
use crate::server::error::Error;

/// The id of the only row.
const ROW_ID: i64 = 1;

/// An entry of the audit log about which the owner of the account is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingNotice {
    /// The id of the entry.
    pub id: i64,
    /// The name of the event.
    pub event: String,
    /// The time of the event.
    pub occurred_at: Timestamp,
    /// The id of the account.
    pub user_id: String,
    /// The subnet of the client; empty if it is not known.
    pub subnet: String,
    /// The first name; `None` if the account is deleted.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
}

impl Store {
    /// Takes the delivery of notices until `until`, unless another instance has it at `now`.
    /// Returns the id of the last delivered entry.
    pub(crate) async fn claim_notices(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<i64>, Error> {
        let mut tx = self.begin_autocommit().await?;
        let statement = query(
            "UPDATE notice_cursor SET claimed_until = $3 WHERE id = $1 AND claimed_until <= $2 \
             RETURNING audit_id",
        );
        let statement = statement.bind(ROW_ID).bind(now.0).bind(until.0);
        let claimed = tx.fetch(statement, |row| row.get("audit_id")).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    /// Stores the id of the last delivered entry, and ends the claim.
    pub(crate) async fn release_notices(&self, audit_id: i64) -> Result<(), Error> {
        let mut tx = self.begin_autocommit().await?;
        let statement =
            query("UPDATE notice_cursor SET audit_id = $2, claimed_until = 0 WHERE id = $1");
        tx.execute(statement.bind(ROW_ID).bind(audit_id)).await?;
        tx.commit().await
    }

    /// Returns the id of the newest entry that happened at or before `until`, if it comes after the
    /// last delivered one. This is all that an idle site asks.
    pub(crate) async fn end_of_notices(&self, until: Timestamp) -> Result<Option<i64>, Error> {
        let statement = query(
            "SELECT MAX(id) AS id FROM audit \
             WHERE id > (SELECT audit_id FROM notice_cursor WHERE id = $1) AND occurred_at <= $2",
        );
        Ok(self.find(statement.bind(ROW_ID).bind(until.0), |row| row.get("id")).await?.flatten())
    }

    /// Returns the first entries of these events after one id, up to another, the oldest first.
    pub(crate) async fn pending_notices(
        &self,
        (after, end): (i64, i64),
        events: &[AuditEvent],
        limit: usize,
    ) -> Result<Vec<PendingNotice>, Error> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut sql = SqlBuilder::new(
            "SELECT audit.id, event, occurred_at, user_id, subnet, first_name, last_name, email \
             FROM audit LEFT JOIN users ON users.id = audit.user_id WHERE audit.id > ",
        );
        sql.bind(after).push(" AND audit.id <= ").bind(end).push(" AND event IN (");
        sql.bind_all(events.iter().map(|event| Param::from(event.as_str())));
        sql.push(") ORDER BY audit.id LIMIT ").bind(limit);
        let read = |row: &Row<'_>| {
            Ok(PendingNotice {
                id: row.get("id")?,
                event: row.get("event")?,
                occurred_at: row.get("occurred_at").map(Timestamp)?,
                user_id: row.get::<Option<String>>("user_id")?.unwrap_or_default(),
                subnet: row.get::<Option<String>>("subnet")?.unwrap_or_default(),
                first_name: row.get("first_name")?,
                last_name: row.get("last_name")?,
                email: row.get("email")?,
            })
        };
        self.find_all(sql.build(), read).await
    }
}
