//! The closed list of error codes, which stay stable for clients. `docs/api.md` lists them.

use serde::{Deserialize, Serialize};

use super::step::Step;

/// The code of an error. Its JSON is the name of the variant in snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum ErrorCode {
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
    /// Some fields are not valid.
    Invalid,
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
    CodeIncorrect,
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
    TooSoon,
    /// A limit of messages, attempts or requests is reached.
    TooOften,
    /// The SMS is sent only after a proof of work.
    ProofRequired,
    /// The answer of an authenticator was not accepted: its passkey is not one of this account or
    /// site, its signature or counter is wrong, or the answer was used before or came too late.
    PasskeyRefused,
    /// The recovery code is wrong or used, or the number has no account with such codes. The
    /// attempt was counted.
    RecoveryCodeIncorrect,
    /// The e-mail address is not that of the dormant account. The attempt was counted.
    EmailIncorrect,
    /// No provider accepted the message.
    SmsUnavailable,
    /// The database cannot be read or written, or the request failed or took too long. Nobody is
    /// signed in without a check.
    Unavailable,
    /// The server could not be reached, or not in time. Only the client creates this error.
    Offline,
}

impl ErrorCode {
    /// All codes, in the order of their declaration.
    pub const ALL: [Self; 28] = [
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
        Self::VerificationRequired,
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
        Self::PasskeyRefused,
        Self::RecoveryCodeIncorrect,
        Self::EmailIncorrect,
        Self::SmsUnavailable,
        Self::Unavailable,
        Self::Offline,
    ];

    /// Returns the code as it is written in JSON.
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
            Self::VerificationRequired => "verification_required",
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
            Self::PasskeyRefused => "passkey_refused",
            Self::RecoveryCodeIncorrect => "recovery_code_incorrect",
            Self::EmailIncorrect => "email_incorrect",
            Self::SmsUnavailable => "sms_unavailable",
            Self::Unavailable => "unavailable",
            Self::Offline => "offline",
        }
    }

    /// Returns the code with this JSON name; `None` if there is none.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }

    /// Returns the HTTP status that `docs/api.md` gives for the code.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::NotSignedIn
            | Self::NoChallenge
            | Self::CodeIncorrect
            | Self::PasskeyRefused
            | Self::RecoveryCodeIncorrect
            | Self::EmailIncorrect => 401,
            Self::CrossSite
            | Self::CountryNotServed
            | Self::CookiesBlocked
            | Self::VerificationRequired => 403,
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

    /// Returns the field beside which the message is shown; `None` if it is for the whole form.
    #[must_use]
    pub fn field(self) -> Option<&'static str> {
        match self {
            Self::CountryNotServed => Some("country"),
            Self::EmailIncorrect => Some("email"),
            Self::CodeIncorrect
            | Self::ChallengeOver
            | Self::CodeExpired
            | Self::RecoveryCodeIncorrect => Some("code"),
            _ => None,
        }
    }

    /// Returns the step to show after this error, so that the person can correct it. `step` is the
    /// step of the failed request.
    #[must_use]
    pub fn recovery_step(self, step: Step) -> Step {
        match (self, step) {
            // The person starts again with the number: to request a code, to sign in to the account
            // of the number, or to replace an expired verification.
            (Self::NoChallenge | Self::NumberTaken, _) | (Self::ChallengeOver, Step::Details) => {
                Step::Phone
            }
            // After `too_soon` a code is on its way already. After `not_verified` another tab has
            // requested a code, which the person enters before the details.
            (Self::TooSoon, Step::Phone) | (Self::NotVerified, _) => Step::Code,
            _ => step,
        }
    }

    /// Returns the step to show after a failed resend. A challenge that is over cannot send its
    /// code again, but the person can request a new code for the number.
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
