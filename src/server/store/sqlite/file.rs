//! The file of `SQLite`: writes to one that was deleted or moved go nowhere, and `SQLite` does not notice.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use crate::server::error::Error;

/// A file and what it was when it was opened.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    identity: (u64, u64),
}

impl File {
    pub(super) fn new(path: PathBuf) -> Result<Self, Error> {
        let identity = identity(&path).ok_or(GONE)?;
        Ok(Self { path, identity })
    }

    /// Refuses unless it is still the same one.
    pub(super) fn is_there(&self) -> Result<(), Error> {
        if identity(&self.path) == Some(self.identity) { Ok(()) } else { Err(GONE) }
    }
}

const GONE: Error = Error::Inconsistent { table: "file", what: "the database was moved or deleted while it was open" };

fn identity(path: &PathBuf) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}
