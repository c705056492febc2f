//! A request for an SMS, before and while the limits decide on it. It continues a challenge or
//! creates one.

use super::admit_send::{AdmittedSend, LockedCounters, require_proof};
use crate::domain::challenge::{Challenge, cooldown_after};
use crate::domain::limits::attempts::CodePolicy;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::limits::send::{PresentedProof, SendRequest, round_retry_after};
use crate::domain::limits::send_counters::SendCounters;
use crate::domain::otp::Purpose;
use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;
use crate::server::cookie_jar::CookieJar;
use crate::server::error::Error;
use crate::server::phone::ParsedPhone;
use crate::server::puzzle::CheckedProof;
use crate::server::refusal_cache::CachedRefusal;
use crate::server::state::AppState;
use crate::server::store::{NewChallenge, Tx};
use crate::server::token::ChallengeSecret;

/// An SMS that is about to be sent: its challenge, `previous` (the challenge before this SMS), and
/// the `refund` of the counters if the SMS fails.
pub(super) struct OutgoingSms {
    pub secret: ChallengeSecret,
    pub challenge: Challenge,
    pub previous: Challenge,
    pub counters: SendCounters,
    pub refund: Vec<CounterDelta>,
}

/// A request for an SMS on which the limits have not decided yet.
pub(super) struct PendingSend<'a> {
    pub app: &'a AppState,
    pub jar: &'a CookieJar,
    pub to: ParsedPhone,
    pub account: Option<String>,
    pub proof: Option<(String, CheckedProof)>,
    pub next: Option<String>,
    pub now: Timestamp,
}

impl PendingSend<'_> {
    /// Returns the input for the limits. `new_challenge` is the usual code policy of a new
    /// challenge; `None` for a resend.
    fn send_request(&self, new_challenge: Option<CodePolicy>) -> SendRequest<'_> {
        SendRequest {
            phone: &self.to.number,
            country: &self.to.region,
            client: &self.jar.client,
            account: self.account.as_deref(),
            price: self.app.config.prices.get(&self.to.region),
            new_challenge,
            proof: self
                .proof
                .as_ref()
                .map_or(PresentedProof::Missing, |(_, checked)| checked.proof),
        }
    }

    fn presented(&self) -> Option<(&str, &CheckedProof)> {
        self.proof.as_ref().map(|(text, checked)| (text.as_str(), checked))
    }

    /// Returns the counters of the request. Fails if a refusal of such a request is cached. Known
    /// devices never get a cached refusal.
    fn counters(&self, request: &SendRequest<'_>) -> Result<SendCounters, Problem> {
        let counters =
            SendCounters::new(request.phone, request.country, request.client, request.account);
        if request.account.is_some() {
            return Ok(counters);
        }
        let cache_keys = counters.cache_keys(
            request.new_challenge.is_some(),
            matches!(request.proof, PresentedProof::WaitToken { .. }),
        );
        match self.app.refusal_cache.get(&cache_keys, self.now) {
            Some(CachedRefusal::Full(room_at)) => Err(Problem::TooOften {
                retry_after: round_retry_after(room_at.seconds_since(self.now)),
            }),
            Some(CachedRefusal::RequireProof(bits)) if !request.proof.satisfies(bits) => {
                Err(require_proof(
                    self.app,
                    request,
                    &self.jar.client,
                    (bits, self.presented()),
                    self.now,
                )?)
            }
            _ => Ok(counters),
        }
    }

    /// Counts the next SMS of a challenge, without a commit. Of concurrent requests only one
    /// succeeds. Lock order: counters, then challenges.
    pub(super) async fn resend(
        self,
        secret: ChallengeSecret,
        previous: Challenge,
    ) -> Result<(Tx, OutgoingSms), Problem> {
        let (app, now) = (self.app, self.now);
        let wait = cooldown_after(&app.config.otp.resend_cooldowns, previous.cooldown_step + 1);
        let request = self.send_request(None);
        let counters = self.counters(&request)?;
        let mut tx = app.store.begin().await?;
        let locked = LockedCounters::of(&mut tx, counters, &request, now).await?;
        if !tx.count_send(&secret.id(), previous.cooldown_step, now.plus(wait), now).await? {
            return Err(Problem::TooSoon {
                retry_after: cooldown_after(
                    &app.config.otp.resend_cooldowns,
                    previous.cooldown_step,
                ),
            });
        }
        let admitted =
            locked.admit(app, &mut tx, &request, &self.jar.client, self.presented(), now).await?;
        let challenge = Challenge {
            cooldown_step: previous.cooldown_step + 1,
            sent_at: Some(now),
            resend_at: now.plus(wait),
            ..previous.clone()
        };
        let AdmittedSend { counters, refund, .. } = admitted;
        Ok((tx, OutgoingSms { secret, challenge, previous, counters, refund }))
    }

    /// Creates a challenge that replaces the browser's current one, without a commit. Lock order:
    /// counters, then challenges.
    pub(super) async fn start_challenge(
        self,
        current: Option<(ChallengeSecret, Challenge)>,
        cooldown_step: i64,
    ) -> Result<(Tx, OutgoingSms), Problem> {
        let (app, now) = (self.app, self.now);
        let otp = &app.config.otp;
        let secret = ChallengeSecret::generate(app.random)?;
        let request = self.send_request(Some(CodePolicy {
            max_attempts: otp.code_guesses,
            code_length: otp.code_length,
        }));
        let counters = self.counters(&request)?;
        let mut tx = app.store.begin().await?;
        let locked = LockedCounters::of(&mut tx, counters, &request, now).await?;
        if let Some((secret, challenge)) = &current
            && !tx.replace_challenge(&secret.id(), challenge.replaced_at, now).await?
            && challenge.consumed_at.is_none()
        {
            // A concurrent request of the same browser was faster and sends an SMS.
            return Err(Problem::TooSoon {
                retry_after: cooldown_after(&otp.resend_cooldowns, cooldown_step + 1),
            });
        }
        let admitted =
            locked.admit(app, &mut tx, &request, &self.jar.client, self.presented(), now).await?;
        let current = current.map(|(_, challenge)| challenge);
        let challenge = self.new_challenge(current.as_ref(), &admitted, cooldown_step)?;
        tx.insert_challenge(NewChallenge {
            id: secret.id(),
            challenge: &challenge,
            purpose: Purpose::SignIn,
        })
        .await?;
        // The cooldown continues only for the same phone number, and only until the challenge is
        // consumed.
        let continues = |previous: &&Challenge| {
            previous.phone == challenge.phone && previous.consumed_at.is_none()
        };
        let resend_at =
            current.as_ref().filter(continues).map_or(now, |previous| previous.resend_at);
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
            next: self
                .next
                .clone()
                .or_else(|| current.and_then(|challenge| challenge.next.clone())),
            attempts: 0,
            max_attempts: attempts.map_or(0, |attempts| attempts.count),
            cooldown_step: cooldown_step + 1,
            sms_count: 1,
            attempt_budget: admitted.counters.attempt_budget.name().to_owned(),
            country: self.to.region.clone(),
            client: self.jar.client.clone(),
            created_at: now,
            sent_at: Some(now),
            resend_at: now.plus(cooldown_after(&otp.resend_cooldowns, cooldown_step + 1)),
            expires_at: now.plus(otp.code_ttl),
            verified_at: None,
            verification_expires_at: None,
            consumed_at: None,
            replaced_at: None,
        })
    }
}
