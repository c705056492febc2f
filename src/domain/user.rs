//! The user: the details that the person enters, and the account as pages and the API show it.

use std::str::FromStr;

use email_address::EmailAddress;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::validation_error::ValidationError;
use super::visible::{first_visible_grapheme, is_visible};

/// Maximum length of a first or last name, in characters. Our own choice.
pub const MAX_NAME_CHARS: usize = 100;
/// Maximum length of an e-mail address, in bytes, so that it fits into a path of SMTP (RFC 5321
/// §4.5.3.1.3, and erratum 1690 of RFC 3696).
pub const MAX_EMAIL_BYTES: usize = 254;

/// The name and e-mail address of an account, validated and as they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// The first name, in any script.
    pub first_name: String,
    /// The last name, in any script.
    pub last_name: String,
    /// The e-mail address, with the ASCII letters of its domain in lower case. It does not identify
    /// an account.
    pub email: String,
}

/// An account as pages and the API show it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// The random id of the account.
    pub id: String,
    /// The first name, as in [`Details`].
    pub first_name: String,
    /// The last name, as in [`Details`].
    pub last_name: String,
    /// The e-mail address, as in [`Details`].
    pub email: String,
    /// The masked phone number: `+91 ••••• ••210`.
    pub phone: String,
}

impl UserView {
    /// Returns the first and the last name, with a space between them.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// Returns the initial for the profile menu: the first visible grapheme of the first name.
    #[must_use]
    pub fn initial(&self) -> String {
        first_visible_grapheme(&self.first_name).to_owned()
    }
}

impl Details {
    /// Validates the three fields and removes the white space around them.
    ///
    /// # Errors
    /// Fails with `invalid`, which has the error of every field that is not valid.
    pub fn parse(first_name: &str, last_name: &str, email: &str) -> Result<Self, Problem> {
        let mut fields = Vec::new();
        let mut collect = |field, parsed: Result<String, ValidationError>| {
            parsed.unwrap_or_else(|error| {
                fields.push((field, error));
                String::new()
            })
        };
        let details = Self {
            first_name: collect(
                "first_name",
                parse_name(first_name, ValidationError::FirstNameMissing),
            ),
            last_name: collect(
                "last_name",
                parse_name(last_name, ValidationError::LastNameMissing),
            ),
            email: collect("email", parse_email(email)),
        };
        if fields.is_empty() { Ok(details) } else { Err(Problem::Invalid(fields)) }
    }
}

/// Validates a name and removes the white space around it. The error of a name without a visible
/// character is `empty`.
///
/// # Errors
/// Fails with `empty`, `NameTooLong` or `NameControlCharacter`.
pub fn parse_name(typed: &str, empty: ValidationError) -> Result<String, ValidationError> {
    let name = typed.trim();
    if !name.chars().any(is_visible) {
        Err(empty)
    } else if name.chars().count() > MAX_NAME_CHARS {
        Err(ValidationError::NameTooLong)
    } else if name.chars().any(|c| c.is_control() || is_bidi_control(c)) {
        Err(ValidationError::NameControlCharacter)
    } else {
        Ok(name.to_owned())
    }
}

/// Validates an e-mail address and removes the white space around it.
///
/// # Errors
/// Fails with `EmailMissing` or `EmailInvalid`.
pub fn parse_email(typed: &str) -> Result<String, ValidationError> {
    let email = typed.trim();
    if email.is_empty() {
        return Err(ValidationError::EmailMissing);
    }
    let strict = email_address::Options::default()
        .with_required_tld()
        .without_display_text()
        .without_domain_literal();
    // The address is parsed twice: `from_str` checks the grammar, and `parse_with_options` checks
    // our own restrictions.
    let valid = EmailAddress::from_str(email).is_ok()
        && EmailAddress::parse_with_options(email, strict).is_ok();
    match email.rsplit_once('@') {
        Some((local, domain))
            if valid && email.len() <= MAX_EMAIL_BYTES && !email.chars().any(char::is_control) =>
        {
            Ok(format!("{local}@{}", domain.to_ascii_lowercase()))
        }
        _ => Err(ValidationError::EmailInvalid),
    }
}

/// Returns `true` for a bidirectional control character. It would change the text direction of a
/// page that shows the name.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(first: &str, last: &str, email: &str) -> Vec<&'static str> {
        match Details::parse(first, last, email) {
            Err(Problem::Invalid(fields)) => fields.into_iter().map(|(field, _)| field).collect(),
            _ => vec![],
        }
    }

    #[test]
    fn names_of_every_script_are_valid() {
        for name in [
            "Ada",
            "Åsa",
            "李",
            "राधा",
            "فاطمة",
            "O'Brien-Müller",
            "Mary Ann",
            "ශ්\u{200D}රී",
            "X Æ A-12",
        ] {
            assert_eq!(fields(name, name, "a@b.co"), Vec::<&str>::new(), "{name}");
        }
    }

    #[test]
    fn a_name_has_one_to_a_hundred_characters_and_no_control_characters() {
        assert!(fields(&"é".repeat(100), "B", "a@b.co").is_empty());
        for name in ["", "   ", "\u{200B}", "a\nb", "a\0", "\u{202E}adA", &"é".repeat(101)] {
            assert_eq!(fields(name, "B", "a@b.co"), ["first_name"], "{name:?}");
            assert_eq!(fields("A", name, "a@b.co"), ["last_name"], "{name:?}");
        }
    }

    #[test]
    fn a_name_has_a_visible_character() {
        for name in [
            "\u{2800}",
            "\u{301}\u{302}",
            "\u{93E}",
            "\u{20E3}",
            "\u{3164}",
            "\u{FFA0} \u{180E}",
            "\u{200D}\u{FE0F}",
            "\u{FEFF}\u{2800}\u{E0041}",
        ] {
            let nothing = Details::parse(name, name, "a@b.co");
            let expected = [
                ("first_name", ValidationError::FirstNameMissing),
                ("last_name", ValidationError::LastNameMissing),
            ];
            assert_eq!(nothing, Err(Problem::Invalid(expected.into())), "{name:?}");
        }
        for name in ["\u{2800}A", "🌸", "1", "-", "é", "e\u{301}"] {
            assert_eq!(fields(name, name, "a@b.co"), Vec::<&str>::new(), "{name:?}");
        }
    }

    #[test]
    fn the_initial_is_the_first_visible_grapheme() {
        for (first_name, initial) in
            [("Ada", "A"), ("🇮🇳 Asha", "🇮🇳"), ("\u{200F}\u{FEFF}Asha", "A"), ("क्षमा", "क्ष")]
        {
            let user = UserView { first_name: first_name.into(), ..UserView::default() };
            assert_eq!(user.initial(), initial);
        }
    }

    #[test]
    fn an_email_keeps_its_name_and_gets_a_lower_case_domain() {
        let details = Details::parse(" Ada ", "Lovelace", " Ada.L+x@Example.COM ").unwrap();
        assert_eq!(
            (details.first_name.as_str(), details.email.as_str()),
            ("Ada", "Ada.L+x@example.com")
        );
        assert!(fields("A", "B", "δοκιμή@παράδειγμα.ελ").is_empty());
    }

    #[test]
    fn an_invalid_email_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for email in [
            "",
            "ada",
            "ada@",
            "@b.co",
            "ada@localhost",
            "a b@c.co",
            "a@b..co",
            "Ada <a@b.co>",
            "a@[127.0.0.1]",
            "a@b.co\n,x@y.z",
            &long,
        ] {
            assert_eq!(fields("A", "B", email), ["email"], "{email:?}");
        }
    }

    #[test]
    fn every_bad_field_is_named_at_once() {
        assert_eq!(fields("", "", ""), ["first_name", "last_name", "email"]);
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_stable(
            first in any::<String>(),
            last in any::<String>(),
            email in any::<String>(),
        ) {
            if let Ok(once) = Details::parse(&first, &last, &email) {
                let again = Details::parse(&once.first_name, &once.last_name, &once.email);
                prop_assert_eq!(again, Ok(once));
            }
        }
    }
}
