//! Phone numbers in E.164 form, their masked form for display, and the removal of formatting from
//! typed numbers.

pub mod as_you_type;
mod number_format;

use std::fmt;

pub use number_format::{Country, NumberFormat};

use super::digits;
use super::problem::Problem;
use super::validation_error::ValidationError;

/// Number of digits of an E.164 number, calling code included. The maximum is from ITU-T E.164 §6.
/// The minimum is the length of the shortest numbers in service.
const E164_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Maximum characters of a typed phone number, formatting included. Our own choice. Longer input is
/// not parsed.
const MAX_TYPED_CHARS: usize = 64;

/// A phone number in E.164 form: `+`, calling code, national number. `Debug` and `Display` show it
/// masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Wraps a number that is in E.164 form already, as the database and the parser return it.
    /// Returns `None` for any other text. The first digit must not be zero (ITU-T E.164 §6).
    #[must_use]
    pub fn from_e164(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let canonical = E164_DIGITS.contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0')
            && digits.len() > calling_code_length(digits);
        canonical.then(|| Self(text.to_owned()))
    }

    /// Returns the whole number with `+`. It is for the database and the SMS provider, never for a
    /// page or a log.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the calling code without `+`: `91` of `+919876543210`.
    #[must_use]
    pub fn calling_code(&self) -> &str {
        let digits = &self.0[1..];
        &digits[..calling_code_length(digits)]
    }

    /// Returns the national digits: `9876543210` of `+919876543210`.
    #[must_use]
    pub fn national(&self) -> &str {
        &self.0[1 + self.calling_code().len()..]
    }

    /// Returns the masked number for pages and logs. It shows the calling code and the last three
    /// digits: `+91 ••••• ••210`.
    #[must_use]
    pub fn masked(&self) -> String {
        let national = self.national().as_bytes();
        let hidden = national.len().saturating_sub(3);
        let mut masked = format!("+{} ", self.calling_code());
        for (i, digit) in national.iter().enumerate() {
            if i > 0 && (national.len() - i).is_multiple_of(5) {
                masked.push(' ');
            }
            masked.push(if i < hidden { '•' } else { char::from(*digit) });
        }
        masked
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// Converts a typed number to ASCII digits with an optional leading `+`. Digits may be of any
/// script. Formatting, invisible characters and the `tel:` of a link are removed. The server
/// decides which number the digits mean in a country, and whether it exists.
///
/// # Errors
/// Fails with `invalid` for the field `phone` if the input is too long, has other characters, or
/// has fewer than four digits.
pub fn normalize(typed: &str) -> Result<String, Problem> {
    let invalid = |error| Err(Problem::invalid("phone", error));
    if digits::visible_chars(typed).count() > MAX_TYPED_CHARS {
        return invalid(ValidationError::PhoneTooLong);
    }
    let Some(normalized) = strip_formatting(typed) else {
        return invalid(ValidationError::PhoneNotDigits);
    };
    match normalized.trim_start_matches('+').len() {
        0 => invalid(ValidationError::PhoneMissing),
        1..=3 => invalid(ValidationError::PhoneTooShort),
        _ => Ok(normalized),
    }
}

/// Returns the typed digits in ASCII with their leading `+`, without formatting. Returns `None` if
/// there is any other character.
#[must_use]
pub fn strip_formatting(typed: &str) -> Option<String> {
    let visible: String = digits::visible_chars(typed).collect();
    let visible = visible.trim_start();
    // The number was copied as a `tel:` link (RFC 3966).
    let is_link = visible.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel:"));
    let mut stripped = String::with_capacity(visible.len());
    for c in visible.chars().skip(if is_link { 4 } else { 0 }) {
        match c {
            '+' | '\u{FF0B}' if stripped.is_empty() => stripped.push('+'),
            '(' | ')' | '[' | ']' | '.' | '/' | '\u{FF08}' | '\u{FF09}' | '\u{B7}' => {}
            c if digits::is_separator(c) => {}
            c => stripped.push(digits::to_ascii_digit(c)?),
        }
    }
    Some(stripped)
}

/// Returns the number of digits of the calling code (ITU-T, List of E.164 assigned country codes).
/// Codes of the zones 1 and 7 have one digit, the listed ones have two, all others three.
fn calling_code_length(digits: &str) -> usize {
    match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_splits_into_calling_code_and_national_digits() {
        for (e164, code, national) in [
            ("+919876543210", "91", "9876543210"),
            ("+14155550123", "1", "4155550123"),
            ("+79161234567", "7", "9161234567"),
            ("+353851234567", "353", "851234567"),
            ("+393123456789", "39", "3123456789"),
            ("+6591234567", "65", "91234567"),
            ("+6737123456", "673", "7123456"),
        ] {
            let phone = PhoneNumber::from_e164(e164).unwrap();
            assert_eq!((phone.calling_code(), phone.national()), (code, national));
        }
    }

    #[test]
    fn only_the_last_three_digits_are_shown() {
        for (e164, masked) in [
            ("+919876543210", "+91 ••••• ••210"),
            ("+353851234567", "+353 •••• ••567"),
            ("+6737123456", "+673 •• ••456"),
        ] {
            let phone = PhoneNumber::from_e164(e164).unwrap();
            assert_eq!(
                (phone.masked(), format!("{phone:?}"), phone.to_string()),
                (masked.into(), masked.into(), masked.into())
            );
        }
    }

    #[test]
    fn a_string_that_is_not_canonical_is_no_number() {
        let texts = [
            "",
            "+",
            "919876543210",
            "+0123456789",
            "+91 9876543210",
            "+1234567890123456",
            "+12345",
            "+٩١٩٨٧٦٥٤٣٢١٠",
        ];
        assert!(texts.iter().all(|text| PhoneNumber::from_e164(text).is_none()));
    }

    #[test]
    fn formatting_is_stripped_and_letters_are_refused() {
        for (typed, normalized) in [
            (" +91 98765-43210 ", "+919876543210"),
            ("0091 9876543210", "00919876543210"),
            ("(0)98765.43210", "09876543210"),
            ("＋９１９８７６５４３２１０", "+919876543210"),
            ("٩٨٧٦٥٤٣٢١٠", "9876543210"),
            ("\u{202A}+91 98765 43210\u{202C}", "+919876543210"),
            ("+91\u{2062}98765\u{61C}\u{180E}43210\u{FE0F}", "+919876543210"),
            ("\u{FEFF} tel:+91-98765-43210", "+919876543210"),
            ("TEL: (0)98765 43210", "09876543210"),
        ] {
            assert_eq!(normalize(typed).unwrap(), normalized);
        }
        for typed in [
            "",
            "   ",
            "+",
            "0",
            "911",
            "1-800-FLOWERS",
            "98765x43210",
            "98765+43210",
            "📞98765",
            "98765\0",
            "tel:",
            "+tel:1",
        ] {
            assert!(matches!(normalize(typed), Err(Problem::Invalid(_))), "{typed:?}");
        }
        assert!(normalize(&"9".repeat(16 * 1024)).is_err());
    }

    proptest! {
        #[test]
        fn normalizing_never_panics_and_leaves_only_digits(typed in any::<String>()) {
            if let Ok(normalized) = normalize(&typed) {
                let digits = normalized.strip_prefix('+').unwrap_or(&normalized);
                prop_assert!(digits.bytes().all(|b| b.is_ascii_digit()));
            }
        }

        #[test]
        fn a_mask_never_shows_more_than_three_national_digits(e164 in "\\+[1-9][0-9]{6,14}") {
            if let Some(phone) = PhoneNumber::from_e164(&e164) {
                let masked = phone.masked();
                let shown = masked.trim_start_matches('+').trim_start_matches(phone.calling_code())
                    .chars().filter(char::is_ascii_digit).count();
                prop_assert!(shown <= 3);
            }
        }
    }
}
