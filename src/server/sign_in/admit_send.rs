//! Decides whether an SMS may be sent: locks and reads its counters, lets `domain/limits` decide,
//! and changes the counters. All of this is in the transaction that writes the challenge.

use crate::domain::client_network::ClientNetwork;
use crate::domain::limits::ATTEMPT_WINDOW;
use crate::domain::limits::attempts::{AttemptAllowance, Requirement, refund};
use crate::domain::limits::budget;
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::limits::counter_windows::{CounterDelta, CounterWindows};
use crate::domain::limits::send::{Decision, PresentedProof, SendRequest, evaluate};
use crate::domain::limits::send_counters::SendCounters;
use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;
use crate::server::error::Error;
use crate::server::puzzle::CheckedProof;
use crate::server::refusal_cache::CachedRefusal;
use crate::server::state::AppState;
use crate::server::store::{Tx, UnusedAttempts};

/// The delay between the expiry of a challenge and the refund of its reserved attempts, in seconds.
/// It is longer than any request may take, so that no attempt is still in progress.
const REFUND_DELAY: i64 = 60;

/// An SMS that the limits allow.
#[derive(Debug)]
pub(super) struct AdmittedSend {
    /// The number of attempts and digits of the new challenge; `None` for a resend.
    pub(super) attempts: Option<AttemptAllowance>,
    /// The counters of the request.
    pub(super) counters: SendCounters,
    /// The changes that refund the counters if no provider accepts the SMS.
    pub(super) refund: Vec<CounterDelta>,
}

/// The counters of a request, locked and read. Lock order: counters, then challenges. So concurrent
/// requests for one phone number run one after another.
#[derive(Debug)]
pub(super) struct LockedCounters {
    counters: SendCounters,
    /// The usual changes of an SMS, which were added before the decision.
    provisional: Vec<CounterDelta>,
    /// The counters before those changes.
    windows: CounterWindows,
}

impl LockedCounters {
    /// Adds the usual changes of an SMS to the counters, which locks them, and then reads them.
    pub(super) async fn of(
        tx: &mut Tx,
        counters: SendCounters,
        request: &SendRequest<'_>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let mut provisional = counters.send_deltas(request.price, now);
        let usual_attempts = request.new_challenge.map(|policy| AttemptAllowance {
            count: policy.max_attempts,
            code_length: policy.code_length,
            requirement: Requirement::None,
        });
        let units = usual_attempts.map_or(0, |attempts| attempts.units());
        provisional.push(CounterDelta::new(counters.attempt_budget.clone(), now, units));
        tx.add_to_counters(&provisional).await?;
        let mut windows = tx.read_counters(&counters.to_read(), now).await?;
        windows.subtract(&provisional);
        Ok(Self { counters, provisional, windows })
    }

    /// Decides on the request, and corrects the counters to the changes of that decision. After a
    /// refusal the caller drops the transaction, which undoes all changes.
    pub(super) async fn admit(
        self,
        app: &AppState,
        tx: &mut Tx,
        request: &SendRequest<'_>,
        client: &ClientNetwork,
        proof: Option<(&str, &CheckedProof)>,
        now: Timestamp,
    ) -> Result<AdmittedSend, Problem> {
        let Self { counters, provisional, mut windows } = self;
        let refunds = refund_ended_challenges(tx, &counters.attempt_budget, &windows, now).await?;
        windows.apply(&refunds);
        let (final_deltas, attempts, uses_proof) =
            match evaluate(request, &counters, &windows, &app.config.limits, now) {
                Decision::Allow { deltas, attempts, uses_proof } => (deltas, attempts, uses_proof),
                Decision::RequireProof { bits, counter } => {
                    cache_refusal(app, request, &counter, CachedRefusal::RequireProof(bits), now);
                    return Err(require_proof(app, request, client, (bits, proof), now)?);
                }
                Decision::RetryAfter { seconds: retry_after, counter } => {
                    cache_refusal(
                        app,
                        request,
                        &counter,
                        CachedRefusal::Full(now.plus(retry_after)),
                        now,
                    );
                    return Err(Problem::TooOften { retry_after });
                }
            };
        if let (true, Some((_, proof))) = (uses_proof, proof)
            && !tx.mark_puzzle_used(&proof.id, proof.expires_at).await?
        {
            app.refusal_cache.insert_used(&proof.id, proof.expires_at, now);
            let bits = match proof.proof {
                PresentedProof::Solved(bits) => bits,
                _ => app.config.limits.puzzle_bits,
            };
            return Err(require_proof(app, request, client, (bits, None), now)?);
        }
        if let Some(threshold) =
            budget::crossed_threshold(&windows, request.price, &app.config.limits.budget, now)
        {
            tracing::warn!(
                per_cent = threshold,
                "texts of the last 24 hours have cost this much of SMS_BUDGET_PER_DAY"
            );
        }
        tx.add_to_counters(&correction(&provisional, &final_deltas)).await?;
        if uses_proof {
            // The cached refusal that required a proof may be out of date now.
            app.refusal_cache.invalidate(&counters.cache_keys(true, true));
        }
        let refundable =
            final_deltas.into_iter().filter(|delta| !counters.is_nonrefundable(&delta.key));
        let refund =
            refundable.map(|delta| CounterDelta { amount: -delta.amount, ..delta }).collect();
        Ok(AdmittedSend { attempts, counters, refund })
    }
}

/// Caches a refusal, so that the next such request is refused without the database. Refusals of
/// known devices are not cached.
fn cache_refusal(
    app: &AppState,
    request: &SendRequest<'_>,
    counter: &CounterKey,
    refusal: CachedRefusal,
    now: Timestamp,
) {
    if request.account.is_none() {
        app.refusal_cache.insert(counter, refusal, now);
    }
}

/// Refunds the unused attempts of an attempt budget's ended challenges. Returns the changes of the
/// counters.
async fn refund_ended_challenges(
    tx: &mut Tx,
    attempt_budget: &CounterKey,
    windows: &CounterWindows,
    now: Timestamp,
) -> Result<Vec<CounterDelta>, Error> {
    if windows.total(attempt_budget, ATTEMPT_WINDOW, now) == 0 {
        return Ok(Vec::new());
    }
    let unused =
        tx.release_reservations(attempt_budget.name(), now.plus(-REFUND_DELAY), now).await?;
    let deltas: Vec<CounterDelta> =
        unused.iter().map(|unused| refund_unused(attempt_budget, unused)).collect();
    tx.add_to_counters(&deltas).await?;
    Ok(deltas)
}

/// Returns the counter change that refunds a challenge's unused attempts.
pub(super) fn refund_unused(attempt_budget: &CounterKey, unused: &UnusedAttempts) -> CounterDelta {
    refund(attempt_budget, unused.count, unused.code_length, unused.created_at)
}

/// Returns the changes that correct counters from the provisional to the final deltas.
fn correction(provisional: &[CounterDelta], final_deltas: &[CounterDelta]) -> Vec<CounterDelta> {
    let reversed =
        provisional.iter().map(|delta| CounterDelta { amount: -delta.amount, ..delta.clone() });
    let mut changes: Vec<CounterDelta> = Vec::new();
    for delta in final_deltas.iter().cloned().chain(reversed) {
        match changes.iter_mut().find(|change| change.key == delta.key && change.at == delta.at) {
            Some(change) => change.amount += delta.amount,
            None => changes.push(delta),
        }
    }
    changes.retain(|change| change.amount != 0);
    changes
}

/// Returns the error that requires a proof of work, with a new puzzle. If the request presented a
/// wait token that is not valid yet, that token is returned again. Otherwise a new one is issued.
pub(super) fn require_proof(
    app: &AppState,
    request: &SendRequest<'_>,
    client: &ClientNetwork,
    (bits, presented): (u8, Option<(&str, &CheckedProof)>),
    now: Timestamp,
) -> Result<Problem, Error> {
    let pending = presented.filter(|(_, proof)| now < proof.valid_from);
    let (wait, wait_seconds) = match pending {
        Some((wait, proof)) => (wait.to_owned(), proof.valid_from.seconds_since(now)),
        None => {
            (app.puzzles().issue_wait_token(request.phone, client, now)?, app.config.puzzles.wait)
        }
    };
    Ok(Problem::ProofRequired {
        puzzle: app.puzzles().issue(request.phone, client, bits, now)?,
        wait,
        wait_seconds,
    })
}
