//! Decides whether an SMS may be sent: reads its counters and lets `domain/limits` decide.

use crate::domain::client_network::ClientNetwork;
use crate::domain::limits::ATTEMPT_WINDOW;
use crate::domain::limits::attempts::refund;
use crate::domain::limits::budget;
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::limits::send::{AllowedSend, Decision, PresentedProof, SendRequest, evaluate};
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

/// A request for an SMS on which the limits have to decide.
pub(super) struct Admission<'a> {
    pub app: &'a AppState,
    pub request: &'a SendRequest<'a>,
    pub counters: &'a SendCounters,
    /// The presented proof, as text and checked.
    pub proof: Option<(&'a str, &'a CheckedProof)>,
    pub now: Timestamp,
}

/// An SMS that the limits allow.
pub(super) struct AdmittedSend {
    pub allowed: AllowedSend,
    /// The refunds of ended challenges, which are written with the SMS on `SQLite`.
    pub refunds: Vec<CounterDelta>,
    /// The per cent of the day's budget that this SMS crosses, if it crosses a warning threshold.
    pub crossed_threshold: Option<i64>,
}

impl Admission<'_> {
    /// Decides on the request. Returns `None` if ended challenges must be refunded first, which on
    /// `PostgreSQL` needs a transaction of its own.
    pub(super) async fn decide(&self, tx: &mut Tx) -> Result<Option<AdmittedSend>, Problem> {
        let Self { app, request, counters, now, .. } = *self;
        let mut windows = tx.read_counters(&counters.to_read(), now).await?;
        let mut refunds = Vec::new();
        if windows.total(&counters.attempt_budget, ATTEMPT_WINDOW, now) != 0 {
            match (tx.has_concurrent_writers(), tx.is_autocommit()) {
                // The single writer refunds them in this transaction.
                (false, _) => {
                    refunds =
                        refunds_of_ended_challenges(tx, &counters.attempt_budget, now).await?;
                    windows.apply(&refunds);
                }
                (true, true) => return Ok(None),
                // They were refunded before this transaction.
                (true, false) => {}
            }
        }
        match evaluate(request, counters, &windows, &app.config.limits, now) {
            Decision::Allow(allowed) => {
                let budget = &app.config.limits.budget;
                let crossed_threshold =
                    budget::crossed_threshold(&windows, allowed.cost, budget, now);
                Ok(Some(AdmittedSend { allowed, refunds, crossed_threshold }))
            }
            Decision::RequireProof { bits, counter } => {
                app.metrics.record_limit(&counter);
                self.cache_refusal(&counter, CachedRefusal::RequireProof(bits));
                Err(require_proof(app, request, request.client, (bits, self.proof), now)?)
            }
            Decision::RetryAfter { seconds: retry_after, counter } => {
                app.metrics.record_limit(&counter);
                self.cache_refusal(&counter, CachedRefusal::Full(now.plus(retry_after)));
                Err(Problem::TooOften { retry_after })
            }
        }
    }

    /// Returns the error for a puzzle that was used before, and remembers that it was.
    pub(super) fn used_puzzle_error(&self, proof: &CheckedProof) -> Result<Problem, Error> {
        let Self { app, request, now, .. } = *self;
        app.refusal_cache.insert_used(&proof.id, proof.expires_at, now);
        let bits = match proof.proof {
            PresentedProof::Solved(bits) => bits,
            _ => app.config.limits.puzzle_bits,
        };
        require_proof(app, request, request.client, (bits, None), now)
    }

    /// Caches a refusal, so that the next such request is refused without the database. Refusals of
    /// known devices are not cached.
    fn cache_refusal(&self, counter: &CounterKey, refusal: CachedRefusal) {
        if self.request.account.is_none() {
            self.app.refusal_cache.insert(counter, refusal, self.now);
        }
    }
}

/// Marks the ended challenges of an attempt budget as refunded. Returns the changes that refund
/// their unused attempts.
pub(super) async fn refunds_of_ended_challenges(
    tx: &mut Tx,
    attempt_budget: &CounterKey,
    now: Timestamp,
) -> Result<Vec<CounterDelta>, Error> {
    let unused =
        tx.release_reservations(attempt_budget.name(), now.plus(-REFUND_DELAY), now).await?;
    let refund_of = |unused: &UnusedAttempts| {
        refund(attempt_budget, unused.count, unused.code_length, unused.created_at)
    };
    Ok(unused.iter().map(refund_of).collect())
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
