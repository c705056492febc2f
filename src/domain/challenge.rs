//! The challenge: one browser's attempt to prove one phone number, from the first text to the session.
//!
//! The store applies the same conditions inside its guarded statements, because only they can settle a race; what is
//! here decides what to do next and finds the words when a guard has said no.

use serde::{Deserialize, Serialize};

use super::otp::Code;
use super::phone::PhoneNumber;
use super::problem::Problem;
use super::time::Timestamp;

/// Seconds to wait after the first, second, third and every further text, unless a setting says otherwise.
pub const RESEND_LADDER: [i64; 4] = [30, 60, 120, 300];
/// A re-send with less than this many seconds left makes a new challenge: a text takes a while to arrive and be read.
pub const LEAST_LEFT: i64 = 90;
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

/// What a request for a text comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Plan {
    /// Send the same code of the same challenge again.
    Resend,
    /// Make a new challenge for this number; so many texts are on its ladder already.
    Fresh {
        /// Whom to send to.
        phone: PhoneNumber,
        /// Texts that the ladder remembers.
        sends: i64,
    },
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

    fn is_over(&self) -> bool {
        self.consumed_at.is_some() || self.replaced_at.is_some()
    }
}

/// Decides what a request for a text comes to. `requested` is the number that was typed, if one was.
///
/// # Errors
/// `malformed` without number and challenge; `challenge_over` for a re-send of a used one; `too_soon` on the ladder.
pub fn plan_send(
    current: Option<&Challenge>,
    requested: Option<PhoneNumber>,
    ladder: &[i64],
    now: Timestamp,
) -> Result<Plan, Problem> {
    let Some(current) = current else {
        return requested.map(|phone| Plan::Fresh { phone, sends: 0 }).ok_or(Problem::Malformed);
    };
    if let Some(again_at) = current.replaced_at.map(|at| at.plus(wait_after(ladder, 1))).filter(|at| now < *at) {
        // A late copy of the request that took its place: that one's text is on the way, and its answer may be too.
        return Err(Problem::TooSoon { retry_after: again_at.seconds_from(now) });
    }
    let phone = match requested {
        Some(phone) if phone != current.phone || current.consumed_at.is_some() => return Ok(Plan::Fresh { phone, sends: 0 }),
        Some(phone) => phone,
        None if current.is_over() => return Err(Problem::ChallengeOver),
        None => current.phone.clone(),
    };
    if now < current.resend_at {
        return Err(Problem::TooSoon { retry_after: current.resend_at.seconds_from(now) });
    }
    let enough_left = current.expires_at.seconds_from(now) >= LEAST_LEFT;
    if current.is_open(now) && current.proven_at.is_none() && enough_left {
        Ok(Plan::Resend)
    } else {
        Ok(Plan::Fresh { phone, sends: current.sends })
    }
}

/// Seconds to wait after the text that made the ladder `sends` long (1 for the first).
#[must_use]
pub fn wait_after(ladder: &[i64], sends: i64) -> i64 {
    let rung = usize::try_from(sends.saturating_sub(1)).unwrap_or(0).min(ladder.len().saturating_sub(1));
    ladder.get(rung).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000);

    fn phone(last: u8) -> PhoneNumber {
        PhoneNumber::from_e164(&format!("+91987654321{last}")).unwrap()
    }

    fn pending() -> Challenge {
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
            sent_at: Some(NOW),
            resend_at: NOW.plus(30),
            expires_at: NOW.plus(300),
            proven_at: None,
            proof_expires_at: None,
            consumed_at: None,
            replaced_at: None,
        }
    }

    fn proven() -> Challenge {
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
    fn a_refusal_says_whose_then_whether_then_what() {
        let spent = Challenge { attempts: 5, ..pending() };
        let used = Challenge { consumed_at: Some(NOW), ..pending() };
        assert_eq!(pending().refusal(NOW, "AAAA", &code("123456")), Problem::OtherChallenge);
        assert_eq!(used.refusal(NOW.plus(500), "K7QX", &code("123456")), Problem::ChallengeOver);
        assert_eq!(spent.refusal(NOW, "", &code("123456")), Problem::ChallengeOver);
        assert_eq!(spent.refusal(NOW, "", &code("12345")), Problem::ChallengeOver);
        assert!(matches!(pending().refusal(NOW, "", &code("12345")), Problem::Invalid(_)));
    }

    #[test]
    fn the_ladder_lets_the_next_text_go_at_its_second_and_not_before() {
        assert_eq!(plan_send(Some(&pending()), None, &RESEND_LADDER, NOW.plus(29)), Err(Problem::TooSoon { retry_after: 1 }));
        assert_eq!(plan_send(Some(&pending()), None, &RESEND_LADDER, NOW.plus(30)), Ok(Plan::Resend));
        assert_eq!(plan_send(Some(&pending()), Some(phone(0)), &RESEND_LADDER, NOW.plus(30)), Ok(Plan::Resend));
        assert_eq!([0, 1, 2, 3, 4, 5, 99].map(|sends| wait_after(&RESEND_LADDER, sends)), [30, 30, 60, 120, 300, 300, 300]);
    }

    #[test]
    fn with_less_than_ninety_seconds_left_a_new_challenge_carries_the_ladder_on() {
        let fresh = Ok(Plan::Fresh { phone: phone(0), sends: 1 });
        assert_eq!(plan_send(Some(&pending()), None, &RESEND_LADDER, NOW.plus(210)), Ok(Plan::Resend));
        assert_eq!(plan_send(Some(&pending()), None, &RESEND_LADDER, NOW.plus(211)), fresh);
        assert_eq!(
            plan_send(Some(&Challenge { attempts: 5, ..pending() }), None, &RESEND_LADDER, NOW.plus(30)),
            fresh,
            "guesses spent"
        );
        assert_eq!(plan_send(Some(&proven()), None, &RESEND_LADDER, NOW.plus(30)), fresh);
        assert_eq!(plan_send(Some(&pending()), None, &RESEND_LADDER, NOW.plus(9_999)), fresh, "expired");
    }

    #[test]
    fn a_challenge_whose_place_was_taken_sends_nothing_for_a_while() {
        let replaced = Challenge { replaced_at: Some(NOW), ..pending() };
        for requested in [None, Some(phone(0)), Some(phone(1))] {
            let planned = plan_send(Some(&replaced), requested, &RESEND_LADDER, NOW.plus(29));
            assert_eq!(planned, Err(Problem::TooSoon { retry_after: 1 }));
        }
        let later = plan_send(Some(&replaced), Some(phone(1)), &RESEND_LADDER, NOW.plus(30));
        assert_eq!(later, Ok(Plan::Fresh { phone: phone(1), sends: 0 }));
    }

    #[test]
    fn another_number_or_a_used_code_starts_the_ladder_anew() {
        let used = Challenge { consumed_at: Some(NOW), ..pending() };
        assert_eq!(
            plan_send(Some(&pending()), Some(phone(1)), &RESEND_LADDER, NOW),
            Ok(Plan::Fresh { phone: phone(1), sends: 0 })
        );
        assert_eq!(plan_send(Some(&used), Some(phone(0)), &RESEND_LADDER, NOW), Ok(Plan::Fresh { phone: phone(0), sends: 0 }));
        assert_eq!(plan_send(Some(&used), None, &RESEND_LADDER, NOW), Err(Problem::ChallengeOver));
        assert_eq!(plan_send(None, None, &RESEND_LADDER, NOW), Err(Problem::Malformed));
        assert_eq!(plan_send(None, Some(phone(1)), &RESEND_LADDER, NOW), Ok(Plan::Fresh { phone: phone(1), sends: 0 }));
    }
}
