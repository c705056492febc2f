//! The authoritative reading of a phone number: which one it is, of which country, and whether a text can reach it.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, Region};

use crate::domain::fault::Fault;
use crate::domain::phone::{PhoneNumber, clean};
use crate::domain::problem::Problem;

/// A number that exists, with its country (ISO 3166-1 alpha-2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The number.
    pub number: PhoneNumber,
    /// Its country.
    pub region: String,
}

/// Reads what a person typed: international with `+` or `00`, or national with `country`. Every spelling of one number
/// gives the same E.164.
///
/// # Errors
/// `invalid` for `phone` or `country`.
pub fn parse(typed: &str, country: Option<&str>) -> Result<Parsed, Problem> {
    let said = |fault| Problem::invalid("phone", fault);
    let cleaned = clean(typed)?;
    let country = country.filter(|_| !cleaned.starts_with('+')).filter(|country| !country.is_empty());
    let region = country.map(region_of).transpose()?;
    if region.is_none() && !cleaned.starts_with('+') {
        return Err(said(Fault::PhoneNoCountry));
    }
    let number = PHONE_NUMBER_UTIL.parse(&cleaned, region).map_err(|_| said(Fault::PhoneUnknown))?;
    if !PHONE_NUMBER_UTIL.is_valid_number(&number) {
        return Err(said(Fault::PhoneUnknown));
    }
    let kind = PHONE_NUMBER_UTIL.get_number_type(&number);
    if !matches!(kind, PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile) {
        return Err(said(Fault::PhoneNotMobile));
    }
    let e164 = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164);
    match (PhoneNumber::from_e164(&e164), PHONE_NUMBER_UTIL.get_region_for_number(&number)) {
        // Numbers of no country (satellite, international networks) have no entry in anybody's list of countries.
        (Some(number), Some(region)) if region != Region::World => {
            Ok(Parsed { number, region: region.as_region_str().as_str().to_owned() })
        }
        _ => Err(said(Fault::PhoneUnknown)),
    }
}

fn region_of(country: &str) -> Result<Region, Problem> {
    let region = Region::from_code(&country.trim().to_ascii_uppercase()).ok();
    let known = region.filter(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(*region).is_some());
    known.ok_or_else(|| Problem::invalid("country", Fault::CountryUnknown))
}
