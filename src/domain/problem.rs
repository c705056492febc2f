//! Errors of the API and of the forms: a closed list with stable codes. Their messages are
//! `problem-…` in `locales/`.

use super::error_code::ErrorCode;
use super::messages::{Arg, Localize};
use super::proof_of_work::Puzzle;
use super::validation_error::ValidationError;

/// An error that is reported to the user. `docs/api.md` lists the codes.
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
    /// Fields that are not valid, each with its error. A list, because the code of a map adds three
    /// kilobytes to the WASM.
    Invalid(Vec<(&'static str, ValidationError)>),
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
        /// Seconds until the cooldown has passed.
        retry_after: i64,
    },
    /// A limit is reached; there is room again in so many seconds.
    TooOften {
        /// Seconds until there is room again.
        retry_after: i64,
    },
    /// An SMS requires a proof of work first.
    ProofRequired {
        /// The puzzle.
        puzzle: Puzzle,
        /// The wait token that a browser without scripts presents instead of a proof, after
        /// `wait_seconds`.
        wait: String,
        /// Seconds until the wait token is valid.
        wait_seconds: i64,
    },
    /// No provider took the message.
    SmsUnavailable,
    /// The database, or something else that safety needs, cannot be had right now.
    Unavailable,
    /// The server could not be reached. Only the client makes this one.
    Offline,
}

impl Problem {
    /// One field that is not valid.
    #[must_use]
    pub fn invalid(field: &'static str, error: ValidationError) -> Self {
        Self::Invalid(vec![(field, error)])
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Malformed => ErrorCode::Malformed,
            Self::TooLarge => ErrorCode::TooLarge,
            Self::CrossSite => ErrorCode::CrossSite,
            Self::WrongHost => ErrorCode::WrongHost,
            Self::NotFound => ErrorCode::NotFound,
            Self::MethodNotAllowed => ErrorCode::MethodNotAllowed,
            Self::Invalid(_) => ErrorCode::Invalid,
            Self::CountryNotServed => ErrorCode::CountryNotServed,
            Self::CookiesBlocked => ErrorCode::CookiesBlocked,
            Self::AlreadySignedIn => ErrorCode::AlreadySignedIn,
            Self::NotSignedIn => ErrorCode::NotSignedIn,
            Self::NoChallenge => ErrorCode::NoChallenge,
            Self::OtherChallenge => ErrorCode::OtherChallenge,
            Self::CodeIncorrect { .. } => ErrorCode::CodeIncorrect,
            Self::ChallengeOver => ErrorCode::ChallengeOver,
            Self::CodeExpired => ErrorCode::CodeExpired,
            Self::NotVerified => ErrorCode::NotVerified,
            Self::NumberTaken => ErrorCode::NumberTaken,
            Self::TooSoon { .. } => ErrorCode::TooSoon,
            Self::TooOften { .. } => ErrorCode::TooOften,
            Self::ProofRequired { .. } => ErrorCode::ProofRequired,
            Self::SmsUnavailable => ErrorCode::SmsUnavailable,
            Self::Unavailable => ErrorCode::Unavailable,
            Self::Offline => ErrorCode::Offline,
        }
    }

    /// The localized message: what happened, and what to do next.
    #[must_use]
    pub fn message(&self, locale: &dyn Localize) -> String {
        let id = message_id(self.code());
        match self {
            Self::CodeIncorrect { attempts_left } => {
                locale.format(&id, &[("left", Arg::Number(*attempts_left))])
            }
            Self::TooSoon { retry_after: seconds }
            | Self::TooOften { retry_after: seconds }
            | Self::ProofRequired { wait_seconds: seconds, .. } => {
                locale.format(&id, &[("span", Arg::Text(&format_duration(*seconds, locale)))])
            }
            _ => locale.message(&id),
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

/// The message id of an error code.
#[must_use]
pub fn message_id(code: ErrorCode) -> String {
    format!("problem-{}", code.as_str().replace('_', "-"))
}

/// A duration in seconds, minutes or hours, rounded up.
fn format_duration(seconds: i64, locale: &dyn Localize) -> String {
    let (id, count) = match seconds {
        ..120 => ("span-seconds", seconds.max(1)),
        120..7_200 => ("span-minutes", (seconds + 59) / 60),
        _ => ("span-hours", (seconds + 3_599) / 3_600),
    };
    locale.format(id, &[("count", Arg::Number(count))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::messages::Messages;

    #[test]
    fn a_duration_is_formatted_in_its_usual_unit() {
        let pairs = ["seconds", "minutes", "hours"]
            .map(|unit| (format!("span-{unit}"), format!("{{count}} {unit}")));
        let messages = Messages::from_iter(pairs);
        for (seconds, said) in [
            (0, "1 seconds"),
            (60, "60 seconds"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (3_600, "60 minutes"),
            (7_201, "3 hours"),
        ] {
            assert_eq!(format_duration(seconds, &messages), said);
        }
    }
}
