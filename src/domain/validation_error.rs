//! Validation errors of form fields: a closed list. Their messages are `field-…` in `locales/`.

use super::messages::{Arg, Localize};

/// The reason why one field is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValidationError {
    /// The first name is missing.
    FirstNameMissing,
    /// The last name is missing.
    LastNameMissing,
    /// A name of more characters than [`super::user::MAX_NAME_CHARS`].
    NameTooLong,
    /// A control character or a direction override in a name.
    NameControlCharacter,
    /// The e-mail address is missing.
    EmailMissing,
    /// An address that no e-mail server accepts.
    EmailInvalid,
    /// The number is missing.
    PhoneMissing,
    /// More characters than a phone number can have.
    PhoneTooLong,
    /// A character in a phone number that is no digit.
    PhoneNotDigits,
    /// Too few digits for any number.
    PhoneTooShort,
    /// A national number without a country.
    PhoneNoCountry,
    /// A number that does not exist in any numbering plan.
    PhoneInvalid,
    /// A number that cannot receive an SMS.
    PhoneNotMobile,
    /// A number that would be a mobile one with its country's mobile token behind the calling code:
    /// Argentina's 9.
    PhoneMobileToken {
        /// The calling code, without `+`.
        code: u16,
        /// The mobile token.
        digit: char,
    },
    /// A code that is no country.
    CountryUnknown,
    /// No digits in a code, or something else than digits.
    CodeNotDigits,
    /// Too few or too many digits in a code.
    CodeLength(u8),
}

impl ValidationError {
    /// The localized message: the error, and how to correct it.
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

    /// The message id in `locales/`.
    #[must_use]
    pub fn message_id(self) -> &'static str {
        match self {
            Self::FirstNameMissing => "field-first-name-missing",
            Self::LastNameMissing => "field-last-name-missing",
            Self::NameTooLong => "field-name-too-long",
            Self::NameControlCharacter => "field-name-invisible",
            Self::EmailMissing => "field-email-missing",
            Self::EmailInvalid => "field-email-shape",
            Self::PhoneMissing => "field-phone-missing",
            Self::PhoneTooLong => "field-phone-too-long",
            Self::PhoneNotDigits => "field-phone-not-digits",
            Self::PhoneTooShort => "field-phone-too-short",
            Self::PhoneNoCountry => "field-phone-no-country",
            Self::PhoneInvalid => "field-phone-unknown",
            Self::PhoneNotMobile => "field-phone-not-mobile",
            Self::PhoneMobileToken { .. } => "field-phone-mobile-digit",
            Self::CountryUnknown => "field-country-unknown",
            Self::CodeNotDigits => "field-code-not-digits",
            Self::CodeLength(_) => "field-code-length",
        }
    }
}
