//! As-you-type formatting of phone numbers. It groups the digits as the country does, selects the
//! country by the calling code, and shows the complete number in a hint.
//!
//! The hint shows a number only if the server would send the SMS to the same number.
//! `tests/it/read_back.rs` compares the hint and the server's parser for all countries.

use super::{NumberFormat, strip_formatting};

/// Maximum digits of a calling code (ITU-T E.164 §6.2.1).
const MAX_CALLING_CODE_DIGITS: usize = 3;

/// An entry of the country list: an `<option>` element of the page, or a value in a test.
pub trait CountryEntry {
    /// Returns the calling code without `+`.
    fn calling_code(&self) -> String;

    /// Returns the format of the country's mobile numbers.
    fn number_format(&self) -> NumberFormat;
}

/// The hint below the phone field while a number is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PhoneHint {
    /// No hint: the number is incomplete or ambiguous, or it has no country.
    #[default]
    None,
    /// The complete number to which the SMS will be sent: `+91 98765 43210`.
    ReadBack(String),
    /// The calling code does not belong to any served country.
    NotServed,
}

/// The result of formatting a partly typed number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormattedInput<C> {
    /// The formatted number and its country. `None` leaves the field and the list unchanged.
    pub formatted: Option<(String, C)>,
    /// The hint to show below the field.
    pub hint: PhoneHint,
}

/// Formats a partly typed number. `chosen` is the selected country. `lookup` returns the served
/// country to select for a calling code. No digit is added or removed.
#[must_use]
pub fn format_as_you_type<C: CountryEntry>(
    typed: &str,
    chosen: Option<C>,
    lookup: impl Fn(&str) -> Option<C>,
) -> FormattedInput<C> {
    let unchanged = |hint| FormattedInput { formatted: None, hint };
    // Input that is not a number stays unchanged. Validation reports it when the form is submitted.
    let Some(stripped) = strip_formatting(typed) else { return unchanged(PhoneHint::None) };
    let (country, is_international, national) = match stripped.strip_prefix('+') {
        None => (chosen, false, stripped.as_str()),
        Some(digits) => {
            let own = chosen
                .as_ref()
                .and_then(|country| digits.strip_prefix(country.calling_code().as_str()));
            let Some((called, national)) =
                own.map(|national| (None, national)).or_else(|| split_calling_code(digits, lookup))
            else {
                // The `+` may be superfluous, before a number as it is dialled in the chosen
                // country. No calling code begins with 0.
                let is_dialled = digits.starts_with('0')
                    || chosen.is_some_and(|country| {
                        let (code, number_format) =
                            (country.calling_code(), country.number_format());
                        let significant = number_format.without_trunk_prefix(digits);
                        significant.len() < digits.len()
                            && number_format.is_complete(&code, significant)
                    });
                let is_unserved = digits.len() > MAX_CALLING_CODE_DIGITS && !is_dialled;
                return unchanged(if is_unserved { PhoneHint::NotServed } else { PhoneHint::None });
            };
            (called.or(chosen), true, national)
        }
    };
    let Some(country) = country else { return unchanged(PhoneHint::None) };
    let (code, number_format) = (country.calling_code(), country.number_format());
    let grouped = number_format.group_digits(national);
    let shown =
        if is_international { format!("+{code} {grouped}").trim_end().to_owned() } else { grouped };
    let significant =
        if is_international { national } else { number_format.without_trunk_prefix(national) };
    let is_complete = number_format.is_complete(&code, significant);
    let hint = if is_complete {
        PhoneHint::ReadBack(format!("+{code} {}", number_format.group_digits(significant)))
    } else {
        PhoneHint::None
    };
    FormattedInput { formatted: Some((shown, country)), hint }
}

/// Returns the country whose calling code the digits begin with, and the digits after that code.
fn split_calling_code<C>(
    digits: &str,
    lookup: impl Fn(&str) -> Option<C>,
) -> Option<(Option<C>, &str)> {
    let mut splits =
        (1..=MAX_CALLING_CODE_DIGITS).filter_map(|length| digits.split_at_checked(length));
    splits.find_map(|(code, national)| Some((Some(lookup(code)?), national)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Row(&'static str, &'static str, &'static str);

    impl CountryEntry for Row {
        fn calling_code(&self) -> String {
            self.1.into()
        }

        fn number_format(&self) -> NumberFormat {
            NumberFormat::parse(self.2)
        }
    }

    const LIST: [Row; 6] = [
        Row("AT", "43", "0 3 6 ?"),
        Row("CA", "1", "- 3 3 4"),
        Row("GB", "44", "0 4 6"),
        Row("IN", "91", "0 5 5"),
        Row("RU", "7", "8 3 3 2 2"),
        Row("US", "1", "- 3 3 4"),
    ];

    fn read(typed: &str, region: &str) -> FormattedInput<Row> {
        let chosen = LIST.into_iter().find(|row| row.0 == region);
        format_as_you_type(typed, chosen, |code| LIST.into_iter().rev().find(|row| row.1 == code))
    }

    #[test]
    fn a_number_is_formatted_and_a_complete_one_is_shown_in_the_hint() {
        for (typed, region, shown, country, read_back) in [
            ("98765", "IN", "98765", "IN", ""),
            ("9876543210", "IN", "98765 43210", "IN", "+91 98765 43210"),
            ("09876543210", "IN", "098765 43210", "IN", "+91 98765 43210"),
            ("9198765432", "IN", "91987 65432", "IN", "+91 91987 65432"),
            ("919876543210", "IN", "91987 65432 10", "IN", ""),
            ("0919876543210", "IN", "091987 65432 10", "IN", ""),
            ("00919876543", "IN", "009198 76543", "IN", ""),
            ("+", "IN", "", "", ""),
            ("+9", "IN", "", "", ""),
            ("+91", "US", "+91", "IN", ""),
            ("+91 91 98765 43210", "IN", "+91 91987 65432 10", "IN", ""),
            ("tel:+91-98765-43210", "US", "+91 98765 43210", "IN", "+91 98765 43210"),
            ("+44 (0)7400 123456", "IN", "+44 07400 123456", "GB", ""),
            ("+447400123456", "", "+44 7400 123456", "GB", "+44 7400 123456"),
            ("+12015550123", "IN", "+1 201 555 0123", "US", "+1 201 555 0123"),
            ("+12045550123", "CA", "+1 204 555 0123", "CA", "+1 204 555 0123"),
            ("1 (201) 555-0123", "US", "120 155 5012 3", "US", ""),
            ("8 912 345-67-89", "RU", "8912 345 67 89", "RU", "+7 912 345 67 89"),
            ("664123456", "AT", "664 123456", "AT", "+43 664 123456"),
            ("0436805371", "AT", "0436 805371", "AT", ""),
            ("+43 436805371", "AT", "+43 436 805371", "AT", ""),
            ("1-800-FLOWERS", "US", "", "", ""),
            ("9876543210", "", "", "", ""),
        ] {
            let read = read(typed, region);
            let hint = if read_back.is_empty() {
                PhoneHint::None
            } else {
                PhoneHint::ReadBack(read_back.into())
            };
            assert_eq!(read.hint, hint, "{typed} {region}");
            let (text, row) =
                read.formatted.map_or((String::new(), ""), |(text, row)| (text, row.0));
            assert_eq!((text.as_str(), row), (shown, country), "{typed} {region}");
        }
    }

    #[test]
    fn an_unserved_country_is_reported_unless_the_plus_is_superfluous() {
        for (typed, region, hint) in [
            ("+999", "IN", PhoneHint::None),
            ("+9991234", "IN", PhoneHint::NotServed),
            ("+9991234", "", PhoneHint::NotServed),
            ("+65 8234 5678", "US", PhoneHint::NotServed),
            ("+0 98765 43210", "IN", PhoneHint::None),
            ("+8 912 345-67-89", "RU", PhoneHint::None),
            ("+8 912 345-67-89", "IN", PhoneHint::NotServed),
        ] {
            assert_eq!(
                read(typed, region),
                FormattedInput { formatted: None, hint },
                "{typed} {region}"
            );
        }
    }
}
