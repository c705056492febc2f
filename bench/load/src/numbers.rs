//! The phone numbers of the people.

/// A calling code, and the first of its mobile numbers without the calling code.
type Country = (u64, u64);

/// The countries of [`Numbers::Countries`], each with fifty million mobile numbers.
const COUNTRIES: [Country; 8] = [
    (91, 9_800_000_000), // India
    (44, 7_200_000_000), // Britain
    (49, 1_700_000_000), // Germany
    (33, 730_000_000),   // France
    (34, 600_000_000),   // Spain
    (39, 3_300_000_000), // Italy
    (81, 9_010_000_000), // Japan
    (31, 610_000_000),   // Netherlands
];
const NUMBERS_PER_COUNTRY: u64 = 50_000_000;

/// The places that the numbers of a run belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Indian mobiles of the series 98 and 99, spread over all their 20 prefixes.
    India,
    /// Indian mobiles of one prefix.
    Prefix,
    /// Mobiles of eight countries, with at least five prefixes each.
    Countries,
}

impl Numbers {
    pub fn of(name: &str) -> Self {
        match name {
            "india" => Self::India,
            "prefix" => Self::Prefix,
            "countries" => Self::Countries,
            other => panic!("no numbers {other}"),
        }
    }

    /// Returns the n-th person's number: the digits of its E.164 form.
    pub fn phone(self, person: u64) -> u64 {
        match self {
            Self::India => number((91, 9_800_000_000), person, 200_000_000),
            Self::Prefix => number((91, 9_810_000_000), person, 10_000_000),
            Self::Countries => {
                let countries = COUNTRIES.len() as u64;
                let country = COUNTRIES[(person % countries) as usize];
                number(country, person / countries, NUMBERS_PER_COUNTRY)
            }
        }
    }
}

/// Returns the n-th of `count` numbers.
fn number((calling_code, first): Country, n: u64, count: u64) -> u64 {
    assert!(n < count / 2, "no more numbers than that");
    // The factor ends in 7 and the counts have no factors but 2 and 5, so no number repeats.
    let national = first + n * 70_000_007 % count;
    calling_code * 10_u64.pow(first.ilog10() + 1) + national
}
