//! The change of an account's phone number.

use tracing::Instrument;

use super::objection::NumberNotice;
use super::{require_recent_verification, require_user};
use crate::domain::challenge::ChallengeScope;
use crate::domain::otp::Purpose;
use crate::domain::problem::Problem;
use crate::domain::response::OtpSent;
use crate::domain::user::UserView;
use crate::domain::validation_error::ValidationError;
use crate::server::cookie::CookieName;
use crate::server::cookie_jar::CookieJar;
use crate::server::sign_in::{
    CodeRequest, RotatedSession, VerifiedCode, live_session, parse_served, run_to_completion,
    send_code, verify_account_code,
};
use crate::server::state::AppState;
use crate::server::store::AuditEvent;

/// The input of [`send_new_number_code`].
#[derive(Debug, Default)]
pub struct NewNumber {
    /// The new number, international or national; `None` for a resend.
    pub phone: Option<String>,
    /// The country of a national number (ISO 3166-1 alpha-2).
    pub country: Option<String>,
    /// A proof of work (a solved puzzle), or a wait token.
    pub proof: Option<String>,
}

fn scope(user: &UserView) -> ChallengeScope {
    ChallengeScope { purpose: Purpose::ChangeNumber, user_id: user.id.clone() }
}

/// Sends a code to the new number. The response does not depend on whether the number has an
/// account, so that nobody learns it here. A resend needs no verification of its own.
///
/// # Errors
/// Fails with `not_signed_in`, `verification_required`, and with the errors of `send-otp`.
pub async fn send_new_number_code(
    app: &AppState,
    jar: &mut CookieJar,
    typed: NewNumber,
) -> Result<OtpSent, Problem> {
    let user = match typed.phone {
        Some(_) => require_recent_verification(app, jar).await?,
        None => require_user(app, jar).await?,
    };
    let requested = typed
        .phone
        .as_deref()
        .map(|phone| parse_served(app, phone, typed.country.as_deref()))
        .transpose()?;
    let current = app.store.find_phone(&user.id).await?;
    if requested.is_some() && requested.as_ref().map(|to| &to.number) == current.as_ref() {
        return Err(Problem::invalid("phone", ValidationError::PhoneUnchanged));
    }
    let request = CodeRequest { scope: scope(&user), requested, proof: typed.proof, next: None };
    send_code(app, jar, request).await
}

/// Verifies the code of the new number and gives the number to the account, in one transaction. The
/// former number gets a notice, and its holder can object. The session gets a new token, and the
/// other sessions of the account end. The challenge was created after a recent verification, and
/// its code is valid for minutes.
///
/// # Errors
/// Fails with `not_signed_in`, `number_taken` if another account has the number, and with the
/// errors of `verify-otp`.
pub async fn change_number(
    app: &AppState,
    jar: &mut CookieJar,
    code: &str,
    reference: &str,
) -> Result<UserView, Problem> {
    let live = live_session(app, jar).await?.ok_or(Problem::NotSignedIn)?;
    let verified = verify_account_code(app, jar, &scope(&live.user), code, reference).await?;
    let phone = verified.challenge.phone.masked();
    let change = PendingChange {
        rotated: RotatedSession::sign(app, &live, app.clock.now())?,
        notice: notice_to_former(app, &live.user.id).await?,
        user_id: live.user.id.clone(),
        sid: jar.session_id().unwrap_or_default(),
        subnet: jar.client.subnet.clone(),
    };
    // The change is completed even if the client disconnects.
    let Some(rotated) = run_to_completion(change.write(app.clone(), verified)).await? else {
        jar.remove(app, CookieName::Challenge);
        return Err(Problem::NumberTaken);
    };
    rotated.set_cookies(app, jar);
    Ok(UserView { phone, ..live.user })
}

/// A change of a number, without the number.
struct PendingChange {
    user_id: String,
    sid: Vec<u8>,
    rotated: RotatedSession,
    /// The notice to the former number; `None` if the account had none.
    notice: Option<NumberNotice>,
    subnet: String,
}

/// Returns the notice to the present number of an account, which is about to change; `None` if it
/// has no number, or if no provider sends notices.
async fn notice_to_former(app: &AppState, user_id: &str) -> Result<Option<NumberNotice>, Problem> {
    if !app.sms.sends_notices() {
        return Ok(None);
    }
    let former = app.store.find_phone(user_id).await?;
    let notice = |phone| NumberNotice::generate(app, user_id, phone, app.clock.now());
    Ok(former.map(notice).transpose()?)
}

impl PendingChange {
    /// Writes the change. Returns `None` if another account has the number. The code is used up in
    /// both cases.
    async fn write(
        self,
        app: AppState,
        verified: VerifiedCode,
    ) -> Result<Option<RotatedSession>, Problem> {
        let Self { user_id, sid, rotated, mut notice, subnet } = self;
        let (phone, now) = (&verified.challenge.phone, app.clock.now());
        let mut consumed = verified.consume(&app, now).await?;
        let tx = &mut consumed.tx;
        // The rows are locked in the order of a sign-in: account, devices, sessions, counters.
        let is_changed = tx.change_phone(&user_id, phone).await?;
        if is_changed {
            tx.end_other_sessions(&user_id, &sid, now).await?;
            let token = (&rotated.id[..], &*app.keys.current().id);
            if !tx.verify_session(&user_id, &sid, Some(phone), token, now).await? {
                // The session was ended meanwhile. The owner does this to stop a thief.
                return Err(Problem::NotSignedIn);
            }
            if let Some(prepared) = &notice
                && !tx.insert_number_change(&prepared.change, phone).await?
            {
                notice = None;
            }
            tx.record(AuditEvent::NumberChanged, &user_id, &subnet, now).await?;
        }
        consumed.commit(&app).await?;
        if let Some(notice) = notice.filter(|_| is_changed) {
            // Nobody waits for the provider.
            tokio::spawn(notice.send(app.clone()).in_current_span());
        }
        Ok(is_changed.then_some(rotated))
    }
}
