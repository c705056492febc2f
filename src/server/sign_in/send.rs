//! `send_otp`: makes the browser's challenge or continues it, and sends its code.

use crate::domain::answer::OtpSent;
use crate::domain::challenge::{Challenge, Plan, plan_send, wait_after};
use crate::domain::next::same_origin;
use crate::domain::otp::{Ingredients, Purpose, derive};
use crate::domain::phone::PhoneNumber;
use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;
use crate::server::browser::Browser;
use crate::server::error::Error;
use crate::server::sms::Message;
use crate::server::state::AppState;
use crate::server::store::NewChallenge;
use crate::server::token::ChallengeSecret;
use crate::server::{phone, sign_in};

/// What was typed; `phone` is absent for a re-send.
#[derive(Debug, Default)]
pub struct SendOtp {
    /// The number, international or national.
    pub phone: Option<String>,
    /// The country of a national number, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Where to go after signing in.
    pub next: Option<String>,
}

/// A challenge whose text is about to leave, and the ladder as it stood before.
struct Outgoing {
    secret: ChallengeSecret,
    challenge: Challenge,
    before: Challenge,
}

/// Sends a code. The challenge is committed before the text leaves; a text that no provider takes starts no waiting.
///
/// # Errors
/// `already_signed_in`, `malformed`, `invalid`, `country_not_served`, `no_challenge`, `challenge_over`, `too_soon`,
/// `sms_unavailable`, `unavailable`.
pub async fn send_otp(app: &AppState, browser: &mut Browser, typed: SendOtp) -> Result<OtpSent, Problem> {
    if sign_in::current_user(app, browser).await?.is_some() {
        return Err(Problem::AlreadySignedIn);
    }
    let requested = typed.phone.as_deref().map(|phone| served_number(app, phone, typed.country.as_deref())).transpose()?;
    let now = app.clock.now();
    let current = match &browser.challenge {
        Some(secret) => app.store.find_challenge(&secret.id()).await?.map(|challenge| (secret.clone(), challenge)),
        None => None,
    };
    if current.is_none() && requested.is_none() && browser.challenge.is_some() {
        return Err(Problem::NoChallenge);
    }
    if let (None, Some((_, challenge))) = (&requested, &current) {
        // The list of countries may have become shorter since.
        served_number(app, challenge.phone.as_str(), None)?;
    }
    let plan = plan_send(current.as_ref().map(|(_, challenge)| challenge), requested, &app.config.rules.resend_ladder, now)?;
    let outgoing = match (plan, current) {
        (Plan::Resend, Some((secret, challenge))) => resend(app, secret, challenge, now).await?,
        (Plan::Fresh { phone, sends }, current) => {
            let next = typed.next.as_deref().and_then(same_origin).map(str::to_owned);
            fresh(app, current, phone, sends, next, now).await?
        }
        (Plan::Resend, None) => return Err(Problem::NoChallenge),
    };
    browser.keep_challenge(app, &outgoing.secret);
    // On its own: a browser that hangs up must not leave a text uncounted or a wait that nobody takes back.
    tokio::spawn(deliver(app.clone(), outgoing, now)).await.unwrap_or(Err(Problem::Unavailable))
}

fn served_number(app: &AppState, typed: &str, country: Option<&str>) -> Result<PhoneNumber, Problem> {
    let parsed = phone::parse(typed, country)?;
    if app.config.countries.serves(&parsed.region) { Ok(parsed.number) } else { Err(Problem::CountryNotServed) }
}

/// Counts the next text of a challenge; of several requests at once, one may send it.
async fn resend(app: &AppState, secret: ChallengeSecret, before: Challenge, now: Timestamp) -> Result<Outgoing, Problem> {
    let wait = wait_after(&app.config.rules.resend_ladder, before.sends + 1);
    let mut tx = app.store.begin().await?;
    let counted = tx.count_send(&secret.id(), before.sends, now.plus(wait), now).await?;
    tx.commit().await?;
    if !counted {
        return Err(Problem::TooSoon { retry_after: wait_after(&app.config.rules.resend_ladder, before.sends) });
    }
    let challenge = Challenge { sends: before.sends + 1, sent_at: Some(now), resend_at: now.plus(wait), ..before.clone() };
    Ok(Outgoing { secret, challenge, before })
}

/// Makes a new challenge under a new secret and ends the one that the browser had.
async fn fresh(
    app: &AppState,
    current: Option<(ChallengeSecret, Challenge)>,
    phone: PhoneNumber,
    sends: i64,
    next: Option<String>,
    now: Timestamp,
) -> Result<Outgoing, Problem> {
    let rules = &app.config.rules;
    let secret = ChallengeSecret::draw(app.random)?;
    // The wait goes on only with its own number and only until its code is used.
    let goes_on = |challenge: &&Challenge| challenge.phone == phone && challenge.consumed_at.is_none();
    let resend_at = current.as_ref().map(|(_, challenge)| challenge).filter(goes_on).map_or(now, |challenge| challenge.resend_at);
    let challenge = Challenge {
        phone,
        nonce: app.random.bytes::<16>()?.to_vec(),
        key_id: app.keys.current().id.clone(),
        code_length: rules.code_length,
        reference: app.random.reference()?,
        next: next.or_else(|| current.as_ref().and_then(|(_, challenge)| challenge.next.clone())),
        attempts: 0,
        max_attempts: rules.code_guesses,
        sends: sends + 1,
        sent_at: Some(now),
        resend_at: now.plus(wait_after(&rules.resend_ladder, sends + 1)),
        expires_at: now.plus(rules.code_ttl),
        proven_at: None,
        proof_expires_at: None,
        consumed_at: None,
        replaced_at: None,
    };
    let mut tx = app.store.begin().await?;
    if let Some((secret, challenge)) = current
        && !tx.replace_challenge(&secret.id(), challenge.replaced_at, now).await?
        && challenge.consumed_at.is_none()
    {
        // Another request of the same browser was quicker, and its text is on the way.
        return Err(Problem::TooSoon { retry_after: wait_after(&rules.resend_ladder, sends + 1) });
    }
    tx.insert_challenge(NewChallenge { id: secret.id(), challenge: &challenge, purpose: Purpose::SignIn, created_at: now })
        .await?;
    tx.commit().await?;
    let before = Challenge { sends, sent_at: None, resend_at, ..challenge.clone() };
    Ok(Outgoing { secret, challenge, before })
}

async fn deliver(app: AppState, outgoing: Outgoing, now: Timestamp) -> Result<OtpSent, Problem> {
    let Outgoing { secret, challenge, before } = outgoing;
    let code = code_of(&app, &challenge, &secret)?;
    let message = Message { phone: &challenge.phone, code: &code, reference: &challenge.reference, sent_at: now };
    if app.sms.send(&message).await.counts_as_sent() {
        return Ok(OtpSent::of(&challenge, now));
    }
    let mut tx = app.store.begin().await?;
    tx.give_back_send(&secret.id(), &before).await?;
    tx.commit().await?;
    Err(Problem::SmsUnavailable)
}

/// The code of a challenge, from the key that it was made under.
pub(super) fn code_of(
    app: &AppState,
    challenge: &Challenge,
    secret: &ChallengeSecret,
) -> Result<crate::domain::otp::Code, Error> {
    Ok(derive(Ingredients {
        pepper: &app.keys.find(&challenge.key_id)?.pepper,
        nonce: &challenge.nonce,
        secret: secret.secret(),
        phone: &challenge.phone,
        purpose: Purpose::SignIn,
        length: challenge.code_length,
    }))
}
