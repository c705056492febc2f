//! The use case `send_otp`: creates or continues the browser's challenge, and sends its code by
//! SMS.

use super::pending_send::{OutgoingSms, PendingSend};
use super::run_to_completion;
use crate::domain::challenge::{Challenge, SendPlan, plan_send};
use crate::domain::next::safe_redirect;
use crate::domain::otp::{Code, CodeInputs, Purpose, derive};
use crate::domain::problem::Problem;
use crate::domain::response::OtpSent;
use crate::domain::time::Timestamp;
use crate::server::cookie_jar::CookieJar;
use crate::server::error::Error;
use crate::server::phone::{self, ParsedPhone};
use crate::server::sign_in;
use crate::server::sms::SmsMessage;
use crate::server::state::AppState;
use crate::server::store::Tx;
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
    let pending = PendingSend { app, jar, to, account, proof, next, now };
    let (tx, outgoing) = match (plan, current) {
        (SendPlan::Resend, Some((secret, challenge))) => pending.resend(secret, challenge).await?,
        (SendPlan::NewChallenge { cooldown_step }, current) => {
            pending.start_challenge(current, cooldown_step).await?
        }
        (SendPlan::Resend, None) => return Err(Problem::NoChallenge),
    };
    let (secret, country) = (outgoing.secret.clone(), outgoing.challenge.country.clone());
    // If the client disconnects before this line, the transaction is rolled back. If it disconnects
    // later, the SMS is still sent.
    let delivered = run_to_completion(commit_and_deliver(app.clone(), tx, outgoing, now)).await?;
    jar.set_challenge(app, &secret);
    jar.set_country(app, &country);
    delivered
}

/// Commits the challenge and sends its SMS. The outer result is that of the commit, and the inner
/// one that of the SMS. After a commit the browser gets the challenge's cookie, even if the SMS
/// failed.
async fn commit_and_deliver(
    app: AppState,
    tx: Tx,
    outgoing: OutgoingSms,
    now: Timestamp,
) -> Result<Result<OtpSent, Problem>, Problem> {
    tx.commit().await?;
    Ok(deliver(&app, outgoing, now).await)
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

/// Sends the SMS. If no provider accepts it, undoes its count and returns an error.
async fn deliver(
    app: &AppState,
    outgoing: OutgoingSms,
    now: Timestamp,
) -> Result<OtpSent, Problem> {
    let OutgoingSms { secret, challenge, previous, counters, refund } = outgoing;
    let code = derive_code(app, &challenge, &secret)?;
    let message = SmsMessage {
        phone: &challenge.phone,
        code: &code,
        reference: &challenge.reference,
        sent_at: now,
    };
    if app.sms.send(&message).await.counts_as_sent() {
        return Ok(OtpSent::from_challenge(&challenge, now));
    }
    let mut tx = app.store.begin().await?;
    // Lock order: counters, then challenges.
    tx.add_to_counters(&refund).await?;
    tx.refund_send(&secret.id(), &previous).await?;
    tx.commit().await?;
    app.refusal_cache.invalidate(&counters.cache_keys(true, true));
    Err(Problem::SmsUnavailable)
}

/// Derives the code of a challenge with the key with which the challenge was created.
pub(super) fn derive_code(
    app: &AppState,
    challenge: &Challenge,
    secret: &ChallengeSecret,
) -> Result<Code, Error> {
    Ok(derive(CodeInputs {
        pepper: &app.keys.find(&challenge.key_id)?.pepper,
        nonce: &challenge.nonce,
        secret: secret.secret(),
        phone: &challenge.phone,
        purpose: Purpose::SignIn,
        length: challenge.code_length,
    }))
}
