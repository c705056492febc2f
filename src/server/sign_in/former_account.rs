//! The account that had a number before its new owner signed up. A known device of it can restore
//! it for 30 days.

use crate::domain::account::RESTORE_WINDOW;
use crate::domain::time::Timestamp;
use crate::server::cookie_jar::CookieJar;
use crate::server::error::Error;
use crate::server::state::AppState;
use crate::server::store::SignIn;
use crate::server::token::device_id;

/// Returns the id of the account that had the number of `user_id` before, if this browser is a
/// known device of it and the 30 days are not over.
///
/// # Errors
/// Fails if the database cannot be read.
pub(in crate::server) async fn restorable_account(
    app: &AppState,
    jar: &CookieJar,
    user_id: &str,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    let Some(device) = jar.device.as_deref().and_then(device_id) else { return Ok(None) };
    let since = now.plus(-RESTORE_WINDOW);
    app.store.find_restorable_account(user_id, &device, since, now).await
}

/// Keeps this browser, which gets a new device token, as a known device of the account that had the
/// number before. So its owner can still restore that account. A failure is logged, because the
/// sign-in is complete without it.
pub(super) async fn keep_former_device(
    app: &AppState,
    jar: &CookieJar,
    user_id: &str,
    sign_in: &SignIn<'_>,
    now: Timestamp,
) {
    let kept = async {
        let Some(former) = restorable_account(app, jar, user_id, now).await? else { return Ok(()) };
        let mut tx = app.store.begin_autocommit().await?;
        tx.insert_device(&sign_in.new_device, &former, now, sign_in.device_expires_at).await?;
        tx.commit().await
    };
    if let Err(error) = kept.await {
        tracing::warn!(%error, "a device of a former account was not kept");
    }
}
