//! The use cases of the account page. Each takes the application state, the cookies of the browser
//! and the input, as those of [`super::sign_in`] do.

mod change_number;
mod delete;
mod devices;
mod export;
mod objection;
mod passkeys;
mod profile;
mod recovery_codes;
mod restore;
mod step_up;

pub use change_number::{NewNumber, change_number, send_new_number_code};
pub(super) use delete::delete_in;
pub use delete::{delete_account, delete_by_operator};
pub use devices::{log_out_device, log_out_other_devices};
pub use export::{AccountExport, export_account, export_of};
pub use objection::{find_objection, undo_number_change};
pub use passkeys::{
    add_passkey, passkey_creation_options, remove_passkey, rename_passkey, step_up_options,
    step_up_with_passkey,
};
pub use profile::update_profile;
pub use recovery_codes::make_recovery_codes;
pub use restore::restore_account;
pub use step_up::{require_recent_verification, send_step_up_code, verify_step_up};

use super::cookie_jar::CookieJar;
use super::sign_in::{current_user, restorable_account};
use super::state::AppState;
use crate::domain::account::{AccountView, HistoryEntry};
use crate::domain::challenge::ChallengeScope;
use crate::domain::otp::Purpose;
use crate::domain::problem::Problem;
use crate::domain::response::OtpSent;
use crate::domain::step::Step;
use crate::domain::user::UserView;

/// The maximum number of events on the account page. Our own choice.
const HISTORY_LENGTH: i64 = 30;

/// Returns the signed-in user.
///
/// # Errors
/// Fails with `not_signed_in` or `unavailable`.
pub async fn require_user(app: &AppState, jar: &mut CookieJar) -> Result<UserView, Problem> {
    current_user(app, jar).await?.ok_or(Problem::NotSignedIn)
}

/// Returns the challenge of this browser for this purpose, if its code may be typed.
///
/// # Errors
/// Fails with `not_signed_in` or `unavailable`.
pub async fn pending_challenge(
    app: &AppState,
    jar: &mut CookieJar,
    purpose: Purpose,
) -> Result<Option<OtpSent>, Problem> {
    let user = require_user(app, jar).await?;
    let Some(secret) = &jar.challenge else { return Ok(None) };
    let (scope, now) = (ChallengeScope { purpose, user_id: user.id }, app.clock.now());
    let challenge = app.store.find_challenge(&secret.id()).await?;
    let pending =
        challenge.filter(|challenge| challenge.scope == scope && challenge.step(now) == Step::Code);
    Ok(pending.map(|challenge| OtpSent::from_challenge(&challenge, now)))
}

/// Returns `true` if the signed-in account has a passkey.
///
/// # Errors
/// Fails with `not_signed_in` or `unavailable`.
pub async fn has_passkeys(app: &AppState, jar: &mut CookieJar) -> Result<bool, Problem> {
    let user = require_user(app, jar).await?;
    Ok(!app.store.list_passkeys(&user.id).await?.is_empty())
}

/// Returns the lists of the account page.
///
/// # Errors
/// Fails with `unavailable` if the database cannot be read.
pub async fn account_view(
    app: &AppState,
    jar: &CookieJar,
    user_id: &str,
) -> Result<AccountView, Problem> {
    let now = app.clock.now();
    let history = app.store.list_audit(user_id, HISTORY_LENGTH).await?;
    let history = history.into_iter().map(|entry| HistoryEntry {
        event: entry.event,
        subnet: entry.subnet.unwrap_or_default(),
        ago: now.seconds_since(entry.occurred_at),
    });
    Ok(AccountView {
        passkeys: passkeys::list_passkeys(app, user_id).await?,
        recovery: recovery_codes::recovery_view(app, user_id).await?,
        can_restore: restorable_account(app, jar, user_id, now).await?.is_some(),
        devices: devices::list_devices(app, jar, user_id).await?,
        history: history.collect(),
    })
}
