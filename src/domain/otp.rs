//! The one-time code: derived from what three parties hold, never stored, every digit equally
//! likely.

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

/// The purpose of a code. It is part of the derivation: a code of one purpose never opens another.
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

/// A one-time code: ASCII digits. Its `Debug` tells nothing; equality takes the same time wherever
/// the codes differ.
#[derive(Clone)]
pub struct Code(String);

impl Code {
    /// Reads what a person typed or pasted: digits of any script, spaces and dashes between them,
    /// or a message with the code in it.
    ///
    /// # Errors
    /// `invalid` for the field `code`, unless exactly `length` digits remain.
    pub fn parse(typed: &str, length: u8) -> Result<Self, Problem> {
        let code = Self::parse_any_length(typed)?;
        if code.len() == length { Ok(code) } else { Err(Self::wrong_length(length)) }
    }

    /// Parses a code of a length that is not known yet. The input is bounded all the same.
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

    /// Returns the error for a code with too few or too many digits.
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

/// The code in a message that was pasted whole: the one run of digits that is as long as codes are
/// and stands by itself, or two halves of it side by side. If two differ, nobody can tell which it
/// is.
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

/// The inputs of a code's derivation. The pepper stays with the server, the nonce in the row, the
/// secret in the browser's cookie.
#[derive(Clone, Copy)]
pub struct CodeInputs<'a> {
    /// The server's key for codes.
    pub pepper: &'a [u8; 32],
    /// The random value in the challenge's row.
    pub nonce: &'a [u8],
    /// The random value in the browser's cookie.
    pub secret: &'a [u8],
    /// The number that receives the code.
    pub phone: &'a PhoneNumber,
    /// The purpose of the code.
    pub purpose: Purpose,
    /// The number of digits, 6 to 8.
    pub length: u8,
}

/// Makes the code: HMAC-SHA256 over the inputs, each behind its length, then the first 128 bits
/// modulo 10^length. With 128 bits the most and the least likely code differ by less than one part
/// in 2^100.
#[must_use]
pub fn derive(from: CodeInputs<'_>) -> Code {
    // HMAC takes keys of every length; the signature cannot say so, and an empty code matches
    // nothing.
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
mod tests;
