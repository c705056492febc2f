//! The countries of the list, and how each writes its numbers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A country that texts can go to, as the form offers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Country {
    /// ISO 3166-1 alpha-2, upper case.
    pub region: String,
    /// Its name.
    pub name: String,
    /// Its calling code, without `+`.
    pub calling_code: String,
    /// `true` for the country that a calling code stands for until further digits name another: the US of `+1`.
    pub is_main: bool,
    /// How its mobile numbers are written.
    pub shape: Shape,
}

/// How the mobile numbers of a country are written there: for showing them, never for judging them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// The trunk prefix: dialled before a number inside the country, left out from abroad; often `0`, often nothing.
    pub trunk: String,
    /// The sizes of the groups of digits.
    pub groups: Vec<usize>,
    /// Tells that a whole number which begins with the calling code may also be a shorter one behind it: Austria's `43 664 1234`.
    pub is_ambiguous: bool,
}

impl Shape {
    /// Reads what [`fmt::Display`] writes: `0 5 5`, `- 3 3 4` where there is no trunk prefix, `0 3 6 ?` where there is ambiguity.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (trunk, groups) = text.split_once(' ').unwrap_or(("-", ""));
        Self {
            trunk: trunk.replace('-', ""),
            groups: groups.split(' ').filter_map(|size| size.parse().ok()).collect(),
            is_ambiguous: text.ends_with('?'),
        }
    }

    /// National digits in their groups; a trunk prefix stays at the first.
    #[must_use]
    pub fn group(&self, digits: &str) -> String {
        let trunk = if self.trunk.is_empty() || !digits.starts_with(&self.trunk) { 0 } else { self.trunk.len() };
        let mut grouped = String::with_capacity(digits.len() + 4);
        let (mut left, mut sizes) = (0, self.groups.iter());
        for (i, digit) in digits.chars().enumerate() {
            if left == 0 {
                grouped.push_str(if i == 0 { "" } else { " " });
                // More digits than groups: they stay together at the end.
                left = sizes.next().copied().unwrap_or(usize::MAX) + if i == 0 { trunk } else { 0 };
            }
            grouped.push(digit);
            left -= 1;
        }
        grouped
    }

    /// Tells whether national digits are a whole number, and mean no other: just as many as the groups hold, and no exit code,
    /// trunk prefix or calling code in front.
    #[must_use]
    pub fn is_complete(&self, calling_code: &str, digits: &str) -> bool {
        let is_in_doubt = digits.starts_with(['0', '1']) || self.is_ambiguous && digits.starts_with(calling_code);
        !digits.is_empty() && !is_in_doubt && digits.len() == self.groups.iter().sum::<usize>()
    }

    /// National digits as they follow the calling code: without the trunk prefix.
    #[must_use]
    pub fn abroad<'a>(&self, digits: &'a str) -> &'a str {
        if self.trunk.is_empty() { digits } else { digits.strip_prefix(&self.trunk).unwrap_or(digits) }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.trunk.is_empty() { "-" } else { &self.trunk })?;
        self.groups.iter().try_for_each(|size| write!(f, " {size}"))?;
        f.write_str(if self.is_ambiguous { " ?" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_groups_digits_as_they_are_typed() {
        let india = Shape::parse("0 5 5");
        assert_eq!(india.to_string(), "0 5 5");
        for (digits, grouped) in [
            ("", ""),
            ("9", "9"),
            ("98765", "98765"),
            ("987654", "98765 4"),
            ("09876543210", "098765 43210"),
            ("98765432109", "98765 43210 9"),
        ] {
            assert_eq!(india.group(digits), grouped);
        }
        assert_eq!((india.abroad("09876"), india.abroad("9876")), ("9876", "9876"));
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
        let austria = Shape::parse("0 3 6 ?");
        assert_eq!((austria.to_string().as_str(), austria.group("664123456").as_str()), ("0 3 6 ?", "664 123456"));
        let is_complete = ["664123456", "436805371"].map(|digits| austria.is_complete("43", digits));
        assert_eq!(is_complete, [true, false], "+43 6805371 is a number, too");
        assert_eq!(Shape::parse("- 3 3 4").group("2015550123"), "201 555 0123");
        assert_eq!((Shape::parse(""), Shape::parse("-").is_complete("290", "")), (Shape::default(), false));
        assert_eq!(Shape::default().group("123456"), "123456");
    }
}
