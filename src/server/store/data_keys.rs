//! The `data_keys` table: the data key of the database, encrypted once for each `SECRET_KEY`.

use super::{Row, Store, query};
use crate::server::error::Error;

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
    /// Returns the data key as it was encrypted with the key `key_id`; `None` if it was not.
    pub(crate) async fn find_data_key(
        &self,
        key_id: &str,
    ) -> Result<Option<EncryptedDataKey>, Error> {
        let statement = query("SELECT key_id, nonce, ciphertext FROM data_keys WHERE key_id = $1");
        let read = |row: &Row<'_>| {
            Ok(EncryptedDataKey {
                key_id: row.get("key_id")?,
                nonce: row.get("nonce")?,
                ciphertext: row.get("ciphertext")?,
            })
        };
        self.find(statement.bind(key_id), read).await
    }

    /// Returns `true` if the database has a data key, encrypted with whichever key.
    pub(crate) async fn has_data_key(&self) -> Result<bool, Error> {
        let found = self.find(query("SELECT 1 FROM data_keys LIMIT 1"), |_| Ok(())).await?;
        Ok(found.is_some())
    }

    /// Writes the data key. If another instance has written it with this key before, that one
    /// stays.
    pub(crate) async fn insert_data_key(&self, new: &EncryptedDataKey) -> Result<(), Error> {
        let statement = query(
            "INSERT INTO data_keys (key_id, nonce, ciphertext) VALUES ($1, $2, $3) \
             ON CONFLICT (key_id) DO NOTHING",
        );
        let statement = statement.bind(new.key_id.as_str());
        let mut tx = self.begin_autocommit().await?;
        tx.execute(statement.bind(&new.nonce[..]).bind(&new.ciphertext[..])).await?;
        tx.commit().await
    }
}
