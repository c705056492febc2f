//! The meaning of digits while they are typed: what they are read back as is the number that will be texted, or nothing.
//!
//! The server's parser knows far more ways to write a number than are read here. Those that are read here are certain: tests
//! compare the two over all countries.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::phone::{Country, Shape};

/// Digits of a calling code at most (ITU-T E.164 §6.2.1).
pub const LONGEST_CODE: usize = 3;
/// The calling code of the North American plan, whose exchanges, behind three digits of area, begin with 2 to 9.
const NORTH_AMERICA: &str = "1";

/// How the numbers of a country are dialled and which of them get texts, as far as it is certain. In its patterns `[1-38]` is one
/// of several digits, `.` is any, and a comma separates two patterns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialling {
    /// What is dialled in it before the calling code of another country.
    exits: String,
    /// Whether its own calling code can stand in front without a `+`, and be nothing else.
    takes_bare_code: bool,
    /// How its mobile numbers begin, by their length without the calling code: `10:7[1-3],74;11:9`.
    mobiles: String,
}

impl Dialling {
    /// Reads what [`fmt::Display`] writes: `00 + 10:7[1-3],74`, with `-` where the bare calling code could be something else.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut parts = text.split(' ').map(str::to_owned);
        let exits = parts.next().unwrap_or_default();
        Self { exits, takes_bare_code: parts.next().is_some_and(|mark| mark == "+"), mobiles: parts.next().unwrap_or_default() }
    }

    /// Whether any number belongs to the country alone. Those of a few are counted as their neighbour's.
    #[must_use]
    pub fn has_numbers(&self) -> bool {
        !self.mobiles.is_empty()
    }

    /// What is behind an exit code, for each that the digits begin with. A calling code never begins with 0.
    fn behind_exits<'a>(&'a self, digits: &'a str) -> impl Iterator<Item = &'a str> {
        let exits = self.exits.split(',').filter(|exit| !exit.is_empty());
        exits.filter_map(|exit| behind(exit, digits)).filter(|abroad| !abroad.starts_with('0'))
    }
}

impl fmt::Display for Dialling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.exits, if self.takes_bare_code { '+' } else { '-' }, self.mobiles)
    }
}

/// What is known of the numbers of a country.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberingPlan {
    /// Its calling code, without `+`.
    pub code: String,
    /// How its numbers are written.
    pub shape: Shape,
    /// How they are dialled.
    pub dialling: Dialling,
}

impl NumberingPlan {
    /// The readings of national digits, with the trunk prefix in front and without it.
    fn read(&self, national: &str) -> Vec<Reading> {
        let mobiles = [national, self.shape.abroad(national)].into_iter().filter(|digits| self.is_mobile(digits));
        mobiles
            .map(|digits| Reading { code: self.code.clone(), national: digits.to_owned(), shape: self.shape.clone() })
            .collect()
    }

    fn is_mobile(&self, national: &str) -> bool {
        if self.code == NORTH_AMERICA && national.as_bytes().get(3).is_none_or(|exchange| *exchange < b'2') {
            return false;
        }
        let lengths = self.dialling.mobiles.split(';').filter_map(|range| range.split_once(':'));
        let mut patterns = lengths.filter(|(length, _)| length.parse::<usize>() == Ok(national.len()));
        patterns.any(|(_, patterns)| patterns.split(',').any(|pattern| behind(pattern, national).is_some()))
    }
}

impl From<&Country> for NumberingPlan {
    fn from(country: &Country) -> Self {
        Self { code: country.calling_code.clone(), shape: country.shape.clone(), dialling: country.dialling.clone() }
    }
}

/// A number that was understood. It is shown as its country writes it: `+91 98765 43210`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    code: String,
    national: String,
    shape: Shape,
}

impl Reading {
    /// The number as E.164.
    #[must_use]
    pub fn e164(&self) -> String {
        format!("+{}{}", self.code, self.national)
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{} {}", self.code, self.shape.group(&self.national))
    }
}

/// The one number that typed digits mean, as [`strip`](super::phone::strip) gives them: behind a `+` that of any country that is
/// served, else what somebody in the chosen country dials by them. `None` unless it is certain, and that it gets texts.
/// `served` are the countries of a calling code.
#[must_use]
pub fn read(stripped: &str, chosen: Option<&NumberingPlan>, served: impl Fn(&str) -> Vec<NumberingPlan>) -> Option<Reading> {
    let mut readings = match (stripped.strip_prefix('+'), chosen) {
        (Some(digits), _) => abroad(digits, &served),
        (None, Some(chosen)) => at_home(stripped, chosen, &served),
        (None, None) => Vec::new(),
    };
    let reading = readings.pop()?;
    readings.iter().all(|other| *other == reading).then_some(reading)
}

/// Digits that begin with a calling code.
fn abroad(digits: &str, served: &impl Fn(&str) -> Vec<NumberingPlan>) -> Vec<Reading> {
    let splits = (1..=LONGEST_CODE).filter_map(|length| digits.split_at_checked(length));
    splits.flat_map(|(code, national)| read_by(&served(code), national)).collect()
}

/// Digits as they are dialled in the chosen country: a national number, its own calling code, or an exit code.
fn at_home(digits: &str, chosen: &NumberingPlan, served: &impl Fn(&str) -> Vec<NumberingPlan>) -> Vec<Reading> {
    let mut readings = read_by(&served(&chosen.code), digits);
    let bare = digits.strip_prefix(chosen.code.as_str()).filter(|_| chosen.dialling.takes_bare_code);
    readings.extend(bare.into_iter().flat_map(|national| chosen.read(national)));
    readings.extend(chosen.dialling.behind_exits(digits).flat_map(|digits| abroad(digits, served)));
    readings
}

fn read_by(plans: &[NumberingPlan], national: &str) -> Vec<Reading> {
    plans.iter().flat_map(|plan| plan.read(national)).collect()
}

/// Typed digits in the groups of their country, every one in its place. `plan` is that of the calling code in front, or else the
/// chosen one. `None` where it is not known yet which digits are the number's: they are better left alone.
#[must_use]
pub fn group(stripped: &str, plan: &NumberingPlan, reading: Option<&Reading>) -> Option<String> {
    if let Some(digits) = stripped.strip_prefix('+') {
        let national = digits.strip_prefix(plan.code.as_str())?;
        return Some(format!("+{} {}", plan.code, plan.shape.group(national)).trim_end().to_owned());
    }
    let Some(reading) = reading else {
        let is_national = plan.dialling.behind_exits(stripped).next().is_none();
        return is_national.then(|| plan.shape.group(stripped));
    };
    let front = stripped.strip_suffix(reading.national.as_str())?;
    let national = reading.shape.group(&reading.national);
    Some(if front.is_empty() || front == plan.shape.trunk { plan.shape.group(stripped) } else { format!("{front} {national}") })
}

/// The digits behind a pattern, if they begin with it.
fn behind<'a>(pattern: &str, digits: &'a str) -> Option<&'a str> {
    let (mut pattern, mut left) = (pattern, digits);
    while !pattern.is_empty() {
        let (class, rest) = match pattern.strip_prefix('[') {
            Some(class) => class.split_once(']')?,
            None => pattern.split_at_checked(1)?,
        };
        let (digit, digits) = left.split_at_checked(1)?;
        let is_within = |range: &[u8]| matches!(range, [from, b'-', to] if (*from..=*to).contains(&digit.as_bytes()[0]));
        if class != "." && !class.contains(digit) && !class.as_bytes().windows(3).any(is_within) {
            return None;
        }
        (pattern, left) = (rest, digits);
    }
    Some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(code: &str, shape: &str, dialling: &str) -> NumberingPlan {
        NumberingPlan { code: code.into(), shape: Shape::parse(shape), dialling: Dialling::parse(dialling) }
    }

    fn plans() -> [NumberingPlan; 5] {
        [
            plan("91", "0 5 5", "00 + 10:6[09],7[024],9"),
            plan("1", "- 3 3 4", "011 + 10:20[1-35-9],65."),
            plan("44", "0 4 6", "00 + 10:7[1-3],74[0-46-9]"),
            plan("65", "- 4 4", "0[0-3]. + 8:8[1-9],9[0-8]"),
            plan("852", "- 4 4", "00[126-9],0030 + 8:5[1-59][0-46-9]"),
        ]
    }

    fn reading(stripped: &str, code: &str) -> Option<Reading> {
        let chosen = plans().into_iter().find(|plan| plan.code == code);
        read(stripped, chosen.as_ref(), |code| plans().into_iter().filter(|plan| plan.code == code).collect())
    }

    #[test]
    fn a_pattern_takes_the_digits_that_it_names() {
        for (pattern, digits, left) in [
            ("", "12", Some("12")),
            ("1", "12", Some("2")),
            ("12", "1", None),
            ("[0-46-9]", "5", None),
            ("[0-46-9]", "4", Some("")),
            ("[0-46-9]", "7", Some("")),
            ("[147]2", "42", Some("")),
            ("0[0-3].", "0299", Some("9")),
            ("0[0-3].", "0499", None),
        ] {
            assert_eq!(behind(pattern, digits), left, "{pattern} {digits}");
        }
    }

    #[test]
    fn digits_mean_what_is_dialled_in_the_chosen_country() {
        for (stripped, code, e164) in [
            ("9876543210", "91", "+919876543210"),
            ("09876543210", "91", "+919876543210"),
            ("919876543210", "91", "+919876543210"),
            ("9198765432", "91", "+919198765432"),
            ("00447400123456", "91", "+447400123456"),
            ("12015550123", "1", "+12015550123"),
            ("01191987654321", "1", ""),
            ("011919876543210", "1", "+919876543210"),
            ("00919876543210", "1", ""),
            ("0016582345678", "852", "+6582345678"),
            ("0016582345678", "91", "+16582345678"),
            ("+447400123456", "91", "+447400123456"),
            ("+4407400123456", "91", "+447400123456"),
            ("+447400123456", "", "+447400123456"),
            ("9876543210", "", ""),
            ("987654321", "91", ""),
            ("98765432101", "91", ""),
            ("2045550123", "1", ""),
            ("2011550123", "1", ""),
            ("+339876543210", "91", ""),
            ("+", "91", ""),
            ("", "91", ""),
        ] {
            let read = reading(stripped, code);
            assert_eq!(read.map(|reading| reading.e164()).unwrap_or_default(), e164, "{stripped} {code}");
        }
    }

    #[test]
    fn two_meanings_are_none() {
        let two = plan("7", "8 3 3 2 2", "00 + 10:9;11:8");
        let read = |stripped| read(stripped, Some(&two), |_| vec![two.clone()]);
        assert_eq!(read("89123456789"), None, "a trunk prefix, or a number of eleven digits");
        assert_eq!(read("9123456789").map(|reading| reading.to_string()), Some("+7 912 345 67 89".into()));
    }

    #[test]
    fn grouping_keeps_every_digit_in_its_place() {
        for (stripped, code, grouped) in [
            ("9876543210", "91", "98765 43210"),
            ("09876543210", "91", "098765 43210"),
            ("919876543210", "91", "91 98765 43210"),
            ("+919876543210", "91", "+91 98765 43210"),
            ("+9109876543210", "91", "+91 098765 43210"),
            ("+91", "91", "+91"),
            ("00447400123456", "91", "0044 7400 123456"),
            ("12015550123", "1", "1 201 555 0123"),
            ("98765", "91", "98765"),
            ("987654321012345", "91", "98765 43210 12345"),
        ] {
            let plan = plans().into_iter().find(|plan| plan.code == code).unwrap();
            assert_eq!(group(stripped, &plan, reading(stripped, code).as_ref()).as_deref(), Some(grouped));
        }
        let india = &plans()[0];
        assert_eq!(group("00447", india, None), None, "which digits are the number's is not known yet");
        assert_eq!(group("+44", india, None), None);
    }

    #[test]
    fn what_is_known_of_a_country_is_read_as_it_is_written() {
        for text in ["00 + 10:7[1-3],74;11:9", "001[14-689] - ", "  "] {
            let dialling = Dialling::parse(text);
            assert_eq!(Dialling::parse(&dialling.to_string()), dialling);
        }
        assert!(Dialling::parse("00 + 10:7").has_numbers() && !Dialling::parse("00 -").has_numbers());
    }
}
