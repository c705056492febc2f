//! Private files and folders, which no other user may read, because they contain phone numbers,
//! names and keys.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// Creates the parent folder of a file and the missing folders above it, with mode 700.
pub(super) fn create_parent_folder(file: &Path) -> io::Result<()> {
    file.parent()
        .map_or(Ok(()), |folder| DirBuilder::new().recursive(true).mode(0o700).create(folder))
}

/// Creates an empty file with mode 600, unless it exists. An existing file is not opened, because
/// closing it would release the locks that this process has on it.
pub(super) fn create_file(file: &Path) -> io::Result<()> {
    match open_options().write(true).create_new(true).open(file) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        result => result.map(drop),
    }
}

/// Opens the private file on which processes wait for each other, and creates it if it is missing.
/// A lock on it ends with the returned file.
pub(super) fn open_lock_file(file: &Path) -> io::Result<File> {
    open_options().write(true).create(true).truncate(false).open(file)
}

/// Returns the path of the file that is locked while a `SQLite` database is migrated or replaced:
/// the path of the database followed by `.lock`.
pub(super) fn database_lock(database: &Path) -> PathBuf {
    with_suffix(database, ".lock")
}

/// Returns a path with this text behind its file name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Returns the options to open or create a private file, with mode 600.
pub(super) fn open_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// The rights of the group and of all others.
const RIGHTS_OF_OTHERS: u32 = 0o077;

/// Returns `true` if only its owner has access to a file or a folder, and for one that is missing.
pub(super) fn is_private(path: &Path) -> bool {
    !fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & RIGHTS_OF_OTHERS != 0)
}

/// Returns the reason why this process cannot use or create a file; `None` if it can. This check
/// changes nothing.
pub(super) fn access_error(file: &Path, writes: bool) -> Option<String> {
    let mode = if writes { Access::READ_OK | Access::WRITE_OK } else { Access::READ_OK };
    match fs::metadata(file) {
        Ok(metadata) if metadata.is_dir() => return Some("is a folder".to_owned()),
        Ok(_) if access(file, mode).is_err() => {
            return Some("may not be read or written by this user".to_owned());
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Some(format!("cannot be reached: {error}")),
    }
    // The file, files beside it and missing folders are created in the nearest folder that exists.
    let nearest = file.ancestors().skip(1).find(|folder| folder.exists()).unwrap_or(Path::new("."));
    let is_denied = writes && access(nearest, Access::WRITE_OK | Access::EXEC_OK).is_err();
    is_denied.then(|| format!("cannot be kept: this user may not write into {}", nearest.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_files_are_private_and_existing_files_stay_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a/b/c");
        create_parent_folder(&file).unwrap();
        create_file(&file).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(&folder.path().join("a")), mode(&folder.path().join("a/b")), mode(&file)),
            (0o700, 0o700, 0o600)
        );
        fs::write(&file, "kept").unwrap();
        create_parent_folder(&file).unwrap();
        create_file(&file).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
        assert!(create_parent_folder(Path::new("c")).is_ok(), "in the working directory");
    }

    #[test]
    fn the_check_for_an_access_error_creates_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "").unwrap();
        assert_eq!(access_error(&at("file"), true), None);
        assert_eq!(access_error(&at("new/folder/file"), true), None);
        assert_eq!(access_error(Path::new("file"), true), None);
        assert_eq!(access_error(folder.path(), true).unwrap(), "is a folder");
        assert!(access_error(&at("file/below"), true).unwrap().starts_with("cannot be reached"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
