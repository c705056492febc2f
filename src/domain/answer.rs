//! What a step of the journey answers: the shapes that use cases give, the wire carries and pages show.

use serde::{Deserialize, Serialize};

use super::challenge::Challenge;
use super::time::Timestamp;
use super::user::UserView;

/// A code is on its way: the answer to `send-otp`, and what the code step shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[serde(try_from = "Wire", into = "Wire")]
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

/// An [`Outcome`] as it travels. What serde derives for a tagged enum reads everything twice, at ten times the weight.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Wire {
    status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<UserView>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    SignedIn,
    DetailsRequired,
    SignedOut,
}

impl From<Outcome> for Wire {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::SignedIn { user } => Self { status: Status::SignedIn, user: Some(user) },
            Outcome::DetailsRequired => Self { status: Status::DetailsRequired, user: None },
            Outcome::SignedOut => Self { status: Status::SignedOut, user: None },
        }
    }
}

impl TryFrom<Wire> for Outcome {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        match (wire.status, wire.user) {
            (Status::SignedIn, Some(user)) => Ok(Self::SignedIn { user }),
            (Status::SignedIn, None) => Err("somebody signed in, and nobody said who"),
            (Status::DetailsRequired, _) => Ok(Self::DetailsRequired),
            (Status::SignedOut, _) => Ok(Self::SignedOut),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_travels_as_the_contract_has_it() {
        let user = UserView { first_name: "Ada".into(), ..UserView::default() };
        for (outcome, text) in [
            (Outcome::SignedOut, r#"{"status":"signed_out"}"#),
            (Outcome::DetailsRequired, r#"{"status":"details_required"}"#),
            (
                Outcome::SignedIn { user },
                r#"{"status":"signed_in","user":{"id":"","first_name":"Ada","last_name":"","email":"","phone":""}}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&outcome).unwrap(), text);
            assert_eq!(serde_json::from_str::<Outcome>(text).unwrap(), outcome);
        }
        assert!(serde_json::from_str::<Outcome>(r#"{"status":"signed_in"}"#).is_err());
    }
}
