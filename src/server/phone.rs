//! The authoritative reading of a phone number: which one it is, of which country, and whether a text can reach it.

use rlibphonenumber::{
    CountryCodeSource, PHONE_NUMBER_UTIL, ParseError, PhoneNumber as Dialled, PhoneNumberFormat, PhoneNumberType, Region,
};

use crate::domain::fault::Fault;
use crate::domain::phone::{PhoneNumber, clean};
use crate::domain::problem::Problem;

/// Prefixes that numbers had once and that people still type, by calling code: Mexico's 1 of mobile numbers and its trunk prefixes,
/// which it gave up in 2019. The metadata knows only what is in use.
const GIVEN_UP: [(i32, &[&str]); 1] = [(52, &["1", "01", "044", "045"])];

/// A number that exists, with its country (ISO 3166-1 alpha-2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The number.
    pub number: PhoneNumber,
    /// Its country.
    pub region: String,
}

/// Reads what a person typed: international with `+`, or as it is dialled in `country`, whose own exit codes lead abroad. Every
/// spelling of one number gives the same E.164. What has no meaning there is mended where only one number can be meant.
///
/// # Errors
/// `invalid` for `phone` or `country`.
pub fn parse(typed: &str, country: Option<&str>) -> Result<Parsed, Problem> {
    let cleaned = clean(typed)?;
    let country = country.filter(|country| !country.is_empty()).map(region_of);
    let read = match cleaned.strip_prefix('+') {
        // No number begins like that: it was dialled, and the plus is one too many.
        Some(digits) if PHONE_NUMBER_UTIL.parse(&cleaned, None) == Err(ParseError::InvalidCountryCode) => {
            read_dialled(digits, country.and_then(Result::ok))
        }
        Some(_) => read(&cleaned, None),
        None => read_dialled(&cleaned, country.transpose()?),
    };
    read.map_err(|fault| Problem::invalid("phone", fault))
}

/// Digits as they are dialled in a country. Only where no country is said, or where its own plan has no meaning for them, `00` is
/// the exit code that it is nearly everywhere.
fn read_dialled(digits: &str, region: Option<Region>) -> Result<Parsed, Fault> {
    let abroad = digits.strip_prefix("00").map(|number| format!("+{number}"));
    let Some(region) = region else {
        return abroad.map_or(Err(Fault::PhoneNoCountry), |number| read(&number, None));
    };
    let own = read(digits, Some(region));
    match abroad {
        Some(number) if own.is_err() && !has_exit_code(digits, region) => read(&number, None).or(own),
        _ => own,
    }
}

/// Whether the digits begin with an exit code of the country. Then the rest is of another country, and nothing else is meant.
fn has_exit_code(digits: &str, region: Region) -> bool {
    match PHONE_NUMBER_UTIL.parse_and_keep_raw_input(digits, Some(region)) {
        Ok(number) => number.country_code_source() == CountryCodeSource::FromNumberWithIdd,
        Err(error) => matches!(error, ParseError::InvalidCountryCode | ParseError::TooShortAfterIdd),
    }
}

fn read(digits: &str, region: Option<Region>) -> Result<Parsed, Fault> {
    let number = PHONE_NUMBER_UTIL.parse(digits, region).map_err(|_| Fault::PhoneUnknown)?;
    match judge(&number) {
        Err(Fault::PhoneUnknown) => mended(&number).ok_or(Fault::PhoneUnknown),
        Err(Fault::PhoneNotMobile) => Err(mobile_digit(&number).unwrap_or(Fault::PhoneNotMobile)),
        judged => judged,
    }
}

fn judge(number: &Dialled) -> Result<Parsed, Fault> {
    if !PHONE_NUMBER_UTIL.is_valid_number(number) {
        return Err(Fault::PhoneUnknown);
    }
    let kind = PHONE_NUMBER_UTIL.get_number_type(number);
    if !matches!(kind, PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile) {
        return Err(Fault::PhoneNotMobile);
    }
    let e164 = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164);
    match (PhoneNumber::from_e164(&e164), PHONE_NUMBER_UTIL.get_region_for_number(number)) {
        // Numbers of no country (satellite, international networks) have no entry in anybody's list of countries.
        (Some(number), Some(region)) if region != Region::World => {
            Ok(Parsed { number, region: region.as_region_str().as_str().to_owned() })
        }
        _ => Err(Fault::PhoneUnknown),
    }
}

/// The one number that is there without what is too much behind its calling code: the code once more, as in `0 91 98765 43210`, or
/// a prefix that was given up. Codes of one digit are left out, where a slip of the finger looks the same.
fn mended(number: &Dialled) -> Option<Parsed> {
    let (code, national) = split(number)?;
    let doubled = Some(code.as_str()).filter(|code| code.len() > 1);
    let given_up =
        GIVEN_UP.iter().filter(|(of, _)| *of == number.country_code).flat_map(|(_, prefixes)| prefixes.iter().copied());
    let rests = doubled.into_iter().chain(given_up).filter_map(|prefix| national.strip_prefix(prefix));
    let mut found = rests.filter_map(|rest| judge_e164(&format!("+{code}{rest}")).ok());
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// What to say of a landline's number that is a mobile's with the digit which those of its country have: Argentina's 9. Both are
/// numbers, so that nobody but their owner knows which is meant.
fn mobile_digit(number: &Dialled) -> Option<Fault> {
    let digit = PHONE_NUMBER_UTIL.get_country_mobile_token(number.country_code)?;
    let (code, national) = split(number)?;
    judge_e164(&format!("+{code}{digit}{national}")).ok()?;
    Some(Fault::PhoneMobileDigit { code: u16::try_from(number.country_code).ok()?, digit })
}

fn judge_e164(e164: &str) -> Result<Parsed, Fault> {
    judge(&PHONE_NUMBER_UTIL.parse(e164, None).map_err(|_| Fault::PhoneUnknown)?)
}

/// The calling code and the digits behind it.
fn split(number: &Dialled) -> Option<(String, String)> {
    let code = number.country_code.to_string();
    let e164 = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164);
    let national = e164.strip_prefix('+')?.strip_prefix(code.as_str())?.to_owned();
    Some((code, national))
}

fn region_of(country: &str) -> Result<Region, Problem> {
    let region = Region::from_code(&country.trim().to_ascii_uppercase()).ok();
    let known = region.filter(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(*region).is_some());
    known.ok_or_else(|| Problem::invalid("country", Fault::CountryUnknown))
}
