//! The passkeys of an account: the owner adds, names and removes them, and verifies with one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{require_recent_verification, require_user};
use crate::domain::account::PasskeyView;
use crate::domain::passkey::PasskeyOptions;
use crate::domain::problem::Problem;
use crate::domain::user::parse_name;
use crate::domain::validation_error::ValidationError;
use crate::server::cookie::CookieName;
use crate::server::cookie_jar::CookieJar;
use crate::server::passkeys::{Assertion, Ceremony};
use crate::server::sign_in::{RotatedSession, live_session, run_to_completion};
use crate::server::state::AppState;
use crate::server::store::{AuditEvent, StoredPasskey};
use crate::server::user_agent::UserAgent;

/// The maximum number of passkeys of an account. Our own choice; the browser gets their ids.
const MAX_PASSKEYS: i64 = 20;

/// Returns the passkeys of an account, the oldest first.
pub(super) async fn list_passkeys(
    app: &AppState,
    user_id: &str,
) -> Result<Vec<PasskeyView>, Problem> {
    let (now, passkeys) = (app.clock.now(), app.store.list_passkeys(user_id).await?);
    let view = |passkey: StoredPasskey| PasskeyView {
        id: URL_SAFE_NO_PAD.encode(&passkey.id),
        name: passkey.name,
        added_ago: now.seconds_since(passkey.created_at),
        used_ago: passkey.last_used_at.map(|at| now.seconds_since(at)),
    };
    Ok(passkeys.into_iter().map(view).collect())
}

/// Returns the options with which a browser creates a passkey for the signed-in account.
///
/// # Errors
/// Fails with `not_signed_in`, `verification_required`, `passkey_refused`, `not_found` or
/// `unavailable`.
pub async fn passkey_creation_options(
    app: &AppState,
    jar: &mut CookieJar,
) -> Result<PasskeyOptions, Problem> {
    let user = require_recent_verification(app, jar).await?;
    let existing = app.store.list_passkeys(&user.id).await?;
    let existing = existing.into_iter().map(|passkey| passkey.id);
    app.passkeys.start_registration(&user, existing, app.clock.now())
}

/// Adds a passkey to the signed-in account. Its name is that of the browser, which the owner may
/// change.
///
/// # Errors
/// Fails with `not_signed_in`, `verification_required`, `malformed`, `passkey_refused`, `not_found`
/// or `unavailable`.
pub async fn add_passkey(
    app: &AppState,
    jar: &mut CookieJar,
    token: &str,
    credential: &str,
) -> Result<(), Problem> {
    let (user, now) = (require_recent_verification(app, jar).await?, app.clock.now());
    let new = app.passkeys.finish_registration(&user.id, token, credential, now)?;
    let added = StoredPasskey {
        id: new.id,
        user_id: user.id.clone(),
        name: UserAgent::parse(&jar.user_agent).name(),
        credential: new.credential,
        created_at: now,
        last_used_at: None,
    };
    let (app, subnet) = (app.clone(), jar.client.subnet.clone());
    let sid = jar.session_id().unwrap_or_default();
    // The passkey is added even if the client disconnects.
    run_to_completion(async move {
        let mut tx = app.store.begin().await?;
        if !tx.lock_account_and_session(&user.id, &sid).await? {
            return Err(Problem::NotSignedIn);
        }
        if !tx.mark_token_used(&new.token.id, new.token.expires_at).await?
            || !tx.insert_passkey(&added).await?
        {
            return Err(Problem::PasskeyRefused);
        }
        if tx.count_passkeys(&user.id).await? > MAX_PASSKEYS {
            return Err(Problem::PasskeyRefused);
        }
        tx.record(AuditEvent::PasskeyAdded, &user.id, &subnet, now).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Gives a passkey of the signed-in account another name.
///
/// # Errors
/// Fails with `not_signed_in`, `malformed`, `invalid` or `unavailable`. A passkey that the account
/// does not have is no error.
pub async fn rename_passkey(
    app: &AppState,
    jar: &mut CookieJar,
    passkey: &str,
    name: &str,
) -> Result<(), Problem> {
    let user = require_user(app, jar).await?;
    let (id, name) = (parse_id(passkey)?, parse_name(name, ValidationError::PasskeyNameMissing));
    let name = name.map_err(|error| Problem::invalid("name", error))?;
    let mut tx = app.store.begin().await?;
    tx.rename_passkey(&user.id, &id, &name).await?;
    Ok(tx.commit().await?)
}

/// Removes a passkey of the signed-in account. A passkey that the account does not have is no
/// error.
///
/// # Errors
/// Fails with `not_signed_in`, `verification_required`, `malformed`, `unavailable`, or with
/// `passkey_refused` if nothing else opens the account.
pub async fn remove_passkey(
    app: &AppState,
    jar: &mut CookieJar,
    passkey: &str,
) -> Result<(), Problem> {
    let (user, id) = (require_recent_verification(app, jar).await?, parse_id(passkey)?);
    let (app, subnet) = (app.clone(), jar.client.subnet.clone());
    let sid = jar.session_id().unwrap_or_default();
    run_to_completion(async move {
        let mut tx = app.store.begin().await?;
        if !tx.lock_account_and_session(&user.id, &sid).await? {
            return Err(Problem::NotSignedIn);
        }
        if tx.delete_passkey(&user.id, &id).await? {
            // Without a number an account is opened by a passkey, or by a recovery code.
            if user.phone.is_empty() && tx.count_passkeys(&user.id).await? == 0 {
                return Err(Problem::PasskeyRefused);
            }
            tx.record(AuditEvent::PasskeyRemoved, &user.id, &subnet, app.clock.now()).await?;
        }
        Ok(tx.commit().await?)
    })
    .await
}

fn parse_id(passkey: &str) -> Result<Vec<u8>, Problem> {
    URL_SAFE_NO_PAD.decode(passkey).map_err(|_| Problem::Malformed)
}

/// Returns the options with which the signed-in person verifies with a passkey.
///
/// # Errors
/// Fails with `not_signed_in`, `not_found` or `unavailable`.
pub async fn step_up_options(
    app: &AppState,
    jar: &mut CookieJar,
) -> Result<PasskeyOptions, Problem> {
    let user = require_user(app, jar).await?;
    app.passkeys.start_authentication(Ceremony::StepUp, &user.id, app.clock.now())
}

/// Verifies with a passkey of the account, as [`super::verify_step_up`] does with a code.
///
/// # Errors
/// Fails with `not_signed_in`, `malformed`, `passkey_refused`, `not_found` or `unavailable`.
pub async fn step_up_with_passkey(
    app: &AppState,
    jar: &mut CookieJar,
    token: &str,
    credential: &str,
) -> Result<(), Problem> {
    let live = live_session(app, jar).await?.ok_or(Problem::NotSignedIn)?;
    let (assertion, now) = (Assertion::parse(credential)?, app.clock.now());
    let stored = app.store.find_passkey(assertion.credential_id()).await?;
    let stored = stored.filter(|stored| stored.user_id == live.user.id);
    let stored = stored.ok_or(Problem::PasskeyRefused)?;
    let owner = (stored.user_id.as_str(), stored.credential.as_str());
    let used =
        app.passkeys.finish_authentication(Ceremony::StepUp, token, &assertion, owner, now)?;
    let (user_id, sid) = (&live.user.id, jar.session_id().unwrap_or_default());
    let rotated = RotatedSession::sign(app, &live, now)?;
    let mut tx = app.store.begin().await?;
    if !tx.mark_token_used(&used.token.id, used.token.expires_at).await? {
        return Err(Problem::PasskeyRefused);
    }
    let new_token = (&rotated.id[..], &*app.keys.current().id);
    if !tx.verify_session(user_id, &sid, None, new_token, now).await? {
        return Err(Problem::NotSignedIn);
    }
    if !tx.update_passkey(&stored, &used.credential, now).await? {
        return Err(Problem::PasskeyRefused);
    }
    tx.record(AuditEvent::SteppedUp, user_id, &jar.client.subnet, now).await?;
    tx.commit().await?;
    rotated.set_cookies(app, jar);
    jar.remove(app, CookieName::Challenge);
    Ok(())
}
