//! The session of a browser: it is checked at every request, renewed by visits, and revoked
//! immediately by signing out. A [`SessionDraft`](super::SessionDraft) opens it.

use std::time::Duration;

use tokio::time::timeout;

use super::run_to_completion;
use crate::domain::challenge::{Challenge, ChallengeScope};
use crate::domain::problem::Problem;
use crate::domain::response::Outcome;
use crate::domain::session::{Claims, SessionTimestamps};
use crate::domain::time::Timestamp;
use crate::domain::user::UserView;
use crate::server::cookie::CookieName;
use crate::server::cookie_jar::CookieJar;
use crate::server::error::Error;
use crate::server::state::AppState;
use crate::server::store::{AuditEvent, LiveSession, SEEN_PRECISION, Tx};
use crate::server::token::session_id;

/// The maximum time that a page waits for the renewal of its session. After a timeout the next
/// visit tries again.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(2);

/// A signed session token and its claims. Its cookie must be set only after the session's row is
/// committed.
pub(super) struct SignedSession {
    claims: Claims,
    token: String,
}

impl SignedSession {
    pub(super) fn set_cookies(&self, app: &AppState, jar: &mut CookieJar) {
        jar.set_session(app, &self.token, &self.claims);
    }
}

pub(super) fn sign_session(
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

/// Returns the signed-in user, if there is one. This is one indexed read. A due renewal of the
/// session, by default at most once an hour, adds a write.
///
/// # Errors
/// Fails with `unavailable` if the database cannot be read, because a session is valid only after
/// that check. A failed renewal does not sign the user out.
pub async fn current_user(
    app: &AppState,
    jar: &mut CookieJar,
) -> Result<Option<UserView>, Problem> {
    Ok(live_session(app, jar).await?.map(|live| live.user))
}

/// Returns the session of the signed-in user, as [`current_user`] does.
pub(in crate::server) async fn live_session(
    app: &AppState,
    jar: &mut CookieJar,
) -> Result<Option<LiveSession>, Problem> {
    let now = app.clock.now();
    let Some(claims) = jar.session.clone().filter(|claims| now.0 < claims.exp) else {
        return Ok(None);
    };
    let live = app.store.find_session(&claims.sub, &session_id(&claims.sid)).await?;
    let Some(live) = live.filter(|live| live.timestamps.is_live(now, &app.config.session)) else {
        return Ok(None);
    };
    let timestamps = renew(app, &claims, &live, now).await;
    // Every request with an older token gets a new one, because the response with the renewed token
    // may have been lost or sent to another service.
    if claims.exp < timestamps.expires_at.0 {
        match sign_session(app, claims.sub, claims.sid, timestamps, now) {
            Ok(session) => session.set_cookies(app, jar),
            Err(error) => tracing::warn!(%error, "the token of a renewed session was not signed"),
        }
    }
    Ok(Some(live))
}

/// Renews the session if that is due, and returns the timestamps of its row. If the renewal fails
/// or takes too long, the next visit tries again: the session is valid without it.
async fn renew(
    app: &AppState,
    claims: &Claims,
    session: &LiveSession,
    now: Timestamp,
) -> SessionTimestamps {
    let live = session.timestamps;
    let Some(timestamps) = live.renewed(now, &app.config.session) else { return live };
    let renewal = async {
        let mut tx = app.store.begin_autocommit().await?;
        let renewed = tx
            .renew_session(&claims.sub, &session_id(&claims.sid), live.renewed_at, timestamps)
            .await?;
        if now.seconds_since(session.seen_at) > SEEN_PRECISION {
            tx.touch_user(&claims.sub, now).await?;
        }
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

/// Returns the challenge of this browser's sign-in, if it has one.
///
/// # Errors
/// Fails with `unavailable` if the database cannot be read.
pub async fn current_challenge(
    app: &AppState,
    jar: &CookieJar,
) -> Result<Option<Challenge>, Problem> {
    let Some(secret) = &jar.challenge else { return Ok(None) };
    let challenge = app.store.find_challenge(&secret.id()).await?;
    Ok(challenge.filter(|challenge| challenge.scope == ChallengeScope::SIGN_IN))
}

/// Revokes the session, if there is one, and removes its cookie.
///
/// # Errors
/// Fails with `unavailable` if the session cannot be revoked. The cookie is then kept, so that the
/// user can try again.
pub async fn sign_out(app: &AppState, jar: &mut CookieJar) -> Result<Outcome, Problem> {
    if let Some(claims) = jar.session.take() {
        // The session is revoked even if the client disconnects.
        run_to_completion(revoke_session(app.clone(), claims, jar.client.subnet.clone())).await?;
    }
    jar.remove(app, CookieName::Session);
    Ok(Outcome::SignedOut)
}

/// Revokes the session of these claims and records the event.
async fn revoke_session(app: AppState, claims: Claims, subnet: String) -> Result<(), Problem> {
    let now = app.clock.now();
    let mut tx = app.store.begin_autocommit().await?;
    tx.sign_out(&claims.sub, &session_id(&claims.sid), &subnet, now).await?;
    Ok(tx.commit().await?)
}

/// Revokes all sessions of the signed-in account and deletes its known devices. Without a session
/// this does the same as [`sign_out`].
///
/// # Errors
/// Fails with `unavailable` if the sessions cannot be revoked.
pub async fn sign_out_everywhere(app: &AppState, jar: &mut CookieJar) -> Result<Outcome, Problem> {
    if let Some(user) = current_user(app, jar).await? {
        let (store, client_subnet, now) =
            (app.store.clone(), jar.client.subnet.clone(), app.clock.now());
        run_to_completion(async move {
            let mut tx = store.begin().await?;
            end_all_sessions(
                &mut tx,
                &user.id,
                (AuditEvent::SignedOutEverywhere, &client_subnet),
                now,
            )
            .await?;
            Ok(tx.commit().await?)
        })
        .await?;
        jar.session = None;
        jar.remove(app, CookieName::Device);
    }
    sign_out(app, jar).await
}

/// Revokes all sessions of an account, deletes its known devices, and records the event with the
/// client's subnet. Returns the number of revoked sessions.
pub(in crate::server) async fn end_all_sessions(
    tx: &mut Tx,
    user_id: &str,
    (event, subnet): (AuditEvent, &str),
    now: Timestamp,
) -> Result<u64, Error> {
    // Devices are locked before sessions, as a sign-in does.
    tx.delete_devices(user_id).await?;
    let sessions = tx.revoke_oldest_sessions(user_id, 0, now).await?;
    tx.record(event, user_id, subnet, now).await?;
    Ok(sessions)
}
