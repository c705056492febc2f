//! The `number_changes` table: the changes of numbers to which the former number can object.

use super::{Row, Store, Tx, query};
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;
use crate::server::error::Error;

/// A change of an account's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberChange {
    /// The SHA-256 of the token in the notice's link.
    pub id: Vec<u8>,
    /// The id of the account.
    pub user_id: String,
    /// The position among the changes of this account, in the order in which they happened.
    pub position: i64,
    /// The former number.
    pub phone: PhoneNumber,
    /// The time of the change.
    pub changed_at: Timestamp,
    /// The time from which nobody can object any more.
    pub expires_at: Timestamp,
}

const FIND: &str = "SELECT * FROM number_changes WHERE id = $1 AND expires_at > $2";

fn read(row: &Row<'_>) -> Result<NumberChange, Error> {
    let phone: String = row.get("phone")?;
    let inconsistent = Error::Inconsistent { table: "number_changes", what: "phone" };
    Ok(NumberChange {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        position: row.get("position")?,
        phone: PhoneNumber::from_e164(&phone).ok_or(inconsistent)?,
        changed_at: row.get("changed_at").map(Timestamp)?,
        expires_at: row.get("expires_at").map(Timestamp)?,
    })
}

impl Store {
    /// Returns the change with this id if it is not too late to object.
    pub(crate) async fn find_number_change(
        &self,
        id: &[u8],
        now: Timestamp,
    ) -> Result<Option<NumberChange>, Error> {
        self.find(query(FIND).bind(id).bind(now.0), read).await
    }
}

impl Tx {
    /// Returns the change, as [`Store::find_number_change`] does. The caller has locked the
    /// account, so that two objections come one after another.
    pub(crate) async fn find_number_change(
        &mut self,
        id: &[u8],
        now: Timestamp,
    ) -> Result<Option<NumberChange>, Error> {
        self.fetch(query(FIND).bind(id).bind(now.0), read).await
    }

    /// Writes a change to another number, unless the account goes back to a former one to which a
    /// notice was sent. Then that change and the later ones are over: their numbers cannot object
    /// any more. Returns `true` if the change was written. The caller has locked the account.
    pub(crate) async fn insert_number_change(
        &mut self,
        new: &NumberChange,
        to: &PhoneNumber,
    ) -> Result<bool, Error> {
        let find = query(
            "SELECT MIN(position) AS position FROM number_changes \
             WHERE user_id = $1 AND phone = $2 AND expires_at > $3",
        );
        let find = find.bind(new.user_id.as_str()).bind(to.as_str()).bind(new.changed_at.0);
        let returned: Option<i64> = self.fetch(find, |row| row.get("position")).await?.flatten();
        if let Some(position) = returned {
            self.delete_number_changes(&new.user_id, position).await?;
            return Ok(false);
        }
        let statement = query(
            "INSERT INTO number_changes (id, user_id, position, phone, changed_at, expires_at) \
             SELECT $1, $2, COALESCE(MAX(position), 0) + 1, $3, $4, $5 FROM number_changes \
             WHERE user_id = $2",
        );
        let statement = statement.bind(&new.id[..]).bind(new.user_id.as_str());
        let statement = statement.bind(new.phone.as_str()).bind(new.changed_at.0);
        self.execute(statement.bind(new.expires_at.0)).await?;
        Ok(true)
    }

    /// Deletes the changes of an account from a position on. An earlier number can still object.
    pub(crate) async fn delete_number_changes(
        &mut self,
        user_id: &str,
        position: i64,
    ) -> Result<(), Error> {
        let statement = query("DELETE FROM number_changes WHERE user_id = $1 AND position >= $2");
        self.execute(statement.bind(user_id).bind(position)).await.map(drop)
    }

    /// Deletes what was added to an account at or after a time and could open it again: passkeys
    /// and recovery codes.
    pub(crate) async fn delete_factors_since(
        &mut self,
        user_id: &str,
        since: Timestamp,
    ) -> Result<(), Error> {
        for sql in [
            "DELETE FROM passkeys WHERE user_id = $1 AND created_at >= $2",
            "DELETE FROM recovery_codes WHERE user_id = $1 AND created_at >= $2",
        ] {
            self.execute(query(sql).bind(user_id).bind(since.0)).await?;
        }
        Ok(())
    }
}
