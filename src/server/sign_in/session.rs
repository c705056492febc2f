//! The session: opened by a proof, checked on every request, renewed at most hourly, ended at once.

use std::time::Duration;

use tokio::time::timeout;

use super::run_to_completion;
use crate::domain::challenge::Challenge;
use crate::domain::problem::Problem;
use crate::domain::response::Outcome;
use crate::domain::session::{Claims, SessionTimestamps};
use crate::domain::time::Timestamp;
use crate::domain::user::UserView;
use crate::server::cookie::CookieName;
use crate::server::cookie_jar::CookieJar;
use crate::server::error::Error;
use crate::server::state::AppState;
use crate::server::store::{AuditEvent, NewSession, Tx};
use crate::server::token::{device_id, generate_device_token, generate_sid, session_id};

/// How long a page waits for its session's idle end to be moved: it is answered without, and the next visit tries again.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(2);

/// A signed session token and its claims: set as a cookie only after the session's row is committed.
struct SignedSession {
    claims: Claims,
    token: String,
}

impl SignedSession {
    fn set_cookies(&self, app: &AppState, jar: &mut CookieJar) {
        jar.set_session(app, &self.token, &self.claims);
    }
}

/// A session that is written but not committed yet.
pub(super) struct OpenedSession {
    session: SignedSession,
    device: String,
}

impl OpenedSession {
    /// Sets the cookies of the session and of the known device, and removes that of the challenge.
    pub(super) fn set_cookies(&self, app: &AppState, jar: &mut CookieJar) {
        self.session.set_cookies(app, jar);
        jar.set_device(app, &self.device);
        jar.remove(app, CookieName::Challenge);
    }
}

/// Writes a new session for this account, which has `sessions` live ones, and revokes the one that was presented: a sign-in
/// always makes a new sid. The browser becomes one of the account's own devices.
pub(super) async fn open_session(
    app: &AppState,
    tx: &mut Tx,
    jar: &CookieJar,
    user_id: &str,
    sessions: i64,
    now: Timestamp,
) -> Result<OpenedSession, Error> {
    if let Some(claims) = &jar.session {
        tx.revoke_session(&claims.sub, &session_id(&claims.sid), now).await?;
    }
    let max_sessions = app.config.session.max_per_account;
    if sessions >= max_sessions && tx.revoke_oldest_sessions(user_id, max_sessions - 1, now).await? > 0 {
        tx.record(AuditEvent::SessionDisplaced, user_id, &jar.client.subnet, now).await?;
    }
    let sid = generate_sid(app.random)?;
    let timestamps = SessionTimestamps::new(now, &app.config.session);
    let key_id = &app.keys.current().id;
    tx.insert_session(NewSession { id: session_id(&sid), user_id, key_id, timestamps }).await?;
    let device = renew_or_create_device(app, tx, jar, user_id, now).await?;
    Ok(OpenedSession { session: sign_session(app, user_id.to_owned(), sid, timestamps, now)?, device })
}

/// Renews the browser's device token if it belongs to the account, or creates a new one. A token that somebody else has set,
/// and knows, must not become a known device of the account.
async fn renew_or_create_device(
    app: &AppState,
    tx: &mut Tx,
    jar: &CookieJar,
    user_id: &str,
    now: Timestamp,
) -> Result<String, Error> {
    let expires_at = now.plus(app.config.devices.ttl);
    if let Some(device) = &jar.device
        && let Some(id) = device_id(device)
        && tx.renew_device(&id, user_id, now, expires_at).await?
    {
        return Ok(device.clone());
    }
    let device = generate_device_token(app.random)?;
    if let Some(id) = device_id(&device) {
        tx.insert_device(&id, user_id, now, expires_at).await?;
    }
    Ok(device)
}

fn sign_session(
    app: &AppState,
    sub: String,
    sid: String,
    timestamps: SessionTimestamps,
    now: Timestamp,
) -> Result<SignedSession, Error> {
    let origin = app.config.origin.as_str();
    let claims = Claims {
        iss: origin.to_owned(),
        aud: origin.to_owned(),
        sub,
        sid,
        iat: now.0,
        exp: timestamps.expires_at.0,
        auth_time: timestamps.created_at.0,
    };
    Ok(SignedSession { token: app.keys.sign(&claims)?, claims })
}

/// The signed-in user, if there is one: one indexed read, and once an hour a write that extends the session.
///
/// # Errors
/// `unavailable` when the database cannot be asked; nobody is let in unasked. That it cannot be written signs nobody out.
pub async fn current_user(app: &AppState, jar: &mut CookieJar) -> Result<Option<UserView>, Problem> {
    let now = app.clock.now();
    let Some(claims) = jar.session.clone().filter(|claims| now.0 < claims.exp) else { return Ok(None) };
    let live = app.store.find_session(&claims.sub, &session_id(&claims.sid)).await?;
    let Some(live) = live.filter(|live| live.timestamps.is_live(now, &app.config.session)) else {
        return Ok(None);
    };
    let timestamps = renew(app, &claims, live.timestamps, now).await;
    // Not only to the request that moved the end: that one's answer may have gone to another service, or nowhere.
    if claims.exp < timestamps.expires_at.0 {
        match sign_session(app, claims.sub, claims.sid, timestamps, now) {
            Ok(session) => session.set_cookies(app, jar),
            Err(error) => tracing::warn!(%error, "a renewed session was not given"),
        }
    }
    Ok(Some(live.user))
}

/// Renews the session if it is due; returns the timestamps of the row after it. A renewal that fails or takes too long is left
/// to the next visit: the session was already checked by the read.
async fn renew(app: &AppState, claims: &Claims, live: SessionTimestamps, now: Timestamp) -> SessionTimestamps {
    let Some(timestamps) = live.renewed(now, &app.config.session) else { return live };
    let renewal = async {
        let mut tx = app.store.begin().await?;
        let renewed = tx.renew_session(&claims.sub, &session_id(&claims.sid), live.renewed_at, timestamps).await?;
        tx.commit().await?;
        Ok::<_, Error>(if renewed { timestamps } else { live })
    };
    match timeout(RENEWAL_TIMEOUT, renewal).await {
        Ok(Ok(timestamps)) => timestamps,
        Ok(Err(error)) => {
            tracing::warn!(%error, "a session was not renewed");
            live
        }
        Err(_) => {
            tracing::warn!("a session was not renewed in time");
            live
        }
    }
}

/// The challenge of this browser, if it has one.
///
/// # Errors
/// `unavailable` when the database cannot be asked.
pub async fn current_challenge(app: &AppState, jar: &CookieJar) -> Result<Option<Challenge>, Problem> {
    match &jar.challenge {
        Some(secret) => Ok(app.store.find_challenge(&secret.id()).await?),
        None => Ok(None),
    }
}

/// Ends the session, with one or without: the row is revoked and the cookie cleared.
///
/// # Errors
/// `unavailable` when the row could not be revoked; the cookie stays then, so that the person can try again.
pub async fn sign_out(app: &AppState, jar: &mut CookieJar) -> Result<Outcome, Problem> {
    if let Some(claims) = jar.session.take() {
        // A person who logs out and closes the page at once is logged out.
        run_to_completion(end_session(app.clone(), claims, jar.client.subnet.clone())).await?;
    }
    jar.remove(app, CookieName::Session);
    Ok(Outcome::SignedOut)
}

async fn end_session(app: AppState, claims: Claims, source: String) -> Result<(), Problem> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    if tx.revoke_session(&claims.sub, &session_id(&claims.sid), now).await? {
        tx.record(AuditEvent::SignedOut, &claims.sub, &source, now).await?;
    }
    Ok(tx.commit().await?)
}

/// Ends every session of the account that is signed in here, and makes its known devices strangers. Without a session it is
/// [`sign_out`].
///
/// # Errors
/// `unavailable` when they could not be revoked.
pub async fn sign_out_everywhere(app: &AppState, jar: &mut CookieJar) -> Result<Outcome, Problem> {
    if let Some(user) = current_user(app, jar).await? {
        let (store, client_subnet, now) = (app.store.clone(), jar.client.subnet.clone(), app.clock.now());
        run_to_completion(async move {
            let mut tx = store.begin().await?;
            end_all_sessions(&mut tx, &user.id, (AuditEvent::SignedOutEverywhere, &client_subnet), now).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        jar.session = None;
        jar.remove(app, CookieName::Device);
    }
    sign_out(app, jar).await
}

/// Ends every session of an account, makes its known devices strangers, and records why and from where; how many sessions
/// there were.
pub(in crate::server) async fn end_all_sessions(
    tx: &mut Tx,
    user_id: &str,
    (event, source): (AuditEvent, &str),
    now: Timestamp,
) -> Result<u64, Error> {
    let sessions = tx.revoke_oldest_sessions(user_id, 0, now).await?;
    tx.delete_devices(user_id).await?;
    tx.record(event, user_id, source, now).await?;
    Ok(sessions)
}
