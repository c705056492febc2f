//! The closed list of what a person may be told went wrong, with stable codes. The words are the messages `problem-…` of `locales/`.

use super::fault::Fault;
use super::proof_of_work::Puzzle;
use super::words::{Fill, Tongue};

/// What went wrong, as far as it concerns the person in front of the page. `docs/api.md` lists the codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The request could not be read, or a field was missing.
    Malformed,
    /// The body is over 16 KiB.
    TooLarge,
    /// The request came from another site.
    CrossSite,
    /// The request named a host that this is not.
    WrongHost,
    /// There is no such call.
    NotFound,
    /// The call exists, but not with this method.
    MethodNotAllowed,
    /// Some fields are not valid; what is wrong with each. A list, not a map, whose code is three kilobytes of the WASM.
    Invalid(Vec<(&'static str, Fault)>),
    /// The number's country is not on the operator's list.
    CountryNotServed,
    /// The browser keeps no cookies, so that no code could be typed in it.
    CookiesBlocked,
    /// A code was asked for by somebody who is signed in.
    AlreadySignedIn,
    /// Something was asked for that only people who are signed in may have.
    NotSignedIn,
    /// There is no challenge in this browser, or none that is known.
    NoChallenge,
    /// The post belongs to another tab's challenge.
    OtherChallenge,
    /// The code is wrong; so many guesses are left.
    CodeIncorrect {
        /// Guesses left, 0 at the last.
        attempts_left: i64,
    },
    /// The challenge was used, replaced, or has no guesses left.
    ChallengeOver,
    /// The code's time is over.
    CodeExpired,
    /// An account was asked for before the code was proven.
    NotVerified,
    /// The number got an owner between proof and details.
    NumberTaken,
    /// The next code may be asked for in so many seconds.
    TooSoon {
        /// Seconds.
        retry_after: i64,
    },
    /// A limit is reached; there is room again in so many seconds.
    TooOften {
        /// Seconds.
        retry_after: i64,
    },
    /// A text wants a proof of work first.
    ProofRequired {
        /// The puzzle.
        puzzle: Puzzle,
        /// What a browser without scripts shows instead, once its time has come.
        wait: String,
        /// Seconds until then.
        wait_seconds: i64,
    },
    /// No provider took the message.
    SmsUnavailable,
    /// The database, or something else that safety needs, cannot be had right now.
    Unavailable,
    /// Said by the page alone: the server could not be reached.
    Offline,
}

impl Problem {
    /// One field that is not valid.
    #[must_use]
    pub fn invalid(field: &'static str, fault: Fault) -> Self {
        Self::Invalid(vec![(field, fault)])
    }

    /// The stable code, as the contract and `docs/api.md` list it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::CrossSite => "cross_site",
            Self::WrongHost => "wrong_host",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Invalid(_) => "invalid",
            Self::CountryNotServed => "country_not_served",
            Self::CookiesBlocked => "cookies_blocked",
            Self::AlreadySignedIn => "already_signed_in",
            Self::NotSignedIn => "not_signed_in",
            Self::NoChallenge => "no_challenge",
            Self::OtherChallenge => "other_challenge",
            Self::CodeIncorrect { .. } => "code_incorrect",
            Self::ChallengeOver => "challenge_over",
            Self::CodeExpired => "code_expired",
            Self::NotVerified => "not_verified",
            Self::NumberTaken => "number_taken",
            Self::TooSoon { .. } => "too_soon",
            Self::TooOften { .. } => "too_often",
            Self::ProofRequired { .. } => "proof_required",
            Self::SmsUnavailable => "sms_unavailable",
            Self::Unavailable => "unavailable",
            Self::Offline => "offline",
        }
    }

    /// Plain words: what happened and what to do next.
    #[must_use]
    pub fn told(&self, tongue: &dyn Tongue) -> String {
        let id = message_id(self.code());
        match self {
            Self::CodeIncorrect { attempts_left } => tongue.say_with(&id, &[("left", Fill::Number(*attempts_left))]),
            Self::TooSoon { retry_after: seconds }
            | Self::TooOften { retry_after: seconds }
            | Self::ProofRequired { wait_seconds: seconds, .. } => {
                tongue.say_with(&id, &[("span", Fill::Text(&span(*seconds, tongue)))])
            }
            _ => tongue.say(&id),
        }
    }

    /// Seconds until it is worth trying again, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<i64> {
        match self {
            Self::TooSoon { retry_after } | Self::TooOften { retry_after } => Some(*retry_after),
            _ => None,
        }
    }
}

/// The message of a problem's code.
#[must_use]
pub fn message_id(code: &str) -> String {
    format!("problem-{}", code.replace('_', "-"))
}

/// A span of time in the unit that people use, rounded up.
fn span(seconds: i64, tongue: &dyn Tongue) -> String {
    let (id, count) = match seconds {
        ..120 => ("span-seconds", seconds.max(1)),
        120..7_200 => ("span-minutes", (seconds + 59) / 60),
        _ => ("span-hours", (seconds + 3_599) / 3_600),
    };
    tongue.say_with(id, &[("count", Fill::Number(count))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::words::Words;

    #[test]
    fn a_wait_is_said_in_the_unit_that_people_use() {
        let pairs = ["seconds", "minutes", "hours"].map(|unit| (format!("span-{unit}"), format!("{{count}} {unit}")));
        let words = Words::from_iter(pairs);
        for (seconds, said) in [
            (0, "1 seconds"),
            (60, "60 seconds"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (3_600, "60 minutes"),
            (7_201, "3 hours"),
        ] {
            assert_eq!(span(seconds, &words), said);
        }
    }
}
