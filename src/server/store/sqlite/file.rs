//! The file of `SQLite`. Writes to a deleted or moved file are lost, and `SQLite` does not notice.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use crate::server::error::Error;

/// The database file, and its identity (device and inode) when it was opened.
#[derive(Debug)]
pub(super) struct DatabaseFile {
    path: PathBuf,
    identity: (u64, u64),
}

impl DatabaseFile {
    pub(super) fn new(path: PathBuf) -> Result<Self, Error> {
        let identity = identity(&path).ok_or(Error::FileMoved)?;
        Ok(Self { path, identity })
    }

    /// Fails if the path does not lead to the opened file any more.
    pub(super) fn check_unmoved(&self) -> Result<(), Error> {
        if identity(&self.path) == Some(self.identity) { Ok(()) } else { Err(Error::FileMoved) }
    }
}

fn identity(path: &PathBuf) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}
