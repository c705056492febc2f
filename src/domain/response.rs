//! Responses of the sign-in steps. The use cases return them, the API serialises them, and the
//! pages show them.

use serde::{Deserialize, Serialize};

use super::challenge::Challenge;
use super::time::Timestamp;
use super::user::UserView;

/// The response of `send-otp`, and the data of the code step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtpSent {
    /// The masked phone number: `+91 ••••• ••210`.
    pub phone: String,
    /// Number of digits of the code.
    pub code_length: u8,
    /// Seconds until the code expires; 0 if it has expired.
    pub expires_in: i64,
    /// Seconds until a resend is allowed; 0 if it is allowed now.
    pub resend_in: i64,
    /// The reference of the challenge, which the page and the SMS show.
    pub reference: String,
    /// Number of messages that the resend cooldown counts, this one included.
    #[serde(rename = "texts")]
    pub sends: i64,
}

/// Number of messages after which another resend is unlikely to help. Our own choice.
const HELP_AFTER_SENDS: i64 = 3;

impl OtpSent {
    /// Returns `true` if the page should explain why no message may have arrived.
    #[must_use]
    pub fn needs_help(&self) -> bool {
        self.sends >= HELP_AFTER_SENDS
    }

    /// Returns the response for this challenge. Its seconds are counted from `now`.
    #[must_use]
    pub fn from_challenge(challenge: &Challenge, now: Timestamp) -> Self {
        Self {
            phone: challenge.phone.masked(),
            code_length: challenge.code_length,
            expires_in: challenge.expires_at.seconds_since(now),
            resend_in: challenge.resend_at.seconds_since(now),
            reference: challenge.reference.clone(),
            sends: challenge.cooldown_step,
        }
    }
}

/// The recovery codes of an account, which are shown once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodes {
    /// The codes, as a person writes them down: `ABCD-EFGH-JKMN-PQRS`.
    pub codes: Vec<String>,
}

/// The result of a sign-in step, or of signing out. Its JSON is `{"status":"…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "OutcomeJson", into = "OutcomeJson")]
pub enum Outcome {
    /// The person is signed in, and a session is open.
    SignedIn {
        /// The user that is signed in now.
        user: UserView,
    },
    /// The number is verified and had no account. The details step follows.
    DetailsRequired,
    /// The number is verified and has a dormant account. Its owner proves in another way, too, that
    /// it is theirs, or begins a new account.
    OwnerCheckRequired,
    /// The session of this browser has ended, or there was none.
    SignedOut,
}

/// The JSON form of [`Outcome`]. Serde's own code for a tagged enum buffers its input, and that
/// code is ten times as large.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct OutcomeJson {
    status: OutcomeStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<UserView>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OutcomeStatus {
    SignedIn,
    DetailsRequired,
    OwnerCheckRequired,
    SignedOut,
}

impl From<Outcome> for OutcomeJson {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::SignedIn { user } => {
                Self { status: OutcomeStatus::SignedIn, user: Some(user) }
            }
            Outcome::DetailsRequired => Self { status: OutcomeStatus::DetailsRequired, user: None },
            Outcome::OwnerCheckRequired => {
                Self { status: OutcomeStatus::OwnerCheckRequired, user: None }
            }
            Outcome::SignedOut => Self { status: OutcomeStatus::SignedOut, user: None },
        }
    }
}

impl TryFrom<OutcomeJson> for Outcome {
    type Error = &'static str;

    fn try_from(json: OutcomeJson) -> Result<Self, Self::Error> {
        match (json.status, json.user) {
            (OutcomeStatus::SignedIn, Some(user)) => Ok(Self::SignedIn { user }),
            (OutcomeStatus::SignedIn, None) => Err("somebody signed in, and nobody said who"),
            (OutcomeStatus::DetailsRequired, _) => Ok(Self::DetailsRequired),
            (OutcomeStatus::OwnerCheckRequired, _) => Ok(Self::OwnerCheckRequired),
            (OutcomeStatus::SignedOut, _) => Ok(Self::SignedOut),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_has_the_json_of_the_api_docs() {
        let user = UserView { first_name: "Ada".into(), ..UserView::default() };
        for (outcome, text) in [
            (Outcome::SignedOut, r#"{"status":"signed_out"}"#),
            (Outcome::DetailsRequired, r#"{"status":"details_required"}"#),
            (Outcome::OwnerCheckRequired, r#"{"status":"owner_check_required"}"#),
            (
                Outcome::SignedIn { user },
                concat!(
                    r#"{"status":"signed_in","user":{"id":"","first_name":"Ada","#,
                    r#""last_name":"","email":"","phone":""}}"#
                ),
            ),
        ] {
            assert_eq!(serde_json::to_string(&outcome).unwrap(), text);
            assert_eq!(serde_json::from_str::<Outcome>(text).unwrap(), outcome);
        }
        assert!(serde_json::from_str::<Outcome>(r#"{"status":"signed_in"}"#).is_err());
    }
}
