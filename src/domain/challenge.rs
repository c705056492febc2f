//! The challenge: one browser's attempt to prove one phone number, from the first text to the session.
//!
//! The store applies the same conditions inside its guarded statements, because only they can settle a race; what is
//! here decides what to do next and finds the words when a guard has said no.

mod plan;

use serde::{Deserialize, Serialize};

pub use plan::{Plan, RESEND_COOLDOWNS, plan_send, wait_after};

use super::otp::Code;
use super::phone::PhoneNumber;
use super::problem::Problem;
use super::time::Timestamp;

/// Seconds between proving the code and finishing the details, unless a setting says otherwise.
pub const PROOF_TTL: i64 = 900;

/// A challenge as its row tells it.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// The number that is to be proven.
    pub phone: PhoneNumber,
    /// Random bytes of the row, one ingredient of the code.
    pub nonce: Vec<u8>,
    /// Which of the server's keys the code is derived with.
    pub key_id: String,
    /// How many digits the code has.
    pub code_length: u8,
    /// Short name of the challenge that people can match on page and message.
    pub reference: String,
    /// Where the person wanted to go: a same-origin path.
    pub next: Option<String>,
    /// Guesses counted, and how many are allowed.
    pub attempts: i64,
    /// Guesses allowed.
    pub max_attempts: i64,
    /// Texts on the waiting ladder so far, those of the challenge before it included.
    pub sends: i64,
    /// Texts of this challenge alone.
    pub texts: i64,
    /// The lane whose guesses it reserved; see [`super::limits::guess`].
    pub guess_key: String,
    /// The number's country.
    pub country: String,
    /// The source that asked for it.
    pub source: String,
    /// The block of that source.
    pub block: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the last text left, if one did.
    pub sent_at: Option<Timestamp>,
    /// From when the next text may be asked for.
    pub resend_at: Timestamp,
    /// From when the code is refused.
    pub expires_at: Timestamp,
    /// When the code was proven.
    pub proven_at: Option<Timestamp>,
    /// Until when the details may follow the proof.
    pub proof_expires_at: Option<Timestamp>,
    /// When it opened a session.
    pub consumed_at: Option<Timestamp>,
    /// When another challenge of the same browser took its place.
    pub replaced_at: Option<Timestamp>,
}

/// The steps of the journey, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Step {
    /// Type the number.
    #[default]
    Phone,
    /// Type the code.
    Code,
    /// Give name and e-mail.
    Details,
}

impl Challenge {
    /// Whether a code may still be tried.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        !self.is_over() && now < self.expires_at && self.attempts < self.max_attempts
    }

    /// Whether the code is proven and the details may follow.
    #[must_use]
    pub fn is_proven(&self, now: Timestamp) -> bool {
        !self.is_over() && self.proven_at.is_some() && self.proof_expires_at.is_some_and(|until| now < until)
    }

    /// The step at which the person goes on.
    #[must_use]
    pub fn step(&self, now: Timestamp) -> Step {
        if self.is_proven(now) {
            Step::Details
        } else if self.proven_at.is_none() && self.is_open(now) && self.sent_at.is_some() {
            Step::Code
        } else {
            Step::Phone
        }
    }

    /// Why a guess of digits was not even counted, in this order: whose it is, whether it lives, how long it is.
    #[must_use]
    pub fn refusal(&self, now: Timestamp, reference: &str, code: &Code) -> Problem {
        if !reference.is_empty() && reference != self.reference {
            Problem::OtherChallenge
        } else if self.is_over() {
            Problem::ChallengeOver
        } else if now >= self.expires_at {
            Problem::CodeExpired
        } else if self.attempts < self.max_attempts && code.len() != self.code_length {
            Code::wrong_length(self.code_length)
        } else {
            Problem::ChallengeOver
        }
    }

    /// The refusal with which a tab comes that knew another challenge than the browser has, by its code, as it stands for this one.
    /// It is a closed list, so that a forged link cannot make the page show any other error.
    #[must_use]
    pub fn refusal_of(&self, code: &str, now: Timestamp) -> Option<Problem> {
        match code {
            "other_challenge" => Some(Problem::OtherChallenge),
            "not_verified" => Some(Problem::NotVerified),
            "too_soon" => {
                let retry_after = self.resend_at.seconds_since(now);
                (retry_after > 0).then_some(Problem::TooSoon { retry_after })
            }
            _ => None,
        }
    }

    fn is_over(&self) -> bool {
        self.consumed_at.is_some() || self.replaced_at.is_some()
    }
}

/// The step to show after this error, so that the person can correct it. `step` is the step of the failed request.
#[must_use]
pub fn recovery_step(code: &str, step: Step) -> Step {
    match (code, step) {
        // The number's owner signs in, and a proof that is over is made anew.
        ("no_challenge" | "number_taken", _) | ("challenge_over", Step::Details) => Step::Phone,
        // A code is on its way to this number already; or another tab has asked for one since, which comes before the details.
        ("too_soon", Step::Phone) | ("not_verified", _) => Step::Code,
        _ => step,
    }
}

/// The step to show after a failed resend: a used challenge has no other code, but its number can have one.
#[must_use]
pub fn recovery_step_for_resend(code: &str, step: Step) -> Step {
    if code == "challenge_over" { Step::Phone } else { recovery_step(code, step) }
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
            nonce: vec![1; 16],
            key_id: "k".into(),
            code_length: 6,
            reference: "K7QX".into(),
            next: None,
            attempts: 0,
            max_attempts: 5,
            sends: 1,
            texts: 1,
            guess_key: String::new(),
            country: "IN".into(),
            source: String::new(),
            block: String::new(),
            created_at: NOW,
            sent_at: Some(NOW),
            resend_at: NOW.plus(30),
            expires_at: NOW.plus(300),
            proven_at: None,
            proof_expires_at: None,
            consumed_at: None,
            replaced_at: None,
        }
    }

    pub(super) fn proven() -> Challenge {
        Challenge { proven_at: Some(NOW), proof_expires_at: Some(NOW.plus(900)), ..pending() }
    }

    fn code(digits: &str) -> Code {
        Code::parse_any_length(digits).unwrap()
    }

    #[test]
    fn a_code_is_refused_one_second_after_its_last() {
        assert!(pending().is_open(NOW.plus(299)));
        assert!(!pending().is_open(NOW.plus(300)));
        assert_eq!(pending().refusal(NOW.plus(300), "", &code("123456")), Problem::CodeExpired);
    }

    #[test]
    fn the_details_may_follow_for_fifteen_minutes() {
        assert_eq!(proven().step(NOW.plus(899)), Step::Details);
        assert_eq!(proven().step(NOW.plus(900)), Step::Phone);
    }

    #[test]
    fn the_journey_resumes_where_the_challenge_is() {
        assert_eq!(pending().step(NOW), Step::Code);
        assert_eq!(Challenge { sent_at: None, ..pending() }.step(NOW), Step::Phone, "nothing was sent yet");
        assert_eq!(Challenge { attempts: 5, ..pending() }.step(NOW), Step::Phone);
        assert_eq!(Challenge { consumed_at: Some(NOW), ..pending() }.step(NOW), Step::Phone);
        assert_eq!(Challenge { replaced_at: Some(NOW), ..proven() }.step(NOW), Step::Phone);
    }

    #[test]
    fn a_tab_that_is_out_of_date_is_told_of_three_things_alone() {
        let told = |code, seconds| pending().refusal_of(code, NOW.plus(seconds));
        assert_eq!(told("other_challenge", 0), Some(Problem::OtherChallenge));
        assert_eq!(told("not_verified", 0), Some(Problem::NotVerified));
        assert_eq!(told("too_soon", 29), Some(Problem::TooSoon { retry_after: 1 }));
        assert_eq!(told("too_soon", 30), None);
        for code in ["", "already_signed_in", "malformed", "problem-not-verified", "<b>"] {
            assert_eq!(told(code, 0), None, "{code}");
        }
    }

    #[test]
    fn details_without_a_proof_lead_to_the_code() {
        assert_eq!(recovery_step("not_verified", Step::Details), Step::Code);
    }

    #[test]
    fn a_refusal_says_whose_then_whether_then_what() {
        let spent = Challenge { attempts: 5, ..pending() };
        let used = Challenge { consumed_at: Some(NOW), ..pending() };
        assert_eq!(pending().refusal(NOW, "AAAA", &code("123456")), Problem::OtherChallenge);
        assert_eq!(used.refusal(NOW.plus(500), "K7QX", &code("123456")), Problem::ChallengeOver);
        assert_eq!(spent.refusal(NOW, "", &code("123456")), Problem::ChallengeOver);
        assert_eq!(spent.refusal(NOW, "", &code("12345")), Problem::ChallengeOver);
        assert!(matches!(pending().refusal(NOW, "", &code("12345")), Problem::Invalid(_)));
    }
}
