//! The decision on a request for an SMS: allow it, require proof of work, or refuse it for some
//! time.

use super::attempts::{self, AttemptAllowance, CodePolicy, Requirement};
use super::budget::{self, BudgetStatus, PricedSms};
use super::counter_key::CounterKey;
use super::counter_windows::{CounterDelta, CounterWindows};
use super::send_counters::SendCounters;
use super::send_limits::{OverLimit, send_limits};
use super::{HOUR, Limits};
use crate::domain::client_network::ClientNetwork;
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// The window of an hourly allowance, in seconds. A bucket of 60 seconds counts until it has left
/// the window, so both together are one hour.
const HOURLY_WINDOW: i64 = HOUR - 60;

/// A request for an SMS, with the input of all limits.
#[derive(Debug, Clone)]
pub struct SendRequest<'a> {
    /// The number that receives the SMS.
    pub phone: &'a PhoneNumber,
    /// The country of the number, as an ISO 3166-1 alpha-2 code.
    pub country: &'a str,
    /// The address and subnet of the client.
    pub client: &'a ClientNetwork,
    /// The account of this number, if the request comes from one of its known devices.
    pub account: Option<&'a str>,
    /// The price of the SMS, in micro-units.
    pub price: i64,
    /// The settings for the code of a new challenge; `None` for a resend, which keeps its code.
    pub new_challenge: Option<CodePolicy>,
    /// The proof of work or wait token that the request presents.
    pub proof: PresentedProof,
}

/// The proof that a request presents: a solved puzzle, a wait token, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresentedProof {
    /// The request presents no valid proof.
    Missing,
    /// A solved puzzle with this number of zero bits.
    Solved(u8),
    /// A wait token whose wait is over. Only one wait at a time counts for a client address and for
    /// a number.
    WaitToken {
        /// The length of the wait, in seconds.
        seconds: i64,
    },
}

impl PresentedProof {
    /// Returns `true` if this proof is enough where a puzzle of `bits` zero bits is required.
    #[must_use]
    pub fn satisfies(self, bits: u8) -> bool {
        match self {
            Self::Missing => bits == 0,
            Self::Solved(solved) => solved >= bits,
            Self::WaitToken { .. } => true,
        }
    }
}

/// The decision on a request for an SMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The SMS may be sent.
    Allow {
        /// The changes of the counters that the SMS causes.
        deltas: Vec<CounterDelta>,
        /// The attempts of the new challenge; `None` for a resend.
        attempts: Option<AttemptAllowance>,
        /// `true` if the SMS uses up the presented proof.
        uses_proof: bool,
    },
    /// A proof of work is required.
    RequireProof {
        /// The zero bits of the required proof.
        bits: u8,
        /// The counter that requires it.
        counter: CounterKey,
    },
    /// The request is refused for some time.
    RetryAfter {
        /// Seconds until the counter has room, rounded up.
        seconds: i64,
        /// The counter that is full.
        counter: CounterKey,
    },
}

/// The evaluation of one request: its input, and the proof and the hourly allowances that the
/// limits checked so far require.
struct Evaluation<'a> {
    request: &'a SendRequest<'a>,
    counters: &'a SendCounters,
    windows: &'a CounterWindows,
    limits: &'a Limits,
    now: Timestamp,
    /// The required zero bits, and the counter that requires them.
    required_proof: Option<(u8, CounterKey)>,
    hourly_allowances: Vec<CounterKey>,
}

/// Decides on a request for an SMS. The windows must not contain the request itself.
#[must_use]
pub fn evaluate(
    request: &SendRequest<'_>,
    counters: &SendCounters,
    windows: &CounterWindows,
    limits: &Limits,
    now: Timestamp,
) -> Decision {
    let (required_proof, hourly_allowances) = (None, Vec::new());
    let evaluation =
        Evaluation { request, counters, windows, limits, now, required_proof, hourly_allowances };
    evaluation.decide().unwrap_or_else(|refusal| refusal)
}

impl Evaluation<'_> {
    /// Checks all limits and returns the decision. `Err` is a decision against the request, which
    /// ends the checks early.
    fn decide(mut self) -> Result<Decision, Decision> {
        self.check_counts()?;
        self.check_budget()?;
        let attempts = self.allot_attempts()?;
        let proof_deltas = self.check_proof()?;
        let mut deltas = self.counters.send_deltas(self.request.price, self.now);
        deltas.extend(proof_deltas);
        deltas.extend(
            self.hourly_allowances.into_iter().map(|key| CounterDelta::new(key, self.now, 1)),
        );
        deltas.extend(attempts.map(|attempts| {
            CounterDelta::new(self.counters.attempt_budget.clone(), self.now, attempts.units())
        }));
        Ok(Decision::Allow { deltas, attempts, uses_proof: self.required_proof.is_some() })
    }

    /// Checks the counts of SMS by number, client network, prefix and country.
    fn check_counts(&mut self) -> Result<(), Decision> {
        for limit in send_limits(self.counters, self.windows, self.limits, self.now) {
            if limit.count < limit.without_proof {
                continue;
            }
            match limit.over {
                OverLimit::Hourly(max) if limit.count >= max => {
                    self.require_hourly_allowance(limit.counter);
                }
                OverLimit::Refuse(max, span) if limit.count >= max => {
                    let wait = self.windows.wait_time(limit.counter, span, max, 1, self.now);
                    return Err(Decision::RetryAfter {
                        seconds: round_retry_after(wait.unwrap_or(span)),
                        counter: limit.counter.clone(),
                    });
                }
                _ => self.require_proof(limit.counter),
            }
        }
        Ok(())
    }

    /// Checks the SMS budget.
    fn check_budget(&mut self) -> Result<(), Decision> {
        let counters = self.counters;
        let charge = PricedSms {
            price: self.request.price,
            prefix: &counters.prefix.sent,
            country: &counters.country,
            account: counters.known_device.then_some(&counters.sent),
        };
        match budget::check_budget(self.windows, charge, &self.limits.budget, self.now) {
            BudgetStatus::Fits => {}
            BudgetStatus::PrefixExhausted => self.require_hourly_allowance(&counters.prefix.sent),
            BudgetStatus::CountryExhausted => self.require_hourly_allowance(&counters.country.sent),
            // All countries together, and all accounts together, share one hourly allowance,
            // because they share one budget.
            BudgetStatus::UnverifiedExhausted => {
                self.require_hourly_allowance(&CounterKey::spent());
            }
            BudgetStatus::AccountExhausted => {
                self.require_hourly_allowance(&CounterKey::exhausted_accounts());
            }
            BudgetStatus::Exhausted { retry_after } => {
                return Err(Decision::RetryAfter {
                    seconds: round_retry_after(retry_after),
                    counter: counters.budget_cache_key.clone(),
                });
            }
        }
        Ok(())
    }

    /// Allots the attempts of a new challenge and adds what they require.
    fn allot_attempts(&mut self) -> Result<Option<AttemptAllowance>, Decision> {
        let (Some(code), attempt_budget) =
            (self.request.new_challenge, &self.counters.attempt_budget)
        else {
            return Ok(None);
        };
        let Some(attempts) = attempts::allot_attempts(
            self.windows,
            attempt_budget,
            !self.counters.known_device,
            code,
            self.limits,
            self.now,
        ) else {
            return Err(Decision::RetryAfter { seconds: HOUR, counter: attempt_budget.clone() });
        };
        match attempts.requirement {
            Requirement::None => {}
            Requirement::ProofUnderAttack => self.require_proof(&CounterKey::failed_attempts()),
            Requirement::Proof => self.require_proof(attempt_budget),
            Requirement::ProofAndHourly => self.require_hourly_allowance(attempt_budget),
        }
        Ok(Some(attempts))
    }

    /// Checks the hourly allowances and the required proof. Returns the changes of the counters
    /// that a used wait token causes.
    fn check_proof(&mut self) -> Result<Vec<CounterDelta>, Decision> {
        self.hourly_allowances.sort_unstable();
        for allowance in &self.hourly_allowances {
            let cache_key = self.counters.cache_key_of(allowance);
            if let Some(wait @ 1..) =
                self.windows.wait_time(allowance, HOURLY_WINDOW, 1, 1, self.now)
            {
                return Err(Decision::RetryAfter {
                    seconds: round_retry_after(wait),
                    counter: cache_key,
                });
            }
            self.required_proof = Some((self.limits.puzzle_bits_top, cache_key));
        }
        let Some((bits, counter)) = &self.required_proof else { return Ok(Vec::new()) };
        if !self.request.proof.satisfies(*bits) {
            return Err(Decision::RequireProof { bits: *bits, counter: counter.clone() });
        }
        let PresentedProof::WaitToken { seconds } = self.request.proof else {
            return Ok(Vec::new());
        };
        let wait_tokens = &self.counters.wait_tokens;
        for key in wait_tokens {
            if let Some(wait @ 1..) = self.windows.wait_time(key, seconds, 1, 1, self.now) {
                return Err(Decision::RetryAfter {
                    seconds: round_retry_after(wait),
                    counter: key.clone(),
                });
            }
        }
        Ok(wait_tokens.iter().map(|key| CounterDelta::new(key.clone(), self.now, 1)).collect())
    }

    fn require_proof(&mut self, counter: &CounterKey) {
        self.required_proof = Some((self.limits.puzzle_bits, counter.clone()));
    }

    fn require_hourly_allowance(&mut self, of: &CounterKey) {
        let allowance = CounterKey::hourly_allowance(of);
        if !self.hourly_allowances.contains(&allowance) {
            self.hourly_allowances.push(allowance);
        }
    }
}

/// Rounds a wait in seconds up: to a multiple of 10 up to a minute, then to a multiple of 300. So
/// the wait does not reveal when somebody else sent a request.
#[must_use]
pub fn round_retry_after(wait: i64) -> i64 {
    let step = if wait <= 60 { 10 } else { 300 };
    (wait.max(1) + step - 1) / step * step
}

#[cfg(test)]
mod tests;
