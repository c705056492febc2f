//! Classification of characters as visible or not, and the first visible grapheme of a string.
//!
//! The rules are part of the WASM, where every table makes the download larger. Therefore only the
//! marks have a full table. The other ranges are written by hand.

/// Returns `true` if a character is visible by itself. White space, control characters, blank
/// characters, marks and default-ignorable characters are not.
#[must_use]
pub fn is_visible(c: char) -> bool {
    !(c.is_whitespace() || c.is_control() || is_default_ignorable(c) || is_blank(c) || is_mark(c))
}

/// The first and the last code point of each range that is shown as nothing: joiners, directions,
/// variation selectors, fillers and tags (Unicode 16, `Default_Ignorable_Code_Point` in
/// `DerivedCoreProperties.txt`).
pub(super) const DEFAULT_IGNORABLE: [(char, char); 17] = [
    ('\u{AD}', '\u{AD}'),
    ('\u{34F}', '\u{34F}'),
    ('\u{61C}', '\u{61C}'),
    ('\u{115F}', '\u{1160}'),
    ('\u{17B4}', '\u{17B5}'),
    ('\u{180B}', '\u{180F}'),
    ('\u{200B}', '\u{200F}'),
    ('\u{202A}', '\u{202E}'),
    ('\u{2060}', '\u{206F}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{FE00}', '\u{FE0F}'),
    ('\u{FEFF}', '\u{FEFF}'),
    ('\u{FFA0}', '\u{FFA0}'),
    ('\u{FFF0}', '\u{FFF8}'),
    ('\u{1BCA0}', '\u{1BCA3}'),
    ('\u{1D173}', '\u{1D17A}'),
    ('\u{E0000}', '\u{E0FFF}'),
];

/// Returns `true` for a default-ignorable code point, which is invisible on its own.
#[must_use]
pub fn is_default_ignorable(c: char) -> bool {
    DEFAULT_IGNORABLE.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// Returns the first visible grapheme cluster (UAX #29) of a string: a letter with its marks, or a
/// whole flag, emoji or syllable. Only the rules that matter in names are implemented. Returns an
/// empty string if no character is visible.
#[must_use]
pub fn first_visible_grapheme(text: &str) -> &str {
    let Some((start, first)) = text.char_indices().find(|(_, c)| is_visible(*c)) else { return "" };
    let after = start + first.len_utf8();
    let (mut before, mut after_linker) = (first, false);
    for (at, c) in text[after..].char_indices() {
        let is_continued = is_grapheme_extend(c)
            // The second of the two characters of a flag.
            || at == 0 && is_regional_indicator(first) && is_regional_indicator(c)
            // An emoji that a joiner connects to the one before.
            || before == ZERO_WIDTH_JOINER && is_symbol(first) && is_symbol(c)
            // A consonant that a linker connects to the one before.
            || after_linker && c.is_alphabetic();
        if !is_continued {
            return &text[start..after + at];
        }
        after_linker = is_grapheme_extend(c) && (after_linker || is_linker(c));
        before = c;
    }
    &text[start..]
}

const ZERO_WIDTH_JOINER: char = '\u{200D}';

/// Returns `true` if a character belongs to the character before it.
fn is_grapheme_extend(c: char) -> bool {
    // In this order: marks, joiners, the vowel AM of Thai and Lao, vowels and final consonants of
    // Hangul, half-width voice marks, skin tones, and the tags of a region's flag.
    is_mark(c)
        || matches!(c, '\u{200C}' | ZERO_WIDTH_JOINER | '\u{E33}' | '\u{EB3}'
            | '\u{1160}'..='\u{11FF}' | '\u{D7B0}'..='\u{D7FB}'
            | '\u{FF9E}' | '\u{FF9F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}')
}

/// Returns `true` for a linker: the mark that connects a consonant to the next one in Devanagari,
/// Bengali, Gujarati, Oriya, Telugu and Malayalam.
fn is_linker(c: char) -> bool {
    matches!(c, '\u{94D}' | '\u{9CD}' | '\u{ACD}' | '\u{B4D}' | '\u{C4D}' | '\u{D4D}')
}

fn is_regional_indicator(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

fn is_symbol(c: char) -> bool {
    !c.is_ascii() && !c.is_alphanumeric() && is_visible(c)
}

/// Returns `true` for a symbol that is drawn empty: the Braille pattern without dots, the null note
/// head of music, and the anchors of annotations.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{2800}' | '\u{1D159}' | '\u{FFF9}'..='\u{FFFB}')
}

/// Returns `true` for a mark (general category M), which is drawn on the character before it.
fn is_mark(c: char) -> bool {
    let next = MARKS.partition_point(|run| run >> 8 <= u32::from(c));
    next.checked_sub(1).is_some_and(|at| u32::from(c) - (MARKS[at] >> 8) <= (MARKS[at] & 0xFF))
}

/// The ranges of marks in Unicode 18, in four bytes each. The first three bytes are the first mark.
/// The last byte is the number of code points that follow. A range may include code points that
/// are not assigned.
#[expect(
    clippy::unusual_byte_groupings,
    reason = "a range is its first code point, then how many follow"
)]
const MARKS: [u32; 270] = [
    0x0300_6F, 0x0483_06, 0x0591_2C, 0x05BF_00, 0x05C1_01, 0x05C4_01, 0x05C7_02, 0x0610_0A,
    0x064B_14, 0x0670_00, 0x06D6_06, 0x06DF_05, 0x06E7_01, 0x06EA_03, 0x0711_00, 0x0730_1A,
    0x07A6_0A, 0x07EB_08, 0x07FD_00, 0x0816_03, 0x081B_08, 0x0825_02, 0x0829_04, 0x0859_02,
    0x0897_08, 0x08CA_17, 0x08E3_20, 0x093A_02, 0x093E_11, 0x0951_06, 0x0962_01, 0x0981_02,
    0x09BC_00, 0x09BE_0F, 0x09D7_00, 0x09E2_01, 0x09FE_05, 0x0A3C_15, 0x0A70_01, 0x0A75_00,
    0x0A81_02, 0x0ABC_00, 0x0ABE_0F, 0x0AE2_01, 0x0AFA_09, 0x0B3C_00, 0x0B3E_19, 0x0B62_01,
    0x0B82_00, 0x0BBE_0F, 0x0BD7_00, 0x0C00_04, 0x0C3C_00, 0x0C3E_18, 0x0C62_01, 0x0C81_02,
    0x0CBC_00, 0x0CBE_18, 0x0CE2_01, 0x0CF3_10, 0x0D3B_01, 0x0D3E_0F, 0x0D57_00, 0x0D62_01,
    0x0D81_02, 0x0DCA_15, 0x0DF2_01, 0x0E31_00, 0x0E34_06, 0x0E47_07, 0x0EB1_00, 0x0EB4_08,
    0x0EC8_06, 0x0F18_01, 0x0F35_00, 0x0F37_00, 0x0F39_00, 0x0F3E_01, 0x0F71_13, 0x0F86_01,
    0x0F8D_2F, 0x0FC6_00, 0x102B_13, 0x1056_03, 0x105E_02, 0x1062_02, 0x1067_06, 0x1071_03,
    0x1082_0B, 0x108F_00, 0x109A_03, 0x135D_02, 0x1712_03, 0x1732_02, 0x1752_01, 0x1772_01,
    0x17B4_1F, 0x17DD_00, 0x180B_02, 0x180F_00, 0x1885_01, 0x18A9_00, 0x1920_1B, 0x1A17_04,
    0x1A55_2A, 0x1AB0_54, 0x1B34_10, 0x1B6B_08, 0x1B80_02, 0x1BA1_0C, 0x1BE6_0D, 0x1C24_13,
    0x1CD0_02, 0x1CD4_14, 0x1CED_00, 0x1CF4_00, 0x1CF7_02, 0x1DC0_3F, 0x20D0_20, 0x2CEF_02,
    0x2D7F_00, 0x2DE0_1F, 0x302A_05, 0x3099_01, 0xA66F_03, 0xA674_09, 0xA69E_01, 0xA6F0_01,
    0xA802_00, 0xA806_00, 0xA80B_00, 0xA823_04, 0xA82C_00, 0xA880_01, 0xA8B4_11, 0xA8E0_11,
    0xA8FF_00, 0xA926_07, 0xA947_0C, 0xA980_03, 0xA9B3_0D, 0xA9E5_00, 0xAA29_0D, 0xAA43_00,
    0xAA4C_01, 0xAA7B_02, 0xAAB0_00, 0xAAB2_02, 0xAAB7_01, 0xAABE_01, 0xAAC1_00, 0xAAEB_04,
    0xAAF5_01, 0xABE3_07, 0xABEC_01, 0xFB1E_00, 0xFE00_0F, 0xFE20_0F, 0x101FD_00, 0x102E0_00,
    0x10376_04, 0x10A01_0E, 0x10A38_07, 0x10AE5_01, 0x10D24_03, 0x10D69_04, 0x10EAB_01, 0x10ECB_04,
    0x10EF0_0F, 0x10F46_0A, 0x10F82_03, 0x11000_02, 0x11038_0E, 0x11070_00, 0x11073_01, 0x1107F_03,
    0x110B0_0A, 0x110C2_00, 0x11100_02, 0x11127_0D, 0x11145_01, 0x11173_00, 0x11180_02, 0x111B3_0D,
    0x111C9_03, 0x111CE_01, 0x1122C_0B, 0x1123E_00, 0x11241_00, 0x112DF_0B, 0x11300_03, 0x1133B_01,
    0x1133E_0F, 0x11357_00, 0x11362_12, 0x113B8_18, 0x113D2_00, 0x113E1_01, 0x11435_11, 0x1145E_00,
    0x114B0_13, 0x115AF_11, 0x115DC_01, 0x11630_10, 0x116AB_0C, 0x1171D_0E, 0x1182C_0E, 0x11930_0E,
    0x11940_00, 0x11942_01, 0x119D1_0F, 0x119E4_00, 0x11A01_09, 0x11A33_06, 0x11A3B_03, 0x11A47_00,
    0x11A51_0A, 0x11A8A_0F, 0x11B60_07, 0x11C2F_10, 0x11C92_24, 0x11D31_14, 0x11D47_00, 0x11D8A_0D,
    0x11DF0_00, 0x11EF3_03, 0x11F00_01, 0x11F03_00, 0x11F34_0E, 0x11F5A_00, 0x13440_00, 0x13447_0E,
    0x1611E_11, 0x16AF0_04, 0x16B30_06, 0x16F4F_00, 0x16F51_41, 0x16FE4_0D, 0x1BC9D_01, 0x1CF00_46,
    0x1D127_01, 0x1D165_04, 0x1D16D_05, 0x1D17B_07, 0x1D185_06, 0x1D1AA_03, 0x1D242_02, 0x1D250_02,
    0x1D25B_01, 0x1D25F_00, 0x1D280_01, 0x1DA00_36, 0x1DA3B_31, 0x1DA75_00, 0x1DA84_00, 0x1DA9B_14,
    0x1E000_2A, 0x1E08F_00, 0x1E130_06, 0x1E2AE_00, 0x1E2EC_03, 0x1E4EC_03, 0x1E5EE_01, 0x1E6E3_00,
    0x1E6E6_00, 0x1E6EE_01, 0x1E6F5_00, 0x1E8D0_06, 0x1E944_06, 0xE0100_EF,
];

#[cfg(test)]
mod tests {
    use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

    use super::*;

    #[test]
    fn marks_are_those_of_unicode() {
        for c in ('\0'..=char::MAX).filter(|c| c.general_category() != GeneralCategory::Unassigned)
        {
            assert_eq!(
                is_mark(c),
                c.general_category_group() == GeneralCategoryGroup::Mark,
                "{c:?}"
            );
        }
    }

    #[test]
    fn letters_digits_and_symbols_are_visible_and_nothing_else_is() {
        for c in "Aé李राفا1!-♥🌸🇮ー々".chars().filter(|c| !is_mark(*c)) {
            assert!(is_visible(c), "{c:?}");
        }
        let unseen = concat!(
            " \u{A0}\u{3000}\n\0\u{301}\u{93E}\u{20E3}\u{2800}\u{AD}\u{61C}\u{180E}\u{200B}",
            "\u{200F}\u{2062}\u{3164}\u{FE0F}\u{FEFF}\u{FFA0}\u{E0041}"
        );
        for c in unseen.chars() {
            assert!(!is_visible(c), "{c:?}");
        }
    }

    #[test]
    fn the_first_visible_grapheme_is_whole() {
        for (text, first) in [
            ("", ""),
            ("\u{200F}\u{2800} \u{301}", ""),
            ("Ada", "A"),
            ("\u{200F}Asha", "A"),
            ("\u{FEFF} Asha", "A"),
            ("\u{301}Asha", "A"),
            ("🇮🇳 Asha", "🇮🇳"),
            ("🇮🇳🇺🇸", "🇮🇳"),
            ("🇮", "🇮"),
            ("E\u{301}lodie", "E\u{301}"),
            ("राधा", "रा"),
            ("क्षितिज", "क्षि"),
            ("இந்திரா", "இ"),
            ("สมชาย", "ส"),
            ("น้ำ", "น้ำ"),
            ("\u{1100}\u{1161}\u{11A8}b", "\u{1100}\u{1161}\u{11A8}"),
            ("김", "김"),
            ("فاطمة", "ف"),
            ("👩🏽‍💻 Ada", "👩🏽‍💻"),
            ("👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"),
            ("❤️‍🔥A", "❤️‍🔥"),
            (
                "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}x",
                "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            ),
            ("1️⃣", "1️⃣"),
            ("A\u{200D}B", "A\u{200D}"),
        ] {
            assert_eq!(first_visible_grapheme(text), first, "{text:?}");
        }
    }
}
