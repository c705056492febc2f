//! `ringkey revoke NUMBER`: the operator ends every session of an account, for example after its
//! owner lost a phone.

use super::audit::find_account;
use super::error::Error;
use super::sign_in::end_all_sessions;
use super::state::AppState;
use super::store::AuditEvent;

/// Ends all sessions of the account with this number (with `+`) and makes its devices unknown.
/// Returns how many sessions ended.
///
/// # Errors
/// Fails if the number is invalid or has no account, or if the database cannot be written.
pub async fn revoke(app: &AppState, number: &str) -> Result<u64, String> {
    let account = find_account(app, number).await?;
    let ended = async {
        let mut tx = app.store.begin().await?;
        let sessions = end_all_sessions(
            &mut tx,
            &account,
            (AuditEvent::RevokedByOperator, ""),
            app.clock.now(),
        )
        .await?;
        tx.commit().await?;
        Ok::<_, Error>(sessions)
    };
    ended.await.map_err(|error| error.to_string())
}
