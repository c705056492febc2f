//! The use case that changes the profile: the name and the e-mail address of an account.

use super::cookie_jar::CookieJar;
use super::sign_in::current_user;
use super::state::AppState;
use super::store::AuditEvent;
use crate::domain::problem::Problem;
use crate::domain::user::{Details, UserView};

/// Changes the name and the e-mail address of the signed-in user.
///
/// # Errors
/// Fails with `not_signed_in`, with `invalid` and the invalid fields, or with `unavailable`.
pub async fn update_profile(
    app: &AppState,
    jar: &mut CookieJar,
    first_name: &str,
    last_name: &str,
    email: &str,
) -> Result<UserView, Problem> {
    let Some(user) = current_user(app, jar).await? else { return Err(Problem::NotSignedIn) };
    let details = Details::parse(first_name, last_name, email)?;
    let mut tx = app.store.begin().await?;
    if !tx.update_user(&user.id, &details).await? {
        return Err(Problem::NotSignedIn);
    }
    tx.record(AuditEvent::ProfileChanged, &user.id, &jar.client.subnet, app.clock.now()).await?;
    tx.commit().await?;
    let Details { first_name, last_name, email } = details;
    Ok(UserView { first_name, last_name, email, ..user })
}
