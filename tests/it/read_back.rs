//! The read-back of a partly typed number, compared with the number that the server uses: all
//! countries, with typing errors.

use ringkey::domain::phone::as_you_type::{CountryEntry, PhoneHint, format_as_you_type};
use ringkey::domain::phone::{Country, NumberFormat, strip_formatting};
use ringkey::server::countries::Countries;
use ringkey::server::phone::parse;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region};

use crate::phones::{NUMBERS, TRAPS};
use crate::shared::Rng;
use crate::support::soak_size;

/// Exit codes of all countries, and digits that people mistake for one.
const EXITS: [&str; 17] = [
    "00", "011", "0011", "001", "810", "119", "010", "009", "000", "005", "0014", "990", "99", "0",
    "1", "8", "06",
];
/// The zeros of scripts that people type, and the separators and invisible characters between
/// digits.
const ZEROS: [char; 5] = ['0', '٠', '۰', '०', '０'];
const BETWEEN: [&str; 8] = [" ", "-", ".", "/", "\u{A0}", "\u{2011}", "\u{2062}", "\u{FE0F}"];

#[derive(Debug, Clone, Copy)]
struct Row<'a>(&'a Country);

impl CountryEntry for Row<'_> {
    fn calling_code(&self) -> String {
        self.0.calling_code.clone()
    }

    fn number_format(&self) -> NumberFormat {
        self.0.number_format.clone()
    }
}

/// Counts of how often the number that is read back is the one that gets the SMS.
#[derive(Debug, Default)]
struct Tally {
    sent: usize,
    read_back: usize,
    /// Numbers that were read back and then refused, so that no SMS was sent.
    refused: usize,
    /// Numbers of a country that is shown as not served, to which an SMS was sent.
    misled: usize,
    disagreements: Vec<String>,
}

impl Tally {
    /// Compares the hint of a page that has this list of countries with the number that the server
    /// parses: from the typed text, from the shown text with its own country, and from the shown
    /// text with the chosen country.
    fn hold(&mut self, list: &[Country], typed: &str, region: &str) {
        let chosen = list.iter().find(|country| country.region == region).map(Row);
        let read = format_as_you_type(typed, chosen, |code| {
            let of_code = |is_main: bool| {
                list.iter().find(|country| {
                    country.calling_code == code && country.is_main_for_calling_code == is_main
                })
            };
            of_code(true).or_else(|| of_code(false)).map(Row)
        });
        let (shown, country) = match &read.formatted {
            Some((shown, Row(country))) => (shown.as_str(), country.region.as_str()),
            None => (typed, region),
        };
        let [before, after, beside] = [(typed, region), (shown, country), (shown, region)]
            .map(|(text, of)| parse(text, Some(of)));
        for parsed in [&before, &after, &beside] {
            let sent = parsed.as_ref().ok().map(|parsed| parsed.number.as_str());
            self.sent += usize::from(sent.is_some());
            match (&read.hint, sent) {
                (PhoneHint::ReadBack(said), Some(sent)) => {
                    self.read_back += 1;
                    if strip_formatting(said).as_deref() != Some(sent) {
                        self.disagreements.push(format!(
                            "{typed:?} in {region}: read back {said}, SMS sent to {sent}"
                        ));
                    }
                }
                (PhoneHint::ReadBack(_), None) => {
                    self.read_back += 1;
                    self.refused += 1;
                }
                (PhoneHint::NotServed, Some(_)) => self.misled += 1,
                _ => {}
            }
        }
        if before != after || before != beside {
            self.disagreements.push(format!(
                "{typed:?} in {region}: shown as {shown:?} in {country}, which is another number"
            ));
        }
    }

    /// Prints the counts, and the first disagreements if there are any.
    fn print(&self) {
        let Self { sent, read_back, refused, misled, disagreements } = self;
        let first: Vec<&str> = disagreements.iter().map(String::as_str).take(20).collect();
        let counts = format!(
            "sent {sent}, read back {read_back}, of them refused {refused}, misled {misled}"
        );
        println!("{counts}");
        assert!(
            first.is_empty(),
            "{} disagreements; {counts}\n{}",
            disagreements.len(),
            first.join("\n")
        );
    }
}

/// A generator of input that is the same in every run.
struct Draw(Rng);

impl Draw {
    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.0.below(of.len())]
    }

    fn digits(&mut self, length: usize) -> String {
        (0..length).map(|_| self.one(&['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])).collect()
    }

    /// Returns a number like the example with other last digits.
    fn like(&mut self, example: &str) -> String {
        let kept = example.len().saturating_sub(1 + self.0.below(6));
        format!("{}{}", &example[..kept], self.digits(example.len() - kept))
    }

    /// Returns a number of the country as a person may type it, sometimes with a typing error.
    fn typed(&mut self, country: &Country, example: &str) -> String {
        let number = self.like(example);
        let (some, exit) = (4 + self.0.below(13), self.one(&EXITS));
        let mut typed = match self.0.below(24) {
            0 => self.digits(some),
            1 => format!("+{}", self.digits(some)),
            2 => format!("{}{number}", self.digits(1)),
            form => spelt(country, &number, exit, form),
        };
        let at = 1 + self.0.below(typed.len() - 1);
        match self.0.below(12) {
            0 => typed.truncate(at.max(4)),
            1 => typed.insert_str(at, &self.digits(1)),
            2 => typed.replace_range(at..=at, &self.digits(1)),
            _ => {}
        }
        if self.0.below(2) == 0 { typed } else { self.dressed(&typed) }
    }

    /// Returns the digits in another script, some of them with a separator behind them.
    fn dressed(&mut self, typed: &str) -> String {
        let zero = u32::from(self.one(&ZEROS));
        let mut dressed = String::new();
        for c in typed.chars() {
            dressed.push(c.to_digit(10).map_or(c, |digit| char::from_u32(zero + digit).unwrap()));
            if self.0.below(4) == 0 {
                dressed.push_str(self.one(&BETWEEN));
            }
        }
        dressed
    }
}

/// The number of forms, the form with an exit code, and the first form that leaves digits out.
const FORMS: usize = 13;
const EXIT: usize = 9;
const FITS: usize = 10;

/// Returns a number in one of the right and wrong forms in which people type it.
fn spelt(country: &Country, number: &str, exit: &str, form: usize) -> String {
    let (code, trunk) = (&country.calling_code, &country.number_format.trunk_prefix);
    // The calling code and then digits, as many as the whole number has.
    let fits = |front: &str| format!("{front}{number}")[..number.len().max(code.len())].to_owned();
    match form % FORMS {
        0 => number.to_owned(),
        1 => format!("{trunk}{number}"),
        2 => format!("+{code}{number}"),
        3 => format!("+{code}{trunk}{number}"),
        4 => format!("+{code}(0){number}"),
        5 => format!("+{code}{code}{number}"),
        6 => format!("{code}{number}"),
        7 => format!("{code}{trunk}{number}"),
        8 => format!("{trunk}{code}{number}"),
        EXIT => format!("{exit}{code}{number}"),
        FITS => fits(code),
        11 => format!("+{code}{}", fits(code)),
        _ => format!("{trunk}{}", fits(code)),
    }
}

/// Returns the metadata's example of a mobile number of a country, without its calling code.
fn example(country: &Country) -> Option<String> {
    let region = Region::from_code(&country.region).ok()?;
    let number = PHONE_NUMBER_UTIL
        .get_example_number_for_type_and_region(region, PhoneNumberType::Mobile)
        .ok()?;
    let e164 = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
    e164.strip_prefix(&format!("+{}", country.calling_code)).map(str::to_owned)
}

fn list() -> Vec<Country> {
    Countries::parse("*").unwrap().named_in("en")
}

#[test]
fn a_chosen_number_that_is_read_back_gets_the_sms() {
    let list = list();
    let mut tally = Tally::default();
    for (typed, region) in NUMBERS.iter().map(|(typed, region, _)| (*typed, *region)).chain(TRAPS) {
        for region in [region, "IN", "US", "GB", "HK", "AU", "DE", "MX", "RU"] {
            tally.hold(&list, typed, &region.to_ascii_uppercase());
        }
    }
    tally.print();
    assert_eq!(tally.misled, 0, "no number that gets an SMS is shown as not served");

    let (mut at_home, mut elsewhere) = (Tally::default(), Tally::default());
    let examples: Vec<(&Country, String)> =
        list.iter().filter_map(|country| Some((country, example(country)?))).collect();
    assert!(examples.len() > 240);
    for (country, number) in &examples {
        for exit in EXITS {
            at_home.hold(&list, &spelt(country, number, exit, EXIT), &country.region);
        }
        for form in 0..FORMS {
            let tally = if form < FITS { &mut at_home } else { &mut elsewhere };
            tally.hold(&list, &spelt(country, number, "00", form), &country.region);
            for region in ["IN", "US", "CA", "FI"] {
                elsewhere.hold(&list, &spelt(country, number, "00", form), region);
            }
        }
    }
    at_home.print();
    elsewhere.print();
    assert!(at_home.sent > 300 && at_home.read_back * 4 > at_home.sent, "{at_home:?}");
    assert_eq!(
        (at_home.refused, at_home.misled),
        (0, 0),
        "a number that exists gets its SMS: {at_home:?}"
    );
}

#[test]
fn a_random_number_that_is_read_back_gets_the_sms() {
    let list = list();
    let examples: Vec<(&Country, String)> = list
        .iter()
        .map(|country| (country, example(country).unwrap_or_else(|| "8999".to_owned())))
        .collect();
    let (mut draw, mut tally) = (Draw(Rng(7)), Tally::default());
    for _ in 0..soak_size(1_000_000, 10_000) {
        let chosen = draw.0.below(examples.len());
        let meant = if draw.0.below(5) < 3 { chosen } else { draw.0.below(examples.len()) };
        let (country, example) = &examples[meant];
        let typed = draw.typed(country, example);
        tally.hold(&list, &typed, &examples[chosen].0.region);
    }
    tally.print();
    assert!(tally.read_back * 4 > tally.sent, "{tally:?}");
    // Most refused input is no number, or a number that gets no SMS. The person sees the digits,
    // and then the reason.
    assert!(
        tally.refused * 3 < tally.read_back * 2 && tally.misled * 500 < tally.sent,
        "{tally:?}"
    );
}
