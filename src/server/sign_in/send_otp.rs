//! The use case `send_otp`: creates or continues the browser's challenge, and sends its code by
//! SMS.

use super::pending_send::PendingSend;
use super::run_to_completion;
use super::send_target::{CurrentChallenge, SendTarget};
use crate::domain::challenge::{Challenge, ChallengeScope, SendPlan, plan_send};
use crate::domain::next::safe_redirect;
use crate::domain::phone::PhoneNumber;
use crate::domain::problem::Problem;
use crate::domain::response::OtpSent;
use crate::domain::time::Timestamp;
use crate::server::cookie_jar::CookieJar;
use crate::server::error::Error;
use crate::server::phone::{self, ParsedPhone};
use crate::server::sign_in;
use crate::server::state::AppState;
use crate::server::token::{ChallengeSecret, device_id};

/// The input of [`send_otp`].
#[derive(Debug, Default)]
pub struct SendOtp {
    /// The phone number, international or national; `None` for a resend.
    pub phone: Option<String>,
    /// The country of a national phone number (ISO 3166-1 alpha-2).
    pub country: Option<String>,
    /// The path to which the browser goes after signing in.
    pub next: Option<String>,
    /// A proof of work (a solved puzzle), or a wait token.
    pub proof: Option<String>,
    /// `true` if the page has set a cookie. If the browser sent none, it then accepts none.
    pub needs_cookies: bool,
}

/// Commits the challenge, then sends its code. A failed SMS starts no cooldown.
///
/// # Errors
/// Fails with `cookies_blocked`, `already_signed_in`, `malformed`, `invalid`, `country_not_served`,
/// `no_challenge`, `challenge_over`, `too_soon`, `too_often`, `proof_required`, `sms_unavailable`,
/// `unavailable`.
pub async fn send_otp(
    app: &AppState,
    jar: &mut CookieJar,
    typed: SendOtp,
) -> Result<OtpSent, Problem> {
    if typed.needs_cookies && !jar.has_cookies {
        // With the probe cookie the next request succeeds, if the user has allowed cookies by then.
        jar.set_probe(app);
        return Err(Problem::CookiesBlocked);
    }
    if sign_in::current_user(app, jar).await?.is_some() {
        return Err(Problem::AlreadySignedIn);
    }
    let requested = typed
        .phone
        .as_deref()
        .map(|phone| parse_served(app, phone, typed.country.as_deref()))
        .transpose()?;
    let next = typed.next.as_deref().and_then(safe_redirect).map(str::to_owned);
    let (scope, proof) = (ChallengeScope::SIGN_IN, typed.proof);
    send_code(app, jar, CodeRequest { scope, requested, proof, next }).await
}

/// A request for a code.
pub(in crate::server) struct CodeRequest {
    pub scope: ChallengeScope,
    /// The number to which the code goes; `None` for a resend.
    pub requested: Option<ParsedPhone>,
    /// A proof of work (a solved puzzle), or a wait token.
    pub proof: Option<String>,
    /// The path to which the browser goes after signing in.
    pub next: Option<String>,
}

/// Commits the challenge of a request, then sends its code. A challenge of another scope loses its
/// cookie by it, so that its code cannot be typed any more. Its attempts are refunded once it has
/// expired.
pub(in crate::server) async fn send_code(
    app: &AppState,
    jar: &mut CookieJar,
    request: CodeRequest,
) -> Result<OtpSent, Problem> {
    let CodeRequest { scope, requested, proof, next } = request;
    let now = app.clock.now();
    let current = find_current(app, jar, &scope).await?;
    if current.is_none() && requested.is_none() && jar.challenge.is_some() {
        return Err(Problem::NoChallenge);
    }
    let challenge = current.as_ref().map(|(_, challenge)| challenge);
    let to = match (&requested, challenge) {
        (Some(to), _) => to.clone(),
        // The country may have been removed from the configuration since the challenge began.
        (None, Some(challenge)) => parse_served(app, challenge.phone.as_str(), None)?,
        (None, None) => return Err(Problem::Malformed),
    };
    let number = requested.as_ref().map(|to| &to.number);
    let plan = plan_send(challenge, number, &app.config.otp.resend_cooldowns, now)?;
    // After its key was removed by a rotation, a code cannot be derived again. A new challenge
    // replaces the current one.
    let plan = match (plan, challenge) {
        (SendPlan::Resend, Some(challenge)) if app.keys.find(&challenge.key_id).is_err() => {
            SendPlan::NewChallenge { cooldown_step: challenge.cooldown_step }
        }
        (plan, _) => plan,
    };
    let target = match (plan, current) {
        (SendPlan::Resend, Some((secret, challenge))) => SendTarget::Resend { secret, challenge },
        (SendPlan::Resend, None) => return Err(Problem::NoChallenge),
        (SendPlan::NewChallenge { cooldown_step }, current) => SendTarget::New {
            secret: ChallengeSecret::generate(app.random)?,
            current: current
                .map(|(secret, challenge)| CurrentChallenge { id: secret.id(), challenge }),
            cooldown_step,
        },
    };
    let account = known_account(app, jar, &to.number, now).await?;
    let check = |proof: String| {
        let checked = app.puzzles().verify(&proof, &to.number, &jar.client, now);
        checked
            .filter(|checked| !app.refusal_cache.is_used(&checked.id, now))
            .map(|checked| (proof, checked))
    };
    let proof = proof.and_then(check);
    let client = jar.client.clone();
    let pending =
        PendingSend { app: app.clone(), client, to, scope, target, account, proof, next, now };
    // If the client disconnects from here on, the SMS is still counted and sent.
    let sent = run_to_completion(pending.send()).await?;
    jar.set_challenge(app, &sent.secret);
    jar.set_country(app, &sent.country);
    sent.result
}

/// Returns the browser's challenge of this scope, with the secret of its cookie.
async fn find_current(
    app: &AppState,
    jar: &CookieJar,
    scope: &ChallengeScope,
) -> Result<Option<(ChallengeSecret, Challenge)>, Problem> {
    let Some(secret) = &jar.challenge else { return Ok(None) };
    let challenge = app.store.find_challenge(&secret.id()).await?;
    let own = challenge.filter(|challenge| challenge.scope == *scope);
    Ok(own.map(|challenge| (secret.clone(), challenge)))
}

/// Returns the id of the account of a number if this browser is a known device of it.
async fn known_account(
    app: &AppState,
    jar: &CookieJar,
    number: &PhoneNumber,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    let Some(id) = jar.device.as_deref().and_then(device_id) else { return Ok(None) };
    let known_before = now.plus(-app.config.devices.known_after);
    app.store.find_known_device(&id, number, known_before, now).await
}

/// Parses a number, and checks that its country is served.
pub(in crate::server) fn parse_served(
    app: &AppState,
    typed: &str,
    country: Option<&str>,
) -> Result<ParsedPhone, Problem> {
    let parsed = phone::parse(typed, country)?;
    if app.config.countries.serves(&parsed.region) {
        Ok(parsed)
    } else {
        Err(Problem::CountryNotServed)
    }
}
