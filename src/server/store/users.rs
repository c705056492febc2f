//! The `users` table: one account a number.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Tx, query};
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;
use crate::domain::user::{Details, UserView};
use crate::server::error::Error;

impl Tx {
    /// The account of this number, and how many live sessions it has.
    pub(crate) async fn find_user_by_phone(
        &mut self,
        phone: &PhoneNumber,
        now: Timestamp,
    ) -> Result<Option<(UserView, i64)>, Error> {
        let statement = query(
            "SELECT id AS user_id, phone, first_name, last_name, email, (SELECT COUNT(*) FROM sessions \
             WHERE user_id = users.id AND revoked_at IS NULL AND expires_at > $2) AS sessions FROM users WHERE phone = $1",
        );
        let row = self.fetch(statement.bind(phone.as_str().to_owned()).bind(now.0)).await?;
        row.map(|row| Ok((user_view(&row)?, row.try_get("sessions")?))).transpose()
    }

    /// Writes a new account; `false` if the number has an owner already.
    pub(crate) async fn insert_user(
        &mut self,
        id: &str,
        phone: &PhoneNumber,
        details: &Details,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let statement = query(
            "INSERT INTO users (id, phone, first_name, last_name, email, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (phone) DO NOTHING",
        );
        let statement = statement.bind(id.to_owned()).bind(phone.as_str().to_owned()).bind(details.first_name.clone());
        Ok(self.execute(statement.bind(details.last_name.clone()).bind(details.email.clone()).bind(now.0)).await? == 1)
    }
}

/// Reads the columns `user_id, phone, first_name, last_name, email`, masking the number.
pub(super) fn user_view(row: &AnyRow) -> Result<UserView, Error> {
    let phone: String = row.try_get("phone")?;
    let phone = PhoneNumber::from_e164(&phone).ok_or(Error::Inconsistent { table: "users", what: "phone" })?;
    Ok(UserView {
        id: row.try_get("user_id")?,
        first_name: row.try_get("first_name")?,
        last_name: row.try_get("last_name")?,
        email: row.try_get("email")?,
        phone: phone.masked(),
    })
}
