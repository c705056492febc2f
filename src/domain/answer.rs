//! What a step of the journey answers: the shapes that use cases give, the wire carries and pages show.

use serde::{Deserialize, Serialize};

use super::challenge::Challenge;
use super::time::Timestamp;
use super::user::UserView;

/// A code is on its way: the answer to `send-otp`, and what the code step shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtpSent {
    /// The number, masked.
    pub phone: String,
    /// Digits of the code.
    pub code_length: u8,
    /// Seconds that the code is still good for.
    pub expires_in: i64,
    /// Seconds until the next text may be asked for.
    pub resend_in: i64,
    /// The challenge's short name.
    pub reference: String,
    /// Texts that were asked for since the last wait began anew, this one included.
    pub texts: i64,
}

/// After the first text and two more, asking again is no help.
const ENOUGH: i64 = 3;

impl OtpSent {
    /// Whether it is time to say what else may be wrong.
    #[must_use]
    pub fn wants_help(&self) -> bool {
        self.texts >= ENOUGH
    }

    /// What there is to say of a challenge now.
    #[must_use]
    pub fn of(challenge: &Challenge, now: Timestamp) -> Self {
        Self {
            phone: challenge.phone.masked(),
            code_length: challenge.code_length,
            expires_in: challenge.expires_at.seconds_from(now),
            resend_in: challenge.resend_at.seconds_from(now),
            reference: challenge.reference.clone(),
            texts: challenge.sends,
        }
    }
}

/// Where a step has led: `{"status":"…"}` on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome {
    /// A session is open.
    SignedIn {
        /// Whose it is.
        user: UserView,
    },
    /// The number is proven and new: the details may follow.
    DetailsRequired,
    /// No session is open any more.
    SignedOut,
}
