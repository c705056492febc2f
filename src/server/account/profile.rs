//! The use case that changes the profile: the name and the e-mail address of an account.

use super::{require_recent_verification, require_user};
use crate::domain::problem::Problem;
use crate::domain::user::{Details, UserView};
use crate::server::cookie_jar::CookieJar;
use crate::server::state::AppState;
use crate::server::store::AuditEvent;

/// Changes the name and the e-mail address of the signed-in user.
///
/// # Errors
/// Fails with `not_signed_in`, with `invalid` and the invalid fields, with `unavailable`, or with
/// `verification_required` for another e-mail address.
pub async fn update_profile(
    app: &AppState,
    jar: &mut CookieJar,
    first_name: &str,
    last_name: &str,
    email: &str,
) -> Result<UserView, Problem> {
    let user = require_user(app, jar).await?;
    let Details { first_name, last_name, email } = Details::parse(first_name, last_name, email)?;
    let changed = UserView { first_name, last_name, email, ..user.clone() };
    let events = [
        (AuditEvent::ProfileChanged, user.full_name() != changed.full_name()),
        (AuditEvent::EmailChanged, user.email != changed.email),
    ];
    if user.email != changed.email {
        // The address opens the account when it is dormant.
        require_recent_verification(app, jar).await?;
    }
    let mut tx = app.store.begin().await?;
    // The session may have ended, and the address may have been changed by another one.
    let sid = jar.session_id().unwrap_or_default();
    let is_current = tx.lock_account_and_session(&user.id, &sid).await?;
    let stored = tx.find_user(&user.id, app.clock.now()).await?;
    if !is_current || stored.is_none_or(|(stored, _)| stored.email != user.email) {
        return Err(Problem::NotSignedIn);
    }
    tx.update_user(&changed).await?;
    for (event, _) in events.into_iter().filter(|(_, happened)| *happened) {
        tx.record(event, &user.id, &jar.client.subnet, app.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(changed)
}
