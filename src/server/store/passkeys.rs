//! The `passkeys` table: the `WebAuthn` credentials of accounts.

use super::{Row, Store, Tx, query};
use crate::domain::time::Timestamp;
use crate::server::error::Error;

/// A passkey of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPasskey {
    /// The id of the credential.
    pub id: Vec<u8>,
    /// The id of the account.
    pub user_id: String,
    /// The name that the owner sees.
    pub name: String,
    /// The public key, the counter and the flags, as the JSON of webauthn-rs.
    pub credential: String,
    /// The time at which the passkey was added.
    pub created_at: Timestamp,
    /// The time of its last use; `None` before the first one.
    pub last_used_at: Option<Timestamp>,
}

impl Store {
    /// Returns the passkeys of an account, the oldest first.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn list_passkeys(&self, user_id: &str) -> Result<Vec<StoredPasskey>, Error> {
        let statement = query("SELECT * FROM passkeys WHERE user_id = $1 ORDER BY created_at, id");
        self.find_all(statement.bind(user_id), read_passkey).await
    }

    /// Returns the passkey with this credential id, of whichever account; `None` if there is none.
    pub(crate) async fn find_passkey(&self, id: &[u8]) -> Result<Option<StoredPasskey>, Error> {
        self.find(query("SELECT * FROM passkeys WHERE id = $1").bind(id), read_passkey).await
    }
}

fn read_passkey(row: &Row<'_>) -> Result<StoredPasskey, Error> {
    Ok(StoredPasskey {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        name: row.get("name")?,
        credential: row.get("credential")?,
        created_at: row.get("created_at").map(Timestamp)?,
        last_used_at: row.get::<Option<i64>>("last_used_at")?.map(Timestamp),
    })
}

impl Tx {
    /// Writes a new passkey. Returns `false` if an account, this one or another, has it already.
    pub(crate) async fn insert_passkey(&mut self, new: &StoredPasskey) -> Result<bool, Error> {
        let statement = query(
            "INSERT INTO passkeys (id, user_id, name, credential, created_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING",
        );
        let statement = statement.bind(&new.id[..]).bind(new.user_id.as_str());
        let statement = statement.bind(new.name.as_str()).bind(new.credential.as_str());
        Ok(self.execute(statement.bind(new.created_at.0)).await? == 1)
    }

    /// Returns the number of passkeys of an account.
    pub(crate) async fn count_passkeys(&mut self, user_id: &str) -> Result<i64, Error> {
        let statement = query("SELECT COUNT(*) AS count FROM passkeys WHERE user_id = $1");
        let count = self.fetch(statement.bind(user_id), |row| row.get("count")).await?;
        Ok(count.unwrap_or_default())
    }

    /// Stores the use of a passkey. Returns `false` if the passkey was removed or used since
    /// `used` was read. Then its counter was not compared with the present one.
    pub(crate) async fn update_passkey(
        &mut self,
        used: &StoredPasskey,
        credential: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let statement = query(
            "UPDATE passkeys SET credential = $4, last_used_at = $5 \
             WHERE id = $1 AND user_id = $2 AND credential = $3",
        );
        let statement = statement.bind(&used.id[..]).bind(used.user_id.as_str());
        let statement = statement.bind(used.credential.as_str()).bind(credential).bind(now.0);
        Ok(self.execute(statement).await? == 1)
    }

    /// Gives a passkey of an account another name. Returns `false` if the account does not have it.
    pub(crate) async fn rename_passkey(
        &mut self,
        user_id: &str,
        id: &[u8],
        name: &str,
    ) -> Result<bool, Error> {
        let statement = query("UPDATE passkeys SET name = $3 WHERE user_id = $1 AND id = $2");
        Ok(self.execute(statement.bind(user_id).bind(id).bind(name)).await? == 1)
    }

    /// Deletes a passkey of an account. Returns `false` if the account does not have it.
    pub(crate) async fn delete_passkey(&mut self, user_id: &str, id: &[u8]) -> Result<bool, Error> {
        let statement = query("DELETE FROM passkeys WHERE user_id = $1 AND id = $2");
        Ok(self.execute(statement.bind(user_id).bind(id)).await? == 1)
    }
}
