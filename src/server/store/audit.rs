//! The `audit` table: the log of account events. The operator reads it with `ringkey audit`.

use super::{Row, Store, Tx, query};
use crate::domain::time::Timestamp;
use crate::server::error::Error;

/// The kind of an account event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditEvent {
    /// The account and its first session were created.
    SignedUp,
    /// A session was opened.
    SignedIn,
    /// A session was opened in a browser that the account did not know.
    SignedInOnNewDevice,
    /// A session was opened with a passkey, in a browser that the account did not know.
    PasskeyUsedOnNewDevice,
    /// A session was opened with a passkey, in a browser that the account knew.
    SignedInWithPasskey,
    /// The owner revoked a session by signing out.
    SignedOut,
    /// The owner revoked all sessions of the account and deleted its known devices.
    SignedOutEverywhere,
    /// The operator revoked all sessions of the account and deleted its known devices.
    RevokedByOperator,
    /// The oldest session was revoked, because the account had too many.
    SessionDisplaced,
    /// The owner ended one other session of the account.
    SessionEnded,
    /// The owner ended all other sessions of the account.
    OtherSessionsEnded,
    /// The owner verified the number again, in a session.
    SteppedUp,
    /// The owner added a passkey.
    PasskeyAdded,
    /// The owner removed a passkey.
    PasskeyRemoved,
    /// The owner made recovery codes.
    RecoveryCodesMade,
    /// A session was opened with a recovery code.
    RecoveryCodeUsed,
    /// The owner deleted the account.
    AccountDeleted,
    /// The operator deleted the account.
    DeletedByOperator,
    /// A session of a dormant account was opened with the e-mail address.
    OwnerConfirmed,
    /// The number of the account went to another account.
    NumberReleased,
    /// The account got its number back.
    AccountRestored,
    /// The owner changed the phone number.
    NumberChanged,
    /// The holder of the former number undid a change of the number.
    NumberChangeUndone,
    /// The owner downloaded the data of the account.
    DataExported,
    /// The operator exported the data of the account.
    ExportedByOperator,
    /// The owner changed the name.
    ProfileChanged,
    /// The owner changed the e-mail address.
    EmailChanged,
    /// The operator restored the database from a backup.
    DatabaseRestored,
}

impl AuditEvent {
    /// All kinds of events.
    pub const ALL: [Self; 28] = [
        Self::SignedUp,
        Self::SignedIn,
        Self::SignedInOnNewDevice,
        Self::PasskeyUsedOnNewDevice,
        Self::SignedInWithPasskey,
        Self::SignedOut,
        Self::SignedOutEverywhere,
        Self::RevokedByOperator,
        Self::SessionDisplaced,
        Self::SessionEnded,
        Self::OtherSessionsEnded,
        Self::SteppedUp,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::RecoveryCodesMade,
        Self::RecoveryCodeUsed,
        Self::AccountDeleted,
        Self::DeletedByOperator,
        Self::OwnerConfirmed,
        Self::NumberReleased,
        Self::AccountRestored,
        Self::NumberChanged,
        Self::NumberChangeUndone,
        Self::DataExported,
        Self::ExportedByOperator,
        Self::ProfileChanged,
        Self::EmailChanged,
        Self::DatabaseRestored,
    ];

    /// Returns the event of a sign-in in a browser that the account knew or did not know.
    #[must_use]
    pub fn on_device(self, is_known: bool) -> Self {
        match self {
            Self::SignedIn if !is_known => Self::SignedInOnNewDevice,
            Self::SignedInWithPasskey if !is_known => Self::PasskeyUsedOnNewDevice,
            event => event,
        }
    }

    /// Returns the name in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedUp => "signed_up",
            Self::SignedIn => "signed_in",
            Self::SignedInOnNewDevice => "signed_in_on_new_device",
            Self::PasskeyUsedOnNewDevice => "passkey_used_on_new_device",
            Self::SignedInWithPasskey => "signed_in_with_passkey",
            Self::SignedOut => "signed_out",
            Self::SignedOutEverywhere => "signed_out_everywhere",
            Self::RevokedByOperator => "revoked_by_operator",
            Self::SessionDisplaced => "session_displaced",
            Self::SessionEnded => "session_ended",
            Self::OtherSessionsEnded => "other_sessions_ended",
            Self::SteppedUp => "stepped_up",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
            Self::RecoveryCodesMade => "recovery_codes_made",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::AccountDeleted => "account_deleted",
            Self::DeletedByOperator => "deleted_by_operator",
            Self::OwnerConfirmed => "owner_confirmed",
            Self::NumberReleased => "number_released",
            Self::AccountRestored => "account_restored",
            Self::NumberChanged => "number_changed",
            Self::NumberChangeUndone => "number_change_undone",
            Self::DataExported => "data_exported",
            Self::ExportedByOperator => "exported_by_operator",
            Self::ProfileChanged => "profile_changed",
            Self::EmailChanged => "email_changed",
            Self::DatabaseRestored => "database_restored",
        }
    }
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The time of the event.
    pub occurred_at: Timestamp,
    /// The name of the event, as [`AuditEvent::as_str`] gives it.
    pub event: String,
    /// The id of the account, if the row has one.
    pub user_id: Option<String>,
    /// The subnet of the client; `None` after `KEEP_SUBNETS`, empty for an event of the operator.
    pub subnet: Option<String>,
}

impl Store {
    /// Returns the newest entries since a time, at most `limit`, oldest first. If `user_id` is not
    /// empty, only entries of this account are returned.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn read_audit(
        &self,
        since: Timestamp,
        user_id: &str,
        limit: i64,
    ) -> Result<Vec<AuditEntry>, Error> {
        let statement = query(
            "SELECT occurred_at, event, user_id, subnet FROM audit \
             WHERE occurred_at >= $1 AND ($2 = '' OR user_id = $2) ORDER BY id DESC LIMIT $3",
        );
        let statement = statement.bind(since.0).bind(user_id).bind(limit);
        let mut entries = self.find_all(statement, read_entry).await?;
        entries.reverse();
        Ok(entries)
    }

    /// Writes an entry to the audit log, which is all that happens.
    pub(crate) async fn record(
        &self,
        event: AuditEvent,
        user_id: &str,
        subnet: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut tx = self.begin_autocommit().await?;
        tx.record(event, user_id, subnet, now).await?;
        tx.commit().await
    }

    /// Returns the newest entries of an account, at most `limit`, newest first.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn list_audit(&self, user_id: &str, limit: i64) -> Result<Vec<AuditEntry>, Error> {
        let statement = query(
            "SELECT occurred_at, event, user_id, subnet FROM audit \
             WHERE user_id = $1 ORDER BY id DESC LIMIT $2",
        );
        self.find_all(statement.bind(user_id).bind(limit), read_entry).await
    }
}

fn read_entry(row: &Row<'_>) -> Result<AuditEntry, Error> {
    Ok(AuditEntry {
        occurred_at: Timestamp(row.get("occurred_at")?),
        event: row.get("event")?,
        user_id: row.get("user_id")?,
        subnet: row.get("subnet")?,
    })
}

impl Tx {
    /// Clears the subnets of an account's entries, because the account is deleted.
    pub(crate) async fn clear_audit_subnets(&mut self, user_id: &str) -> Result<(), Error> {
        let statement =
            query("UPDATE audit SET subnet = NULL WHERE user_id = $1 AND subnet IS NOT NULL");
        self.execute(statement.bind(user_id)).await.map(drop)
    }

    /// Writes an entry to the audit log.
    pub(crate) async fn record(
        &mut self,
        event: AuditEvent,
        user_id: &str,
        subnet: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let statement = query(
            "INSERT INTO audit (occurred_at, event, user_id, subnet) VALUES ($1, $2, $3, $4)",
        );
        let statement = statement.bind(now.0).bind(event.as_str()).bind(user_id).bind(subnet);
        self.execute(statement).await.map(drop)
    }
}
