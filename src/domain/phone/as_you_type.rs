//! A number while it is typed: it groups as its country writes it, finds its country by its calling code, and is read back.
//!
//! Digits are read back if they are those that the server would text, and in doubt nothing is. `tests/it/read_back.rs` compares
//! the two over all countries.

use super::{Shape, strip};

/// Digits of a calling code at most (ITU-T E.164 §6.2.1).
const LONGEST_CODE: usize = 3;

/// A country of the list, in whatever holds the list: an option of the page, or a record.
pub trait Listed {
    /// Its calling code, without `+`.
    fn calling_code(&self) -> String;

    /// How its mobile numbers are written.
    fn shape(&self) -> Shape;
}

/// A remark on a number while it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PhoneHint {
    /// Nothing yet.
    #[default]
    None,
    /// Where the text goes: `+91 98765 43210`.
    ReadBack(String),
    /// Its calling code is of no country that is served.
    NotServed,
}

/// A number as far as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsTyped<C> {
    /// The number as the field shows it, and the country that it is of; `None` leaves field and list as they are.
    pub shown: Option<(String, C)>,
    /// The remark on it.
    pub hint: PhoneHint,
}

/// Reads what was typed beside the chosen country. `listed` finds the country to take for a calling code: its main one, if that
/// is served. Every digit stays where it is, so that the same number is meant.
#[must_use]
pub fn read_as_typed<C: Listed>(typed: &str, chosen: Option<C>, listed: impl Fn(&str) -> Option<C>) -> AsTyped<C> {
    let unread = |hint| AsTyped { shown: None, hint };
    // What is no number is left as it is, for the submitted form to name it.
    let Some(stripped) = strip(typed) else { return unread(PhoneHint::None) };
    let (country, is_international, national) = match stripped.strip_prefix('+') {
        None => (chosen, false, stripped.as_str()),
        Some(digits) => {
            let own = chosen.as_ref().and_then(|country| digits.strip_prefix(country.calling_code().as_str()));
            let Some((called, national)) = own.map(|national| (None, national)).or_else(|| split(digits, listed)) else {
                // The plus may be one too many, in front of what is dialled in the chosen country. No calling code begins with 0.
                let is_dialled = digits.starts_with('0')
                    || chosen.is_some_and(|country| {
                        let (code, shape) = (country.calling_code(), country.shape());
                        let abroad = shape.abroad(digits);
                        abroad.len() < digits.len() && shape.is_complete(&code, abroad)
                    });
                let is_unserved = digits.len() > LONGEST_CODE && !is_dialled;
                return unread(if is_unserved { PhoneHint::NotServed } else { PhoneHint::None });
            };
            (called.or(chosen), true, national)
        }
    };
    let Some(country) = country else { return unread(PhoneHint::None) };
    let (code, shape) = (country.calling_code(), country.shape());
    let grouped = shape.group(national);
    let shown = if is_international { format!("+{code} {grouped}").trim_end().to_owned() } else { grouped };
    let abroad = if is_international { national } else { shape.abroad(national) };
    let is_complete = shape.is_complete(&code, abroad);
    let hint = if is_complete { PhoneHint::ReadBack(format!("+{code} {}", shape.group(abroad))) } else { PhoneHint::None };
    AsTyped { shown: Some((shown, country)), hint }
}

/// The country whose calling code is in front of the digits, and the digits behind it.
fn split<C>(digits: &str, listed: impl Fn(&str) -> Option<C>) -> Option<(Option<C>, &str)> {
    let mut splits = (1..=LONGEST_CODE).filter_map(|length| digits.split_at_checked(length));
    splits.find_map(|(code, national)| Some((Some(listed(code)?), national)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Row(&'static str, &'static str, &'static str);

    impl Listed for Row {
        fn calling_code(&self) -> String {
            self.1.into()
        }

        fn shape(&self) -> Shape {
            Shape::parse(self.2)
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

    fn read(typed: &str, region: &str) -> AsTyped<Row> {
        let chosen = LIST.into_iter().find(|row| row.0 == region);
        read_as_typed(typed, chosen, |code| LIST.into_iter().rev().find(|row| row.1 == code))
    }

    #[test]
    fn a_number_is_grouped_finds_its_country_and_is_read_back_when_it_is_whole() {
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
            let hint = if read_back.is_empty() { PhoneHint::None } else { PhoneHint::ReadBack(read_back.into()) };
            assert_eq!(read.hint, hint, "{typed} {region}");
            let (text, row) = read.shown.map_or((String::new(), ""), |(text, row)| (text, row.0));
            assert_eq!((text.as_str(), row), (shown, country), "{typed} {region}");
        }
    }

    #[test]
    fn a_country_that_is_not_served_is_told_unless_the_plus_is_one_too_many() {
        for (typed, region, hint) in [
            ("+999", "IN", PhoneHint::None),
            ("+9991234", "IN", PhoneHint::NotServed),
            ("+9991234", "", PhoneHint::NotServed),
            ("+65 8234 5678", "US", PhoneHint::NotServed),
            ("+0 98765 43210", "IN", PhoneHint::None),
            ("+8 912 345-67-89", "RU", PhoneHint::None),
            ("+8 912 345-67-89", "IN", PhoneHint::NotServed),
        ] {
            assert_eq!(read(typed, region), AsTyped { shown: None, hint }, "{typed} {region}");
        }
    }
}
