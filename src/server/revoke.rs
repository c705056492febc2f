//! `ringkey revoke NUMBER`: the operator ends every session of an account, for somebody who lost a phone.

use super::phone;
use super::sign_in::end_all_sessions;
use super::state::AppState;
use super::store::Event;

/// Ends the sessions of the account of this number (with `+`), and makes its known devices strangers; how many ended.
///
/// # Errors
/// In words, when the number makes no sense or has no account, or the database cannot be written.
pub async fn revoke(app: &AppState, number: &str) -> Result<u64, String> {
    let number = phone::parse(number, None).map_err(|_| "write the number with + and its country code".to_owned())?.number;
    let now = app.clock.now();
    let ended = async {
        let mut tx = app.store.begin().await?;
        let Some((user, _)) = tx.find_user_by_phone(&number, now).await? else { return Ok(None) };
        let sessions = end_all_sessions(&mut tx, &user.id, (Event::RevokedByOperator, ""), now).await?;
        tx.commit().await?;
        Ok::<_, super::error::Error>(Some(sessions))
    };
    ended.await.map_err(|error| error.to_string())?.ok_or_else(|| "that number has no account".to_owned())
}
