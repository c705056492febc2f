//! The decision on a request for an SMS: allow it, require proof of work, or refuse it for some
//! time.

mod decision;
mod request;

pub use decision::{AllowedSend, Decision};
pub use request::{PresentedProof, SendRequest};

use super::attempts::{self, AttemptAllowance, Requirement};
use super::budget::{self, BudgetStatus, PricedSms};
use super::counter_key::CounterKey;
use super::counter_windows::{CounterDelta, CounterWindows};
use super::guards::guards_of;
use super::send_counters::SendCounters;
use super::send_limits::{OverLimit, send_limits};
use super::stripes::{StripeChoice, choose_stripe};
use super::{HOUR, Limits};
use crate::domain::time::Timestamp;

/// The window of an hourly allowance, in seconds. A bucket of 60 seconds counts until it has left
/// the window, so both together are one hour.
const HOURLY_WINDOW: i64 = HOUR - 60;

/// The wait, in seconds, after which a retry makes sense when no stripe has room. By then a bucket
/// of the cost may have left the window: it is the width of a bucket.
const SHARE_RETRY: i64 = 900;

/// The evaluation of one request: its input, and the proof and the hourly allowances that the
/// limits checked so far require.
struct Evaluation<'a> {
    request: &'a SendRequest<'a>,
    counters: &'a SendCounters,
    windows: &'a CounterWindows,
    limits: &'a Limits,
    now: Timestamp,
    is_call: bool,
    /// The cost of the message, in micro-units.
    cost: i64,
    /// The required zero bits, and the counter that requires them.
    required_proof: Option<(u8, CounterKey)>,
    hourly_allowances: Vec<CounterKey>,
    /// The counters of the client, each with the SMS that it may still count before its next limit.
    room: Vec<(CounterKey, i64)>,
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
    let call = Evaluation {
        request,
        counters,
        windows,
        limits,
        now,
        is_call: true,
        cost: request.call_price.unwrap_or(request.price),
        required_proof: None,
        hourly_allowances: Vec::new(),
        room: Vec::new(),
    };
    let evaluation = if request.call_price.is_some() && call.fits_budget() {
        call
    } else {
        Evaluation { is_call: false, cost: request.price, ..call }
    };
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
        let choice = self.choose_stripe()?;
        let mut deltas = self.counters.send_deltas(self.cost, self.now);
        deltas.extend(proof_deltas);
        let allowances = self.hourly_allowances.iter().cloned();
        deltas.extend(allowances.map(|key| CounterDelta::new(key, self.now, 1)));
        deltas.extend(attempts.map(|attempts| {
            CounterDelta::new(self.counters.attempt_budget.clone(), self.now, attempts.units())
        }));
        let guards = guards_of(&deltas, self.windows, choice, &self.room);
        Ok(Decision::Allow(AllowedSend {
            deltas,
            attempts,
            uses_proof: self.required_proof.is_some(),
            stripe: choice.stripe,
            guards,
            is_call: self.is_call,
            cost: self.cost,
        }))
    }

    /// Chooses the stripe of the shared counters.
    fn choose_stripe(&self) -> Result<StripeChoice, Decision> {
        let charge = (self.cost, self.counters.known_device);
        let (stripes, budget) = (self.request.stripes, &self.limits.budget);
        choose_stripe(self.windows, charge, stripes, budget, self.now).ok_or_else(|| {
            Decision::RetryAfter {
                seconds: SHARE_RETRY,
                counter: self.counters.budget_cache_key.clone(),
            }
        })
    }

    /// Checks the counts of SMS by number, client network, prefix and country.
    fn check_counts(&mut self) -> Result<(), Decision> {
        for limit in send_limits(self.counters, self.windows, self.limits, self.now) {
            if let OverLimit::Refuse(max, _) = limit.over {
                let next =
                    if limit.count < limit.without_proof { limit.without_proof } else { max };
                self.room.push((limit.counter.clone(), next - 1 - limit.count));
            }
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

    /// Returns `true` if the budget has room for the message.
    fn fits_budget(&self) -> bool {
        self.budget_status() == BudgetStatus::Fits && self.choose_stripe().is_ok()
    }

    fn budget_status(&self) -> BudgetStatus {
        let counters = self.counters;
        let charge = PricedSms {
            price: self.request.price,
            cost: self.cost,
            prefix: &counters.prefix.sent,
            country: &counters.country,
            account: counters.known_device.then_some(&counters.sent),
        };
        budget::check_budget(self.windows, charge, &self.limits.budget, self.now)
    }

    /// Checks the SMS budget.
    fn check_budget(&mut self) -> Result<(), Decision> {
        let counters = self.counters;
        match self.budget_status() {
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
