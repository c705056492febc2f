//! The `recovery_codes` table: the hashes of the recovery codes of accounts.

use super::{Row, Store, Tx, query};
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;
use crate::server::error::Error;
use crate::server::recovery_hasher::{HASH_BYTES, SALT_BYTES};

/// The unused recovery codes of an account, which were made together.
#[derive(Debug, Clone)]
pub struct RecoveryCodeSet {
    /// The id of the account.
    pub user_id: String,
    /// The salt of all hashes.
    pub salt: [u8; SALT_BYTES],
    /// The hashes.
    pub hashes: Vec<[u8; HASH_BYTES]>,
    /// The time at which the codes were made.
    pub created_at: Timestamp,
}

impl Store {
    /// Returns the unused codes of an account; `None` if it has none.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn find_recovery_codes(
        &self,
        user_id: &str,
    ) -> Result<Option<RecoveryCodeSet>, Error> {
        let statement = query("SELECT * FROM recovery_codes WHERE user_id = $1").bind(user_id);
        Ok(into_sets(self.find_all(statement, read_row).await?).pop())
    }

    /// Returns the unused codes of the account of a phone number, and of accounts that lost this
    /// number to it. No number has more than a few.
    pub(crate) async fn find_recovery_codes_by_phone(
        &self,
        phone: &PhoneNumber,
    ) -> Result<Vec<RecoveryCodeSet>, Error> {
        let statement = query(
            "SELECT * FROM recovery_codes WHERE user_id IN (SELECT id FROM users \
             WHERE phone = $1 UNION ALL SELECT id FROM users WHERE former_phone = $1) \
             ORDER BY user_id",
        );
        Ok(into_sets(self.find_all(statement.bind(phone.as_str()), read_row).await?))
    }
}

fn read_row(row: &Row<'_>) -> Result<RecoveryCodeSet, Error> {
    let inconsistent = |what| move |_| Error::Inconsistent { table: "recovery_codes", what };
    let (salt, hash): (Vec<u8>, Vec<u8>) = (row.get("salt")?, row.get("hash")?);
    Ok(RecoveryCodeSet {
        user_id: row.get("user_id")?,
        salt: salt.try_into().map_err(inconsistent("salt"))?,
        hashes: vec![hash.try_into().map_err(inconsistent("hash"))?],
        created_at: row.get("created_at").map(Timestamp)?,
    })
}

/// Joins the rows of each account, which are beside each other.
fn into_sets(rows: Vec<RecoveryCodeSet>) -> Vec<RecoveryCodeSet> {
    let mut sets: Vec<RecoveryCodeSet> = Vec::new();
    for row in rows {
        match sets.last_mut().filter(|set| set.user_id == row.user_id) {
            Some(set) => set.hashes.extend(row.hashes),
            None => sets.push(row),
        }
    }
    sets
}

impl Tx {
    /// Writes a set of codes in place of the former one. The caller has locked the account.
    pub(crate) async fn replace_recovery_codes(
        &mut self,
        set: &RecoveryCodeSet,
    ) -> Result<(), Error> {
        self.delete_recovery_codes(&set.user_id).await?;
        for hash in &set.hashes {
            let statement = query(
                "INSERT INTO recovery_codes (user_id, hash, salt, created_at) \
                 VALUES ($1, $2, $3, $4)",
            );
            let statement = statement.bind(set.user_id.as_str()).bind(&hash[..]);
            let statement = statement.bind(&set.salt[..]).bind(set.created_at.0);
            self.execute(statement).await?;
        }
        Ok(())
    }

    /// Deletes the codes of an account.
    pub(crate) async fn delete_recovery_codes(&mut self, user_id: &str) -> Result<(), Error> {
        let statement = query("DELETE FROM recovery_codes WHERE user_id = $1").bind(user_id);
        self.execute(statement).await.map(drop)
    }

    /// Deletes the code with this hash, because it is used. Returns `false` if it was used before.
    pub(crate) async fn use_recovery_code(
        &mut self,
        user_id: &str,
        hash: &[u8],
    ) -> Result<bool, Error> {
        let statement = query("DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2");
        Ok(self.execute(statement.bind(user_id).bind(hash)).await? == 1)
    }
}
