//! The countries of the phone field, and the format of their mobile numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A country that the phone field offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Country {
    /// The country code in upper case (ISO 3166-1 alpha-2): `IN`.
    pub region: String,
    /// The name in the language of the page.
    pub name: String,
    /// The calling code without `+`: `91`.
    pub calling_code: String,
    /// `true` if this is the main country of a calling code that several countries share, or the
    /// only one: the US for `+1`.
    pub is_main_for_calling_code: bool,
    /// The format of the country's mobile numbers.
    pub number_format: NumberFormat,
}

/// The national format of a country's mobile numbers. It is used for display only, never for
/// validation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberFormat {
    /// The trunk prefix, which is dialled before a number inside the country and left out from
    /// abroad: often `0`, often empty.
    pub trunk_prefix: String,
    /// The number of digits of each group, from the left.
    pub groups: Vec<usize>,
    /// `true` if a number of full length that begins with the digits of the calling code may also
    /// be the calling code and a shorter number, such as Austria's `43 664 1234`.
    pub is_ambiguous: bool,
}

impl NumberFormat {
    /// Parses the text that [`fmt::Display`] writes: trunk prefix and groups, as in `0 5 5`. The
    /// prefix is `-` if there is none. An ambiguous format ends with `?`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (trunk_prefix, groups) = text.split_once(' ').unwrap_or(("-", ""));
        Self {
            trunk_prefix: trunk_prefix.replace('-', ""),
            groups: groups.split(' ').filter_map(|size| size.parse().ok()).collect(),
            is_ambiguous: text.ends_with('?'),
        }
    }

    /// Returns the national digits in groups, with spaces between them. A trunk prefix belongs to
    /// the first group.
    #[must_use]
    pub fn group_digits(&self, digits: &str) -> String {
        let prefix_len = if self.trunk_prefix.is_empty() || !digits.starts_with(&self.trunk_prefix)
        {
            0
        } else {
            self.trunk_prefix.len()
        };
        let mut grouped = String::with_capacity(digits.len() + 4);
        let (mut left, mut sizes) = (0, self.groups.iter());
        for (i, digit) in digits.chars().enumerate() {
            if left == 0 {
                grouped.push_str(if i == 0 { "" } else { " " });
                // Digits beyond the last group stay together at the end.
                left = sizes.next().copied().unwrap_or(usize::MAX)
                    + if i == 0 { prefix_len } else { 0 };
            }
            grouped.push(digit);
            left -= 1;
        }
        grouped
    }

    /// Returns `true` if the national digits are one complete number. They must fill the groups
    /// exactly, and must not begin with digits that may be an exit code, a trunk prefix or the
    /// calling code.
    #[must_use]
    pub fn is_complete(&self, calling_code: &str, digits: &str) -> bool {
        let is_in_doubt =
            digits.starts_with(['0', '1']) || self.is_ambiguous && digits.starts_with(calling_code);
        !digits.is_empty() && !is_in_doubt && digits.len() == self.groups.iter().sum::<usize>()
    }

    /// Returns the national digits without the trunk prefix, as they follow the calling code.
    #[must_use]
    pub fn without_trunk_prefix<'a>(&self, digits: &'a str) -> &'a str {
        if self.trunk_prefix.is_empty() {
            digits
        } else {
            digits.strip_prefix(&self.trunk_prefix).unwrap_or(digits)
        }
    }
}

impl fmt::Display for NumberFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.trunk_prefix.is_empty() { "-" } else { &self.trunk_prefix })?;
        self.groups.iter().try_for_each(|size| write!(f, " {size}"))?;
        f.write_str(if self.is_ambiguous { " ?" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_format_groups_digits_as_they_are_typed() {
        let india = NumberFormat::parse("0 5 5");
        assert_eq!(india.to_string(), "0 5 5");
        for (digits, grouped) in [
            ("", ""),
            ("9", "9"),
            ("98765", "98765"),
            ("987654", "98765 4"),
            ("09876543210", "098765 43210"),
            ("98765432109", "98765 43210 9"),
        ] {
            assert_eq!(india.group_digits(digits), grouped);
        }
        assert_eq!(
            (india.without_trunk_prefix("09876"), india.without_trunk_prefix("9876")),
            ("9876", "9876")
        );
        for (digits, is_complete) in [
            ("", false),
            ("987654321", false),
            ("9876543210", true),
            ("9198765432", true),
            ("0987654321", false),
            ("919876543210", false),
        ] {
            assert_eq!(india.is_complete("91", digits), is_complete, "{digits}");
        }
        let austria = NumberFormat::parse("0 3 6 ?");
        assert_eq!(
            (austria.to_string().as_str(), austria.group_digits("664123456").as_str()),
            ("0 3 6 ?", "664 123456")
        );
        let is_complete =
            ["664123456", "436805371"].map(|digits| austria.is_complete("43", digits));
        assert_eq!(is_complete, [true, false], "+43 6805371 is a number, too");
        assert_eq!(NumberFormat::parse("- 3 3 4").group_digits("2015550123"), "201 555 0123");
        assert_eq!(
            (NumberFormat::parse(""), NumberFormat::parse("-").is_complete("290", "")),
            (NumberFormat::default(), false)
        );
        assert_eq!(NumberFormat::default().group_digits("123456"), "123456");
    }
}
