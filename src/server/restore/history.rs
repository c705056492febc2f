//! The knowledge of the journal and the former database about the time after a backup.

use std::collections::BTreeSet;
use std::path::Path;

use super::RestoreOptions;
use crate::server::config::Config;
use crate::server::error::Error;
use crate::server::journal;
use crate::server::store::{
    JournalEntry, audit_entries_of, audit_entry_of, first_audit_id_of, last_audit_id_of,
};

/// The events after a backup.
pub(super) struct History {
    /// The entries of the journal and of the former database, those of the journal first.
    pub(super) entries: Vec<JournalEntry>,
    /// All entries have greater ids than this one.
    pub(super) after: i64,
    /// `true` if the counters of the former database are the newest.
    pub(super) keeps_counters: bool,
}

impl History {
    /// Reads the journal, and the former database if it is whole.
    ///
    /// Either may have another history than the backup from some entry on, because a database was
    /// put back by hand. Then its events after that entry count.
    ///
    /// # Errors
    /// Fails if neither knows everything since the backup, unless `without_journal`.
    pub(super) fn read(
        config: &Config,
        former: Option<&Path>,
        backup: &Path,
        options: RestoreOptions,
    ) -> Result<Self, Error> {
        let after = last_audit_id_of(backup)?;
        let mut journal = match &config.backup.folder {
            // The entries of a damaged journal may be missing anywhere.
            Some(folder) if options.without_journal => journal::read(folder).unwrap_or_default(),
            Some(folder) => journal::read(folder)?,
            None => Vec::new(),
        };
        let mut former = former.map_or(Ok(Vec::new()), audit_entries_of)?;
        let journal_common = common_entry(&journal, backup, after)?;
        // A database that a server created meanwhile has nothing in common with the backup.
        let former_common = common_entry(&former, backup, after)?;
        let newest = |entries: &[JournalEntry]| entries.last().map_or(0, |last| last.id);
        let beside = journal.iter().rev().map(|entry| entry.id).find(|id| *id <= after);
        let has_parted = journal_common.is_some() && beside != journal_common;
        let journal_knows = journal_common.is_some() && (newest(&journal) >= after || has_parted);
        // A former database without a later entry may be a copy of the backup.
        let former_knows =
            former_common == Some(after) && (newest(&former) > after || journal_common.is_some());
        let keeps_counters = former_common == Some(after)
            && journal.last().is_none_or(|last| {
                last.is_start() || former.iter().any(|entry| entry.is_same_event(last))
            });
        journal.retain(|entry| journal_common.is_some_and(|common| entry.id > common));
        former.retain(|entry| former_common.is_some_and(|common| entry.id > common));
        // Entries that are purged leave a gap.
        let is_journal_whole =
            !has_parted || journal_common.is_some_and(|common| has_no_gap(&journal, common));
        let entries = [journal, former].concat();
        let is_whole = is_journal_whole && has_no_gap(&entries, after);
        if !((journal_knows || former_knows) && is_whole) && !options.without_journal {
            return Err(Error::Backup(
                "no journal in BACKUP_DIR knows everything since this backup, so what was deleted \
                 since would come back; set BACKUP_DIR, or accept that with --without-journal",
            ));
        }
        let after = [journal_common, former_common].into_iter().flatten().fold(after, i64::min);
        Ok(Self { entries, after, keeps_counters })
    }
}

/// Returns `true` if no id is missing among the entries after this one.
fn has_no_gap(entries: &[JournalEntry], after: i64) -> bool {
    let later: BTreeSet<i64> =
        entries.iter().map(|entry| entry.id).filter(|id| *id > after).collect();
    (after + 1..).zip(&later).all(|(expected, id)| expected == *id)
}

/// Returns the id of the newest entry that a backup has, too, or has purged.
fn common_entry(entries: &[JournalEntry], backup: &Path, after: i64) -> Result<Option<i64>, Error> {
    let oldest = first_audit_id_of(backup)?.unwrap_or(after + 1);
    let mut has_parted = false;
    for entry in entries.iter().rev().filter(|entry| entry.id <= after) {
        if entry.is_start() || entry.id < oldest {
            // The two have parted at an entry that nobody knows any more.
            return Ok((!has_parted).then_some(entry.id));
        }
        match audit_entry_of(backup, entry.id)? {
            Some(found) if found.is_same_event(entry) => return Ok(Some(entry.id)),
            found => has_parted |= found.is_some(),
        }
    }
    Ok(None)
}
