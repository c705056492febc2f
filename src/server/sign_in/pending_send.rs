//! A request for an SMS: checks its limits, writes its challenge and sends its code.

use super::admit_send::{Admission, AdmittedSend, refunds_of_ended_challenges, require_proof};
use super::deliver_code::{CountedSend, deliver_code};
use super::send_target::{ChallengeInput, ChallengeStates, SendTarget};
use crate::domain::challenge::ChallengeScope;
use crate::domain::client_network::ClientNetwork;
use crate::domain::limits::attempts::CodePolicy;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::limits::send::{PresentedProof, SendRequest, round_retry_after};
use crate::domain::limits::send_counters::SendCounters;
use crate::domain::problem::Problem;
use crate::domain::response::OtpSent;
use crate::domain::time::Timestamp;
use crate::server::error::Error;
use crate::server::phone::ParsedPhone;
use crate::server::puzzle::CheckedProof;
use crate::server::refusal_cache::CachedRefusal;
use crate::server::state::AppState;
use crate::server::store::{NewSend, SendResult, Tx};
use crate::server::token::ChallengeSecret;

/// A request for an SMS on which the limits have not decided yet.
pub(super) struct PendingSend {
    pub app: AppState,
    pub client: ClientNetwork,
    pub to: ParsedPhone,
    pub scope: ChallengeScope,
    pub target: SendTarget,
    /// The account of the phone number, if the browser is one of its known devices.
    pub account: Option<String>,
    pub proof: Option<(String, CheckedProof)>,
    pub next: Option<String>,
    pub now: Timestamp,
}

/// A challenge whose SMS was handed to a provider, and the result of that.
pub(super) struct SentChallenge {
    pub secret: ChallengeSecret,
    pub country: String,
    pub result: Result<OtpSent, Problem>,
}

impl PendingSend {
    /// Counts the SMS, writes its challenge and sends its code. After the challenge is written the
    /// browser gets its cookie, even if the SMS fails.
    pub(super) async fn send(self) -> Result<SentChallenge, Problem> {
        let counted = self.admit().await?;
        let secret = self.target.secret().clone();
        let result = deliver_code(&self.app, &secret, &counted, self.now).await;
        Ok(SentChallenge { secret, country: counted.challenge.country, result })
    }

    /// Decides on the request and counts its SMS. On `PostgreSQL` it first reads the counters
    /// without locks. If another request has changed them when the SMS is written, or if more than
    /// one statement is needed, it decides again while the counters are locked.
    async fn admit(&self) -> Result<CountedSend, Problem> {
        let request = self.send_request();
        let counters = self.counters(&request)?;
        let mut tx = self.app.store.begin_autocommit().await?;
        if let Some(counted) = self.decide_and_write(&mut tx, &request, &counters).await? {
            tx.commit().await?;
            return Ok(counted);
        }
        drop(tx);
        self.refund_ended_challenges(&request, &counters).await?;
        // The recipient's guards are locked first, because requests for one number change those
        // most. If another guard has changed since the read, the second pass locks all of them.
        for locked in [counters.of_recipient(), counters.to_lock()] {
            let mut tx = self.app.store.begin().await?;
            tx.lock_counters(&locked, request.stripes, self.now).await?;
            if let Some(counted) = self.decide_and_write(&mut tx, &request, &counters).await? {
                tx.commit().await?;
                return Ok(counted);
            }
        }
        Err(Error::Inconsistent {
            table: "counter_guards",
            what: "a guard that changed while it was locked",
        }
        .into())
    }

    /// Refunds the unused attempts of ended challenges on `PostgreSQL`, in a transaction of its
    /// own: it locks challenges, and the transaction of the SMS locks guards before them.
    async fn refund_ended_challenges(
        &self,
        request: &SendRequest<'_>,
        counters: &SendCounters,
    ) -> Result<(), Error> {
        let mut tx = self.app.store.begin().await?;
        tx.lock_counters(&counters.of_recipient(), request.stripes, self.now).await?;
        let refunds =
            refunds_of_ended_challenges(&mut tx, &counters.attempt_budget, self.now).await?;
        tx.add_to_counters(&refunds, 0).await?;
        tx.commit().await
    }

    /// Decides and writes in this transaction. Returns `None` if the counters must be locked first.
    async fn decide_and_write(
        &self,
        tx: &mut Tx,
        request: &SendRequest<'_>,
        counters: &SendCounters,
    ) -> Result<Option<CountedSend>, Problem> {
        let (app, now, proof) = (&self.app, self.now, self.presented());
        let cooldowns = &app.config.otp.resend_cooldowns;
        // Another request of this browser may have been faster. Its SMS is already being sent.
        let too_soon =
            || Problem::TooSoon { retry_after: self.target.cooldown_of_other(cooldowns) };
        if !tx.is_autocommit() && !self.target.is_unchanged(tx).await? {
            return Err(too_soon());
        }
        let admission = Admission { app, request, counters, proof, now };
        let Some(AdmittedSend { allowed, refunds, crossed_threshold }) =
            admission.decide(tx).await?
        else {
            return Ok(None);
        };
        let used_proof = proof.map(|(_, checked)| checked).filter(|_| allowed.uses_proof);
        let Self { to, scope, client, .. } = self;
        let next = self.next.as_deref();
        let ChallengeStates { after, before } = self.target.states(
            &ChallengeInput { app, to, scope, client, next, now },
            allowed.attempts,
            &counters.attempt_budget,
        )?;
        let deltas: Vec<CounterDelta> = allowed.deltas.iter().cloned().chain(refunds).collect();
        let result = tx
            .write_send(NewSend {
                challenge: self.target.change(&after),
                puzzle: used_proof.map(|proof| (proof.id.as_slice(), proof.expires_at)),
                deltas: &deltas,
                stripe: allowed.stripe,
                guards: &allowed.guards,
                now,
            })
            .await?;
        match (result, used_proof) {
            (SendResult::Written, _) => {}
            (SendResult::PuzzleUsed, Some(proof)) => {
                return Err(admission.used_puzzle_error(proof)?);
            }
            (SendResult::CountersChanged | SendResult::PuzzleUsed, _) => return Ok(None),
            (SendResult::ChallengeChanged, _) => return Err(too_soon()),
        }
        if let Some(threshold) = crossed_threshold {
            tracing::warn!(
                per_cent = threshold,
                "SMS of the last 24 hours have cost this much of SMS_BUDGET_PER_DAY"
            );
        }
        if allowed.uses_proof {
            // The cached refusal that required a proof may be out of date now.
            app.refusal_cache.invalidate(&counters.cache_keys(true, true));
        }
        let refundable =
            allowed.deltas.into_iter().filter(|delta| !counters.is_nonrefundable(&delta.key));
        let refund =
            refundable.map(|delta| CounterDelta { amount: -delta.amount, ..delta }).collect();
        let (counters, is_call) = (counters.clone(), allowed.is_call);
        Ok(Some(CountedSend { challenge: after, before, counters, refund, is_call }))
    }

    /// Returns the request to the limits.
    fn send_request(&self) -> SendRequest<'_> {
        let (otp, prices) = (&self.app.config.otp, &self.app.config.prices);
        let wants_call = self.app.sms.can_call() && self.target.comes_after_two_texts();
        let new_challenge = match self.target {
            SendTarget::Resend { .. } => None,
            SendTarget::New { .. } => {
                Some(CodePolicy { max_attempts: otp.code_guesses, code_length: otp.code_length })
            }
        };
        let proof = self.proof.as_ref().map_or(PresentedProof::Missing, |(_, proof)| proof.proof);
        SendRequest {
            phone: &self.to.number,
            country: &self.to.region,
            client: &self.client,
            account: self.account.as_deref(),
            price: prices.text_price(&self.to.region),
            call_price: wants_call.then(|| prices.call_price(&self.to.region)),
            new_challenge,
            proof,
            stripes: self.app.next_stripes(),
        }
    }

    fn presented(&self) -> Option<(&str, &CheckedProof)> {
        self.proof.as_ref().map(|(text, checked)| (text.as_str(), checked))
    }

    /// Returns the counters of the request. If a refusal of it is cached, returns that refusal as
    /// an error. Requests of known devices skip the cache.
    fn counters(&self, request: &SendRequest<'_>) -> Result<SendCounters, Problem> {
        let SendRequest { phone, country, client, account, .. } = *request;
        let pseudonym = self.app.data_key.pseudonym(phone);
        let counters = SendCounters::new(phone, &pseudonym, country, client, account);
        if request.account.is_some() {
            return Ok(counters);
        }
        let cache_keys = counters.cache_keys(
            request.new_challenge.is_some(),
            matches!(request.proof, PresentedProof::WaitToken { .. }),
        );
        match self.app.refusal_cache.get(&cache_keys, self.now) {
            Some((counter, CachedRefusal::Full(room_at))) => {
                self.app.metrics.record_limit(counter);
                let retry_after = round_retry_after(room_at.seconds_since(self.now));
                Err(Problem::TooOften { retry_after })
            }
            Some((counter, CachedRefusal::RequireProof(bits)))
                if !request.proof.satisfies(bits) =>
            {
                self.app.metrics.record_limit(counter);
                Err(require_proof(
                    &self.app,
                    request,
                    &self.client,
                    (bits, self.presented()),
                    self.now,
                )?)
            }
            _ => Ok(counters),
        }
    }
}
