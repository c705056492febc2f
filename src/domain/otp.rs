//! The one-time code. It is derived from the server's key, the nonce in the database and the secret
//! in the browser's cookie, and it is never stored. In practice all codes are equally likely.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::digits;
use super::phone::PhoneNumber;
use super::problem::Problem;
use super::validation_error::ValidationError;

/// The default length of a code, in digits (NIST SP 800-63B-4 §3.1.3.2 requires at least six).
pub const DEFAULT_CODE_LENGTH: u8 = 6;
/// The default lifetime of a code, in seconds (the same section allows ten minutes).
pub const DEFAULT_CODE_TTL: i64 = 300;
/// The possible lengths of a code, in digits: the range of `CODE_LENGTH`, which includes the longer
/// codes of the limits.
const CODE_LENGTHS: std::ops::RangeInclusive<usize> = 6..=8;
/// The maximum length of an input, in characters: that of a long SMS. A longer input is rejected.
const MAX_INPUT_CHARS: usize = 480;
/// The default maximum number of attempts at a challenge. `docs/limits.md` has the reason.
pub const DEFAULT_MAX_ATTEMPTS: i64 = 5;

/// The purpose of a code. The purpose is part of the derivation, so a code is not valid for another
/// purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Sign-in and sign-up, which are one flow.
    SignIn,
    /// Step-up: a signed-in person proves again that they receive the SMS of their number.
    StepUp,
    /// Change of an account's number: its code goes to the new number.
    ChangeNumber,
}

impl Purpose {
    /// Returns the name of the purpose in the database and in the derivation.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::StepUp => "step_up",
            Self::ChangeNumber => "change_number",
        }
    }

    /// Returns the purpose with this name; `None` if there is none.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::SignIn, Self::StepUp, Self::ChangeNumber]
            .into_iter()
            .find(|purpose| purpose.as_str() == name)
    }
}

/// A one-time code of ASCII digits. Its `Debug` output does not contain the digits. A comparison
/// takes the same time at whichever digit two codes of one length differ.
#[derive(Clone)]
pub struct Code(String);

impl Code {
    /// Parses a code that a person typed or pasted. The input is digits of any script, with or
    /// without spaces and dashes, or a whole message that contains the code.
    ///
    /// # Errors
    /// `invalid` for the field `code`, unless the input has exactly one code, of `length` digits.
    pub fn parse(typed: &str, length: u8) -> Result<Self, Problem> {
        let code = Self::parse_any_length(typed)?;
        if code.len() == length { Ok(code) } else { Err(Self::wrong_length(length)) }
    }

    /// Parses a code whose length is not known yet. Typed digits may have any length; in a message
    /// only a code of a possible length is found.
    ///
    /// # Errors
    /// `invalid` for the field `code`, if the input is too long, or if it is neither digits with
    /// spaces and dashes nor a message with exactly one code.
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

    /// Returns the number of digits.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a code is never empty")]
    pub fn len(&self) -> u8 {
        u8::try_from(self.0.len()).unwrap_or(u8::MAX)
    }

    /// Returns the digits. Only the text of the SMS may use them.
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

/// Finds the code in a message that was pasted as a whole. A code is a separate word of 6 to 8
/// digits, or two neighbouring words of 3 or of 4 digits each. Returns `None` if the message has no
/// code or several different ones.
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
    // A single word was typed, not pasted, and punctuation beside its digits is a mistake.
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

/// The inputs of the derivation of a code. The server keeps the pepper, the challenge's row has the
/// nonce, and the browser's cookie has the secret.
#[derive(Clone, Copy)]
pub struct CodeInputs<'a> {
    /// The server's key for codes, of 32 bytes.
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

/// Derives a code: the first 128 bits of an HMAC-SHA256, modulo 10^length. The pepper is the key of
/// the HMAC. Its message is the other inputs, each after its length in 8 bytes. With 128 bits, the
/// probabilities of the most and the least likely code differ by less than one part in 2^100.
#[must_use]
pub fn derive(from: CodeInputs<'_>) -> Code {
    // This never fails, because HMAC takes keys of every length. An empty code would match no typed
    // code.
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
