//! The consequences of the entries after a backup for the restored database.

use std::collections::{BTreeMap, BTreeSet};

use super::Restored;
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::limits::{HOUR, percent_of};
use crate::server::account::delete_in;
use crate::server::error::Error;
use crate::server::state::AppState;
use crate::server::store::{AuditEvent, JournalEntry, Tx};

/// A consequence of an event after the backup for its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Consequence {
    /// The account was deleted, and is deleted again.
    Delete,
    /// Its number has changed, so a text to the number of the backup does not open it alone.
    MakeDormant,
    /// It was signed out of its devices, which are unknown again.
    ForgetDevices,
    /// A passkey was removed. The journal does not say which, so all of them go, unless nothing
    /// else opens the account.
    DeletePasskeys,
    /// A recovery code was used or replaced. The journal does not say which, so all of them go,
    /// unless nothing else opens the account.
    DeleteRecoveryCodes,
    /// A thief had changed the number, and may have added passkeys and codes.
    DeleteAllFactors,
}

use Consequence::{
    Delete, DeleteAllFactors, DeletePasskeys, DeleteRecoveryCodes, ForgetDevices, MakeDormant,
};

impl Consequence {
    /// Returns the consequences of an event. Every event that takes something away has some.
    fn of(event: AuditEvent) -> &'static [Self] {
        match event {
            AuditEvent::AccountDeleted | AuditEvent::DeletedByOperator => &[Delete],
            AuditEvent::NumberChanged => &[MakeDormant, ForgetDevices],
            AuditEvent::NumberChangeUndone => &[MakeDormant, ForgetDevices, DeleteAllFactors],
            AuditEvent::SignedOutEverywhere
            | AuditEvent::RevokedByOperator
            | AuditEvent::SessionEnded
            | AuditEvent::OtherSessionsEnded => &[ForgetDevices],
            AuditEvent::PasskeyRemoved => &[DeletePasskeys],
            AuditEvent::RecoveryCodeUsed | AuditEvent::RecoveryCodesMade => &[DeleteRecoveryCodes],
            // Sessions end in any case. An account whose number was released is dormant in the
            // backup, too, and only a known device restores one that was set aside.
            AuditEvent::SignedUp
            | AuditEvent::SignedIn
            | AuditEvent::SignedInOnNewDevice
            | AuditEvent::PasskeyUsedOnNewDevice
            | AuditEvent::SignedInWithPasskey
            | AuditEvent::SignedOut
            | AuditEvent::SessionDisplaced
            | AuditEvent::SteppedUp
            | AuditEvent::PasskeyAdded
            | AuditEvent::OwnerConfirmed
            | AuditEvent::NumberReleased
            | AuditEvent::AccountRestored
            | AuditEvent::DataExported
            | AuditEvent::ExportedByOperator
            | AuditEvent::ProfileChanged
            | AuditEvent::EmailChanged
            | AuditEvent::DatabaseRestored => &[],
        }
    }
}

/// Applies what happened after the entry with the id `after`.
pub(super) async fn apply(
    app: &AppState,
    entries: Vec<JournalEntry>,
    after: i64,
    keeps_counters: bool,
) -> Result<Restored, Error> {
    let last = entries.iter().map(|entry| entry.id).max().unwrap_or(after);
    let is_later = |entry: &JournalEntry| entry.id > after && !entry.is_start();
    let later: Vec<JournalEntry> = entries.into_iter().filter(is_later).collect();
    let accounts = |consequence: Consequence| -> BTreeSet<&str> {
        let has = |name: &str| {
            let mut known = AuditEvent::ALL.into_iter();
            let event = known.find(|event| event.as_str() == name);
            event.is_some_and(|event| Consequence::of(event).contains(&consequence))
        };
        let of = later.iter().filter(|entry| has(&entry.event));
        of.map(|entry| entry.user_id.as_deref().unwrap_or_default()).collect()
    };
    let (now, mut deleted) = (app.clock.now(), 0);
    let mut tx = app.store.begin().await?;
    tx.end_all_sessions_and_challenges().await?;
    for user_id in accounts(Delete) {
        deleted += usize::from(delete_in(app, &mut tx, user_id, None).await?);
    }
    for user_id in accounts(MakeDormant) {
        tx.make_dormant(user_id).await?;
    }
    for user_id in accounts(ForgetDevices) {
        tx.delete_devices(user_id).await?;
    }
    for user_id in accounts(DeletePasskeys) {
        tx.delete_passkeys(user_id).await?;
    }
    for user_id in accounts(DeleteRecoveryCodes) {
        tx.delete_spare_recovery_codes(user_id).await?;
    }
    for user_id in accounts(DeleteAllFactors) {
        tx.delete_passkeys(user_id).await?;
        tx.delete_recovery_codes(user_id).await?;
    }
    if !keeps_counters {
        let budget = &app.config.limits.budget;
        let unknown = budget.day - percent_of(budget.day, budget.hour_share);
        // The spending counts for the day and not for the hour, so that sign-ins go on.
        let spent = CounterDelta::new(CounterKey::spent(), now.plus(-2 * HOUR), unknown);
        tx.add_to_counters(&[spent], 0).await?;
    }
    let entries = restore_entries(&mut tx, &later).await?;
    tx.record_restore(last, now).await?;
    for displaced in &entries.displaced {
        tx.append_entry(displaced).await?;
    }
    tx.skip_notices().await?;
    tx.commit().await?;
    Ok(Restored { entries: entries.count, deleted, keeps_counters, former: None })
}

/// The entries that a restored audit log has got.
struct RestoredEntries {
    count: usize,
    /// Entries whose id the journal gives to another one.
    displaced: Vec<JournalEntry>,
}

/// Writes lost entries into the audit log, so that a second restore knows them. Where two entries
/// have one id, the first one gets it.
async fn restore_entries(tx: &mut Tx, later: &[JournalEntry]) -> Result<RestoredEntries, Error> {
    let (mut written, mut displaced) = (BTreeMap::<i64, &JournalEntry>::new(), Vec::new());
    for entry in later {
        if let Some(first) = written.get(&entry.id) {
            if !first.is_same_event(entry) {
                displaced.push(entry.clone());
            }
            continue;
        }
        written.insert(entry.id, entry);
        let existing = tx.find_entry(entry.id).await?;
        if existing.as_ref().is_some_and(|existing| existing.is_same_event(entry)) {
            continue;
        }
        // A former restore may have written it after the others already.
        let is_known = |displaced: &JournalEntry| {
            let parts = |entry: &JournalEntry| {
                (entry.occurred_at, entry.event.clone(), entry.user_id.clone())
            };
            later.iter().any(|entry| parts(entry) == parts(displaced))
        };
        displaced.extend(existing.filter(|existing| !is_known(existing)));
        tx.restore_entry(entry).await?;
    }
    Ok(RestoredEntries { count: written.len(), displaced })
}
