//! What can be wrong with a field: the closed list. Its words are the messages `field-…` of `locales/`.

use super::words::{Fill, Tongue};

/// What is wrong with one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No first name.
    FirstNameMissing,
    /// No last name.
    LastNameMissing,
    /// A name of more characters than [`super::user::LONGEST_NAME`].
    NameTooLong,
    /// A control character or a direction override in a name.
    NameInvisible,
    /// No e-mail address.
    EmailMissing,
    /// Nothing that an e-mail server takes.
    EmailShape,
    /// No number.
    PhoneMissing,
    /// Far too much for a number.
    PhoneTooLong,
    /// Something else than digits in a number.
    PhoneNotDigits,
    /// Too few digits for any number.
    PhoneTooShort,
    /// A national number without a country.
    PhoneNoCountry,
    /// A number that nobody can have.
    PhoneUnknown,
    /// A number that no text can reach.
    PhoneNotMobile,
    /// A number that no text can reach, but would be a mobile one with a digit behind its calling code: Argentina's 9.
    PhoneMobileDigit {
        /// The calling code, without `+`.
        code: u16,
        /// The digit.
        digit: char,
    },
    /// No country of the list.
    CountryUnknown,
    /// No digits in a code, or something else than digits.
    CodeNotDigits,
    /// Too few or too many digits in a code.
    CodeLength(u8),
}

impl Fault {
    /// Its words: what is wrong and what to do.
    #[must_use]
    pub fn told(self, tongue: &dyn Tongue) -> String {
        match self {
            Self::CodeLength(length) => tongue.say_with(self.id(), &[("length", Fill::Number(length.into()))]),
            Self::PhoneMobileDigit { code, digit } => {
                let (code, digit) = (code.to_string(), digit.to_string());
                tongue.say_with(self.id(), &[("code", Fill::Text(&code)), ("digit", Fill::Text(&digit))])
            }
            _ => tongue.say(self.id()),
        }
    }

    /// The id of its message.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::FirstNameMissing => "field-first-name-missing",
            Self::LastNameMissing => "field-last-name-missing",
            Self::NameTooLong => "field-name-too-long",
            Self::NameInvisible => "field-name-invisible",
            Self::EmailMissing => "field-email-missing",
            Self::EmailShape => "field-email-shape",
            Self::PhoneMissing => "field-phone-missing",
            Self::PhoneTooLong => "field-phone-too-long",
            Self::PhoneNotDigits => "field-phone-not-digits",
            Self::PhoneTooShort => "field-phone-too-short",
            Self::PhoneNoCountry => "field-phone-no-country",
            Self::PhoneUnknown => "field-phone-unknown",
            Self::PhoneNotMobile => "field-phone-not-mobile",
            Self::PhoneMobileDigit { .. } => "field-phone-mobile-digit",
            Self::CountryUnknown => "field-country-unknown",
            Self::CodeNotDigits => "field-code-not-digits",
            Self::CodeLength(_) => "field-code-length",
        }
    }
}
