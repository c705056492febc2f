//! Step-up: a signed-in person proves again that it is them, with a code by SMS or with a passkey,
//! before anything sensitive.

use super::require_user;
use crate::domain::challenge::ChallengeScope;
use crate::domain::otp::Purpose;
use crate::domain::problem::Problem;
use crate::domain::response::OtpSent;
use crate::domain::user::UserView;
use crate::server::cookie_jar::CookieJar;
use crate::server::phone;
use crate::server::sign_in::{
    CodeRequest, RotatedSession, live_session, send_code, verify_account_code,
};
use crate::server::state::AppState;
use crate::server::store::AuditEvent;

/// Returns the signed-in user if they have verified in this session, by a code or a passkey, within
/// the last `STEP_UP_TTL` seconds. A sign-in counts as a verification.
///
/// # Errors
/// Fails with `not_signed_in`, `verification_required` or `unavailable`.
pub async fn require_recent_verification(
    app: &AppState,
    jar: &mut CookieJar,
) -> Result<UserView, Problem> {
    let live = live_session(app, jar).await?.ok_or(Problem::NotSignedIn)?;
    let age = app.clock.now().seconds_since(live.verified_at);
    if age < app.config.session.step_up_ttl {
        Ok(live.user)
    } else {
        Err(Problem::VerificationRequired)
    }
}

fn scope(user: &UserView) -> ChallengeScope {
    ChallengeScope { purpose: Purpose::StepUp, user_id: user.id.clone() }
}

/// Sends a code to the account's number, or the same code again.
///
/// # Errors
/// Fails with `not_signed_in` and with the errors of `send-otp`.
pub async fn send_step_up_code(
    app: &AppState,
    jar: &mut CookieJar,
    proof: Option<String>,
) -> Result<OtpSent, Problem> {
    let user = require_user(app, jar).await?;
    // An account without a number verifies with a passkey.
    let number = app.store.find_phone(&user.id).await?.ok_or(Problem::SmsUnavailable)?;
    // The number was accepted when it was verified, also if its country is no longer served.
    let requested = Some(phone::parse(number.as_str(), None)?);
    send_code(app, jar, CodeRequest { scope: scope(&user), requested, proof, next: None }).await
}

/// Verifies the code, so that [`require_recent_verification`] succeeds. The session gets a new
/// token.
///
/// # Errors
/// Fails with `not_signed_in` and with the errors of `verify-otp`.
pub async fn verify_step_up(
    app: &AppState,
    jar: &mut CookieJar,
    code: &str,
    reference: &str,
) -> Result<(), Problem> {
    let live = live_session(app, jar).await?.ok_or(Problem::NotSignedIn)?;
    let (user, now) = (&live.user, app.clock.now());
    let sid = jar.session_id().unwrap_or_default();
    let verified = verify_account_code(app, jar, &scope(user), code, reference).await?;
    let rotated = RotatedSession::sign(app, &live, now)?;
    let mut consumed = verified.consume(app, now).await?;
    let (phone, token) = (&verified.challenge.phone, (&rotated.id[..], &*app.keys.current().id));
    if !consumed.tx.verify_session(&user.id, &sid, Some(phone), token, now).await? {
        // The number was changed, or the session ended, since the code was sent.
        return Err(Problem::ChallengeOver);
    }
    consumed.tx.record(AuditEvent::SteppedUp, &user.id, &jar.client.subnet, now).await?;
    consumed.commit(app).await?;
    rotated.set_cookies(app, jar);
    Ok(())
}
