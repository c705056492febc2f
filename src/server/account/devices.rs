//! The devices of an account: its live sessions. The owner lists them and ends them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::require_user;
use crate::domain::account::DeviceView;
use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;
use crate::server::cookie_jar::CookieJar;
use crate::server::sign_in::run_to_completion;
use crate::server::state::AppState;
use crate::server::store::{AuditEvent, ListedSession};

/// Returns the live sessions of an account, this browser's first and then the last seen one.
pub(super) async fn list_devices(
    app: &AppState,
    jar: &CookieJar,
    user_id: &str,
) -> Result<Vec<DeviceView>, Problem> {
    let now = app.clock.now();
    let current = jar.session_id();
    let sessions = app.store.list_sessions(user_id, &app.config.session, now).await?.into_iter();
    let mut devices: Vec<DeviceView> =
        sessions.map(|session| device_view(session, current.as_deref(), now)).collect();
    devices.sort_by_key(|device| !device.is_current);
    Ok(devices)
}

fn device_view(session: ListedSession, current: Option<&[u8]>, now: Timestamp) -> DeviceView {
    DeviceView {
        is_current: current == Some(session.id.as_slice()),
        id: URL_SAFE_NO_PAD.encode(&session.id),
        browser: session.user_agent.browser,
        platform: session.user_agent.platform,
        subnet: session.subnet,
        opened_ago: now.seconds_since(session.timestamps.created_at),
        seen_ago: now.seconds_since(session.timestamps.renewed_at),
    }
}

/// Ends a session of the signed-in account, and makes its browser an unknown device. The session of
/// this browser is ended by signing out. A session that has ended already is no error.
///
/// # Errors
/// Fails with `not_signed_in`, `malformed`, `unavailable`, or with `not_found` if the account never
/// had such a session, or if it has got another id by a verification.
pub async fn log_out_device(
    app: &AppState,
    jar: &mut CookieJar,
    device: &str,
) -> Result<(), Problem> {
    let user = require_user(app, jar).await?;
    let id = URL_SAFE_NO_PAD.decode(device).map_err(|_| Problem::Malformed)?;
    if jar.session_id().as_ref() == Some(&id) {
        return Err(Problem::Malformed);
    }
    let (app, subnet) = (app.clone(), jar.client.subnet.clone());
    // The session ends even if the client disconnects.
    run_to_completion(async move {
        let mut tx = app.store.begin().await?;
        let is_ended = tx.end_session(&user.id, &id, &subnet, app.clock.now()).await?;
        // A session that was verified since the list was loaded has another id.
        if !is_ended && !tx.has_session(&user.id, &id).await? {
            return Err(Problem::NotFound);
        }
        Ok(tx.commit().await?)
    })
    .await
}

/// Ends all other sessions of the signed-in account, and makes all other browsers unknown devices.
///
/// # Errors
/// Fails with `not_signed_in` or `unavailable`.
pub async fn log_out_other_devices(app: &AppState, jar: &mut CookieJar) -> Result<(), Problem> {
    let user = require_user(app, jar).await?;
    let current = jar.session_id().ok_or(Problem::NotSignedIn)?;
    let (app, subnet) = (app.clone(), jar.client.subnet.clone());
    run_to_completion(async move {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        if tx.end_other_sessions(&user.id, &current, now).await? > 0 {
            tx.record(AuditEvent::OtherSessionsEnded, &user.id, &subnet, now).await?;
        }
        Ok(tx.commit().await?)
    })
    .await
}
