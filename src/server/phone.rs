//! The authoritative parser of phone numbers. It returns the phone number and its country, and
//! refuses phone numbers that cannot receive an SMS.

use rlibphonenumber::{
    CountryCodeSource, PHONE_NUMBER_UTIL, ParseError, PhoneNumber as LibPhoneNumber,
    PhoneNumberFormat, PhoneNumberType, Region,
};

use crate::domain::phone::{PhoneNumber, normalize};
use crate::domain::problem::Problem;
use crate::domain::validation_error::ValidationError;

/// Discontinued prefixes that people still type, by calling code: Mexico's mobile prefix 1 and its
/// trunk prefixes, which ended in 2019. The metadata has only prefixes in use.
const DISCONTINUED_PREFIXES: [(i32, &[&str]); 1] = [(52, &["1", "01", "044", "045"])];

/// A valid phone number and its country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedPhone {
    /// The phone number in E.164 form.
    pub number: PhoneNumber,
    /// The country of the phone number (ISO 3166-1 alpha-2).
    pub region: String,
}

/// Parses a typed phone number. It is international with `+`, or written as it is dialled in
/// `country`, where it may begin with an exit code of that country. Every spelling of one phone
/// number gives the same E.164 form. Invalid digits are corrected if only one phone number can be
/// meant.
///
/// # Errors
/// Fails with `invalid` for `phone` or `country`.
pub fn parse(typed: &str, country: Option<&str>) -> Result<ParsedPhone, Problem> {
    let normalized = normalize(typed)?;
    let country = country.filter(|country| !country.is_empty()).map(parse_region);
    let parsed = match normalized.strip_prefix('+') {
        // The digits begin with no calling code, so they are parsed as dialled digits, without the
        // plus.
        Some(digits)
            if PHONE_NUMBER_UTIL.parse(&normalized, None)
                == Err(ParseError::InvalidCountryCode) =>
        {
            parse_dialled(digits, country.and_then(Result::ok))
        }
        Some(_) => parse_digits(&normalized, None),
        None => parse_dialled(&normalized, country.transpose()?),
    };
    parsed.map_err(|error| Problem::invalid("phone", error))
}

/// Parses digits as they are dialled in a country. `00` is the exit code of nearly every country.
/// It is treated as an exit code only if no country is given, or if the digits are not a valid
/// phone number in that country and do not begin with one of its exit codes.
fn parse_dialled(digits: &str, region: Option<Region>) -> Result<ParsedPhone, ValidationError> {
    let international = digits.strip_prefix("00").map(|number| format!("+{number}"));
    let Some(region) = region else {
        return international
            .map_or(Err(ValidationError::PhoneNoCountry), |number| parse_digits(&number, None));
    };
    let as_dialled = parse_digits(digits, Some(region));
    match international {
        Some(number) if as_dialled.is_err() && !has_exit_code(digits, region) => {
            parse_digits(&number, None).or(as_dialled)
        }
        _ => as_dialled,
    }
}

/// Returns `true` if the digits begin with an exit code of the country, so that the rest is an
/// international phone number.
fn has_exit_code(digits: &str, region: Region) -> bool {
    match PHONE_NUMBER_UTIL.parse_and_keep_raw_input(digits, Some(region)) {
        Ok(number) => number.country_code_source() == CountryCodeSource::FromNumberWithIdd,
        Err(error) => {
            matches!(error, ParseError::InvalidCountryCode | ParseError::TooShortAfterIdd)
        }
    }
}

fn parse_digits(digits: &str, region: Option<Region>) -> Result<ParsedPhone, ValidationError> {
    let number =
        PHONE_NUMBER_UTIL.parse(digits, region).map_err(|_| ValidationError::PhoneInvalid)?;
    match validate(&number) {
        Err(ValidationError::PhoneInvalid) => {
            without_superfluous_prefix(&number).ok_or(ValidationError::PhoneInvalid)
        }
        Err(ValidationError::PhoneNotMobile) => {
            Err(missing_mobile_token(&number).unwrap_or(ValidationError::PhoneNotMobile))
        }
        validated => validated,
    }
}

fn validate(number: &LibPhoneNumber) -> Result<ParsedPhone, ValidationError> {
    if !PHONE_NUMBER_UTIL.is_valid_number(number) {
        return Err(ValidationError::PhoneInvalid);
    }
    let kind = PHONE_NUMBER_UTIL.get_number_type(number);
    if !matches!(kind, PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile) {
        return Err(ValidationError::PhoneNotMobile);
    }
    let e164 = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164);
    match (PhoneNumber::from_e164(&e164), PHONE_NUMBER_UTIL.get_region_for_number(number)) {
        // Phone numbers without a country (satellite and international networks) are refused,
        // because no operator's list can contain them.
        (Some(number), Some(region)) if region != Region::World => {
            Ok(ParsedPhone { number, region: region.as_region_str().as_str().to_owned() })
        }
        _ => Err(ValidationError::PhoneInvalid),
    }
}

/// Returns the valid phone number that remains without a superfluous prefix after the calling code;
/// `None` if there is none or more than one. The prefix is the same calling code again, as in `0 91
/// 98765 43210`, or a discontinued prefix. A repeated one-digit code is not removed, because it may
/// be a typing error.
fn without_superfluous_prefix(number: &LibPhoneNumber) -> Option<ParsedPhone> {
    let (code, national) = split_calling_code(number)?;
    let repeated_code = Some(code.as_str()).filter(|code| code.len() > 1);
    let discontinued = DISCONTINUED_PREFIXES
        .iter()
        .filter(|(of, _)| *of == number.country_code)
        .flat_map(|(_, prefixes)| prefixes.iter().copied());
    let rests = repeated_code
        .into_iter()
        .chain(discontinued)
        .filter_map(|prefix| national.strip_prefix(prefix));
    let mut candidates = rests.filter_map(|rest| validate_e164(&format!("+{code}{rest}")).ok());
    let first = candidates.next()?;
    candidates.all(|other| other == first).then_some(first)
}

/// Returns the error for a fixed-line number that would be a mobile number with its country's
/// mobile token, such as Argentina's 9. Both phone numbers may exist, so only the person knows
/// which one is meant.
fn missing_mobile_token(number: &LibPhoneNumber) -> Option<ValidationError> {
    let digit = PHONE_NUMBER_UTIL.get_country_mobile_token(number.country_code)?;
    let (code, national) = split_calling_code(number)?;
    validate_e164(&format!("+{code}{digit}{national}")).ok()?;
    Some(ValidationError::PhoneMobileToken {
        code: u16::try_from(number.country_code).ok()?,
        digit,
    })
}

fn validate_e164(e164: &str) -> Result<ParsedPhone, ValidationError> {
    validate(&PHONE_NUMBER_UTIL.parse(e164, None).map_err(|_| ValidationError::PhoneInvalid)?)
}

/// Returns the calling code and the digits after it.
fn split_calling_code(number: &LibPhoneNumber) -> Option<(String, String)> {
    let code = number.country_code.to_string();
    let e164 = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164);
    let national = e164.strip_prefix('+')?.strip_prefix(code.as_str())?.to_owned();
    Some((code, national))
}

fn parse_region(country: &str) -> Result<Region, Problem> {
    let region = Region::from_code(&country.trim().to_ascii_uppercase()).ok();
    let known =
        region.filter(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(*region).is_some());
    known.ok_or_else(|| Problem::invalid("country", ValidationError::CountryUnknown))
}
