//! Adapter over rusqlite (`SQLite`) and sqlx (`PostgreSQL`): statements, parameters and rows.

use rusqlite::types::{FromSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, RowIndex, ToSql};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{ColumnIndex, Decode, Postgres, Row as _, SqlSafeStr, SqlStr, Type};

use crate::server::error::Error;

/// An SQL statement and its parameters. `$1` is the first parameter.
pub(super) struct Statement {
    sql: SqlStr,
    params: Vec<Param>,
}

/// The value of a parameter.
pub(super) enum Param {
    Integer(Option<i64>),
    Text(Option<String>),
    Blob(Vec<u8>),
}

/// A row of a query result.
pub(super) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r PgRow),
}

/// Returns a statement with this SQL text and no parameters.
pub(super) fn query(sql: impl SqlSafeStr) -> Statement {
    Statement { sql: sql.into_sql_str(), params: Vec::new() }
}

/// Maps rows of `PostgreSQL` by `read`.
pub(super) fn read_all<T>(
    rows: &[PgRow],
    mut read: impl FnMut(&Row<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    rows.iter().map(|row| read(&Row::Postgres(row))).collect()
}

impl Statement {
    /// Returns a statement with these parameters.
    pub(super) fn new(sql: SqlStr, params: Vec<Param>) -> Self {
        Self { sql, params }
    }

    /// Binds the value of the next parameter.
    pub(super) fn bind(mut self, value: impl Into<Param>) -> Self {
        self.params.push(value.into());
        self
    }

    pub(super) fn sql(&self) -> &str {
        self.sql.as_str()
    }

    /// Runs the statement on `SQLite` and returns the rows, mapped by `read`. The prepared
    /// statement is cached in the connection.
    pub(super) fn query_sqlite<T>(
        &self,
        connection: &Connection,
        mut read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut statement = self.prepare(connection)?;
        let (mut rows, mut all) = (statement.raw_query(), Vec::new());
        while let Some(row) = rows.next()? {
            all.push(read(&Row::Sqlite(row))?);
        }
        Ok(all)
    }

    /// Runs the statement on `SQLite` and returns the number of rows that it changed.
    pub(super) fn execute_sqlite(&self, connection: &Connection) -> Result<u64, Error> {
        Ok(self.prepare(connection)?.raw_execute().map(|rows| rows as u64)?)
    }

    fn prepare<'c>(
        &self,
        connection: &'c Connection,
    ) -> Result<rusqlite::CachedStatement<'c>, Error> {
        let mut statement = connection.prepare_cached(self.sql())?;
        for index in 1..=statement.parameter_count() {
            // SQLite numbers the parameters in the order of their first use in the text, whatever
            // number is in their names. So the value is found by the name.
            let number = statement
                .parameter_name(index)
                .and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
            let value = number.and_then(|number| self.params.get(number - 1));
            let value = value.ok_or(Error::MissingParameter(index))?;
            statement.raw_bind_parameter(index, value)?;
        }
        Ok(statement)
    }

    /// Returns the query for `PostgreSQL`.
    pub(super) fn into_postgres(self) -> Query<'static, Postgres, PgArguments> {
        self.params.into_iter().fold(sqlx::query(self.sql), |query, value| match value {
            Param::Integer(value) => query.bind(value),
            Param::Text(value) => query.bind(value),
            Param::Blob(value) => query.bind(value),
        })
    }
}

impl Row<'_> {
    /// Returns the value of a column, given its name or its position from 0. For many rows a
    /// position is faster, because a name is looked up again in every row.
    pub(super) fn get<T>(&self, column: impl RowIndex + ColumnIndex<PgRow>) -> Result<T, Error>
    where
        T: FromSql + Type<Postgres> + for<'d> Decode<'d, Postgres>,
    {
        match self {
            Self::Sqlite(row) => Ok(row.get(column)?),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }
}

impl ToSql for Param {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Integer(Some(value)) => ValueRef::Integer(*value),
            Self::Text(Some(value)) => ValueRef::Text(value.as_bytes()),
            Self::Blob(value) => ValueRef::Blob(value),
            Self::Integer(None) | Self::Text(None) => ValueRef::Null,
        }))
    }
}

impl From<i64> for Param {
    fn from(value: i64) -> Self {
        Self::Integer(Some(value))
    }
}

impl From<Option<i64>> for Param {
    fn from(value: Option<i64>) -> Self {
        Self::Integer(value)
    }
}

impl From<String> for Param {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<&str> for Param {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<Option<&str>> for Param {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}

impl From<Option<String>> for Param {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Param {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl From<&[u8]> for Param {
    fn from(value: &[u8]) -> Self {
        Self::Blob(value.to_vec())
    }
}
