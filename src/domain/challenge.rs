//! The challenge: one request of a browser to prove a phone number, from the first SMS to the use
//! of its code.
//!
//! The store has the conditions of this module in the `WHERE` clauses of its statements, too,
//! because only the database can decide a race. This module plans the next step, and finds the
//! error when a statement has changed no row.

mod send_plan;

pub use send_plan::{RESEND_COOLDOWNS, SendPlan, TEXTS_BEFORE_CALL, cooldown_after, plan_send};

use super::client_network::ClientNetwork;
use super::delivery::Delivery;
use super::error_code::ErrorCode;
use super::otp::{Code, Purpose};
use super::phone::PhoneNumber;
use super::problem::Problem;
use super::step::Step;
use super::time::Timestamp;

/// The default lifetime of a verification, in seconds. Within it, the person enters the details.
pub const VERIFICATION_TTL: i64 = 900;

/// The scope of a code: its purpose and its account. A code is compared only with challenges of
/// its own scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChallengeScope {
    /// The purpose of the code.
    pub purpose: Purpose,
    /// The account whose signed-in owner asked for the code; empty for a sign-in.
    pub user_id: String,
}

impl ChallengeScope {
    /// The scope of a sign-in or sign-up.
    pub const SIGN_IN: Self = Self { purpose: Purpose::SignIn, user_id: String::new() };
}

/// A challenge, as its row in the database stores it.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// The phone number that the challenge proves.
    pub phone: PhoneNumber,
    /// The scope of the code.
    pub scope: ChallengeScope,
    /// 16 random bytes, one input of the code.
    pub nonce: Vec<u8>,
    /// The id of the server key from which the code is derived.
    pub key_id: String,
    /// The number of digits of the code.
    pub code_length: u8,
    /// The short name of the challenge. People can compare it on the page and in the SMS.
    pub reference: String,
    /// The redirect target after signing in: a path of the same origin.
    pub next: Option<String>,
    /// The number of attempts that are counted.
    pub attempts: i64,
    /// The maximum number of attempts.
    pub max_attempts: i64,
    /// The number of SMS that the resend cooldowns have counted, with those of a challenge that
    /// this one continues.
    pub cooldown_step: i64,
    /// The number of SMS of this challenge.
    pub sms_count: i64,
    /// The name of the attempt budget in which the challenge reserved its attempts; see
    /// [`super::limits::attempts`].
    pub attempt_budget: String,
    /// The country of the number, as an ISO 3166-1 alpha-2 code.
    pub country: String,
    /// The SMS provider of the last text; `None` for the first one of the settings.
    pub provider: Option<String>,
    /// The delivery of the last text, as far as its provider reports it.
    pub delivery: Delivery,
    /// The client network that requested the challenge.
    pub client: ClientNetwork,
    /// The time at which the challenge was created.
    pub created_at: Timestamp,
    /// The time of the last SMS; `None` if no provider accepted one.
    pub sent_at: Option<Timestamp>,
    /// The time from which a resend is allowed.
    pub resend_at: Timestamp,
    /// The time from which the code is refused.
    pub expires_at: Timestamp,
    /// The time at which the right code proved a number that has no account.
    pub verified_at: Option<Timestamp>,
    /// The time from which the details are refused.
    pub verification_expires_at: Option<Timestamp>,
    /// The time at which the code was used: to open a session, for a step-up or for a change of the
    /// number.
    pub consumed_at: Option<Timestamp>,
    /// The time at which another challenge of the same browser replaced this one.
    pub replaced_at: Option<Timestamp>,
}

impl Challenge {
    /// Returns `true` if another attempt is allowed.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        !self.is_consumed_or_replaced()
            && now < self.expires_at
            && self.attempts < self.max_attempts
    }

    /// Returns `true` if the number is verified and the details may still be entered.
    #[must_use]
    pub fn is_verified(&self, now: Timestamp) -> bool {
        !self.is_consumed_or_replaced()
            && self.verified_at.is_some()
            && self.verification_expires_at.is_some_and(|until| now < until)
    }

    /// Returns the step of the sign-in flow at which the person continues.
    #[must_use]
    pub fn step(&self, now: Timestamp) -> Step {
        if self.is_verified(now) {
            Step::Details
        } else if self.verified_at.is_none() && self.is_open(now) && self.sent_at.is_some() {
            Step::Code
        } else {
            Step::Phone
        }
    }

    /// Returns the error for an attempt that the store did not count. The reference is checked
    /// first, then the state of the challenge, then the length of the code.
    #[must_use]
    pub fn attempt_error(&self, now: Timestamp, reference: &str, code: &Code) -> Problem {
        if !reference.is_empty() && reference != self.reference {
            Problem::OtherChallenge
        } else if self.is_consumed_or_replaced() {
            Problem::ChallengeOver
        } else if now >= self.expires_at {
            Problem::CodeExpired
        } else if self.attempts < self.max_attempts && code.len() != self.code_length {
            Code::wrong_length(self.code_length)
        } else {
            Problem::ChallengeOver
        }
    }

    /// Returns the error for a step that needs a verified number, if this number is not verified or
    /// the verification is over.
    #[must_use]
    pub fn verification_error(&self) -> Problem {
        if self.verified_at.is_none() && self.consumed_at.is_none() {
            Problem::NotVerified
        } else {
            Problem::ChallengeOver
        }
    }

    /// Returns the error to show for an error code in the address of a page. A tab that shows an
    /// outdated challenge loads such an address. Returns `None` for a cooldown that is over and for
    /// any other code, so that a forged link cannot make the page show any other error.
    #[must_use]
    pub fn error_from_code(&self, code: ErrorCode, now: Timestamp) -> Option<Problem> {
        match code {
            ErrorCode::OtherChallenge => Some(Problem::OtherChallenge),
            ErrorCode::NotVerified => Some(Problem::NotVerified),
            ErrorCode::TooSoon => {
                let retry_after = self.resend_at.seconds_since(now);
                (retry_after > 0).then_some(Problem::TooSoon { retry_after })
            }
            _ => None,
        }
    }

    fn is_consumed_or_replaced(&self) -> bool {
        self.consumed_at.is_some() || self.replaced_at.is_some()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(super) const NOW: Timestamp = Timestamp(1_000);

    pub(super) fn phone(last: u8) -> PhoneNumber {
        PhoneNumber::from_e164(&format!("+91987654321{last}")).unwrap()
    }

    pub(super) fn pending() -> Challenge {
        Challenge {
            phone: phone(0),
            scope: ChallengeScope::SIGN_IN,
            nonce: vec![1; 16],
            key_id: "k".into(),
            code_length: 6,
            reference: "K7QX".into(),
            next: None,
            attempts: 0,
            max_attempts: 5,
            cooldown_step: 1,
            sms_count: 1,
            attempt_budget: String::new(),
            country: "IN".into(),
            provider: None,
            delivery: Delivery::Pending,
            client: ClientNetwork { address: String::new(), subnet: String::new() },
            created_at: NOW,
            sent_at: Some(NOW),
            resend_at: NOW.plus(30),
            expires_at: NOW.plus(300),
            verified_at: None,
            verification_expires_at: None,
            consumed_at: None,
            replaced_at: None,
        }
    }

    pub(super) fn verified() -> Challenge {
        Challenge {
            verified_at: Some(NOW),
            verification_expires_at: Some(NOW.plus(900)),
            ..pending()
        }
    }

    fn code(digits: &str) -> Code {
        Code::parse_any_length(digits).unwrap()
    }

    #[test]
    fn a_code_is_refused_from_its_expiry_on() {
        assert!(pending().is_open(NOW.plus(299)));
        assert!(!pending().is_open(NOW.plus(300)));
        assert_eq!(
            pending().attempt_error(NOW.plus(300), "", &code("123456")),
            Problem::CodeExpired
        );
    }

    #[test]
    fn the_details_may_follow_for_fifteen_minutes() {
        assert_eq!(verified().step(NOW.plus(899)), Step::Details);
        assert_eq!(verified().step(NOW.plus(900)), Step::Phone);
    }

    #[test]
    fn the_flow_resumes_at_the_step_of_the_challenge() {
        assert_eq!(pending().step(NOW), Step::Code);
        assert_eq!(
            Challenge { sent_at: None, ..pending() }.step(NOW),
            Step::Phone,
            "nothing was sent yet"
        );
        assert_eq!(Challenge { attempts: 5, ..pending() }.step(NOW), Step::Phone);
        assert_eq!(Challenge { consumed_at: Some(NOW), ..pending() }.step(NOW), Step::Phone);
        assert_eq!(Challenge { replaced_at: Some(NOW), ..verified() }.step(NOW), Step::Phone);
    }

    #[test]
    fn a_page_address_can_show_only_three_errors() {
        let error = |code, seconds| pending().error_from_code(code, NOW.plus(seconds));
        assert_eq!(error(ErrorCode::OtherChallenge, 0), Some(Problem::OtherChallenge));
        assert_eq!(error(ErrorCode::NotVerified, 0), Some(Problem::NotVerified));
        assert_eq!(error(ErrorCode::TooSoon, 29), Some(Problem::TooSoon { retry_after: 1 }));
        assert_eq!(error(ErrorCode::TooSoon, 30), None);
        for code in ErrorCode::ALL {
            let is_shown = [ErrorCode::OtherChallenge, ErrorCode::NotVerified, ErrorCode::TooSoon]
                .contains(&code);
            assert_eq!(error(code, 0).is_some(), is_shown, "{code:?}");
        }
    }

    #[test]
    fn an_error_names_the_reference_first_then_the_state_then_the_length() {
        let exhausted = Challenge { attempts: 5, ..pending() };
        let used = Challenge { consumed_at: Some(NOW), ..pending() };
        assert_eq!(pending().attempt_error(NOW, "AAAA", &code("123456")), Problem::OtherChallenge);
        assert_eq!(
            used.attempt_error(NOW.plus(500), "K7QX", &code("123456")),
            Problem::ChallengeOver
        );
        assert_eq!(exhausted.attempt_error(NOW, "", &code("123456")), Problem::ChallengeOver);
        assert_eq!(exhausted.attempt_error(NOW, "", &code("12345")), Problem::ChallengeOver);
        assert!(matches!(pending().attempt_error(NOW, "", &code("12345")), Problem::Invalid(_)));
    }
}
