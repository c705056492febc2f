//! The use case `send_otp`: creates or continues the browser's challenge, and sends its code.

use super::admit_send::{AdmittedSend, LockedCounters, require_proof};
use super::run_to_completion;
use crate::domain::challenge::{Challenge, SendPlan, cooldown_after, plan_send};
use crate::domain::limits::attempts::CodePolicy;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::limits::send::{PresentedProof, SendRequest, round_retry_after};
use crate::domain::limits::send_counters::SendCounters;
use crate::domain::next::safe_redirect;
use crate::domain::otp::{CodeInputs, Purpose, derive};
use crate::domain::problem::Problem;
use crate::domain::response::OtpSent;
use crate::domain::time::Timestamp;
use crate::server::cookie_jar::CookieJar;
use crate::server::error::Error;
use crate::server::phone::{self, ParsedPhone};
use crate::server::puzzle::CheckedProof;
use crate::server::refusal_cache::CachedRefusal;
use crate::server::sign_in;
use crate::server::sms::SmsMessage;
use crate::server::state::AppState;
use crate::server::store::{NewChallenge, Tx};
use crate::server::token::{ChallengeSecret, device_id};

/// The input of [`send_otp`].
#[derive(Debug, Default)]
pub struct SendOtp {
    /// The number, international or national; `None` for a resend.
    pub phone: Option<String>,
    /// The country of a national number (ISO 3166-1 alpha-2).
    pub country: Option<String>,
    /// The path to which the browser goes after signing in.
    pub next: Option<String>,
    /// The proof of a puzzle, or a wait token.
    pub proof: Option<String>,
    /// `true` if the page had set a cookie: a browser that sends none then accepts none.
    pub needs_cookies: bool,
}

/// A challenge whose SMS is about to be sent, and its state before that SMS.
struct OutgoingSms {
    secret: ChallengeSecret,
    challenge: Challenge,
    previous: Challenge,
    counters: SendCounters,
    refund: Vec<CounterDelta>,
}

/// A request for an SMS on which the limits have not decided yet.
struct PendingSend<'a> {
    app: &'a AppState,
    jar: &'a CookieJar,
    to: ParsedPhone,
    account: Option<String>,
    proof: Option<(String, CheckedProof)>,
    next: Option<String>,
    now: Timestamp,
}

/// Sends a code after its challenge is committed. A failed SMS starts no cooldown.
///
/// # Errors
/// Fails with `cookies_blocked`, `already_signed_in`, `malformed`, `invalid`, `country_not_served`,
/// `no_challenge`, `challenge_over`, `too_soon`, `too_often`, `proof_required`, `sms_unavailable`,
/// `unavailable`.
pub async fn send_otp(app: &AppState, jar: &mut CookieJar, typed: SendOtp) -> Result<OtpSent, Problem> {
    if typed.needs_cookies && !jar.has_cookies {
        // The probe cookie lets the next request succeed once cookies are allowed.
        jar.set_probe(app);
        return Err(Problem::CookiesBlocked);
    }
    if sign_in::current_user(app, jar).await?.is_some() {
        return Err(Problem::AlreadySignedIn);
    }
    let requested = typed.phone.as_deref().map(|phone| parse_served(app, phone, typed.country.as_deref())).transpose()?;
    let now = app.clock.now();
    let current = match &jar.challenge {
        Some(secret) => app.store.find_challenge(&secret.id()).await?.map(|challenge| (secret.clone(), challenge)),
        None => None,
    };
    if current.is_none() && requested.is_none() && jar.challenge.is_some() {
        return Err(Problem::NoChallenge);
    }
    let to = match (requested.clone(), &current) {
        (Some(to), _) => Some(to),
        // The list of countries may be shorter now than when the challenge began.
        (None, Some((_, challenge))) => Some(parse_served(app, challenge.phone.as_str(), None)?),
        (None, None) => None,
    };
    let number = requested.as_ref().map(|to| &to.number);
    let plan = plan_send(current.as_ref().map(|(_, challenge)| challenge), number, &app.config.otp.resend_cooldowns, now)?;
    let Some(to) = to else { return Err(Problem::Malformed) };
    // A code whose key was rotated out cannot be derived, so a new one replaces it.
    let plan = match (plan, &current) {
        (SendPlan::Resend, Some((_, challenge))) if app.keys.find(&challenge.key_id).is_err() => {
            SendPlan::NewChallenge { cooldown_step: challenge.cooldown_step }
        }
        (plan, _) => plan,
    };
    let account = match jar.device.as_deref().and_then(device_id) {
        Some(id) => app.store.find_known_device(&id, &to.number, now.plus(-app.config.devices.known_after), now).await?,
        None => None,
    };
    let check = |proof: String| {
        let checked = app.puzzles().verify(&proof, &to.number, &jar.client, now);
        checked.filter(|checked| !app.refusal_cache.is_used(&checked.id, now)).map(|checked| (proof, checked))
    };
    let proof = typed.proof.and_then(check);
    let next = typed.next.as_deref().and_then(safe_redirect).map(str::to_owned);
    let pending = PendingSend { app, jar, to, account, proof, next, now };
    let (tx, outgoing) = match (plan, current) {
        (SendPlan::Resend, Some((secret, challenge))) => pending.resend(secret, challenge).await?,
        (SendPlan::NewChallenge { cooldown_step }, current) => pending.start_challenge(current, cooldown_step).await?,
        (SendPlan::Resend, None) => return Err(Problem::NoChallenge),
    };
    let (secret, country) = (outgoing.secret.clone(), outgoing.challenge.country.clone());
    // A browser that hangs up before this line leaves no trace. After it the SMS is sent.
    let delivered = run_to_completion(commit_and_deliver(app.clone(), tx, outgoing, now)).await?;
    jar.set_challenge(app, &secret);
    jar.set_country(app, &country);
    delivered
}

/// Commits the challenge and sends its SMS. The inner result is that of the SMS; with either one
/// the browser gets the challenge's cookie.
async fn commit_and_deliver(
    app: AppState,
    tx: Tx,
    outgoing: OutgoingSms,
    now: Timestamp,
) -> Result<Result<OtpSent, Problem>, Problem> {
    tx.commit().await?;
    Ok(deliver(&app, outgoing, now).await)
}

fn parse_served(app: &AppState, typed: &str, country: Option<&str>) -> Result<ParsedPhone, Problem> {
    let parsed = phone::parse(typed, country)?;
    if app.config.countries.serves(&parsed.region) { Ok(parsed) } else { Err(Problem::CountryNotServed) }
}

impl PendingSend<'_> {
    /// Returns the request to the limits. A new challenge has this usual code.
    fn send_request(&self, new_challenge: Option<CodePolicy>) -> SendRequest<'_> {
        SendRequest {
            phone: &self.to.number,
            country: &self.to.region,
            client: &self.jar.client,
            account: self.account.as_deref(),
            price: self.app.config.prices.get(&self.to.region),
            new_challenge,
            proof: self.proof.as_ref().map_or(PresentedProof::Missing, |(_, checked)| checked.proof),
        }
    }

    fn presented(&self) -> Option<(&str, &CheckedProof)> {
        self.proof.as_ref().map(|(text, checked)| (text.as_str(), checked))
    }

    /// Returns the counters of the request, or a cached refusal, which known devices never get.
    fn counters(&self, request: &SendRequest<'_>) -> Result<SendCounters, Problem> {
        let counters = SendCounters::new(request.phone, request.country, request.client, request.account);
        if request.account.is_some() {
            return Ok(counters);
        }
        let cache_keys =
            counters.cache_keys(request.new_challenge.is_some(), matches!(request.proof, PresentedProof::WaitToken { .. }));
        match self.app.refusal_cache.get(&cache_keys, self.now) {
            Some(CachedRefusal::Full(room_at)) => {
                Err(Problem::TooOften { retry_after: round_retry_after(room_at.seconds_since(self.now)) })
            }
            Some(CachedRefusal::RequireProof(bits)) if !request.proof.satisfies(bits) => {
                Err(require_proof(self.app, request, &self.jar.client, (bits, self.presented()), self.now)?)
            }
            _ => Ok(counters),
        }
    }

    /// Counts the next SMS of a challenge, without a commit. Only one concurrent request succeeds.
    async fn resend(self, secret: ChallengeSecret, previous: Challenge) -> Result<(Tx, OutgoingSms), Problem> {
        let (app, now) = (self.app, self.now);
        let wait = cooldown_after(&app.config.otp.resend_cooldowns, previous.cooldown_step + 1);
        let request = self.send_request(None);
        let counters = self.counters(&request)?;
        let mut tx = app.store.begin().await?;
        let locked = LockedCounters::of(&mut tx, counters, &request, now).await?;
        if !tx.count_send(&secret.id(), previous.cooldown_step, now.plus(wait), now).await? {
            return Err(Problem::TooSoon {
                retry_after: cooldown_after(&app.config.otp.resend_cooldowns, previous.cooldown_step),
            });
        }
        let admitted = locked.admit(app, &mut tx, &request, &self.jar.client, self.presented(), now).await?;
        let challenge = Challenge {
            cooldown_step: previous.cooldown_step + 1,
            sent_at: Some(now),
            resend_at: now.plus(wait),
            ..previous.clone()
        };
        let AdmittedSend { counters, refund, .. } = admitted;
        Ok((tx, OutgoingSms { secret, challenge, previous, counters, refund }))
    }

    /// Creates a challenge in place of the browser's previous one, without a commit.
    async fn start_challenge(
        self,
        current: Option<(ChallengeSecret, Challenge)>,
        cooldown_step: i64,
    ) -> Result<(Tx, OutgoingSms), Problem> {
        let (app, now) = (self.app, self.now);
        let otp = &app.config.otp;
        let secret = ChallengeSecret::generate(app.random)?;
        let request = self.send_request(Some(CodePolicy { max_attempts: otp.code_guesses, code_length: otp.code_length }));
        let counters = self.counters(&request)?;
        let mut tx = app.store.begin().await?;
        let locked = LockedCounters::of(&mut tx, counters, &request, now).await?;
        if let Some((secret, challenge)) = &current
            && !tx.replace_challenge(&secret.id(), challenge.replaced_at, now).await?
            && challenge.consumed_at.is_none()
        {
            // Another request of the same browser was faster, and its SMS is on the way.
            return Err(Problem::TooSoon { retry_after: cooldown_after(&otp.resend_cooldowns, cooldown_step + 1) });
        }
        let admitted = locked.admit(app, &mut tx, &request, &self.jar.client, self.presented(), now).await?;
        let current = current.map(|(_, challenge)| challenge);
        let challenge = self.new_challenge(current.as_ref(), &admitted, cooldown_step)?;
        tx.insert_challenge(NewChallenge { id: secret.id(), challenge: &challenge, purpose: Purpose::SignIn }).await?;
        // The cooldown continues only for the same number, and only until the code is used.
        let continues = |previous: &&Challenge| previous.phone == challenge.phone && previous.consumed_at.is_none();
        let resend_at = current.as_ref().filter(continues).map_or(now, |previous| previous.resend_at);
        let previous = Challenge { cooldown_step, sent_at: None, resend_at, ..challenge.clone() };
        let AdmittedSend { counters, refund, .. } = admitted;
        Ok((tx, OutgoingSms { secret, challenge, previous, counters, refund }))
    }

    fn new_challenge(
        &self,
        current: Option<&Challenge>,
        admitted: &AdmittedSend,
        cooldown_step: i64,
    ) -> Result<Challenge, Error> {
        let (app, now, otp) = (self.app, self.now, &self.app.config.otp);
        let attempts = admitted.attempts;
        Ok(Challenge {
            phone: self.to.number.clone(),
            nonce: app.random.bytes::<16>()?.to_vec(),
            key_id: app.keys.current().id.clone(),
            code_length: attempts.map_or(otp.code_length, |attempts| attempts.code_length),
            reference: app.random.reference()?,
            next: self.next.clone().or_else(|| current.and_then(|challenge| challenge.next.clone())),
            attempts: 0,
            max_attempts: attempts.map_or(0, |attempts| attempts.count),
            cooldown_step: cooldown_step + 1,
            sms_count: 1,
            attempt_budget: admitted.counters.attempt_budget.name().to_owned(),
            country: self.to.region.clone(),
            client_address: self.jar.client.address.clone(),
            client_subnet: self.jar.client.subnet.clone(),
            created_at: now,
            sent_at: Some(now),
            resend_at: now.plus(cooldown_after(&otp.resend_cooldowns, cooldown_step + 1)),
            expires_at: now.plus(otp.code_ttl),
            proven_at: None,
            proof_expires_at: None,
            consumed_at: None,
            replaced_at: None,
        })
    }
}

async fn deliver(app: &AppState, outgoing: OutgoingSms, now: Timestamp) -> Result<OtpSent, Problem> {
    let OutgoingSms { secret, challenge, previous, counters, refund } = outgoing;
    let code = derive_code(app, &challenge, &secret)?;
    let message = SmsMessage { phone: &challenge.phone, code: &code, reference: &challenge.reference, sent_at: now };
    if app.sms.send(&message).await.counts_as_sent() {
        return Ok(OtpSent::from_challenge(&challenge, now));
    }
    let mut tx = app.store.begin().await?;
    // Counters are locked before challenges, as in `admit_send`.
    tx.add_to_counters(&refund).await?;
    tx.refund_send(&secret.id(), &previous).await?;
    tx.commit().await?;
    app.refusal_cache.invalidate(&counters.cache_keys(true, true));
    Err(Problem::SmsUnavailable)
}

/// Derives the code of a challenge with the key under which it was created.
pub(super) fn derive_code(
    app: &AppState,
    challenge: &Challenge,
    secret: &ChallengeSecret,
) -> Result<crate::domain::otp::Code, Error> {
    Ok(derive(CodeInputs {
        pepper: &app.keys.find(&challenge.key_id)?.pepper,
        nonce: &challenge.nonce,
        secret: secret.secret(),
        phone: &challenge.phone,
        purpose: Purpose::SignIn,
        length: challenge.code_length,
    }))
}
