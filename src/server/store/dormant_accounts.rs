//! Dormant accounts: the rows of `users` that were not used for long, and `email_attempts`.
//!
//! A number that was given up goes to another person after some time. So a dormant account does not
//! open by an SMS alone. It may lose its number to a new account; then it is set aside.

use super::users::user_view;
use super::{Row, Store, Tx, query};
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;
use crate::domain::user::UserView;
use crate::server::error::Error;

/// The number of seconds by which the time of the last visit may be too early: it is written at
/// most once a day.
pub const SEEN_PRECISION: i64 = 86_400;

impl Store {
    /// Returns the account of a phone number if its last visit was at or before `seen_before`.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn find_dormant_account(
        &self,
        phone: &PhoneNumber,
        seen_before: Timestamp,
    ) -> Result<Option<UserView>, Error> {
        let statement = query(
            "SELECT id AS user_id, phone, first_name, last_name, email FROM users \
             WHERE phone = $1 AND seen_at <= $2",
        );
        self.find(statement.bind(phone.as_str()).bind(seen_before.0), user_view).await
    }

    /// Returns the id of the account that had the number of `user_id` before, if this device is one
    /// of that account, and if the number was taken from it at or after `released_after`.
    pub(crate) async fn find_restorable_account(
        &self,
        user_id: &str,
        device: &[u8],
        released_after: Timestamp,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        let statement = query(
            "SELECT former.id FROM users former JOIN devices ON devices.user_id = former.id \
             WHERE former.former_phone = (SELECT phone FROM users WHERE id = $1) \
             AND former.released_at >= $3 AND devices.id = $2 AND devices.expires_at > $4 \
             ORDER BY former.released_at DESC",
        );
        let statement = statement.bind(user_id).bind(device).bind(released_after.0).bind(now.0);
        Ok(self.find_all(statement, |row| row.get("id")).await?.into_iter().next())
    }
}

impl Tx {
    /// Writes the time of a visit, at most once a day.
    pub(crate) async fn touch_user(&mut self, user_id: &str, now: Timestamp) -> Result<(), Error> {
        let statement = query("UPDATE users SET seen_at = $2 WHERE id = $1 AND seen_at < $3");
        let stale = now.plus(-SEEN_PRECISION);
        self.execute(statement.bind(user_id).bind(now.0).bind(stale.0)).await.map(drop)
    }

    /// Deletes the attempts at the e-mail address of an account up to a time, and returns the times
    /// of the later ones, the oldest first. The caller has locked the account.
    pub(crate) async fn prune_email_attempts(
        &mut self,
        user_id: &str,
        since: Timestamp,
    ) -> Result<Vec<Timestamp>, Error> {
        let delete = query("DELETE FROM email_attempts WHERE user_id = $1 AND attempted_at <= $2");
        self.execute(delete.bind(user_id).bind(since.0)).await?;
        let statement = query(
            "SELECT attempted_at FROM email_attempts WHERE user_id = $1 ORDER BY attempted_at",
        );
        self.fetch_all(statement.bind(user_id), |row| row.get("attempted_at").map(Timestamp)).await
    }

    /// Counts an attempt at the e-mail address of an account.
    pub(crate) async fn add_email_attempt(
        &mut self,
        user_id: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let statement = query("INSERT INTO email_attempts (user_id, attempted_at) VALUES ($1, $2)");
        self.execute(statement.bind(user_id).bind(now.0)).await.map(drop)
    }

    /// Takes the number from its account if the last visit was at or before `seen_before`. The
    /// account is set aside. Returns its id; `None` if the number has no such account.
    pub(crate) async fn release_phone(
        &mut self,
        phone: &PhoneNumber,
        seen_before: Timestamp,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        let statement = query(
            "UPDATE users SET phone = NULL, former_phone = phone, released_at = $3 \
             WHERE phone = $1 AND seen_at <= $2 RETURNING id",
        );
        let statement = statement.bind(phone.as_str()).bind(seen_before.0).bind(now.0);
        self.fetch(statement, |row| row.get("id")).await
    }

    /// Gives an account that was set aside its number back, and sets the account `from` aside.
    /// Returns the owner; `None` if it is too late, or if the number has changed hands since. Then
    /// the transaction must not be committed, because `from` has lost its number in it.
    pub(crate) async fn restore_phone(
        &mut self,
        (from, to): (&str, &str),
        released_after: Timestamp,
        now: Timestamp,
    ) -> Result<Option<UserView>, Error> {
        let release = query(
            "UPDATE users SET phone = NULL, former_phone = phone, released_at = $2 \
             WHERE id = $1 AND phone IS NOT NULL RETURNING former_phone",
        );
        let phone: Option<String> =
            self.fetch(release.bind(from).bind(now.0), |row| row.get("former_phone")).await?;
        let restore = query(
            "UPDATE users SET phone = former_phone, former_phone = NULL, released_at = NULL, \
             seen_at = $4 WHERE id = $1 AND former_phone = $2 AND released_at >= $3 \
             RETURNING id AS user_id, phone, first_name, last_name, email",
        );
        let restore = restore.bind(to).bind(phone).bind(released_after.0).bind(now.0);
        self.fetch(restore, |row: &Row<'_>| user_view(row)).await
    }
}
