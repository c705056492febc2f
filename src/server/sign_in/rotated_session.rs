//! A new token for a session whose owner has verified the number again.

use super::session::{SignedSession, sign_session};
use crate::domain::time::Timestamp;
use crate::server::cookie::CookieName;
use crate::server::cookie_jar::CookieJar;
use crate::server::error::Error;
use crate::server::state::AppState;
use crate::server::store::LiveSession;
use crate::server::token::{generate_sid, session_id};

/// A new `sid` and token for the session of the browser. A session gets them when its owner has
/// verified the number again (ASVS 5.0 V7.2.4), so that a copy of the former cookie is worthless.
pub(in crate::server) struct RotatedSession {
    /// The id of the row from now on.
    pub id: Vec<u8>,
    session: SignedSession,
}

impl RotatedSession {
    /// Signs the token. Its cookie must be set only after the row is committed.
    pub(in crate::server) fn sign(
        app: &AppState,
        live: &LiveSession,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let sid = generate_sid(app.random)?;
        let id = session_id(&sid);
        let session = sign_session(app, live.user.id.clone(), sid, live.timestamps, now)?;
        Ok(Self { id, session })
    }

    /// Sets the cookie of the session, and removes that of the challenge.
    pub(in crate::server) fn set_cookies(&self, app: &AppState, jar: &mut CookieJar) {
        self.session.set_cookies(app, jar);
        jar.remove(app, CookieName::Challenge);
    }
}
