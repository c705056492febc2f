//! The settings of backups.

use std::path::PathBuf;

use super::reader::Reader;
use crate::server::private_files;

/// The settings of backups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupConfig {
    /// The folder of the journal and, for `SQLite`, of the daily backups; `None` for neither.
    pub folder: Option<PathBuf>,
    /// The number of daily backups that are kept.
    pub keep: usize,
}

impl BackupConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let folder = reader.set_value("BACKUP_DIR").map(PathBuf::from);
        if let Some(folder) = &folder
            && let Some(reason) = private_files::access_error(&folder.join("journal"), true)
        {
            let fix = "create the folder for the user of the server, or name another one";
            reader.finding("BACKUP_DIR", format!("has a journal that {reason}"), fix);
        }
        Self { folder, keep: reader.number("BACKUP_KEEP", 1, 1_000) }
    }
}
