//! A session that is about to be opened, after a phone number, a passkey, a recovery code or an
//! e-mail address is verified.

use super::former_account::keep_former_device;
use super::session::{SignedSession, sign_session};
use crate::domain::session::SessionTimestamps;
use crate::domain::time::Timestamp;
use crate::server::cookie::CookieName;
use crate::server::cookie_jar::CookieJar;
use crate::server::error::Error;
use crate::server::state::AppState;
use crate::server::store::{NewSession, SignIn, Tx};
use crate::server::token::{device_id, generate_device_token, generate_sid, session_id};
use crate::server::user_agent::UserAgent;

/// The secrets of a session that is about to be opened, and what it replaces.
pub(in crate::server) struct SessionDraft<'a> {
    app: &'a AppState,
    /// The cookies that the browser presented.
    jar: &'a CookieJar,
    sid: String,
    timestamps: SessionTimestamps,
    device: String,
    now: Timestamp,
}

/// The cookies of a session whose row is written, to be set after the commit.
pub(in crate::server) struct OpenedSession {
    session: SignedSession,
    device: String,
}

impl OpenedSession {
    /// Sets the cookies of the session and the known device, and removes the challenge's cookie.
    pub(in crate::server) fn set_cookies(&self, app: &AppState, jar: &mut CookieJar) {
        self.session.set_cookies(app, jar);
        jar.set_device(app, &self.device);
        jar.remove(app, CookieName::Challenge);
    }
}

impl<'a> SessionDraft<'a> {
    /// Generates the secrets of a new session and of a new device for this browser.
    pub(in crate::server) fn generate(
        app: &'a AppState,
        jar: &'a CookieJar,
        now: Timestamp,
    ) -> Result<Self, Error> {
        Ok(Self {
            app,
            jar,
            sid: generate_sid(app.random)?,
            timestamps: SessionTimestamps::new(now, &app.config.session),
            device: generate_device_token(app.random)?,
            now,
        })
    }

    /// Returns the rows of the session. The session that the browser presented is revoked, because
    /// every sign-in gets a new `sid`. The presented device is kept only if the account knows it:
    /// an attacker may have planted a device token that they know in this browser.
    pub(in crate::server) fn rows(&self) -> SignIn<'_> {
        let Self { app, jar, .. } = self;
        SignIn {
            session: NewSession {
                id: session_id(&self.sid),
                key_id: &app.keys.current().id,
                timestamps: self.timestamps,
                user_agent: UserAgent::parse(&jar.user_agent),
                subnet: &jar.client.subnet,
            },
            replaces: jar
                .session
                .as_ref()
                .map(|claims| (claims.sub.as_str(), session_id(&claims.sid))),
            max_sessions: app.config.session.max_per_account,
            device: jar.device.as_deref().and_then(device_id),
            new_device: device_id(&self.device).unwrap_or_default(),
            device_expires_at: self.now.plus(app.config.devices.ttl),
            subnet: &jar.client.subnet,
        }
    }

    /// Signs the token of the session, whose row now belongs to this account.
    pub(in crate::server) fn sign(
        &self,
        user_id: &str,
        keeps_device: bool,
    ) -> Result<OpenedSession, Error> {
        let presented = self.jar.device.clone().filter(|_| keeps_device);
        let device = presented.unwrap_or_else(|| self.device.clone());
        let user_id = user_id.to_owned();
        let session = sign_session(self.app, user_id, self.sid.clone(), self.timestamps, self.now)?;
        Ok(OpenedSession { session, device })
    }
    /// Commits the transaction that opened the session. A browser that got a new device token stays
    /// a known device of the account that had the number before.
    pub(super) async fn commit(
        &self,
        tx: Tx,
        user_id: &str,
        keeps_device: bool,
    ) -> Result<OpenedSession, Error> {
        let session = self.sign(user_id, keeps_device)?;
        tx.commit().await?;
        if !keeps_device {
            keep_former_device(self.app, self.jar, user_id, &self.rows(), self.now).await;
        }
        Ok(session)
    }
}
