//! The use case `send_otp`: creates or continues the browser's challenge, and sends its code by
//! SMS.

use super::pending_send::PendingSend;
use super::run_to_completion;
use super::send_target::{CurrentChallenge, SendTarget};
use crate::domain::challenge::{SendPlan, plan_send};
use crate::domain::next::safe_redirect;
use crate::domain::problem::Problem;
use crate::domain::response::OtpSent;
use crate::server::cookie_jar::CookieJar;
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
    let now = app.clock.now();
    let current = match &jar.challenge {
        Some(secret) => app
            .store
            .find_challenge(&secret.id())
            .await?
            .map(|challenge| (secret.clone(), challenge)),
        None => None,
    };
    if current.is_none() && requested.is_none() && jar.challenge.is_some() {
        return Err(Problem::NoChallenge);
    }
    let to = match (requested.clone(), &current) {
        (Some(to), _) => Some(to),
        // The country may have been removed from the configuration since the challenge began.
        (None, Some((_, challenge))) => Some(parse_served(app, challenge.phone.as_str(), None)?),
        (None, None) => None,
    };
    let number = requested.as_ref().map(|to| &to.number);
    let plan = plan_send(
        current.as_ref().map(|(_, challenge)| challenge),
        number,
        &app.config.otp.resend_cooldowns,
        now,
    )?;
    let Some(to) = to else { return Err(Problem::Malformed) };
    // After its key was removed by a rotation, a code cannot be derived again. A new challenge
    // replaces the current one.
    let plan = match (plan, &current) {
        (SendPlan::Resend, Some((_, challenge))) if app.keys.find(&challenge.key_id).is_err() => {
            SendPlan::NewChallenge { cooldown_step: challenge.cooldown_step }
        }
        (plan, _) => plan,
    };
    let account = match jar.device.as_deref().and_then(device_id) {
        Some(id) => {
            app.store
                .find_known_device(&id, &to.number, now.plus(-app.config.devices.known_after), now)
                .await?
        }
        None => None,
    };
    let check = |proof: String| {
        let checked = app.puzzles().verify(&proof, &to.number, &jar.client, now);
        checked
            .filter(|checked| !app.refusal_cache.is_used(&checked.id, now))
            .map(|checked| (proof, checked))
    };
    let proof = typed.proof.and_then(check);
    let next = typed.next.as_deref().and_then(safe_redirect).map(str::to_owned);
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
    let client = jar.client.clone();
    let pending = PendingSend { app: app.clone(), client, to, target, account, proof, next, now };
    // If the client disconnects from here on, the SMS is still counted and sent.
    let sent = run_to_completion(pending.send()).await?;
    jar.set_challenge(app, &sent.secret);
    jar.set_country(app, &sent.country);
    sent.result
}

fn parse_served(
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
