//! The template of SMS messages, for providers that do not have a template of their own. A message
//! is one GSM-7 segment. Its last line is `@host #code`, from which phones fill in the code (WICG,
//! origin-bound one-time codes).

/// Length of one GSM-7 segment, in septets (3GPP TS 23.038).
const SEGMENT_SEPTETS: usize = 160;
/// The default alphabet (3GPP TS 23.038 §6.2.1), without ASCII digits and letters. Each character
/// takes one septet.
const GSM7_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// The extension table (3GPP TS 23.038 §6.2.1.1). Each character takes two septets.
const GSM7_EXTENSION: &str = "\u{c}^{}\\[~]|€";
/// A code of the maximum length that the setting `CODE_LENGTH` allows: 8 digits.
const LONGEST_CODE: &str = "00000000";

/// A template of messages for one product name and one host.
#[derive(Debug, Clone)]
pub struct MessageTemplate {
    app_name: String,
    host: String,
}

impl MessageTemplate {
    /// Creates the template for a product name and a host.
    #[must_use]
    pub fn new(app_name: &str, host: &str) -> Self {
        Self { app_name: app_name.to_owned(), host: host.to_owned() }
    }

    /// Returns the text of the notice to the former number of an account.
    #[must_use]
    pub fn render_number_changed(&self, link: &str) -> String {
        format!(
            "Your {} account has another phone number now. Was it not you? Open {link} within 7 \
             days.",
            self.app_name
        )
    }

    /// Returns the text of the message with this code and this reference of the challenge.
    #[must_use]
    pub fn render(&self, code: &str, reference: &str) -> String {
        let Self { app_name, host } = self;
        format!(
            "{code} is your {app_name} code (ref {reference}). Never share it.\n\n@{host} #{code}"
        )
    }
}

/// Checks, when the server starts, that the longest message with these settings fits into one
/// segment.
///
/// # Errors
/// Fails with the name of the setting to change, and the reason.
pub fn check(app_name: &str, host: &str) -> Result<(), (&'static str, String)> {
    for (setting, part) in [("APP_NAME", app_name), ("PUBLIC_ORIGIN", host)] {
        let foreign: String =
            part.chars().filter(|c| c.is_control() || septets(*c).is_none()).collect();
        if !foreign.is_empty() {
            let foreign = foreign.escape_debug();
            return Err((
                setting,
                format!(
                    "has what is not in the alphabet of texts, GSM-7 ({foreign}), and would make \
                     each cost more"
                ),
            ));
        }
    }
    let length = |app_name: &str| {
        MessageTemplate::new(app_name, host)
            .render(LONGEST_CODE, "XXXX")
            .chars()
            .filter_map(septets)
            .sum::<usize>()
    };
    match (length(app_name), length("")) {
        (_, least) if least > SEGMENT_SEPTETS => Err((
            "PUBLIC_ORIGIN",
            format!(
                "is too long: a text with this host takes more than {SEGMENT_SEPTETS} characters"
            ),
        )),
        (all, _) if all > SEGMENT_SEPTETS => Err((
            "APP_NAME",
            format!(
                "makes a text of {all} characters, more than the {SEGMENT_SEPTETS} of one message"
            ),
        )),
        _ => Ok(()),
    }
}

/// Returns the number of septets of a character in GSM-7; `None` if GSM-7 does not have it.
fn septets(c: char) -> Option<usize> {
    if c.is_ascii_alphanumeric() || GSM7_BASIC.contains(c) {
        Some(1)
    } else {
        GSM7_EXTENSION.contains(c).then_some(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_ends_with_the_origin_bound_code() {
        let words = MessageTemplate::new("Ringkey", "id.example.com").render("123456", "K7QX");
        assert_eq!(
            words,
            "123456 is your Ringkey code (ref K7QX). Never share it.\n\n@id.example.com #123456"
        );
        assert_eq!(check("Ringkey", "id.example.com"), Ok(()));
    }

    #[test]
    fn the_alphabet_is_that_of_gsm_03_38() {
        // The default alphabet has 128 codes, of which one is the escape to the extension table.
        // The extension table has 10 characters.
        assert_eq!((GSM7_BASIC.chars().count() + 62, GSM7_EXTENSION.chars().count()), (127, 10));
        for (c, expected) in
            [('é', 1), ('Ñ', 1), ('ö', 1), ('Ø', 1), ('Ç', 1), ('€', 2), ('[', 2), ('~', 2)]
        {
            assert_eq!(septets(c), Some(expected), "{c}");
        }
        for c in ['`', 'ç', 'á', 'ê', 'ã', 'Ő', 'ş', '–', '’', '☎', 'Д', '\u{a0}', '\t', '\u{1b}']
        {
            assert_eq!(septets(c), None, "{c:?}");
        }
    }

    #[test]
    fn a_check_names_the_setting_to_change() {
        for name in ["Café Ñandu", "Köln & Söhne", "Ring~key", "Ωmega", "[id]"] {
            assert_eq!(check(name, "localhost"), Ok(()), "{name}");
        }
        assert_eq!(check("Ringkey", "[::1]"), Ok(()));
        let named = |name: &str, host: &str| check(name, host).unwrap_err().0;
        for name in ["Ringkey ☎", "Façade", "`", "Acme\n@evil.example", "Acme\u{200b}"] {
            assert_eq!(named(name, "localhost"), "APP_NAME", "{name:?}");
        }
        assert!(
            check("Acme\nX ☎", "localhost").unwrap_err().1.contains("GSM-7 (\\n☎)"),
            "on one line, and the foreign ones alone"
        );
        assert_eq!(named("Ringkey", &"a".repeat(SEGMENT_SEPTETS)), "PUBLIC_ORIGIN");
    }

    #[test]
    fn a_message_fits_into_one_segment() {
        let rest = MessageTemplate::new("", "localhost").render(LONGEST_CODE, "XXXX").len();
        let (fits, euros) =
            ("a".repeat(SEGMENT_SEPTETS - rest), "€".repeat((SEGMENT_SEPTETS - rest) / 2 + 1));
        assert_eq!(check(&fits, "localhost"), Ok(()));
        for name in [fits + "a", euros] {
            assert_eq!(check(&name, "localhost").unwrap_err().0, "APP_NAME", "{name}");
        }
    }
}
