//! Moves a `SQLite` database into an empty `PostgreSQL` database, row by row, and compares both.
//!
//! Both engines have the same tables and columns. A row is sent in the text format of `COPY`, and
//! read back in the same format. So the lines of both sides are equal, and so are their digests.

use std::path::Path;

use futures_util::TryStreamExt;
use rusqlite::types::ValueRef;
use rusqlite::{Connection as SqliteConnection, OpenFlags};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::Store;
use super::sqlite::copy::last_audit_id_of;
use crate::server::config::DatabaseUrl;
use crate::server::error::Error;

/// All tables, those that others refer to first.
pub const TABLES: [&str; 14] = [
    "users",
    "clock",
    "data_keys",
    "challenges",
    "sessions",
    "counters",
    "used_tokens",
    "devices",
    "audit",
    "passkeys",
    "recovery_codes",
    "email_attempts",
    "number_changes",
    "notice_cursor",
];
/// The tables in which the migrations write a row.
const SINGLE_ROW_TABLES: [&str; 2] = ["clock", "notice_cursor"];
/// The number of bytes that are sent at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// The rows of a table: their number, and the sum of their digests, which does not depend on their
/// order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableDigest {
    /// The number of rows.
    pub rows: u64,
    sum: u128,
}

impl TableDigest {
    fn add(&mut self, line: &[u8]) {
        let digest = Sha256::digest(line);
        let half = digest.first_chunk().copied().unwrap_or_default();
        self.rows += 1;
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(half));
    }
}

/// Moves all rows in one transaction, and returns the tables with their digests. Nothing is written
/// unless the digests of both sides are equal.
///
/// # Errors
/// Fails if the `PostgreSQL` database has accounts, if a value cannot be stored there, or if the
/// rows differ.
pub async fn move_to_postgres(
    source: &Path,
    url: &str,
) -> Result<Vec<(&'static str, TableDigest)>, Error> {
    if !matches!(DatabaseUrl::parse(url), Ok(DatabaseUrl::Postgres(_))) {
        return Err(Error::Backup("name a PostgreSQL database, like postgres://…"));
    }
    // This creates the database and its tables.
    Store::connect(url, 2).await?.close().await;
    let last_audit_id = last_audit_id_of(source)?;
    let source = SqliteConnection::open_with_flags(source, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    source.execute_batch("BEGIN")?;
    // A connection of its own has no statement timeout.
    let mut connection = PgConnection::connect(url).await?;
    let mut tx = connection.begin().await?;
    for table in TABLES {
        if SINGLE_ROW_TABLES.contains(&table) {
            sqlx::query(AssertSqlSafe(format!("DELETE FROM {table}"))).execute(&mut *tx).await?;
            continue;
        }
        let sql = format!("SELECT COUNT(*) FROM {table}");
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *tx).await?;
        if count > 0 {
            return Err(Error::Backup("the PostgreSQL database is not empty"));
        }
    }
    let mut moved = Vec::new();
    for table in TABLES {
        let columns = columns_of(&source, table)?;
        let sent = send_rows(&source, &mut tx, table, &columns).await?;
        if read_back(&mut tx, table, &columns).await? != sent {
            return Err(Error::Inconsistent { table, what: "rows that differ after the move" });
        }
        moved.push((table, sent));
    }
    // Ids of purged entries are not given again, because the journal knows them.
    sqlx::query("SELECT setval(pg_get_serial_sequence('audit', 'id'), GREATEST(1, $1))")
        .bind(last_audit_id)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    connection.close().await?;
    Ok(moved)
}

/// Returns the columns of a table, separated by commas.
fn columns_of(source: &SqliteConnection, table: &str) -> Result<String, Error> {
    let mut statement = source.prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid")?;
    let names = statement.query_map([table], |row| row.get::<_, String>(0))?;
    Ok(names.collect::<Result<Vec<_>, _>>()?.join(", "))
}

/// Sends the rows of a table, and returns their digest.
async fn send_rows(
    source: &SqliteConnection,
    target: &mut PgConnection,
    table: &str,
    columns: &str,
) -> Result<TableDigest, Error> {
    let mut statement = source.prepare(&format!("SELECT {columns} FROM {table}"))?;
    let width = statement.column_count();
    let mut rows = statement.query([])?;
    let mut copy = target.copy_in_raw(&format!("COPY {table} ({columns}) FROM STDIN")).await?;
    let (mut digest, mut chunk) = (TableDigest::default(), Vec::new());
    while let Some(row) = rows.next()? {
        let start = chunk.len();
        for column in 0..width {
            if column > 0 {
                chunk.push(b'\t');
            }
            write_value(&mut chunk, row.get_ref(column)?)?;
        }
        digest.add(&chunk[start..]);
        chunk.push(b'\n');
        if chunk.len() >= CHUNK_BYTES {
            copy.send(std::mem::take(&mut chunk)).await?;
        }
    }
    copy.send(chunk).await?;
    copy.finish().await?;
    Ok(digest)
}

/// Reads the rows of a table, and returns their digest.
async fn read_back(
    target: &mut PgConnection,
    table: &str,
    columns: &str,
) -> Result<TableDigest, Error> {
    let sql = format!("COPY (SELECT {columns} FROM {table}) TO STDOUT");
    let mut lines = target.copy_out_raw(&sql).await?;
    let (mut digest, mut pending) = (TableDigest::default(), Vec::new());
    while let Some(bytes) = lines.try_next().await? {
        pending.extend_from_slice(&bytes);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            digest.add(&pending[..end]);
            pending.drain(..=end);
        }
    }
    Ok(digest)
}

/// Writes a value in the text format of `COPY`, as `PostgreSQL` itself writes it.
fn write_value(line: &mut Vec<u8>, value: ValueRef<'_>) -> Result<(), Error> {
    match value {
        ValueRef::Null => line.extend(b"\\N"),
        ValueRef::Integer(number) => line.extend(number.to_string().bytes()),
        ValueRef::Text(text) => {
            for byte in text {
                let escaped = match byte {
                    0x08 => b'b',
                    b'\t' => b't',
                    b'\n' => b'n',
                    0x0b => b'v',
                    0x0c => b'f',
                    b'\r' => b'r',
                    b'\\' => b'\\',
                    byte => {
                        line.push(*byte);
                        continue;
                    }
                };
                line.extend([b'\\', escaped]);
            }
        }
        ValueRef::Blob(bytes) => {
            line.extend(b"\\\\x");
            for byte in bytes {
                line.extend(format!("{byte:02x}").bytes());
            }
        }
        ValueRef::Real(_) => return Err(Error::Backup("a value is a fraction")),
    }
    Ok(())
}
