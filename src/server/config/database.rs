//! `DATABASE_URL`: a file of `SQLite` or a server of `PostgreSQL`.

use std::path::PathBuf;

use sqlx::postgres::PgConnectOptions;

use super::reader::Reader;
use crate::server::private;

/// A validated database URL.
#[derive(Debug)]
pub enum DatabaseUrl<'a> {
    /// A file: `sqlite://path?mode=…`.
    Sqlite(SqliteFile),
    /// A server: `postgres://…`.
    Postgres(&'a str),
}

/// The file of a `SQLite` database.
#[derive(Debug)]
pub struct SqliteFile {
    /// The path.
    pub path: PathBuf,
    /// How it is opened.
    pub mode: SqliteMode,
}

/// How a `SQLite` file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqliteMode {
    /// `mode=ro`: it is only read.
    ReadOnly,
    /// `mode=rw`: it must exist.
    ReadWrite,
    /// `mode=rwc`, the default: it is created if it is missing.
    ReadWriteCreate,
}

impl<'a> DatabaseUrl<'a> {
    /// Reads a URL.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that begins with its name.
    pub fn parse(url: &'a str) -> Result<Self, &'static str> {
        if let Some(location) = url.strip_prefix("sqlite:") {
            return SqliteFile::parse(location).map(Self::Sqlite);
        }
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err("must begin with sqlite:// or postgres://");
        }
        match url.parse::<PgConnectOptions>() {
            Ok(_) => Ok(Self::Postgres(url)),
            Err(_) => Err("is no postgres://user:password@host/database; write what is neither letter nor digit in user and \
                           password as % and its code (@ is %40, / is %2F)"),
        }
    }
}

impl SqliteFile {
    fn parse(location: &str) -> Result<Self, &'static str> {
        let location = location.strip_prefix("//").unwrap_or(location);
        let (path, query) = location.split_once('?').unwrap_or((location, ""));
        if path.contains(":memory:") || query.contains("mode=memory") {
            return Err("is in memory, where everything is gone at every stop; name a file, like sqlite://data/ringkey.db");
        }
        if path.is_empty() || path.ends_with('/') || path.starts_with("file:") || path.starts_with("~/") {
            return Err(
                "names no file; write its path out, like sqlite://data/ringkey.db or sqlite:///var/lib/ringkey/ringkey.db",
            );
        }
        let mode = match query {
            "mode=ro" => SqliteMode::ReadOnly,
            "mode=rw" => SqliteMode::ReadWrite,
            "" | "mode=rwc" => SqliteMode::ReadWriteCreate,
            _ => return Err("may have mode=ro, mode=rw or mode=rwc behind its ?, and nothing else"),
        };
        Ok(Self { path: PathBuf::from(path), mode })
    }

    /// The reason why it cannot be opened, found without touching anything.
    fn access_error(&self) -> Option<String> {
        if self.mode != SqliteMode::ReadWriteCreate && !self.path.exists() {
            return Some("is not there, and its mode does not make it; leave the mode out".to_owned());
        }
        private::access_error(&self.path, self.mode != SqliteMode::ReadOnly)
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> String {
    let url = reader.text("DATABASE_URL");
    match DatabaseUrl::parse(&url) {
        Ok(DatabaseUrl::Sqlite(file)) => {
            if let Some(why) = file.access_error() {
                reader.finding("DATABASE_URL", &format!("names {}, which {why}", file.path.display()));
            }
        }
        Ok(DatabaseUrl::Postgres(_)) => {}
        Err(what) => reader.finding("DATABASE_URL", what),
    }
    url
}
