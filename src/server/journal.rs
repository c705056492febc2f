//! The journal: a copy of the audit log outside of the database, in `BACKUP_DIR`.
//!
//! A database that is restored from a backup does not know what happened since. The journal does:
//! `ringkey restore` reads it, so that nothing revoked, deleted or used comes back to life. And a
//! server whose database is behind its journal does not start.
//!
//! Each line is an entry: its id, its time in Unix seconds, its event and the id of its account,
//! separated by spaces. Nothing else is in it.

use std::fs::{self, File};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

use super::error::Error;
use super::private_files;
use super::store::JournalEntry;
use crate::domain::time::Timestamp;

/// The name of the file in `BACKUP_DIR`.
const FILE_NAME: &str = "journal";
/// The name of the file that the process locks that writes the journal.
const LOCK_NAME: &str = "journal.lock";
/// The error of a journal with lines that are no entries.
const DAMAGED: Error = Error::Backup(
    "the journal in BACKUP_DIR is damaged; move its file `journal` away, and a new one begins. \
     What was deleted since a backup is then unknown, and `ringkey restore` needs \
     --without-journal",
);
/// The account of an entry that has none.
const NO_ACCOUNT: &str = "-";

/// An open journal, to which entries are added. No other process adds to it meanwhile.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    last: JournalEntry,
    /// The length of the whole lines. A write that was interrupted has left a part of a line.
    length: u64,
    _lock: File,
}

impl Journal {
    /// Opens the journal in this folder. A missing one begins after the entry with the id `after`.
    ///
    /// # Errors
    /// Fails if the file cannot be read or written, or if another process has the journal open.
    pub fn open(folder: &Path, after: i64, now: Timestamp) -> Result<Self, Error> {
        let path = folder.join(FILE_NAME);
        private_files::create_parent_folder(&path)?;
        let lock = private_files::open_lock_file(&folder.join(LOCK_NAME))?;
        if lock.try_lock().is_err() {
            return Err(Error::Backup(
                "another server writes the journal in BACKUP_DIR; give each a folder of its own",
            ));
        }
        private_files::create_file(&path)?;
        let text = fs::read_to_string(&path)?;
        let entries = parse(&text)?;
        let start = JournalEntry::start(after, now);
        let last = entries.last().unwrap_or(&start).clone();
        let length = u64::try_from(whole_lines(&text).len()).unwrap_or_default();
        let mut journal = Self { path, last, length, _lock: lock };
        if entries.is_empty() {
            journal.append(&[start])?;
        }
        Ok(journal)
    }

    /// Returns the last entry.
    #[must_use]
    pub fn last(&self) -> &JournalEntry {
        &self.last
    }

    /// Adds entries, and waits until they are on the disk.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub fn append(&mut self, entries: &[JournalEntry]) -> Result<(), Error> {
        let Some(last) = entries.last() else { return Ok(()) };
        let mut lines: String = entries.iter().map(line).collect();
        let mut file = private_files::open_options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&self.path)?;
        let length = file.metadata()?.len();
        // A journal that was moved away under the running server begins anew.
        let begins = length == 0;
        if begins && !entries.iter().any(JournalEntry::is_start) {
            lines.insert_str(0, &line(&JournalEntry::start(self.last.id, last.occurred_at)));
        }
        let kept = if begins { 0 } else { self.length };
        if length < kept {
            return Err(DAMAGED);
        }
        file.set_len(kept)?;
        file.seek(std::io::SeekFrom::End(0))?;
        let written = file.write_all(lines.as_bytes()).and_then(|()| file.sync_all());
        if written.is_err() {
            let _ = file.set_len(kept);
        }
        written?;
        self.length = kept + u64::try_from(lines.len()).unwrap_or_default();
        self.last = last.clone();
        if begins { sync_folder_of(&self.path) } else { Ok(()) }
    }

    /// Removes the entries before the one with the id `first`, except the last of all.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub fn remove_before(&mut self, first: i64) -> Result<(), Error> {
        if (1..self.length).contains(&fs::metadata(&self.path).map_or(0, |file| file.len())) {
            return Err(DAMAGED);
        }
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let kept = read(folder)?.into_iter().filter(|entry| entry.id >= first.min(self.last.id));
        let lines: String = kept.map(|entry| line(&entry)).collect();
        replace_file(&self.path, lines.as_bytes())?;
        self.length = u64::try_from(lines.len()).unwrap_or_default();
        sync_folder_of(&self.path)
    }
}

/// Returns the entries of the journal in this folder, the oldest first; none if there is no
/// journal.
///
/// # Errors
/// Fails if the file cannot be read.
pub fn read(folder: &Path) -> Result<Vec<JournalEntry>, Error> {
    match fs::read_to_string(folder.join(FILE_NAME)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        text => parse(&text?),
    }
}

/// Returns the entries of the whole lines of a journal.
fn parse(text: &str) -> Result<Vec<JournalEntry>, Error> {
    let entries = whole_lines(text).lines().map(parse_line);
    entries.map(|entry| entry.ok_or(DAMAGED)).collect()
}

/// Returns a text without the part of a line at its end.
fn whole_lines(text: &str) -> &str {
    text.rfind('\n').map_or("", |end| &text[..=end])
}

fn line(entry: &JournalEntry) -> String {
    let JournalEntry { id, occurred_at, event, user_id } = entry;
    let user_id = user_id.as_deref().filter(|id| !id.is_empty()).unwrap_or(NO_ACCOUNT);
    format!("{id} {} {event} {user_id}\n", occurred_at.0)
}

fn parse_line(line: &str) -> Option<JournalEntry> {
    let mut parts = line.split(' ');
    let (id, occurred_at) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let (event, user_id) = (parts.next()?.to_owned(), parts.next()?);
    let user_id = (user_id != NO_ACCOUNT).then(|| user_id.to_owned());
    Some(JournalEntry { id, occurred_at: Timestamp(occurred_at), event, user_id })
}

/// Replaces a private file as a whole, also if the machine stops meanwhile.
fn replace_file(path: &Path, content: &[u8]) -> Result<(), Error> {
    let partial = path.with_extension("partial");
    let mut file =
        private_files::open_options().write(true).create(true).truncate(true).open(&partial)?;
    file.write_all(content)?;
    file.sync_all()?;
    Ok(fs::rename(&partial, path)?)
}

/// Waits until the names in the folder of a file are on the disk.
pub(super) fn sync_folder_of(path: &Path) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    Ok(File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: i64) -> JournalEntry {
        let event = "account_deleted".to_owned();
        JournalEntry { id, occurred_at: Timestamp(id * 10), event, user_id: Some(format!("u{id}")) }
    }

    #[test]
    fn entries_are_read_back_after_an_interrupted_write() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), 6, Timestamp(60)).unwrap();
        assert_eq!(journal.last().id, 6);
        journal.append(&[entry(7), entry(8)]).unwrap();
        let path = folder.path().join(FILE_NAME);
        let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"9 90 account_del").unwrap();
        assert!(Journal::open(folder.path(), 0, Timestamp(0)).is_err(), "one writer at a time");
        drop(journal);
        let mut journal = Journal::open(folder.path(), 0, Timestamp(0)).unwrap();
        assert_eq!(*journal.last(), entry(8));
        journal.append(&[entry(9)]).unwrap();
        assert_eq!(read(folder.path()).unwrap()[1..], [entry(7), entry(8), entry(9)]);
        journal.remove_before(9).unwrap();
        assert_eq!(read(folder.path()).unwrap(), [entry(9)]);
        journal.remove_before(100).unwrap();
        assert_eq!(read(folder.path()).unwrap(), [entry(9)], "the last entry stays");
        fs::rename(&path, folder.path().join("old")).unwrap();
        journal.append(&[entry(10)]).unwrap();
        let begun = [JournalEntry::start(9, Timestamp(100)), entry(10)];
        assert_eq!(read(folder.path()).unwrap(), begun, "it was moved away");
        fs::write(&path, "nonsense\n").unwrap();
        assert!(read(folder.path()).is_err());
    }
}
