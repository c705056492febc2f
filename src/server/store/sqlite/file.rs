//! Detects that the `SQLite` file was moved, deleted or replaced while it is open. `SQLite` does
//! not detect this itself, and would write to a file that nobody finds again.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use crate::server::error::Error;

/// The path of the database file, and the file's identity (device and inode) when it was opened.
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

    /// Fails if another file, or none, is now at the path.
    pub(super) fn check_unmoved(&self) -> Result<(), Error> {
        if identity(&self.path) == Some(self.identity) { Ok(()) } else { Err(Error::FileMoved) }
    }
}

fn identity(path: &PathBuf) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}
