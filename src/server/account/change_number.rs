//! The change of an account's phone number.

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
    CodeRequest, commit_with_counters, parse_served, send_code, verify_account_code,
};
use crate::server::state::AppState;
use crate::server::store::AuditEvent;
use crate::server::token::session_id;

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

/// Sends a code to the new number. Whether the number has an account is not looked at, so that
/// nobody learns it here.
///
/// # Errors
/// Fails with `not_signed_in`, `verification_required`, and with the errors of `send-otp`.
pub async fn send_new_number_code(
    app: &AppState,
    jar: &mut CookieJar,
    typed: NewNumber,
) -> Result<OtpSent, Problem> {
    let user = require_recent_verification(app, jar).await?;
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
    let user = require_user(app, jar).await?;
    let sid = jar.session.as_ref().map(|claims| session_id(&claims.sid)).unwrap_or_default();
    let verified = verify_account_code(app, jar, &scope(&user), code, reference).await?;
    let (phone, now) = (&verified.challenge.phone, app.clock.now());
    let (mut tx, deltas) = verified.consume(app, now).await?;
    // The rows of the account are locked in the order of a sign-in: devices, sessions, account.
    tx.end_other_sessions(&user.id, &sid, now).await?;
    if !tx.change_phone(&user.id, phone).await? {
        return Err(Problem::NotSignedIn);
    }
    tx.record(AuditEvent::NumberChanged, &user.id, &jar.client.subnet, now).await?;
    commit_with_counters(app, tx, &deltas).await?;
    jar.remove(app, CookieName::Challenge);
    Ok(UserView { phone: phone.masked(), ..user })
}
