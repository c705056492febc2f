//! The closed list of what a person may be told went wrong, with stable codes and plain words.

use std::collections::BTreeMap;

use super::proof_of_work::Puzzle;

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
    /// Some fields are not valid; each with words for it.
    Invalid(BTreeMap<String, String>),
    /// The number's country is not on the operator's list.
    CountryNotServed,
    /// A code was asked for by somebody who is signed in.
    AlreadySignedIn,
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
    pub fn invalid(field: &str, words: &str) -> Self {
        Self::Invalid(BTreeMap::from([(field.to_owned(), words.to_owned())]))
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
            Self::AlreadySignedIn => "already_signed_in",
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
    pub fn message(&self) -> String {
        match self {
            Self::Malformed => "Something is missing from that request. Reload the page and try again.".into(),
            Self::TooLarge => "That is too much text. Shorten it and try again.".into(),
            Self::CrossSite => {
                "That request came from another site, so nothing was done. Open this page directly and try again.".into()
            }
            Self::WrongHost => "This address is not served here. Check the address and try again.".into(),
            Self::NotFound => "There is no such call. Check its address.".into(),
            Self::MethodNotAllowed => "That call is made with another method. Use the one in the documentation.".into(),
            Self::Invalid(_) => "Please check what is marked and try again.".into(),
            Self::CountryNotServed => "We cannot send texts to numbers of that country. Use a number of another country.".into(),
            Self::AlreadySignedIn => "You are signed in already. Log out first to sign in as somebody else.".into(),
            Self::NoChallenge => "There is no code waiting in this browser. Type your number to get one.".into(),
            Self::OtherChallenge => {
                "A newer code was asked for in another tab. Type that one; its reference is shown here.".into()
            }
            Self::CodeIncorrect { attempts_left: 0 } => {
                "That code is not right, and it was the last try. Ask for a new code.".into()
            }
            Self::CodeIncorrect { attempts_left: 1 } => "That code is not right. You have 1 try left.".into(),
            Self::CodeIncorrect { attempts_left } => format!("That code is not right. You have {attempts_left} tries left."),
            Self::ChallengeOver => "That code cannot be used any more. Ask for a new one.".into(),
            Self::CodeExpired => "That code has expired. Ask for a new one.".into(),
            Self::NotVerified => "Type the code from the text message first.".into(),
            Self::NumberTaken => "This number has just been registered. Sign in with it instead.".into(),
            Self::TooSoon { retry_after } => format!("You can ask for another code in {retry_after} seconds."),
            Self::TooOften { retry_after } => {
                format!("That is too much for now. You can try again in {}.", span(*retry_after))
            }
            Self::ProofRequired { wait_seconds, .. } => {
                format!("Please wait {}, then try again. Your number is kept.", span(*wait_seconds))
            }
            Self::SmsUnavailable => "We could not send the text message. Please try again in a moment.".into(),
            Self::Unavailable => "We cannot do this right now. Please try again in a moment.".into(),
            Self::Offline => "We cannot be reached. Check your connection and try again; what you typed is kept.".into(),
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

/// A span of time as people say it.
fn span(seconds: i64) -> String {
    match seconds {
        ..=1 => "1 second".into(),
        2..=119 => format!("{seconds} seconds"),
        120..=7_199 => format!("{} minutes", (seconds + 59) / 60),
        _ => format!("{} hours", (seconds + 3_599) / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_for_a_wrong_code_count_the_tries_left() {
        assert!(Problem::CodeIncorrect { attempts_left: 4 }.message().contains("4 tries left"));
        assert!(Problem::CodeIncorrect { attempts_left: 1 }.message().contains("1 try left"));
        assert!(Problem::CodeIncorrect { attempts_left: 0 }.message().contains("last try"));
    }

    #[test]
    fn a_wait_is_said_in_the_unit_that_people_use() {
        for (seconds, words) in [
            (1, "1 second"),
            (60, "60 seconds"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (3_600, "60 minutes"),
            (7_201, "3 hours"),
        ] {
            assert_eq!(span(seconds), words);
        }
    }
}
