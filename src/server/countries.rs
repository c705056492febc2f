//! The countries whose numbers get texts, with their names and calling codes.

use icu_experimental::displaynames::DisplayNamesOptions;
use icu_experimental::displaynames::multi::RegionDisplayNames;
use icu_locale::{locale, subtags};
use rlibphonenumber::PHONE_NUMBER_UTIL;

use crate::domain::phone::Country;

/// The operator's list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Countries {
    served: Vec<Country>,
    /// Preselected when the browser does not say where it is: the first of the operator's list.
    first: String,
}

impl Countries {
    /// The countries of `list` (`IN,US`), or every one there is for `*`.
    ///
    /// # Errors
    /// The entries that are no country.
    pub fn parse(list: &str) -> Result<Self, Vec<String>> {
        let mut all = every_country();
        if list.trim() == "*" {
            return Ok(Self { served: all, first: "US".into() });
        }
        let wanted: Vec<String> =
            list.split(',').map(|code| code.trim().to_ascii_uppercase()).filter(|code| !code.is_empty()).collect();
        let unknown: Vec<String> =
            wanted.iter().filter(|code| !all.iter().any(|country| country.region == **code)).cloned().collect();
        all.retain(|country| wanted.contains(&country.region));
        match wanted.first() {
            Some(first) if unknown.is_empty() => Ok(Self { served: all, first: first.clone() }),
            _ => Err(unknown),
        }
    }

    /// Whether numbers of this country get texts.
    #[must_use]
    pub fn serves(&self, region: &str) -> bool {
        self.served.iter().any(|country| country.region == region)
    }

    /// All of them, by name.
    #[must_use]
    pub fn list(&self) -> &[Country] {
        &self.served
    }

    /// The country to preselect: the first region that `Accept-Language` names and that is served.
    #[must_use]
    pub fn guess(&self, accept_language: &str) -> &str {
        let tags = accept_language.split(',').map(|tag| tag.split(';').next().unwrap_or_default().trim());
        let mut regions = tags.filter_map(|tag| tag.split('-').skip(1).find(|part| part.len() == 2)).map(str::to_ascii_uppercase);
        regions
            .find_map(|region| self.served.iter().find(|country| country.region == region))
            .map_or(&self.first, |country| &country.region)
    }
}

fn every_country() -> Vec<Country> {
    let names = RegionDisplayNames::try_new(locale!("en").into(), DisplayNamesOptions::default()).unwrap_or_default();
    let country = |region: &str, calling_code: i32| {
        let tag: Option<subtags::Region> = region.parse().ok();
        let name = tag.and_then(|tag| names.of(tag)).unwrap_or(region);
        Country { region: region.to_owned(), name: name.to_owned(), calling_code: calling_code.to_string() }
    };
    let regions = PHONE_NUMBER_UTIL.get_supported_regions();
    let mut all: Vec<Country> = regions
        .filter_map(|region| {
            Some(country(region.as_region_str().as_str(), PHONE_NUMBER_UTIL.get_country_code_for_region(region)?))
        })
        .collect();
    // Åland before Albania, as a reader looks for it: the accent counts for nothing in the order.
    all.sort_by_key(|country| (country.name.replace('Å', "A").replace('Ô', "O"), country.region.clone()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_a_name_and_a_calling_code() {
        let all = Countries::parse("*").unwrap();
        assert!(all.list().len() > 230);
        assert!(all.list().iter().all(|country| country.name.chars().count() > 2 && !country.calling_code.is_empty()));
        let india = all.list().iter().find(|country| country.region == "IN").unwrap();
        assert_eq!((india.name.as_str(), india.calling_code.as_str()), ("India", "91"));
    }

    #[test]
    fn only_listed_countries_are_served_and_unknown_ones_are_named() {
        let two = Countries::parse("in, US").unwrap();
        assert!(two.serves("IN") && two.serves("US") && !two.serves("GB"));
        assert_eq!(Countries::parse("IN,XX,Narnia"), Err(vec!["XX".into(), "NARNIA".into()]));
        assert_eq!(Countries::parse(""), Err(vec![]));
    }

    #[test]
    fn the_browser_s_language_preselects_a_served_country() {
        let some = Countries::parse("IN,GB,DE").unwrap();
        assert_eq!(some.guess("en-GB,en;q=0.9"), "GB");
        assert_eq!(some.guess("fr-FR,de-DE;q=0.8"), "DE");
        assert_eq!(some.guess("zh-Hant-TW"), "IN");
        assert_eq!(some.guess(""), "IN");
    }
}
