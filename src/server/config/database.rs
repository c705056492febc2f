//! The setting `DATABASE_URL`: a `SQLite` file or a `PostgreSQL` server.

use std::path::PathBuf;

use sqlx::postgres::PgConnectOptions;

use super::reader::Reader;
use crate::server::private_files;

/// A validated database URL.
#[derive(Debug)]
pub enum DatabaseUrl<'a> {
    /// A `SQLite` file, written as `sqlite://path?mode=…`.
    Sqlite(SqliteFile),
    /// A `PostgreSQL` server, written as `postgres://…`.
    Postgres(&'a str),
}

/// The file of a `SQLite` database.
#[derive(Debug)]
pub struct SqliteFile {
    /// The path, absolute or from the working directory.
    pub path: PathBuf,
    /// The mode in which the file is opened.
    pub mode: SqliteMode,
}

/// The mode in which a `SQLite` file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqliteMode {
    /// `mode=ro`: the file is never written.
    ReadOnly,
    /// `mode=rw`: the file must exist.
    ReadWrite,
    /// `mode=rwc`, the default: a missing file is created.
    ReadWriteCreate,
}

/// The reason why a text is not the URL of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; {fix}")]
pub struct InvalidUrl {
    /// The end of a sentence that begins with the name of the setting.
    pub problem: &'static str,
    /// The advice to the operator.
    pub fix: &'static str,
}

impl InvalidUrl {
    const fn new(problem: &'static str, fix: &'static str) -> Self {
        Self { problem, fix }
    }
}

impl<'a> DatabaseUrl<'a> {
    /// Parses a URL of either engine.
    ///
    /// # Errors
    /// Fails if the URL has another form, or names a database in memory.
    pub fn parse(url: &'a str) -> Result<Self, InvalidUrl> {
        if let Some(location) = url.strip_prefix("sqlite:") {
            return SqliteFile::parse(location).map(Self::Sqlite);
        }
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(InvalidUrl::new(
                "names no engine",
                "begin it with sqlite:// or postgres://",
            ));
        }
        match url.parse::<PgConnectOptions>() {
            Ok(_) => Ok(Self::Postgres(url)),
            Err(_) => Err(InvalidUrl::new(
                "is not like postgres://user:password@host/database",
                "in user and password write every character but letters and digits as % and its \
                 code (@ is %40, / is %2F)",
            )),
        }
    }
}

impl SqliteFile {
    fn parse(location: &str) -> Result<Self, InvalidUrl> {
        let location = location.strip_prefix("//").unwrap_or(location);
        let (path, query) = location.split_once('?').unwrap_or((location, ""));
        if path.contains(":memory:") || query.contains("mode=memory") {
            return Err(InvalidUrl::new(
                "is in memory, so every stop would delete all data",
                "name a file, like sqlite://data/ringkey.db",
            ));
        }
        if path.is_empty()
            || path.ends_with('/')
            || path.starts_with("file:")
            || path.starts_with("~/")
        {
            return Err(InvalidUrl::new(
                "does not name a file",
                "write its full path, like sqlite://data/ringkey.db or \
                 sqlite:///var/lib/ringkey/ringkey.db",
            ));
        }
        let mode = match query {
            "mode=ro" => SqliteMode::ReadOnly,
            "mode=rw" => SqliteMode::ReadWrite,
            "" | "mode=rwc" => SqliteMode::ReadWriteCreate,
            _ => {
                return Err(InvalidUrl::new(
                    "has an unknown word after its ?",
                    "write mode=ro, mode=rw or mode=rwc there, or nothing",
                ));
            }
        };
        Ok(Self { path: PathBuf::from(path), mode })
    }

    /// Returns the reason why the file cannot be opened. This check changes nothing.
    fn access_error(&self) -> Option<String> {
        if self.mode != SqliteMode::ReadWriteCreate && !self.path.exists() {
            return Some("does not exist, and its mode does not create it".to_owned());
        }
        private_files::access_error(&self.path, self.mode != SqliteMode::ReadOnly)
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> String {
    let url = reader.text("DATABASE_URL");
    match DatabaseUrl::parse(&url) {
        Ok(DatabaseUrl::Sqlite(file)) => {
            if let Some(reason) = file.access_error() {
                reader.finding(
                    "DATABASE_URL",
                    format!("names {}, which {reason}", file.path.display()),
                    "let the user of the server write there, or name another file",
                );
            }
        }
        Ok(DatabaseUrl::Postgres(_)) => {}
        Err(InvalidUrl { problem, fix }) => reader.finding("DATABASE_URL", problem, fix),
    }
    url
}
