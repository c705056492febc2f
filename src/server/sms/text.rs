//! The words of a text, where the provider lets us choose them: one GSM-7 segment that ends with the line that phones
//! fill codes in from (`@host #code`, WICG origin-bound one-time codes).

use super::Message;

/// Places of one GSM-7 segment (3GPP TS 23.038).
const SEGMENT: usize = 160;
/// The default alphabet (TS 23.038 §6.2.1) without its digits and plain letters: a place each.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// Its extension table (§6.2.1.1): two places each.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";
/// The longest code that the settings allow.
const LONGEST_CODE: &str = "00000000";

/// Makes texts for one product and one host.
#[derive(Debug, Clone)]
pub struct Text {
    app_name: String,
    host: String,
}

impl Text {
    /// Texts of this product, filled in on this host.
    #[must_use]
    pub fn new(app_name: &str, host: &str) -> Self {
        Self { app_name: app_name.to_owned(), host: host.to_owned() }
    }

    /// The words of one message.
    #[must_use]
    pub fn of(&self, message: &Message<'_>) -> String {
        self.words(message.code.digits(), message.reference)
    }

    fn words(&self, code: &str, reference: &str) -> String {
        let Self { app_name, host } = self;
        format!("{code} is your {app_name} code (ref {reference}). Never share it.\n\n@{host} #{code}")
    }
}

/// Checks at boot that the longest text of these settings is one segment.
///
/// # Errors
/// The setting to change, and what is wrong with it.
pub fn lint(app_name: &str, host: &str) -> Result<(), (&'static str, String)> {
    for (setting, part) in [("APP_NAME", app_name), ("PUBLIC_ORIGIN", host)] {
        let foreign: String = part.chars().filter(|c| c.is_control() || places(*c).is_none()).collect();
        if !foreign.is_empty() {
            let foreign = foreign.escape_debug();
            return Err((
                setting,
                format!("has what is not in the alphabet of texts, GSM-7 ({foreign}), and would make each cost more"),
            ));
        }
    }
    let taken = |app_name: &str| Text::new(app_name, host).words(LONGEST_CODE, "XXXX").chars().filter_map(places).sum::<usize>();
    match (taken(app_name), taken("")) {
        (_, least) if least > SEGMENT => {
            Err(("PUBLIC_ORIGIN", format!("is too long: a text with this host takes more than {SEGMENT} characters")))
        }
        (all, _) if all > SEGMENT => {
            Err(("APP_NAME", format!("makes a text of {all} characters, more than the {SEGMENT} of one message; shorten it")))
        }
        _ => Ok(()),
    }
}

/// Places that a character takes in GSM-7; `None` for one that it does not have.
fn places(c: char) -> Option<usize> {
    if c.is_ascii_alphanumeric() || BASIC.contains(c) { Some(1) } else { EXTENSION.contains(c).then_some(2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_segment_and_ends_with_the_line_that_phones_read() {
        let words = Text::new("Ringkey", "id.example.com").words("123456", "K7QX");
        assert_eq!(words, "123456 is your Ringkey code (ref K7QX). Never share it.\n\n@id.example.com #123456");
        assert_eq!(lint("Ringkey", "id.example.com"), Ok(()));
    }

    #[test]
    fn the_alphabet_is_that_of_gsm_03_38() {
        // 128 places but the escape in the default alphabet, 10 characters in its extension table.
        assert_eq!((BASIC.chars().count() + 62, EXTENSION.chars().count()), (127, 10));
        for (c, expected) in [('é', 1), ('Ñ', 1), ('ö', 1), ('Ø', 1), ('Ç', 1), ('€', 2), ('[', 2), ('~', 2)] {
            assert_eq!(places(c), Some(expected), "{c}");
        }
        for c in ['`', 'ç', 'á', 'ê', 'ã', 'Ő', 'ş', '–', '’', '☎', 'Д', '\u{a0}', '\t', '\u{1b}'] {
            assert_eq!(places(c), None, "{c:?}");
        }
    }

    #[test]
    fn what_is_found_at_boot_names_its_setting_and_nothing_else_is_found() {
        for name in ["Café Ñandu", "Köln & Söhne", "Ring~key", "Ωmega", "[id]"] {
            assert_eq!(lint(name, "localhost"), Ok(()), "{name}");
        }
        assert_eq!(lint("Ringkey", "[::1]"), Ok(()));
        let named = |name: &str, host: &str| lint(name, host).unwrap_err().0;
        for name in ["Ringkey ☎", "Façade", "`", "Acme\n@evil.example", "Acme\u{200b}"] {
            assert_eq!(named(name, "localhost"), "APP_NAME", "{name:?}");
        }
        assert!(
            lint("Acme\nX ☎", "localhost").unwrap_err().1.contains("GSM-7 (\\n☎)"),
            "on one line, and the foreign ones alone"
        );
        assert_eq!(named("Ringkey", &"a".repeat(SEGMENT)), "PUBLIC_ORIGIN");
    }

    #[test]
    fn a_text_may_fill_its_segment_and_no_more() {
        let rest = Text::new("", "localhost").words(LONGEST_CODE, "XXXX").len();
        let (fits, euros) = ("a".repeat(SEGMENT - rest), "€".repeat((SEGMENT - rest) / 2 + 1));
        assert_eq!(lint(&fits, "localhost"), Ok(()));
        for name in [fits + "a", euros] {
            assert_eq!(lint(&name, "localhost").unwrap_err().0, "APP_NAME", "{name}");
        }
    }
}
