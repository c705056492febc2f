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

/// The mobile number format of each country, one a line (`IN 0 5 5`). The file is a copy of the
/// metadata, because reading the metadata compiles the patterns of every country, which takes half
/// a second and 200 MB. A test compares the two.
const NUMBER_FORMATS: &str = include_str!("countries/number_formats.txt");
/// The countries without mobile numbers of their own: the metadata assigns their numbers to the
/// main country of their calling code. This is a copy of the metadata for the same reason, and a
/// test compares the two.
const WITHOUT_OWN_NUMBERS: [&str; 9] = ["AX", "BL", "CC", "CX", "EH", "MF", "SJ", "TA", "VA"];

/// The served countries, sorted by region code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Countries {
    served: Vec<Country>,
    /// The region to preselect if `Accept-Language` names no served country: the first one of the
    /// operator's list, or `US` for `*`.
    first: String,
}

impl Countries {
    /// Parses the operator's list (`IN,US`); `*` serves every country.
    ///
    /// # Errors
    /// Fails with the entries that are no region code. They are empty if the list is empty.
    pub fn parse(list: &str) -> Result<Self, Vec<String>> {
        let mut all = all_countries();
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

    /// Returns `true` if numbers of this country can receive messages.
    #[must_use]
    pub fn serves(&self, region: &str) -> bool {
        self.served.iter().any(|country| country.region == region)
    }

    /// Returns the served countries whose numbers all count as those of a country that is not
    /// served, each with the region code of that country.
    #[must_use]
    pub fn without_own_numbers(&self) -> Vec<(&str, String)> {
        let none = self.served.iter().filter(|country| WITHOUT_OWN_NUMBERS.contains(&country.region.as_str()));
        let taken_as = none.filter_map(|country| Some((country.region.as_str(), main_region(&country.calling_code)?)));
        taken_as.filter(|(_, main)| !self.serves(main)).collect()
    }

    /// Returns the served countries with their names in a locale (BCP 47), sorted by its collation.
    #[must_use]
    pub fn named_in(&self, tag: &str) -> Vec<Country> {
        let locale: Locale = tag.parse().unwrap_or(Locale::UNKNOWN);
        let names = RegionDisplayNames::try_new((&locale).into(), DisplayNamesOptions::default()).unwrap_or_default();
        let mut all = self.served.clone();
        for country in &mut all {
            let tag: Option<subtags::Region> = country.region.parse().ok();
            if let Some(name) = tag.and_then(|tag| names.of(tag)) {
                name.clone_into(&mut country.name);
            }
        }
        // The collation of the locale puts Åland before Albania.
        if let Ok(collator) = Collator::try_new(CollatorPreferences::from(&locale), CollatorOptions::default()) {
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

/// Returns all countries by region code, which stands in for the name until a locale gives one.
fn all_countries() -> Vec<Country> {
    let regions = PHONE_NUMBER_UTIL.get_supported_regions();
    let formats: BTreeMap<&str, &str> = NUMBER_FORMATS.lines().filter_map(|line| line.split_once(' ')).collect();
    let mut all: Vec<Country> = regions
        .filter_map(|region| {
            let calling_code = PHONE_NUMBER_UTIL.get_country_code_for_region(region)?;
            let name = region.as_region_str().as_str().to_owned();
            Some(Country {
                region: name.clone(),
                calling_code: calling_code.to_string(),
                is_main_for_calling_code: PHONE_NUMBER_UTIL.get_region_for_country_code(calling_code) == Some(region),
                number_format: formats.get(name.as_str()).map(|format| NumberFormat::parse(format)).unwrap_or_default(),
                name,
            })
        })
        .collect();
    all.sort_by(|a, b| a.region.cmp(&b.region));
    all
}

#[cfg(test)]
mod tests {
    use rlibphonenumber::{NumberLengthType, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region};

    use super::*;
    use crate::server::phone::parse;

    /// Returns the format in which the metadata writes its example of a mobile number.
    fn number_format(region: Region) -> NumberFormat {
        let Ok(example) = PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, PhoneNumberType::Mobile) else {
            return NumberFormat::default();
        };
        let international = PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::International);
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let groups: Vec<String> = international.split([' ', '-']).skip(1).map(digits).collect();
        let at_home = digits(&PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::National));
        let trunk_prefix = at_home.strip_suffix(&groups.concat()).unwrap_or_default().to_owned();
        let whole = groups.concat().len();
        let code = example.country_code;
        let behind_code = whole.checked_sub(code.to_string().len() + 1).map(|power| 10_u64.pow(u32::try_from(power).unwrap()));
        NumberFormat {
            trunk_prefix,
            groups: groups.iter().map(String::len).filter(|size| *size > 0).collect(),
            is_ambiguous: behind_code.is_some_and(|shorter| may_be_mobile(code, shorter)),
        }
    }

    /// Returns `true` if a mobile number of the calling code may have this many digits.
    fn may_be_mobile(country_code: i32, national_number: u64) -> bool {
        let number = PhoneNumber { country_code, national_number, ..PhoneNumber::default() };
        let length = PHONE_NUMBER_UTIL.is_possible_number_for_type_with_reason(&number, PhoneNumberType::Mobile);
        length == Ok(NumberLengthType::IsPossible)
    }

    /// Returns the countries that own the example number of a region, and its variants in the
    /// second to fourth digit after the calling code. The owner of the example is first.
    fn owners(region: Region) -> impl Iterator<Item = String> {
        let of_kind = |kind| PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind).ok();
        let example = of_kind(PhoneNumberType::Mobile).or_else(|| of_kind(PhoneNumberType::FixedLine)).unwrap();
        let e164 = PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::E164).into_owned();
        let second = example.country_code.to_string().len() + 2;
        let others = (0..1_000).map(|digits| format!("{digits:03}"));
        let numbers: Vec<String> = std::iter::once(e164[second..second + 3].to_owned())
            .chain(others)
            .map(|digits| format!("{}{digits}{}", &e164[..second], &e164[second + 3..]))
            .collect();
        numbers.into_iter().filter_map(|number| parse(&number, None).ok()).map(|parsed| parsed.region)
    }

    /// `NUMBER_FORMATS=write` writes the file again after an update of the metadata.
    #[test]
    fn numbers_are_written_as_the_metadata_writes_its_examples() {
        let regions = PHONE_NUMBER_UTIL.get_supported_regions();
        let mut lines: Vec<_> =
            regions.map(|region| format!("{} {}\n", region.as_region_str().as_str(), number_format(region))).collect();
        lines.sort();
        if std::env::var_os("NUMBER_FORMATS").is_some() {
            let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/countries/number_formats.txt");
            std::fs::write(file, lines.concat()).unwrap();
        } else {
            assert_eq!(NUMBER_FORMATS, lines.concat(), "update it: NUMBER_FORMATS=write cargo test numbers_are_written");
        }
    }

    #[test]
    fn every_country_has_a_name_and_a_calling_code() {
        let all = Countries::parse("*").unwrap();
        for (tag, expected) in [("en", "India"), ("hi", "भारत"), ("ar", "الهند")] {
            let named = all.named_in(tag);
            assert!(named.len() > 230);
            assert!(named.iter().all(|country| country.name != country.region && !country.calling_code.is_empty()), "{tag}");
            let india = named.iter().find(|country| country.region == "IN").unwrap();
            assert_eq!((india.name.as_str(), india.calling_code.as_str()), (expected, "91"));
        }
        let number_format =
            |region: &str| all.served.iter().find(|country| country.region == region).unwrap().number_format.to_string();
        assert_eq!(["IN", "US", "GB", "AE"].map(number_format), ["0 5 5", "- 3 3 4", "0 4 6", "0 2 3 4"]);
        let english: Vec<String> = all.named_in("en").into_iter().map(|country| country.name).take(4).collect();
        assert_eq!(english, ["Afghanistan", "Åland Islands", "Albania", "Algeria"]);
    }

    #[test]
    fn only_listed_countries_are_served_and_unknown_ones_are_named() {
        let two = Countries::parse("in, US").unwrap();
        assert!(two.serves("IN") && two.serves("US") && !two.serves("GB"));
        assert_eq!(Countries::parse("IN,XX,Narnia"), Err(vec!["XX".into(), "NARNIA".into()]));
        assert_eq!(Countries::parse(""), Err(vec![]));
    }

    /// The metadata takes the Isle of Man's example for a British number, but the island has
    /// numbers of its own.
    #[test]
    fn a_country_without_numbers_of_its_own_is_named_with_the_one_to_add() {
        for region in PHONE_NUMBER_UTIL.get_supported_regions() {
            let text = region.as_region_str();
            let has_numbers = owners(region).any(|owner| owner == text.as_str());
            assert_eq!(has_numbers, !WITHOUT_OWN_NUMBERS.contains(&text.as_str()), "{}", text.as_str());
            let alone = Countries::parse(text.as_str()).unwrap();
            assert_eq!(alone.without_own_numbers().is_empty(), has_numbers, "{}", text.as_str());
            for (of, main) in alone.without_own_numbers() {
                assert!(owners(region).all(|owner| owner == main), "{of}: {main}");
                assert!(Countries::parse(&format!("{of},{main}")).unwrap().without_own_numbers().is_empty());
            }
        }
        let some = Countries::parse("IN,MF,BL,GP,AX,IM").unwrap();
        assert_eq!(some.without_own_numbers(), [("AX", "FI".to_owned())]);
        assert!(Countries::parse("*").unwrap().without_own_numbers().is_empty());
    }

    #[test]
    fn accept_language_preselects_a_served_country() {
        let some = Countries::parse("IN,GB,DE").unwrap();
        assert_eq!(some.preselect("en-GB,en;q=0.9"), "GB");
        assert_eq!(some.preselect("fr-FR,de-DE;q=0.8"), "DE");
        assert_eq!(some.preselect("zh-Hant-TW"), "IN");
        assert_eq!(some.preselect(""), "IN");
    }
}
