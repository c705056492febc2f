//! The closed list of validation errors of form fields. Their messages are `field-…` in `locales/`.

use super::messages::{Arg, Localize};

/// The reason why one field is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValidationError {
    /// The first name has no visible character.
    FirstNameMissing,
    /// The last name has no visible character.
    LastNameMissing,
    /// A name has more characters than [`super::user::MAX_NAME_CHARS`].
    NameTooLong,
    /// A name has a control character, or one that changes the text direction.
    NameControlCharacter,
    /// The name of a passkey has no visible character.
    PasskeyNameMissing,
    /// The e-mail address is empty.
    EmailMissing,
    /// The e-mail address is too long, or does not have the form `name@example.com`.
    EmailInvalid,
    /// The phone number has no digits.
    PhoneMissing,
    /// The input is longer than a phone number can be, formatting included.
    PhoneTooLong,
    /// The phone number has a character that is neither a digit nor formatting.
    PhoneNotDigits,
    /// The phone number has at most three digits, too few for any number.
    PhoneTooShort,
    /// The phone number is a national one, and no country was chosen.
    PhoneNoCountry,
    /// The phone number is not valid in the numbering plan of its country, or has no country, such
    /// as a satellite number.
    PhoneInvalid,
    /// The phone number is valid, but not a mobile number, so it cannot receive an SMS.
    PhoneNotMobile,
    /// No SMS can be sent to the phone number, as the SMS provider says.
    PhoneUnreachable,
    /// The phone number is a fixed-line number that would be a mobile number with the country's
    /// mobile token after the calling code, such as Argentina's 9.
    PhoneMobileToken {
        /// The calling code of the country, without `+`: 54.
        code: u16,
        /// The mobile token of the country, a digit: 9.
        digit: char,
    },
    /// The phone number is the one that the account already has.
    PhoneUnchanged,
    /// The country code (ISO 3166-1 alpha-2) is not known.
    CountryUnknown,
    /// The input has no digits, has characters that a code cannot have, or is too long.
    CodeNotDigits,
    /// The input does not have the form of a recovery code.
    RecoveryCodeInvalid,
    /// The code has too few or too many digits. The value is the right number of digits.
    CodeLength(u8),
}

impl ValidationError {
    /// Returns the localized message: the error, and how to correct it.
    #[must_use]
    pub fn message(self, locale: &dyn Localize) -> String {
        match self {
            Self::CodeLength(length) => {
                locale.format(self.message_id(), &[("length", Arg::Number(length.into()))])
            }
            Self::PhoneMobileToken { code, digit } => {
                let (code, digit) = (code.to_string(), digit.to_string());
                locale.format(
                    self.message_id(),
                    &[("code", Arg::Text(&code)), ("digit", Arg::Text(&digit))],
                )
            }
            _ => locale.message(self.message_id()),
        }
    }

    /// Returns the id of the message in `locales/`.
    #[must_use]
    pub fn message_id(self) -> &'static str {
        match self {
            Self::FirstNameMissing => "field-first-name-missing",
            Self::LastNameMissing => "field-last-name-missing",
            Self::NameTooLong => "field-name-too-long",
            Self::NameControlCharacter => "field-name-invisible",
            Self::PasskeyNameMissing => "field-passkey-name-missing",
            Self::EmailMissing => "field-email-missing",
            Self::EmailInvalid => "field-email-shape",
            Self::PhoneMissing => "field-phone-missing",
            Self::PhoneTooLong => "field-phone-too-long",
            Self::PhoneNotDigits => "field-phone-not-digits",
            Self::PhoneTooShort => "field-phone-too-short",
            Self::PhoneNoCountry => "field-phone-no-country",
            Self::PhoneInvalid => "field-phone-unknown",
            Self::PhoneNotMobile => "field-phone-not-mobile",
            Self::PhoneUnreachable => "field-phone-unreachable",
            Self::PhoneMobileToken { .. } => "field-phone-mobile-digit",
            Self::PhoneUnchanged => "field-phone-unchanged",
            Self::CountryUnknown => "field-country-unknown",
            Self::CodeNotDigits => "field-code-not-digits",
            Self::RecoveryCodeInvalid => "field-recovery-code-invalid",
            Self::CodeLength(_) => "field-code-length",
        }
    }
}
