//! The one-time code: derived from what three parties hold, never stored, every digit equally likely.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::digits;
use super::phone::PhoneNumber;
use super::problem::Problem;
use super::validation_error::ValidationError;

/// Default length of a code (NIST SP 800-63B-4 §3.1.3.2 requires at least six digits).
pub const LENGTH: u8 = 6;
/// Default lifetime of a code, in seconds (that section allows ten minutes).
pub const TTL: i64 = 300;
/// Allowed lengths of a code, by its setting and by the limits.
const CODE_LENGTHS: std::ops::RangeInclusive<usize> = 6..=8;
/// Maximum characters of an input: a long SMS. A longer input is not read.
const MAX_INPUT_CHARS: usize = 480;
/// Default maximum of attempts at a challenge.
pub const MAX_ATTEMPTS: i64 = 5;

/// What a code is for; part of its derivation, so that a code of one purpose never opens another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signing in, and signing up: one journey.
    SignIn,
}

impl Purpose {
    /// The name in the database and in the derivation.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
        }
    }
}

/// A one-time code: ASCII digits. Its `Debug` tells nothing; equality takes the same time wherever the codes differ.
#[derive(Clone)]
pub struct Code(String);

impl Code {
    /// Reads what a person typed or pasted: digits of any script, spaces and dashes between them, or a message with the code in it.
    ///
    /// # Errors
    /// `invalid` for the field `code`, unless exactly `length` digits remain.
    pub fn parse(typed: &str, length: u8) -> Result<Self, Problem> {
        let code = Self::parse_any_length(typed)?;
        if code.len() == length { Ok(code) } else { Err(Self::wrong_length(length)) }
    }

    /// The same where the length is not known yet; it is still bounded, so that nobody sends a novel.
    ///
    /// # Errors
    /// `invalid` when anything but digits, spaces and dashes is there, or no digit at all.
    pub fn parse_any_length(typed: &str) -> Result<Self, Problem> {
        let invalid = || Problem::invalid("code", ValidationError::CodeNotDigits);
        let typed: String = digits::visible_chars(typed).take(MAX_INPUT_CHARS + 1).collect();
        if typed.chars().count() > MAX_INPUT_CHARS {
            return Err(invalid());
        }
        let digits =
            typed.chars().filter(|c| !digits::is_separator(*c)).map(digits::to_ascii_digit);
        match digits.collect::<Option<String>>() {
            Some(code) if !code.is_empty() => Ok(Self(code)),
            _ => find_in_message(&typed).map(Self).ok_or_else(invalid),
        }
    }

    /// What to say to somebody whose code has too few or too many digits.
    #[must_use]
    pub fn wrong_length(length: u8) -> Problem {
        Problem::invalid("code", ValidationError::CodeLength(length))
    }

    /// How many digits it has.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a code is never empty")]
    pub fn len(&self) -> u8 {
        u8::try_from(self.0.len()).unwrap_or(u8::MAX)
    }

    /// The digits, for the message that carries them and nothing else.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// The code in a message that was pasted whole: the one run of digits that is as long as codes are and stands by itself, or two
/// halves of it side by side. If two differ, nobody can tell which it is.
fn find_in_message(text: &str) -> Option<String> {
    let is_punctuation = |c: char| c.is_whitespace() || ",:;()\"#«»،".contains(c);
    let words = text
        .split(is_punctuation)
        .map(|word| word.trim_end_matches(['.', '!', '?', '।', '۔']))
        .filter(|word| !word.is_empty());
    let all: Vec<Option<String>> = words
        .map(|word| {
            word.chars().filter(|c| !digits::is_separator(*c)).map(digits::to_ascii_digit).collect()
        })
        .collect();
    // One word alone was typed, not pasted: a mark at it is a mistake.
    let whole = all
        .iter()
        .flatten()
        .filter(|word| CODE_LENGTHS.contains(&word.len()) && all.len() > 1)
        .cloned();
    let halves = all.windows(2).filter_map(|pair| match pair {
        [Some(first), Some(second)] if first.len() == second.len() => {
            Some(format!("{first}{second}"))
        }
        _ => None,
    });
    let mut found: Vec<String> =
        whole.chain(halves.filter(|joined| CODE_LENGTHS.contains(&joined.len()))).collect();
    found.sort_unstable();
    found.dedup();
    found.pop().filter(|_| found.is_empty())
}

/// The inputs of a code's derivation. The pepper stays with the server, the nonce in the row, the secret in the browser's cookie.
#[derive(Clone, Copy)]
pub struct CodeInputs<'a> {
    /// The server's key for codes.
    pub pepper: &'a [u8; 32],
    /// The random value in the challenge's row.
    pub nonce: &'a [u8],
    /// The random value in the browser's cookie.
    pub secret: &'a [u8],
    /// Whom the code is sent to.
    pub phone: &'a PhoneNumber,
    /// What it opens.
    pub purpose: Purpose,
    /// How many digits, 6 to 8.
    pub length: u8,
}

/// Makes the code: HMAC-SHA256 over the inputs, each behind its length, then the first 128 bits modulo 10^length.
/// With 128 bits the most and the least likely code differ by less than one part in 2^100.
#[must_use]
pub fn derive(from: CodeInputs<'_>) -> Code {
    // HMAC takes keys of every length; the signature cannot say so, and an empty code matches nothing.
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(from.pepper) else { return Code(String::new()) };
    let fields = [
        from.nonce,
        from.secret,
        from.phone.as_str().as_bytes(),
        from.purpose.as_str().as_bytes(),
        &[from.length],
    ];
    let mac = fields.iter().fold(mac, |mac, field| {
        mac.chain_update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes())
            .chain_update(field)
    });
    truncate(&mac.finalize().into_bytes(), from.length)
}

fn truncate(bytes: &[u8], length: u8) -> Code {
    let number = bytes.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    Code(format!(
        "{:0width$}",
        number % 10_u128.pow(u32::from(length)),
        width = usize::from(length)
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(nonce: &[u8], secret: &[u8], phone: &PhoneNumber, length: u8) -> Code {
        derive(CodeInputs {
            pepper: &[7; 32],
            nonce,
            secret,
            phone,
            purpose: Purpose::SignIn,
            length,
        })
    }

    fn phone(e164: &str) -> PhoneNumber {
        PhoneNumber::from_e164(e164).unwrap()
    }

    #[test]
    fn every_code_from_all_zeros_to_all_nines_is_reachable() {
        let bytes = |number: u128| [number.to_be_bytes(), [0xAA; 16]].concat();
        for (number, six, eight) in [
            (0, "000000", "00000000"),
            (999_999, "999999", "00999999"),
            (1_000_000, "000000", "01000000"),
            (99_999_999, "999999", "99999999"),
            (u128::MAX, "211455", "68211455"),
        ] {
            assert_eq!(truncate(&bytes(number), 6).digits(), six);
            assert_eq!(truncate(&bytes(number), 8).digits(), eight);
        }
    }

    #[test]
    fn a_code_belongs_to_its_own_nonce_secret_number_and_length() {
        let number = phone("+919876543210");
        let original = code(b"nonce", b"secret", &number, 8);
        assert_eq!(original, code(b"nonce", b"secret", &number, 8), "a re-send is the same code");
        assert_ne!(original, code(b"nonceX", b"secret", &number, 8));
        assert_ne!(original, code(b"nonces", b"ecret", &number, 8), "fields carry their lengths");
        assert_ne!(original, code(b"nonce", b"secreT", &number, 8));
        assert_ne!(original, code(b"nonce", b"secret", &phone("+919876543211"), 8));
        assert!(!original.digits().ends_with(code(b"nonce", b"secret", &number, 6).digits()));
    }

    #[test]
    fn what_people_paste_is_understood_and_the_rest_is_refused_in_words() {
        let unseen =
            ["1\u{FE0F}23\u{2062}456\u{61C}", "12\u{180E}3456\u{E0020}", "\u{202A}123456\u{202C}"];
        for typed in ["123456", " 123 456 ", "123-456", "１２３４５６", "١٢٣٤٥٦", "1 2 3 4 5 6"]
            .into_iter()
            .chain(unseen)
        {
            assert_eq!(Code::parse(typed, 6).unwrap().digits(), "123456", "{typed:?}");
        }
        for typed in [
            "",
            " ",
            "12345",
            "1234567",
            "12345a",
            "abcdef",
            "12345🙂",
            "123456\0",
            "+123456",
            "1.23456",
        ] {
            assert!(matches!(Code::parse(typed, 6), Err(Problem::Invalid(_))), "{typed:?}");
        }
    }

    #[test]
    fn a_message_that_was_pasted_whole_gives_its_code_if_there_is_but_one() {
        for message in [
            "Your code is 123456.",
            "123456 is your Ringkey code. It is good for 5 minutes.",
            "<#> Use 123-456 to sign in",
            "Use 123 456 to sign in.",
            "Ringkey: code 123456, reference 7KQX. @localhost #123456",
            "आपका कोड 123456 है।",
            "رمزك هو ١٢٣٤٥٦.",
            "\u{61C}رمزك هو ١٢٣٤٥٦\u{200F}.\u{FEFF}",
            "Your code is 123\u{2062}456.",
        ] {
            assert_eq!(Code::parse(message, 6).unwrap().digits(), "123456", "{message:?}");
        }
        for message in [
            "Code 123456 or 654321",
            "Call 9876543210",
            "Your code is 12345",
            "Code abc123456",
            "123456.",
        ] {
            assert!(Code::parse(message, 6).is_err(), "{message:?}");
        }
    }

    #[test]
    fn a_code_never_shows_itself_in_a_log() {
        assert_eq!(format!("{:?}", Code::parse("123456", 6).unwrap()), "Code(…)");
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_gives_only_ascii_digits(typed in any::<String>(), length in 4_u8..=10) {
            if let Ok(code) = Code::parse(&typed, length) {
                prop_assert_eq!(code.len(), length);
                prop_assert!(code.digits().bytes().all(|b| b.is_ascii_digit()));
            }
        }
    }
}
