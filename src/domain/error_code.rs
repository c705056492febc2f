//! The codes of errors: a closed list, stable for clients. `docs/api.md` lists them.

use serde::{Deserialize, Serialize};

use super::step::Step;

/// The code of an error. Its JSON is the name in snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum ErrorCode {
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
    /// Fields are not valid.
    Invalid,
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
    /// The code is wrong.
    CodeIncorrect,
    /// The challenge was used, replaced, or has no guesses left.
    ChallengeOver,
    /// The code's time is over.
    CodeExpired,
    /// An account was asked for before the code was proven.
    NotVerified,
    /// The number got an owner between proof and details.
    NumberTaken,
    /// The resend cooldown has not passed.
    TooSoon,
    /// A limit is reached.
    TooOften,
    /// An SMS requires a proof of work first.
    ProofRequired,
    /// No provider took the message.
    SmsUnavailable,
    /// The database, or something else that safety needs, cannot be had right now.
    Unavailable,
    /// The server could not be reached. Only the client makes this one.
    Offline,
}

impl ErrorCode {
    /// Every code, in the order of the list.
    pub const ALL: [Self; 24] = [
        Self::Malformed,
        Self::TooLarge,
        Self::CrossSite,
        Self::WrongHost,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Invalid,
        Self::CountryNotServed,
        Self::CookiesBlocked,
        Self::AlreadySignedIn,
        Self::NotSignedIn,
        Self::NoChallenge,
        Self::OtherChallenge,
        Self::CodeIncorrect,
        Self::ChallengeOver,
        Self::CodeExpired,
        Self::NotVerified,
        Self::NumberTaken,
        Self::TooSoon,
        Self::TooOften,
        Self::ProofRequired,
        Self::SmsUnavailable,
        Self::Unavailable,
        Self::Offline,
    ];

    /// The code as JSON has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::CrossSite => "cross_site",
            Self::WrongHost => "wrong_host",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Invalid => "invalid",
            Self::CountryNotServed => "country_not_served",
            Self::CookiesBlocked => "cookies_blocked",
            Self::AlreadySignedIn => "already_signed_in",
            Self::NotSignedIn => "not_signed_in",
            Self::NoChallenge => "no_challenge",
            Self::OtherChallenge => "other_challenge",
            Self::CodeIncorrect => "code_incorrect",
            Self::ChallengeOver => "challenge_over",
            Self::CodeExpired => "code_expired",
            Self::NotVerified => "not_verified",
            Self::NumberTaken => "number_taken",
            Self::TooSoon => "too_soon",
            Self::TooOften => "too_often",
            Self::ProofRequired => "proof_required",
            Self::SmsUnavailable => "sms_unavailable",
            Self::Unavailable => "unavailable",
            Self::Offline => "offline",
        }
    }

    /// The code of this name; `None` for an unknown one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }

    /// The HTTP status, as the contract has it.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::NotSignedIn | Self::NoChallenge | Self::CodeIncorrect => 401,
            Self::CrossSite | Self::CountryNotServed | Self::CookiesBlocked => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::AlreadySignedIn
            | Self::OtherChallenge
            | Self::NotVerified
            | Self::NumberTaken => 409,
            Self::ChallengeOver | Self::CodeExpired => 410,
            Self::TooLarge => 413,
            Self::WrongHost => 421,
            Self::Invalid => 422,
            Self::ProofRequired => 428,
            Self::TooSoon | Self::TooOften => 429,
            Self::SmsUnavailable | Self::Unavailable | Self::Offline => 503,
        }
    }

    /// The field beside which the message is shown; `None` for the form as a whole.
    #[must_use]
    pub fn field(self) -> Option<&'static str> {
        match self {
            Self::CountryNotServed => Some("country"),
            Self::CodeIncorrect | Self::ChallengeOver | Self::CodeExpired => Some("code"),
            _ => None,
        }
    }

    /// The step to show after this error, so that the person can correct it. `step` is the step of
    /// the failed request.
    #[must_use]
    pub fn recovery_step(self, step: Step) -> Step {
        match (self, step) {
            // The owner of the number signs in, and an expired proof is made again.
            (Self::NoChallenge | Self::NumberTaken, _) | (Self::ChallengeOver, Step::Details) => {
                Step::Phone
            }
            // A code is on its way to this number already; or another tab has requested one since,
            // which comes before the details.
            (Self::TooSoon, Step::Phone) | (Self::NotVerified, _) => Step::Code,
            _ => step,
        }
    }

    /// The step to show after a failed resend: a used challenge has no other code, but its number
    /// can have one.
    #[must_use]
    pub fn recovery_step_for_resend(self, step: Step) -> Step {
        if self == Self::ChallengeOver { Step::Phone } else { self.recovery_step(step) }
    }
}

impl From<ErrorCode> for &'static str {
    fn from(code: ErrorCode) -> Self {
        code.as_str()
    }
}

impl TryFrom<String> for ErrorCode {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name).ok_or("unknown code")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back_from_its_name() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::parse(code.as_str()), Some(code));
            assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{}\"", code.as_str()));
        }
        assert_eq!(ErrorCode::parse("unheard_of"), None);
    }

    #[test]
    fn details_without_a_proof_lead_to_the_code() {
        assert_eq!(ErrorCode::NotVerified.recovery_step(Step::Details), Step::Code);
    }
}
