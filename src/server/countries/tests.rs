use rlibphonenumber::{NumberLengthType, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region};

use super::*;
use crate::server::phone::parse;

/// Returns the format in which the metadata writes its example of a mobile number.
fn number_format(region: Region) -> NumberFormat {
    let Ok(example) =
        PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, PhoneNumberType::Mobile)
    else {
        return NumberFormat::default();
    };
    let international = PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::International);
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let groups: Vec<String> = international.split([' ', '-']).skip(1).map(digits).collect();
    let in_national_format =
        digits(&PHONE_NUMBER_UTIL.format(&example, PhoneNumberFormat::National));
    let trunk_prefix =
        in_national_format.strip_suffix(&groups.concat()).unwrap_or_default().to_owned();
    let digit_count = groups.concat().len();
    let code = example.country_code;
    let without_code = digit_count
        .checked_sub(code.to_string().len() + 1)
        .map(|power| 10_u64.pow(u32::try_from(power).unwrap()));
    NumberFormat {
        trunk_prefix,
        groups: groups.iter().map(String::len).filter(|size| *size > 0).collect(),
        is_ambiguous: without_code.is_some_and(|shorter| may_be_mobile(code, shorter)),
    }
}

/// Returns `true` if a mobile number of the calling code may have this many digits.
fn may_be_mobile(country_code: i32, national_number: u64) -> bool {
    let number = PhoneNumber { country_code, national_number, ..PhoneNumber::default() };
    let length =
        PHONE_NUMBER_UTIL.is_possible_number_for_type_with_reason(&number, PhoneNumberType::Mobile);
    length == Ok(NumberLengthType::IsPossible)
}

/// Returns the countries to which the example number of a region and its variants belong. The
/// variants differ in the second to fourth digit after the calling code. The country of the example
/// itself is first.
fn owners(region: Region) -> impl Iterator<Item = String> {
    let of_kind =
        |kind| PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(region, kind).ok();
    let example =
        of_kind(PhoneNumberType::Mobile).or_else(|| of_kind(PhoneNumberType::FixedLine)).unwrap();
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
    let mut lines: Vec<_> = regions
        .map(|region| format!("{} {}\n", region.as_region_str().as_str(), number_format(region)))
        .collect();
    lines.sort();
    if std::env::var_os("NUMBER_FORMATS").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/countries/number_formats.txt");
        std::fs::write(file, lines.concat()).unwrap();
    } else {
        assert_eq!(
            NUMBER_FORMATS,
            lines.concat(),
            "update it: NUMBER_FORMATS=write cargo test numbers_are_written"
        );
    }
}

#[test]
fn every_country_has_a_name_and_a_calling_code() {
    let all = Countries::parse("*").unwrap();
    for (tag, expected) in [("en", "India"), ("hi", "भारत"), ("ar", "الهند")] {
        let named = all.named_in(tag);
        assert!(named.len() > 230);
        assert!(
            named
                .iter()
                .all(|country| country.name != country.region && !country.calling_code.is_empty()),
            "{tag}"
        );
        let india = named.iter().find(|country| country.region == "IN").unwrap();
        assert_eq!((india.name.as_str(), india.calling_code.as_str()), (expected, "91"));
    }
    let number_format = |region: &str| {
        all.served
            .iter()
            .find(|country| country.region == region)
            .unwrap()
            .number_format
            .to_string()
    };
    assert_eq!(
        ["IN", "US", "GB", "AE"].map(number_format),
        ["0 5 5", "- 3 3 4", "0 4 6", "0 2 3 4"]
    );
    let english: Vec<String> =
        all.named_in("en").into_iter().map(|country| country.name).take(4).collect();
    assert_eq!(english, ["Afghanistan", "Åland Islands", "Albania", "Algeria"]);
}

#[test]
fn only_listed_countries_are_served_and_unknown_codes_are_reported() {
    let two = Countries::parse("in, US").unwrap();
    assert!(two.serves("IN") && two.serves("US") && !two.serves("GB"));
    assert_eq!(Countries::parse("IN,XX,Narnia"), Err(vec!["XX".into(), "NARNIA".into()]));
    assert_eq!(Countries::parse(""), Err(vec![]));
}

/// The metadata takes the Isle of Man's example for a British number, but the island has other
/// numbers of its own.
#[test]
fn a_country_without_numbers_of_its_own_is_reported_with_the_country_to_add() {
    for region in PHONE_NUMBER_UTIL.get_supported_regions() {
        let text = region.as_region_str();
        let has_numbers = owners(region).any(|owner| owner == text.as_str());
        assert_eq!(has_numbers, !WITHOUT_OWN_NUMBERS.contains(&text.as_str()), "{}", text.as_str());
        let only_this = Countries::parse(text.as_str()).unwrap();
        assert_eq!(only_this.without_own_numbers().is_empty(), has_numbers, "{}", text.as_str());
        for (of, main) in only_this.without_own_numbers() {
            assert!(owners(region).all(|owner| owner == main), "{of}: {main}");
            assert!(
                Countries::parse(&format!("{of},{main}")).unwrap().without_own_numbers().is_empty()
            );
        }
    }
    let list = Countries::parse("IN,MF,BL,GP,AX,IM").unwrap();
    assert_eq!(list.without_own_numbers(), [("AX", "FI".to_owned())]);
    assert!(Countries::parse("*").unwrap().without_own_numbers().is_empty());
}

#[test]
fn accept_language_preselects_a_served_country() {
    let list = Countries::parse("IN,GB,DE").unwrap();
    assert_eq!(list.preselect("en-GB,en;q=0.9"), "GB");
    assert_eq!(list.preselect("fr-FR,de-DE;q=0.8"), "DE");
    assert_eq!(list.preselect("zh-Hant-TW"), "IN");
    assert_eq!(list.preselect(""), "IN");
}
