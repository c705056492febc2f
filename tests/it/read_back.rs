//! What is read back of a number while it is typed, held against the server's reading: over all countries, and with slips.

use std::collections::BTreeMap;

use ringkey::domain::dialling::{NumberingPlan, group, read};
use ringkey::domain::phone::{Country, strip};
use ringkey::server::countries::Countries;
use ringkey::server::phone::parse;

use crate::phones::{NUMBERS, TRAPS};
use crate::shared::Dice;
use crate::support::size;

/// Numbers and how they are typed, drawn by throws that are the same every time.
struct Draw(Dice);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0.below(end)
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    fn digits(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap())).collect()
    }

    /// National digits that are said to be a mobile number of the country: one that its patterns take.
    fn mobile(&mut self, country: &Country) -> String {
        let text = country.dialling.to_string();
        let ranges: Vec<&str> = text.split(' ').nth(2).unwrap().split(';').filter(|range| !range.is_empty()).collect();
        if ranges.is_empty() {
            return self.digits(9);
        }
        let (length, patterns) = self.one(&ranges).split_once(':').unwrap();
        let mut pattern = self.one(&patterns.split(',').collect::<Vec<_>>());
        let mut number = String::new();
        while let Some(c) = pattern.chars().next() {
            let (class, rest) = if c == '[' { pattern[1..].split_once(']').unwrap() } else { pattern.split_at(1) };
            let within = |digit: &u8| {
                class == "."
                    || class.as_bytes().contains(digit)
                    || class.as_bytes().windows(3).any(|range| range[1] == b'-' && (range[0]..=range[2]).contains(digit))
            };
            let digits: Vec<u8> = (b'0'..=b'9').filter(within).collect();
            number.push(char::from(digits[self.below(digits.len())]));
            pattern = rest;
        }
        let rest = self.digits(length.parse::<usize>().unwrap() - number.len());
        number += &rest;
        // Exchanges of the North American plan.
        if country.calling_code == "1" && number.as_bytes()[3] < b'2' {
            number.replace_range(3..4, "5");
        }
        number
    }

    /// What somebody may type who means a number of `of`, with a slip of the finger now and then.
    fn typed(&mut self, of: &Country) -> String {
        let (code, trunk, number) = (&of.calling_code, &of.shape.trunk, self.mobile(of));
        let exit = self.one(&["00", "011", "0011", "001", "810", "119", "010", "009", "0", "8", "1"]);
        let mut typed = match self.below(12) {
            0 => format!("+{code}{number}"),
            1 => format!("+{code}{trunk}{number}"),
            2 => number,
            3 => format!("{trunk}{number}"),
            4 => format!("{code}{number}"),
            5 => format!("{code}{trunk}{number}"),
            6 | 7 => format!("{exit}{code}{number}"),
            8 => format!("{trunk}{code}{number}"),
            9 => {
                let length = 4 + self.below(13);
                self.digits(length)
            }
            10 => {
                let length = 7 + self.below(9);
                format!("+{}", self.digits(length))
            }
            _ => {
                let length = 1 + self.below(2);
                self.digits(length) + &number
            }
        };
        let at = 1 + self.below(typed.len() - 1);
        match self.below(9) {
            0 => typed.truncate(at.max(4)),
            1 => typed.insert_str(at, &self.digits(1)),
            2 => typed.replace_range(at..=at, &self.digits(1)),
            _ => {}
        }
        typed
    }
}

/// The plans of the countries by calling code.
fn served(countries: &[Country]) -> impl Fn(&str) -> Vec<NumberingPlan> {
    let mut plans: BTreeMap<String, Vec<NumberingPlan>> = BTreeMap::new();
    for country in countries {
        plans.entry(country.calling_code.clone()).or_default().push(country.into());
    }
    move |code: &str| plans.get(code).cloned().unwrap_or_default()
}

#[test]
fn what_is_read_back_is_what_is_texted() {
    let all = Countries::parse("*").unwrap().named_in("en");
    let served = served(&all);
    let find = |region: &str| all.iter().find(|country| country.region == region);
    let mut draw = Draw(Dice(7));
    let chosen = NUMBERS.iter().map(|(typed, region, _)| (*typed, *region)).chain(TRAPS).flat_map(|(typed, region)| {
        [region, "IN", "US", "GB", "HK", "AU", "DE", "MX"].map(|region| (typed.to_owned(), find(&region.to_ascii_uppercase())))
    });
    let mut inputs: Vec<(String, Option<&Country>)> = chosen.collect();
    assert!(inputs.len() >= 300);
    for _ in 0..size(1_000_000, 10_000) {
        let country = &all[draw.below(all.len())];
        let of = if draw.below(5) < 3 { country } else { &all[draw.below(all.len())] };
        inputs.push((draw.typed(of), Some(country)));
    }
    let (mut read_back, mut texted) = (0, 0);
    for (typed, country) in &inputs {
        let Some(stripped) = strip(typed) else { continue };
        let plan = country.map(NumberingPlan::from);
        let reading = read(&stripped, plan.as_ref(), &served);
        let parsed = parse(typed, country.map(|country| country.region.as_str()));
        texted += usize::from(parsed.is_ok());
        if let Some(reading) = &reading {
            read_back += 1;
            let region = country.map(|country| &country.region);
            assert_eq!(parsed.as_ref().map(|parsed| parsed.number.as_str()), Ok(reading.e164().as_str()), "{typed} {region:?}");
            assert_eq!(strip(&reading.to_string()), Some(reading.e164()));
        }
        if let Some(shown) = plan.and_then(|plan| group(&stripped, &plan, reading.as_ref())) {
            assert_eq!(strip(&shown), Some(stripped), "no digit is lost or moved");
        }
    }
    assert!(read_back * 10 > texted * 9, "{read_back} of {texted}: nearly every number is read back");
}

#[test]
fn what_is_said_of_a_country_s_numbers_is_so() {
    let all = Countries::parse("*").unwrap().named_in("en");
    let served = served(&all);
    let mut draw = Draw(Dice(11));
    for country in &all {
        let (region, code) = (&country.region, &country.calling_code);
        for _ in 0..size(2_000, 40) {
            let number = if country.dialling.has_numbers() {
                let e164 = format!("+{code}{}", draw.mobile(country));
                assert_eq!(read(&e164, None, &served).map(|reading| reading.e164()), Some(e164.clone()), "{region}");
                e164
            } else {
                format!("+{code}{}", draw.digits(country.shape.groups.iter().sum()))
            };
            let owner = parse(&number, None).ok().map(|parsed| parsed.region);
            assert_eq!(owner.as_ref() == Some(region), country.dialling.has_numbers(), "{number} of {region}: dialling.txt");
        }
    }
}
