//! The `users` table: the accounts, one per phone number.

use sqlx::AssertSqlSafe;

use super::{Row, Store, Tx, query};
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;
use crate::domain::user::{Details, UserView};
use crate::server::error::Error;

impl Store {
    /// Returns the id of the account of this phone number, if it has one.
    pub(crate) async fn find_user_id(&self, phone: &PhoneNumber) -> Result<Option<String>, Error> {
        self.find(query("SELECT id FROM users WHERE phone = $1").bind(phone.as_str()), |row| {
            row.get("id")
        })
        .await
    }
}

/// An account with its full phone number.
#[derive(Debug, Clone)]
pub struct Account {
    /// The profile, with a masked phone number.
    pub user: UserView,
    /// The phone number; `None` if the account was set aside.
    pub phone: Option<PhoneNumber>,
    /// The time of the sign-up.
    pub created_at: Timestamp,
}

impl Store {
    /// Returns an account; `None` if there is none with this id.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn find_account(&self, user_id: &str) -> Result<Option<Account>, Error> {
        let statement = query(
            "SELECT id AS user_id, phone, first_name, last_name, email, created_at \
             FROM users WHERE id = $1",
        );
        let read = |row: &Row<'_>| {
            Ok(Account {
                user: user_view(row)?,
                phone: read_phone(row)?,
                created_at: row.get("created_at").map(Timestamp)?,
            })
        };
        self.find(statement.bind(user_id), read).await
    }

    /// Returns the phone number of an account; `None` if there is no such account, or if it has no
    /// number.
    pub(crate) async fn find_phone(&self, user_id: &str) -> Result<Option<PhoneNumber>, Error> {
        let statement = query("SELECT phone FROM users WHERE id = $1").bind(user_id);
        Ok(self.find(statement, read_phone).await?.flatten())
    }
}

/// The state of an account on which its next session depends.
#[derive(Debug, Clone, Copy)]
pub struct AccountState {
    /// The number of live sessions.
    pub sessions: i64,
    /// The last visit, exact to a day.
    pub seen_at: Timestamp,
}

impl AccountState {
    /// Returns the state of an account that has no session and was visited now.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self { sessions: 0, seen_at: now }
    }

    fn read(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self { sessions: row.get("sessions")?, seen_at: row.get("seen_at").map(Timestamp)? })
    }
}

impl Tx {
    /// Gives an account another phone number. Returns `false` if another account has it. The unique
    /// index decides between concurrent changes.
    ///
    /// # Errors
    /// Fails with [`Error::PhoneTaken`] if a concurrent transaction has taken the number.
    pub(crate) async fn change_phone(
        &mut self,
        user_id: &str,
        phone: &PhoneNumber,
    ) -> Result<bool, Error> {
        // The server of `PostgreSQL` would write the number of a refused row into its log.
        let statement = query(
            "UPDATE users SET phone = $2, former_phone = NULL, released_at = NULL WHERE id = $1 \
             AND NOT EXISTS (SELECT 1 FROM users WHERE phone = $2)",
        );
        let changed = self.execute(statement.bind(user_id).bind(phone.as_str())).await;
        match changed {
            Err(error) if error.is_unique_violation() => Err(Error::PhoneTaken),
            rows => Ok(rows? == 1),
        }
    }

    /// Returns the account of this phone number, and its state.
    pub(crate) async fn find_user_by_phone(
        &mut self,
        phone: &PhoneNumber,
        now: Timestamp,
    ) -> Result<Option<(UserView, AccountState)>, Error> {
        let statement = query(
            "SELECT id AS user_id, phone, first_name, last_name, email, \
             (SELECT COUNT(*) FROM sessions WHERE user_id = users.id AND revoked_at IS NULL \
             AND expires_at > $2) AS sessions, seen_at FROM users WHERE phone = $1",
        );
        let statement = statement.bind(phone.as_str()).bind(now.0);
        self.fetch(statement, |row| Ok((user_view(row)?, AccountState::read(row)?))).await
    }

    /// Locks an account until the end of the transaction, so that concurrent ones that lock it come
    /// one after another. Returns `false` if it does not exist.
    pub(crate) async fn lock_account(&mut self, user_id: &str) -> Result<bool, Error> {
        let statement = query("UPDATE users SET created_at = created_at WHERE id = $1");
        Ok(self.execute(statement.bind(user_id)).await? == 1)
    }

    /// Locks an account that is about to be deleted, or to get a number, so that nobody adds a row
    /// that refers to it. Returns `false` if it does not exist.
    pub(crate) async fn lock_account_exclusively(&mut self, user_id: &str) -> Result<bool, Error> {
        let lock = if self.has_concurrent_writers() { " FOR UPDATE" } else { "" };
        let sql = format!("SELECT id FROM users WHERE id = $1{lock}");
        let statement = query(AssertSqlSafe(sql)).bind(user_id);
        Ok(self.fetch(statement, |_| Ok(())).await?.is_some())
    }

    /// Returns an account and its state. The account cannot be deleted until the end of the
    /// transaction.
    pub(crate) async fn find_user(
        &mut self,
        user_id: &str,
        now: Timestamp,
    ) -> Result<Option<(UserView, AccountState)>, Error> {
        let lock = if self.has_concurrent_writers() { " FOR KEY SHARE" } else { "" };
        let sql = format!(
            "SELECT id AS user_id, phone, first_name, last_name, email, \
             (SELECT COUNT(*) FROM sessions WHERE user_id = users.id AND revoked_at IS NULL \
             AND expires_at > $2) AS sessions, seen_at FROM users WHERE id = $1{lock}"
        );
        let statement = query(AssertSqlSafe(sql)).bind(user_id).bind(now.0);
        self.fetch(statement, |row| Ok((user_view(row)?, AccountState::read(row)?))).await
    }

    /// Writes a new account. Returns `false` if the phone number already has one.
    pub(crate) async fn insert_user(
        &mut self,
        id: &str,
        phone: &PhoneNumber,
        details: &Details,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let statement = query(
            "INSERT INTO users (id, phone, first_name, last_name, email, created_at, seen_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $6) \
             ON CONFLICT (phone) DO NOTHING",
        );
        let statement = statement.bind(id).bind(phone.as_str()).bind(details.first_name.as_str());
        Ok(self
            .execute(
                statement.bind(details.last_name.as_str()).bind(details.email.as_str()).bind(now.0),
            )
            .await?
            == 1)
    }

    /// Deletes an account, and by it its sessions, devices, passkeys and recovery codes. The caller
    /// has locked the account.
    pub(crate) async fn delete_user(&mut self, user_id: &str) -> Result<(), Error> {
        self.execute(query("DELETE FROM users WHERE id = $1").bind(user_id)).await.map(drop)
    }

    /// Changes the name and e-mail address of an account. Returns `false` if it does not exist.
    pub(crate) async fn update_user(&mut self, user: &UserView) -> Result<bool, Error> {
        let statement =
            query("UPDATE users SET first_name = $2, last_name = $3, email = $4 WHERE id = $1");
        let statement = statement.bind(user.id.as_str()).bind(user.first_name.as_str());
        let statement = statement.bind(user.last_name.as_str()).bind(user.email.as_str());
        Ok(self.execute(statement).await? == 1)
    }
}

/// Reads the columns `user_id, phone, first_name, last_name, email` and masks the phone
/// number, which is empty if the account has none.
pub(super) fn user_view(row: &Row<'_>) -> Result<UserView, Error> {
    let phone = read_phone(row)?;
    Ok(UserView {
        id: row.get("user_id")?,
        first_name: row.get("first_name")?,
        last_name: row.get("last_name")?,
        email: row.get("email")?,
        phone: phone.map(|phone| phone.masked()).unwrap_or_default(),
    })
}

fn read_phone(row: &Row<'_>) -> Result<Option<PhoneNumber>, Error> {
    let phone: Option<String> = row.get("phone")?;
    let inconsistent = Error::Inconsistent { table: "users", what: "phone" };
    phone.map(|phone| PhoneNumber::from_e164(&phone).ok_or(inconsistent)).transpose()
}
