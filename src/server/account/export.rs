//! The export of an account, as JSON: what the account page shows, and the full number. The schema
//! is `docs/account-export.schema.json`.

use serde::Serialize;

use super::require_recent_verification;
use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;
use crate::server::cookie_jar::CookieJar;
use crate::server::error::Error;
use crate::server::state::AppState;
use crate::server::store::AuditEvent;
use crate::server::time::rfc3339;

/// The maximum number of events in an export. The audit log keeps fewer of one person.
const MAX_EVENTS: i64 = 100_000;

/// The export of an account. Times are in RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountExport {
    /// The time of the export.
    pub exported_at: String,
    /// The profile.
    pub profile: ExportedProfile,
    /// The live sessions, the last seen one first.
    pub devices: Vec<ExportedDevice>,
    /// The passkeys, the oldest first.
    pub passkeys: Vec<ExportedPasskey>,
    /// The unused recovery codes, without the codes; `None` if there are none.
    pub recovery_codes: Option<ExportedRecoveryCodes>,
    /// The events in the audit log, the newest first.
    pub history: Vec<ExportedEvent>,
}

/// The profile in an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedProfile {
    /// The random id of the account.
    pub id: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The e-mail address.
    pub email: String,
    /// The phone number (E.164), not masked; empty if the account has none.
    pub phone: String,
    /// The time of the sign-up.
    pub created_at: String,
}

/// A session in an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedDevice {
    /// The name of the browser; empty if it is not known.
    pub browser: String,
    /// The name of the operating system; empty if it is not known.
    pub platform: String,
    /// The subnet of the sign-in; empty if it is not known.
    pub network: String,
    /// The time of the sign-in.
    pub signed_in_at: String,
    /// The time of the last visit, which is stored at most once an hour.
    pub last_seen_at: String,
}

/// A passkey in an export, without its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedPasskey {
    /// The name.
    pub name: String,
    /// The time at which it was added.
    pub added_at: String,
    /// The time of its last use; empty before the first one.
    pub last_used_at: String,
}

/// The recovery codes in an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedRecoveryCodes {
    /// The number of unused codes.
    pub unused: usize,
    /// The time at which they were made.
    pub made_at: String,
}

/// An event in an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedEvent {
    /// The name of the event.
    pub event: String,
    /// The subnet of the client; empty if it is not known, or not kept any more.
    pub network: String,
    /// The time of the event.
    pub occurred_at: String,
}

/// Exports the account of the signed-in user.
///
/// # Errors
/// Fails with `not_signed_in`, `verification_required` or `unavailable`.
pub async fn export_account(app: &AppState, jar: &mut CookieJar) -> Result<AccountExport, Problem> {
    let user = require_recent_verification(app, jar).await?;
    let now = app.clock.now();
    let export = export_of(app, &user.id, now).await?.ok_or(Problem::NotSignedIn)?;
    app.store.record(AuditEvent::DataExported, &user.id, &jar.client.subnet, now).await?;
    Ok(export)
}

/// Returns the export of an account; `None` if there is no such account.
///
/// # Errors
/// Fails if the database cannot be read.
pub async fn export_of(
    app: &AppState,
    user_id: &str,
    now: Timestamp,
) -> Result<Option<AccountExport>, Error> {
    let Some(account) = app.store.find_account(user_id).await? else { return Ok(None) };
    let sessions = app.store.list_sessions(user_id, &app.config.session, now).await?.into_iter();
    let devices = sessions.map(|session| ExportedDevice {
        browser: session.user_agent.browser,
        platform: session.user_agent.platform,
        network: session.subnet,
        signed_in_at: rfc3339(session.timestamps.created_at),
        last_seen_at: rfc3339(session.timestamps.renewed_at),
    });
    let passkeys = app.store.list_passkeys(user_id).await?.into_iter();
    let passkeys = passkeys.map(|passkey| ExportedPasskey {
        name: passkey.name,
        added_at: rfc3339(passkey.created_at),
        last_used_at: passkey.last_used_at.map(rfc3339).unwrap_or_default(),
    });
    let codes = app.store.find_recovery_codes(user_id).await?;
    let recovery_codes = codes.map(|codes| ExportedRecoveryCodes {
        unused: codes.hashes.len(),
        made_at: rfc3339(codes.created_at),
    });
    let events = app.store.list_audit(user_id, MAX_EVENTS).await?;
    let history = events.into_iter().map(|entry| ExportedEvent {
        event: entry.event,
        network: entry.subnet.unwrap_or_default(),
        occurred_at: rfc3339(entry.occurred_at),
    });
    Ok(Some(AccountExport {
        exported_at: rfc3339(now),
        profile: ExportedProfile {
            id: account.user.id,
            first_name: account.user.first_name,
            last_name: account.user.last_name,
            email: account.user.email,
            phone: account.phone.map(|phone| phone.as_str().to_owned()).unwrap_or_default(),
            created_at: rfc3339(account.created_at),
        },
        devices: devices.collect(),
        passkeys: passkeys.collect(),
        recovery_codes,
        history: history.collect(),
    }))
}
