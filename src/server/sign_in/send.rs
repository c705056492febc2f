//! `send_otp`: makes the browser's challenge or continues it, and sends its code.

use super::admit::{Admitted, Locked, ask_for_proof};
use super::to_the_end;
use crate::domain::challenge::{Challenge, Plan, plan_send, wait_after};
use crate::domain::limits::counters::Counters;
use crate::domain::limits::ledger::Entry;
use crate::domain::limits::send::{Ask, Shown, round_up};
use crate::domain::next::safe_redirect;
use crate::domain::otp::{Ingredients, Purpose, derive};
use crate::domain::problem::Problem;
use crate::domain::response::OtpSent;
use crate::domain::time::Timestamp;
use crate::server::browser::Browser;
use crate::server::error::Error;
use crate::server::phone::{self, ParsedPhone};
use crate::server::puzzle::Presented;
use crate::server::shield::Met;
use crate::server::sign_in;
use crate::server::sms::SmsMessage;
use crate::server::state::AppState;
use crate::server::store::{NewChallenge, Tx};
use crate::server::token::{ChallengeSecret, device_id};

/// What was typed; `phone` is absent for a re-send.
#[derive(Debug, Default)]
pub struct SendOtp {
    /// The number, international or national.
    pub phone: Option<String>,
    /// The country of a national number, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Where to go after signing in.
    pub next: Option<String>,
    /// The proof of a puzzle, or a wait that is over.
    pub proof: Option<String>,
    /// `true` if it comes from a page that has set a cookie, so that a browser which brings none keeps none.
    pub needs_cookies: bool,
}

/// A challenge whose text is about to leave, and the ladder as it stood before.
struct Outgoing {
    secret: ChallengeSecret,
    challenge: Challenge,
    before: Challenge,
    counters: Counters,
    sent: Vec<Entry>,
}

/// One request for a text, as far as it is known before the database judges it.
struct Request<'a> {
    app: &'a AppState,
    browser: &'a Browser,
    to: ParsedPhone,
    account: Option<String>,
    proof: Option<(String, Presented)>,
    next: Option<String>,
    now: Timestamp,
}

/// Sends a code. The challenge is committed before the text leaves; a text that no provider takes starts no waiting.
///
/// # Errors
/// `cookies_blocked`, `already_signed_in`, `malformed`, `invalid`, `country_not_served`, `no_challenge`, `challenge_over`,
/// `too_soon`, `too_often`, `proof_required`, `sms_unavailable`, `unavailable`.
pub async fn send_otp(app: &AppState, browser: &mut Browser, typed: SendOtp) -> Result<OtpSent, Problem> {
    if typed.needs_cookies && !browser.keeps_cookies {
        // No code could be typed here. With the probe, once it is allowed or if it had only ended, the next press succeeds.
        browser.keep_probe(app);
        return Err(Problem::CookiesBlocked);
    }
    if sign_in::current_user(app, browser).await?.is_some() {
        return Err(Problem::AlreadySignedIn);
    }
    let requested = typed.phone.as_deref().map(|phone| served(app, phone, typed.country.as_deref())).transpose()?;
    let now = app.clock.now();
    let current = match &browser.challenge {
        Some(secret) => app.store.find_challenge(&secret.id()).await?.map(|challenge| (secret.clone(), challenge)),
        None => None,
    };
    if current.is_none() && requested.is_none() && browser.challenge.is_some() {
        return Err(Problem::NoChallenge);
    }
    let to = match (requested.clone(), &current) {
        (Some(to), _) => Some(to),
        // The list of countries may have become shorter since.
        (None, Some((_, challenge))) => Some(served(app, challenge.phone.as_str(), None)?),
        (None, None) => None,
    };
    let number = requested.as_ref().map(|to| &to.number);
    let plan = plan_send(current.as_ref().map(|(_, challenge)| challenge), number, &app.config.otp.resend_cooldowns, now)?;
    let Some(to) = to else { return Err(Problem::Malformed) };
    // A code whose key has left the ring cannot be made again; the next one takes its place.
    let plan = match (plan, &current) {
        (Plan::Resend, Some((_, challenge))) if app.keys.find(&challenge.key_id).is_err() => {
            Plan::Fresh { sends: challenge.sends }
        }
        (plan, _) => plan,
    };
    let account = match browser.device.as_deref().and_then(device_id) {
        Some(id) => app.store.find_known_device(&id, &to.number, now.plus(-app.config.devices.known_after), now).await?,
        None => None,
    };
    let checked = |proof: String| {
        let presented = app.puzzles().verify(&proof, &to.number, &browser.source, now);
        presented.filter(|presented| !app.shield.was_used(&presented.id, now)).map(|presented| (proof, presented))
    };
    let proof = typed.proof.and_then(checked);
    let next = typed.next.as_deref().and_then(safe_redirect).map(str::to_owned);
    let request = Request { app, browser, to, account, proof, next, now };
    let (tx, outgoing) = match (plan, current) {
        (Plan::Resend, Some((secret, challenge))) => request.resend(secret, challenge).await?,
        (Plan::Fresh { sends }, current) => request.fresh(current, sends).await?,
        (Plan::Resend, None) => return Err(Problem::NoChallenge),
    };
    let (secret, country) = (outgoing.secret.clone(), outgoing.challenge.country.clone());
    // Until here a browser that hangs up leaves no trace. From the commit on the text is counted and paid for, so it leaves.
    let delivered = to_the_end(commit_and_deliver(app.clone(), tx, outgoing, now)).await?;
    browser.keep_challenge(app, &secret);
    browser.keep_country(app, &country);
    delivered
}

/// Makes the challenge last and sends its text; the inner result is that of the text, once the browser may have its challenge.
async fn commit_and_deliver(
    app: AppState,
    tx: Tx,
    outgoing: Outgoing,
    now: Timestamp,
) -> Result<Result<OtpSent, Problem>, Problem> {
    tx.commit().await?;
    Ok(deliver(&app, outgoing, now).await)
}

fn served(app: &AppState, typed: &str, country: Option<&str>) -> Result<ParsedPhone, Problem> {
    let parsed = phone::parse(typed, country)?;
    if app.config.countries.serves(&parsed.region) { Ok(parsed) } else { Err(Problem::CountryNotServed) }
}

impl Request<'_> {
    /// What the limits judge. `code` are the guesses and digits of a new challenge.
    fn ask(&self, code: Option<(i64, u8)>) -> Ask<'_> {
        let source = &self.browser.source;
        Ask {
            phone: &self.to.number,
            country: &self.to.region,
            source: (&source.name, &source.block),
            account: self.account.as_deref(),
            price: self.app.config.prices.get(&self.to.region),
            code,
            proof: self.proof.as_ref().map_or(Shown::Nothing, |(_, proof)| proof.shown),
        }
    }

    fn shown(&self) -> Option<(&str, &Presented)> {
        self.proof.as_ref().map(|(text, proof)| (text.as_str(), proof))
    }

    /// The counters that judge it, unless memory knows what the database has just refused. Known devices are never refused so.
    fn counters(&self, ask: &Ask<'_>) -> Result<Counters, Problem> {
        let counters = Counters::of(ask.phone, ask.country, ask.source, ask.account);
        if ask.account.is_some() {
            return Ok(counters);
        }
        let remembered = counters.remembered(ask.code.is_some(), matches!(ask.proof, Shown::Waited { .. }));
        match self.app.shield.recall(&remembered, self.now) {
            Some(Met::Full(room_at)) => Err(Problem::TooOften { retry_after: round_up(room_at.seconds_since(self.now)) }),
            Some(Met::Proof(bits)) if !ask.proof.meets(bits) => {
                Err(ask_for_proof(self.app, ask, &self.browser.source, (bits, self.shown()), self.now)?)
            }
            _ => Ok(counters),
        }
    }

    /// Counts the next text of a challenge; of several requests at once, one may send it. Nothing of it is committed.
    async fn resend(self, secret: ChallengeSecret, before: Challenge) -> Result<(Tx, Outgoing), Problem> {
        let (app, now) = (self.app, self.now);
        let wait = wait_after(&app.config.otp.resend_cooldowns, before.sends + 1);
        let ask = self.ask(None);
        let counters = self.counters(&ask)?;
        let mut tx = app.store.begin().await?;
        let locked = Locked::of(&mut tx, counters, &ask, now).await?;
        if !tx.count_send(&secret.id(), before.sends, now.plus(wait), now).await? {
            return Err(Problem::TooSoon { retry_after: wait_after(&app.config.otp.resend_cooldowns, before.sends) });
        }
        let admitted = locked.admit(app, &mut tx, &ask, &self.browser.source, self.shown(), now).await?;
        let challenge = Challenge { sends: before.sends + 1, sent_at: Some(now), resend_at: now.plus(wait), ..before.clone() };
        let Admitted { counters, sent, .. } = admitted;
        Ok((tx, Outgoing { secret, challenge, before, counters, sent }))
    }

    /// Makes a new challenge under a new secret and ends the one that the browser had. Nothing of it is committed.
    async fn fresh(self, current: Option<(ChallengeSecret, Challenge)>, sends: i64) -> Result<(Tx, Outgoing), Problem> {
        let (app, now) = (self.app, self.now);
        let otp = &app.config.otp;
        let secret = ChallengeSecret::generate(app.random)?;
        let ask = self.ask(Some((otp.code_guesses, otp.code_length)));
        let counters = self.counters(&ask)?;
        let mut tx = app.store.begin().await?;
        let locked = Locked::of(&mut tx, counters, &ask, now).await?;
        if let Some((secret, challenge)) = &current
            && !tx.replace_challenge(&secret.id(), challenge.replaced_at, now).await?
            && challenge.consumed_at.is_none()
        {
            // Another request of the same browser was quicker, and its text is on the way.
            return Err(Problem::TooSoon { retry_after: wait_after(&otp.resend_cooldowns, sends + 1) });
        }
        let admitted = locked.admit(app, &mut tx, &ask, &self.browser.source, self.shown(), now).await?;
        let current = current.map(|(_, challenge)| challenge);
        let challenge = self.challenge(current.as_ref(), &admitted, sends)?;
        tx.insert_challenge(NewChallenge { id: secret.id(), challenge: &challenge, purpose: Purpose::SignIn }).await?;
        // The wait goes on only with its own number and only until its code is used.
        let goes_on = |before: &&Challenge| before.phone == challenge.phone && before.consumed_at.is_none();
        let resend_at = current.as_ref().filter(goes_on).map_or(now, |before| before.resend_at);
        let before = Challenge { sends, sent_at: None, resend_at, ..challenge.clone() };
        let Admitted { counters, sent, .. } = admitted;
        Ok((tx, Outgoing { secret, challenge, before, counters, sent }))
    }

    fn challenge(&self, current: Option<&Challenge>, admitted: &Admitted, sends: i64) -> Result<Challenge, Error> {
        let (app, now, otp) = (self.app, self.now, &self.app.config.otp);
        let guesses = admitted.guesses;
        Ok(Challenge {
            phone: self.to.number.clone(),
            nonce: app.random.bytes::<16>()?.to_vec(),
            key_id: app.keys.current().id.clone(),
            code_length: guesses.map_or(otp.code_length, |guesses| guesses.code_length),
            reference: app.random.reference()?,
            next: self.next.clone().or_else(|| current.and_then(|challenge| challenge.next.clone())),
            attempts: 0,
            max_attempts: guesses.map_or(0, |guesses| guesses.count),
            sends: sends + 1,
            texts: 1,
            guess_key: admitted.counters.guessed.name().to_owned(),
            country: self.to.region.clone(),
            source: self.browser.source.name.clone(),
            block: self.browser.source.block.clone(),
            created_at: now,
            sent_at: Some(now),
            resend_at: now.plus(wait_after(&otp.resend_cooldowns, sends + 1)),
            expires_at: now.plus(otp.code_ttl),
            proven_at: None,
            proof_expires_at: None,
            consumed_at: None,
            replaced_at: None,
        })
    }
}

async fn deliver(app: &AppState, outgoing: Outgoing, now: Timestamp) -> Result<OtpSent, Problem> {
    let Outgoing { secret, challenge, before, counters, sent } = outgoing;
    let code = code_of(app, &challenge, &secret)?;
    let message = SmsMessage { phone: &challenge.phone, code: &code, reference: &challenge.reference, sent_at: now };
    if app.sms.send(&message).await.counts_as_sent() {
        return Ok(OtpSent::from_challenge(&challenge, now));
    }
    let mut tx = app.store.begin().await?;
    // Counters before challenges, as in `admit`.
    tx.count(&sent).await?;
    tx.give_back_send(&secret.id(), &before).await?;
    tx.commit().await?;
    app.shield.forget(&counters.remembered(true, true));
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
