//! Recovery codes: they open an account whose number receives no SMS any more.

use super::digits;

/// The number of codes in a set. Our own choice, as that of other services.
pub const RECOVERY_CODE_COUNT: usize = 10;
/// The number of characters of a code. 16 characters of five bits are 80 bits; NIST SP 800-63B-4
/// §4.2.1.1 requires 64 of a saved recovery code.
pub const RECOVERY_CODE_LENGTH: usize = 16;
/// The number of characters between two hyphens of a code.
const GROUP_LENGTH: usize = 4;
/// The alphabet of Crockford's Base32, which has no I, L, O and U.
const ALPHABET: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J',
    'K', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
];
/// The maximum length of an input, in characters: a code with generous spaces.
const MAX_INPUT_CHARS: usize = 64;

/// A recovery code. Its `Debug` output does not contain the code.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// Returns the code of these random bits, of which the lowest 80 count.
    #[must_use]
    pub fn from_bits(bits: u128) -> Self {
        let digit = |place: usize| {
            let index = usize::try_from((bits >> (5 * place)) & 31).unwrap_or_default();
            ALPHABET[index]
        };
        Self((0..RECOVERY_CODE_LENGTH).map(digit).collect())
    }

    /// Parses a code that a person typed, in upper or lower case, with or without hyphens and
    /// spaces. The letters that look like digits are read as those digits. Returns `None` for any
    /// other text.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let chars = digits::visible_chars(typed).take(MAX_INPUT_CHARS + 1);
        let chars = chars.filter(|c| !digits::is_separator(*c));
        let code: Option<String> = chars.map(read_char).collect();
        code.filter(|code| code.len() == RECOVERY_CODE_LENGTH).map(Self)
    }

    /// Returns the code without hyphens, as it is hashed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the code in groups, as it is shown: `ABCD-EFGH-JKMN-PQRS`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let groups = self.0.as_bytes().chunks(GROUP_LENGTH);
        groups.map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
    }
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

fn read_char(typed: char) -> Option<char> {
    let upper = digits::to_ascii_digit(typed).unwrap_or(typed.to_ascii_uppercase());
    let read = match upper {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET.contains(&read).then_some(read)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_code_is_read_back_however_it_is_typed(bits: u128) {
            let code = RecoveryCode::from_bits(bits);
            let shown = code.grouped();
            prop_assert_eq!(shown.len(), 19);
            let typed = [
                shown.clone(),
                shown.to_lowercase(),
                shown.replace('-', "  "),
                format!("\u{a0}{}\n", shown.replace('-', "")),
                shown.replace('0', "o").replace('1', "l"),
            ];
            for typed in typed {
                prop_assert_eq!(RecoveryCode::parse(&typed).unwrap(), code.clone());
            }
        }

        #[test]
        fn bits_above_the_eightieth_do_not_count(bits: u128) {
            let low = RecoveryCode::from_bits(bits & ((1 << 80) - 1));
            prop_assert_eq!(RecoveryCode::from_bits(bits), low);
        }
    }

    #[test]
    fn any_other_text_is_invalid() {
        let long = "A".repeat(65);
        for typed in [
            "",
            "ABCD-EFGH-JKMN",
            "ABCD-EFGH-JKMN-PQR",
            "ABCD-EFGH-JKMN-PQRSA",
            "ABCD-EFGH-JKMN-PQRU",
            &long,
        ] {
            assert!(RecoveryCode::parse(typed).is_none(), "{typed}");
        }
        assert!(!format!("{:?}", RecoveryCode::from_bits(7)).contains('7'));
    }
}
