//! The output of the limits: the decision on a request for an SMS.

use crate::domain::limits::attempts::AttemptAllowance;
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::limits::guards::Guard;

/// The decision on a request for an SMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The SMS may be sent.
    Allow(AllowedSend),
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

/// An SMS that the limits allow, and what it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedSend {
    /// The changes of the counters that the SMS causes.
    pub deltas: Vec<CounterDelta>,
    /// The attempts of the new challenge; `None` for a resend.
    pub attempts: Option<AttemptAllowance>,
    /// `true` if the SMS uses up the presented proof.
    pub uses_proof: bool,
    /// The stripe of the shared counters to which the SMS is added.
    pub stripe: i64,
    /// The conditions under which the decision still holds when the SMS is counted. Empty without
    /// stripes.
    pub guards: Vec<Guard>,
    /// `true` if the message is a call. If the budget has no room for the call that was asked for,
    /// it is an SMS.
    pub is_call: bool,
    /// The cost of the message, in micro-units.
    pub cost: i64,
}
