//! The `devices` table: the known devices of each account, which are browsers that signed in to it.

use super::{Store, Tx, query};
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;
use crate::server::error::Error;

impl Store {
    /// Returns the id of the account of `phone` if this device first signed in to it at or before
    /// `known_before`. For a phone number without an account the statement does the same lookups,
    /// so that its duration does not reveal whether there is one.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn find_known_device(
        &self,
        id: &[u8],
        phone: &PhoneNumber,
        known_before: Timestamp,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        let statement = query(
            "SELECT user_id FROM devices WHERE user_id = COALESCE((SELECT id FROM users \
             WHERE phone = $2), '') \
             AND id = $1 AND created_at <= $3 AND expires_at > $4",
        );
        let statement = statement.bind(id).bind(phone.as_str()).bind(known_before.0).bind(now.0);
        self.find(statement, |row| row.get("user_id")).await
    }
}

impl Tx {
    /// Writes a new device of an account.
    pub(crate) async fn insert_device(
        &mut self,
        id: &[u8],
        user_id: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        let statement = query(
            "INSERT INTO devices (id, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
        );
        self.execute(statement.bind(id).bind(user_id).bind(now.0).bind(expires_at.0))
            .await
            .map(drop)
    }

    /// Extends the expiry of a device of an account. Returns `false` if it is unknown or expired.
    pub(crate) async fn renew_device(
        &mut self,
        id: &[u8],
        user_id: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, Error> {
        let statement = query(
            "UPDATE devices SET expires_at = $4 WHERE id = $1 AND user_id = $2 AND expires_at > $3",
        );
        Ok(self.execute(statement.bind(id).bind(user_id).bind(now.0).bind(expires_at.0)).await?
            == 1)
    }

    /// Deletes all devices of an account.
    pub(crate) async fn delete_devices(&mut self, user_id: &str) -> Result<(), Error> {
        let statement = query("DELETE FROM devices WHERE user_id = $1");
        self.execute(statement.bind(user_id)).await.map(drop)
    }
}
