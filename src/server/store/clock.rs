//! The `clock` table. Its only row is the clock record, which prevents a purge while the machine's
//! clock may be wrong.

use super::{Row, Store, query};
use crate::domain::clock_record::ClockRecord;
use crate::domain::time::Timestamp;
use crate::server::error::Error;

impl Store {
    /// Returns the clock record; `None` if none was written to this database yet.
    ///
    /// # Errors
    /// Fails if the database cannot be read.
    pub async fn clock_record(&self) -> Result<Option<ClockRecord>, Error> {
        let record = |row: &Row<'_>| {
            let distrusted_at: Option<i64> = row.get("distrusted_at")?;
            Ok(ClockRecord {
                trusted_at: Timestamp(row.get("trusted_at")?),
                distrusted_at: distrusted_at.map(Timestamp),
            })
        };
        self.find(query("SELECT trusted_at, distrusted_at FROM clock"), record).await
    }

    /// Writes the clock record in its own transaction.
    ///
    /// # Errors
    /// Fails if the database cannot be written.
    pub async fn save_clock_record(&self, record: ClockRecord) -> Result<(), Error> {
        let statement = query(
            "INSERT INTO clock (id, trusted_at, distrusted_at) VALUES (1, $1, $2) \
             ON CONFLICT (id) DO UPDATE SET trusted_at = excluded.trusted_at, \
             distrusted_at = excluded.distrusted_at",
        );
        let mut tx = self.begin().await?;
        tx.execute(statement.bind(record.trusted_at.0).bind(record.distrusted_at.map(|at| at.0)))
            .await?;
        tx.commit().await
    }
}
