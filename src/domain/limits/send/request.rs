//! The input of the limits: a request for an SMS and the proof that it presents.

use crate::domain::client_network::ClientNetwork;
use crate::domain::limits::attempts::CodePolicy;
use crate::domain::limits::stripes::Stripes;
use crate::domain::phone::PhoneNumber;

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
    /// The price of a call, in micro-units, if the message should be one; `None` for an SMS.
    pub call_price: Option<i64>,
    /// The settings for the code of a new challenge; `None` for a resend, which keeps its code.
    pub new_challenge: Option<CodePolicy>,
    /// The proof of work or wait token that the request presents.
    pub proof: PresentedProof,
    /// The stripes of the shared counters, and the preferred one.
    pub stripes: Stripes,
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
