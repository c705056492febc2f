//! The closed list of errors of the API and of the forms. Their messages are `problem-…` in
//! `locales/`.

use super::duration::format_duration;
use super::error_code::ErrorCode;
use super::messages::{Arg, Localize};
use super::proof_of_work::Puzzle;
use super::validation_error::ValidationError;

/// An error that is reported to the user or to the API client. `docs/api.md` lists the codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The request could not be read, or a required field is missing.
    Malformed,
    /// The request body is longer than 16 KiB.
    TooLarge,
    /// A page of another site sent the request, or the request does not name its site.
    CrossSite,
    /// The request names a host that this server does not serve.
    WrongHost,
    /// There is no such call or file.
    NotFound,
    /// The call exists, but not with this HTTP method.
    MethodNotAllowed,
    /// Some fields are not valid. The list has the name and the error of each. It is a list,
    /// because the code of a map adds three kilobytes to the WASM.
    Invalid(Vec<(&'static str, ValidationError)>),
    /// The country of the number is not in the setting `ALLOWED_COUNTRIES`.
    CountryNotServed,
    /// The browser keeps no cookies, so a code could not be verified in it. Nothing was sent.
    CookiesBlocked,
    /// A code was requested in a browser that is signed in already.
    AlreadySignedIn,
    /// The call requires a session, and there is none.
    NotSignedIn,
    /// The call requires a verification of the number within the last minutes.
    VerificationRequired,
    /// The browser has no challenge cookie, or the server does not know its challenge.
    NoChallenge,
    /// The reference in the request is not that of the browser's challenge: another tab has
    /// requested a newer code. The request is not counted as an attempt.
    OtherChallenge,
    /// The code is wrong. The attempt was counted.
    CodeIncorrect {
        /// Attempts that the challenge has left; 0 after the last attempt.
        attempts_left: i64,
    },
    /// The challenge was used or replaced, or has no attempts left. Or its verification has
    /// expired, or the server key of its code was removed.
    ChallengeOver,
    /// The code has expired.
    CodeExpired,
    /// An account was requested before the number was verified.
    NotVerified,
    /// Another account has the number: one that was created between the verification and the
    /// details, or the owner of a number to which an account was to change.
    NumberTaken,
    /// The resend cooldown is not over.
    TooSoon {
        /// Seconds until the cooldown is over.
        retry_after: i64,
    },
    /// A limit of messages, attempts or requests is reached.
    TooOften {
        /// Seconds after which a new request can succeed.
        retry_after: i64,
    },
    /// The SMS is sent only after a proof of work.
    ProofRequired {
        /// The puzzle whose solution is the proof.
        puzzle: Puzzle,
        /// The wait token. A browser without scripts presents it instead of a proof, after
        /// `wait_seconds`.
        wait: String,
        /// Seconds until the wait token is valid.
        wait_seconds: i64,
    },
    /// The answer of an authenticator was not accepted: its passkey is not one of this account or
    /// site, its signature or counter is wrong, or the answer was used before or came too late.
    PasskeyRefused,
    /// The recovery code is wrong or used, or the number has no account with such codes. The
    /// attempt was counted.
    RecoveryCodeIncorrect,
    /// The e-mail address is not that of the dormant account. The attempt was counted.
    EmailIncorrect {
        /// Attempts that the account has left within 30 days.
        attempts_left: i64,
    },
    /// No provider accepted the message.
    SmsUnavailable,
    /// The database cannot be read or written, or the request failed or took too long. Nobody is
    /// signed in without a check.
    Unavailable,
    /// The server could not be reached, or not in time. Only the client creates this error.
    Offline,
}

impl Problem {
    /// Returns the error for one field that is not valid.
    #[must_use]
    pub fn invalid(field: &'static str, error: ValidationError) -> Self {
        Self::Invalid(vec![(field, error)])
    }

    /// Returns the stable code of the error.
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
            Self::VerificationRequired => ErrorCode::VerificationRequired,
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
            Self::PasskeyRefused => ErrorCode::PasskeyRefused,
            Self::RecoveryCodeIncorrect => ErrorCode::RecoveryCodeIncorrect,
            Self::EmailIncorrect { .. } => ErrorCode::EmailIncorrect,
            Self::SmsUnavailable => ErrorCode::SmsUnavailable,
            Self::Unavailable => ErrorCode::Unavailable,
            Self::Offline => ErrorCode::Offline,
        }
    }

    /// Returns the localized message: what happened, and what to do next.
    #[must_use]
    pub fn message(&self, locale: &dyn Localize) -> String {
        let id = message_id(self.code());
        match self {
            Self::CodeIncorrect { attempts_left } | Self::EmailIncorrect { attempts_left } => {
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

    /// Returns the seconds after which a new request can succeed; `None` if time does not help, or
    /// if it is not known.
    #[must_use]
    pub fn retry_after(&self) -> Option<i64> {
        match self {
            Self::TooSoon { retry_after } | Self::TooOften { retry_after } => Some(*retry_after),
            _ => None,
        }
    }
}

/// Returns the id of an error code's message in `locales/`.
#[must_use]
pub fn message_id(code: ErrorCode) -> String {
    format!("problem-{}", code.as_str().replace('_', "-"))
}
