//! The served countries, with their names and calling codes.

use std::collections::BTreeMap;

use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorPreferences};
use icu_experimental::displaynames::DisplayNamesOptions;
use icu_experimental::displaynames::multi::RegionDisplayNames;
use icu_locale::{Locale, subtags};
use rlibphonenumber::PHONE_NUMBER_UTIL;

use super::accept_language;
use crate::domain::phone::{Country, NumberFormat};

/// The mobile number format of each country, one per line (`IN 0 5 5`). The file is a copy of
/// `rlibphonenumber`'s metadata, because reading the metadata compiles the patterns of every
/// country, which takes half a second and 200 MB. A test compares the copy with the metadata.
const NUMBER_FORMATS: &str = include_str!("countries/number_formats.txt");
/// The countries without mobile numbers of their own: the metadata assigns their phone numbers to
/// the main country of their calling code. The list is a copy of the metadata for the same reason,
/// and a test compares the copy with the metadata.
const WITHOUT_OWN_NUMBERS: [&str; 9] = ["AX", "BL", "CC", "CX", "EH", "MF", "SJ", "TA", "VA"];

/// The served countries, sorted by region code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Countries {
    served: Vec<Country>,
    /// The region to preselect if `Accept-Language` names no served country: the first region of
    /// the operator's list, or `US` for `*`.
    first: String,
}

impl Countries {
    /// Parses the operator's list (`IN,US`); `*` serves every country.
    ///
    /// # Errors
    /// Fails with the entries that are not region codes. There are none if the list is empty.
    pub fn parse(list: &str) -> Result<Self, Vec<String>> {
        let mut all = all_countries();
        if list.trim() == "*" {
            return Ok(Self { served: all, first: "US".into() });
        }
        let wanted: Vec<String> = list
            .split(',')
            .map(|code| code.trim().to_ascii_uppercase())
            .filter(|code| !code.is_empty())
            .collect();
        let unknown: Vec<String> = wanted
            .iter()
            .filter(|code| !all.iter().any(|country| country.region == **code))
            .cloned()
            .collect();
        all.retain(|country| wanted.contains(&country.region));
        match wanted.first() {
            Some(first) if unknown.is_empty() => Ok(Self { served: all, first: first.clone() }),
            _ => Err(unknown),
        }
    }

    /// Returns `true` if messages may be sent to phone numbers of this country.
    #[must_use]
    pub fn serves(&self, region: &str) -> bool {
        self.served.iter().any(|country| country.region == region)
    }

    /// Returns `true` if every country is served.
    #[must_use]
    pub fn serves_all(&self) -> bool {
        self.served.len() == all_countries().len()
    }

    /// Returns the region codes of the served countries.
    pub fn regions(&self) -> impl Iterator<Item = &str> {
        self.served.iter().map(|country| country.region.as_str())
    }

    /// Returns the served countries whose phone numbers all count as numbers of a country that is
    /// not served, each with the region code of that country.
    #[must_use]
    pub fn without_own_numbers(&self) -> Vec<(&str, String)> {
        let without_numbers = self
            .served
            .iter()
            .filter(|country| WITHOUT_OWN_NUMBERS.contains(&country.region.as_str()));
        let with_main = without_numbers.filter_map(|country| {
            Some((country.region.as_str(), main_region(&country.calling_code)?))
        });
        with_main.filter(|(_, main)| !self.serves(main)).collect()
    }

    /// Returns the served countries with their names in a locale (BCP 47), sorted by the locale's
    /// collation.
    #[must_use]
    pub fn named_in(&self, tag: &str) -> Vec<Country> {
        let locale: Locale = tag.parse().unwrap_or(Locale::UNKNOWN);
        let names = RegionDisplayNames::try_new((&locale).into(), DisplayNamesOptions::default())
            .unwrap_or_default();
        let mut all = self.served.clone();
        for country in &mut all {
            let tag: Option<subtags::Region> = country.region.parse().ok();
            if let Some(name) = tag.and_then(|tag| names.of(tag)) {
                name.clone_into(&mut country.name);
            }
        }
        // The collation sorts letters with accents correctly: Åland is before Albania.
        if let Ok(collator) =
            Collator::try_new(CollatorPreferences::from(&locale), CollatorOptions::default())
        {
            all.sort_by(|a, b| collator.compare(&a.name, &b.name));
        }
        all
    }

    /// Returns the country to preselect: the first served region that `Accept-Language` names.
    #[must_use]
    pub fn preselect(&self, accept_language: &str) -> &str {
        let mut regions = accept_language::parse(accept_language)
            .filter_map(|tag| tag.split('-').skip(1).find(|part| part.len() == 2))
            .map(str::to_ascii_uppercase);
        regions
            .find_map(|region| self.served.iter().find(|country| country.region == region))
            .map_or(&self.first, |country| &country.region)
    }
}

/// Returns the main country of a calling code.
fn main_region(calling_code: &str) -> Option<String> {
    let main = PHONE_NUMBER_UTIL.get_region_for_country_code(calling_code.parse().ok()?)?;
    Some(main.as_region_str().as_str().to_owned())
}

/// Returns all countries, sorted by region code. The code is also the placeholder of the name,
/// until a locale gives the name.
fn all_countries() -> Vec<Country> {
    let regions = PHONE_NUMBER_UTIL.get_supported_regions();
    let formats: BTreeMap<&str, &str> =
        NUMBER_FORMATS.lines().filter_map(|line| line.split_once(' ')).collect();
    let mut countries: Vec<Country> = regions
        .filter_map(|region| {
            let calling_code = PHONE_NUMBER_UTIL.get_country_code_for_region(region)?;
            let name = region.as_region_str().as_str().to_owned();
            Some(Country {
                region: name.clone(),
                calling_code: calling_code.to_string(),
                is_main_for_calling_code: PHONE_NUMBER_UTIL
                    .get_region_for_country_code(calling_code)
                    == Some(region),
                number_format: formats
                    .get(name.as_str())
                    .map(|format| NumberFormat::parse(format))
                    .unwrap_or_default(),
                name,
            })
        })
        .collect();
    countries.sort_by(|a, b| a.region.cmp(&b.region));
    countries
}

#[cfg(test)]
mod tests;
