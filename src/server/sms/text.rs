//! The words of a text, where the provider lets us choose them: one GSM-7 segment that ends with the line that phones
//! fill codes in from (`@host #code`, WICG origin-bound one-time codes).

use super::Message;

/// Characters of one GSM-7 segment (3GPP TS 23.038).
const SEGMENT: usize = 160;
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
/// What to change.
pub fn lint(app_name: &str, host: &str) -> Result<(), String> {
    let longest = Text::new(app_name, host).words(LONGEST_CODE, "XXXX");
    let foreign: String = longest.chars().filter(|c| !is_gsm7(*c)).collect();
    if !foreign.is_empty() {
        return Err(format!("the text would have characters outside GSM-7 ({foreign}), which makes every text cost more"));
    }
    if longest.len() > SEGMENT {
        return Err(format!(
            "the text would take {} characters, more than the {SEGMENT} of one message; shorten APP_NAME",
            longest.len()
        ));
    }
    Ok(())
}

/// Whether a character takes exactly one place in GSM-7's basic table; of the table only what our words use.
fn is_gsm7(c: char) -> bool {
    c.is_ascii_alphanumeric() || " \n@#.,:;!?'\"()-+*/&%=<>_$".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_segment_and_ends_with_the_line_that_phones_read() {
        let words = Text::new("Ringkey", "id.example.com").words("123456", "K7QX");
        assert_eq!(words, "123456 is your Ringkey code (ref K7QX). Never share it.\n\n@id.example.com #123456");
        assert!(lint("Ringkey", "id.example.com").is_ok());
    }

    #[test]
    fn settings_that_would_cost_more_are_found_at_boot() {
        assert!(lint("Ringkey ☎", "localhost").is_err());
        assert!(lint("Ringkey", &"a".repeat(SEGMENT)).is_err());
    }
}
