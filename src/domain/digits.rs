//! Conversion of decimal digits of every script to ASCII, and removal of invisible characters.
//! People type and paste both.

use super::visible::is_default_ignorable;

/// The code point of the digit zero in each script that keyboards and phones produce (Unicode 16,
/// general category Nd, basic plane). The next nine code points are the digits 1 to 9. The standard
/// guarantees this for Nd.
const ZEROS: [u32; 37] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66,
    0xDE6, 0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
];

/// Returns the ASCII digit for a decimal digit of any script; `None` for another character.
#[must_use]
pub fn to_ascii_digit(c: char) -> Option<char> {
    let point = u32::from(c);
    let zero = ZEROS.iter().rev().find(|zero| **zero <= point)?;
    char::from_digit(point - zero, 10)
}

/// Returns the characters of a text without the default-ignorable ones. A number or a code that is
/// copied from a contact card, an emoji or a right-to-left message may contain such characters. A
/// person does not see them, and so cannot delete them.
pub fn visible_chars(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !is_default_ignorable(*c))
}

/// Returns `true` for white space and dashes, which only separate groups of digits.
#[must_use]
pub fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE63}' | '\u{FF0D}' | '\u{30FC}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_become_ascii() {
        for (text, ascii) in [
            ("0123456789", "0123456789"),
            ("٠١٢٣٤٥٦٧٨٩", "0123456789"),
            ("９８७৬", "9876"),
            ("۴۲", "42"),
        ] {
            assert_eq!(text.chars().filter_map(to_ascii_digit).collect::<String>(), ascii);
        }
        for c in ['/', ':', 'a', '\u{65F}', '\u{66A}', '\u{FF0F}', '\u{FF1A}', '½', '²', '🙂', '\0']
        {
            assert_eq!(to_ascii_digit(c), None, "{c:?}");
        }
    }
    #[test]
    fn ignorable_characters_are_removed_and_their_neighbours_are_not() {
        for (first, last) in crate::domain::visible::DEFAULT_IGNORABLE {
            for c in [first, last] {
                assert_eq!(visible_chars(&format!("1{c}2")).collect::<String>(), "12", "{c:?}");
            }
            let before = char::from_u32(u32::from(first) - 1);
            let behind = char::from_u32(u32::from(last) + 1);
            assert!(
                before.into_iter().chain(behind).all(|c| visible_chars(&c.to_string()).eq([c])),
                "{first:?} {last:?}"
            );
        }
        assert_eq!(
            visible_chars("a\u{0} \u{2800}é").collect::<String>(),
            "a\u{0} \u{2800}é",
            "visible characters and controls stay"
        );
    }
}
