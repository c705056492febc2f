//! The `data_keys` table: the encrypted data key of the database, in one row.

use super::{Row, Store, query};
use crate::server::error::Error;

/// The id of the only row.
const ROW_ID: i64 = 1;

/// The data key, encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedDataKey {
    /// The id of the key that encrypts it.
    pub key_id: String,
    /// The nonce of the encryption.
    pub nonce: Vec<u8>,
    /// The encrypted key with its tag.
    pub ciphertext: Vec<u8>,
}

impl Store {
    /// Returns the data key; `None` in a new database.
    pub(crate) async fn find_data_key(&self) -> Result<Option<EncryptedDataKey>, Error> {
        let statement = query("SELECT key_id, nonce, ciphertext FROM data_keys WHERE id = $1");
        let read = |row: &Row<'_>| {
            Ok(EncryptedDataKey {
                key_id: row.get("key_id")?,
                nonce: row.get("nonce")?,
                ciphertext: row.get("ciphertext")?,
            })
        };
        self.find(statement.bind(ROW_ID), read).await
    }

    /// Writes the data key. It takes the place of the one that was encrypted with the key
    /// `replaces`, or of none. If another instance was faster, its data key stays.
    pub(crate) async fn write_data_key(
        &self,
        replaces: Option<&str>,
        new: &EncryptedDataKey,
    ) -> Result<(), Error> {
        let statement = match replaces {
            None => query(
                "INSERT INTO data_keys (id, key_id, nonce, ciphertext) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (id) DO NOTHING",
            ),
            Some(_) => query(
                "UPDATE data_keys SET key_id = $2, nonce = $3, ciphertext = $4 \
                 WHERE id = $1 AND key_id = $5",
            ),
        };
        let statement = statement.bind(ROW_ID).bind(new.key_id.as_str());
        let statement = statement.bind(&new.nonce[..]).bind(&new.ciphertext[..]);
        let statement = match replaces {
            Some(key_id) => statement.bind(key_id),
            None => statement,
        };
        let mut tx = self.begin_autocommit().await?;
        tx.execute(statement).await?;
        tx.commit().await
    }
}
