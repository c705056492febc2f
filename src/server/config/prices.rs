//! The setting `SMS_PRICES`: the price of an SMS by country. The defaults are upper bounds that
//! limit spending, not offers.

use std::collections::HashMap;

use super::reader::Reader;

/// The prices in micro-units, by country code (ISO 3166-1 alpha-2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    by_country: HashMap<String, i64>,
    fallback: i64,
}

/// The default prices: upper bounds of November 2026, whose sources the file names. If a price is
/// too high, spending stays within the budget; if it is too low, spending may exceed it.
const DEFAULTS: &str = include_str!("prices.txt");

impl Default for Prices {
    fn default() -> Self {
        Self::with_overrides("").unwrap_or(Self { by_country: HashMap::new(), fallback: 1_000_000 })
    }
}

impl Prices {
    /// Returns the defaults, replaced by the prices in `text`, like `IN=0.0035,US=0.012,*=0.3`.
    ///
    /// # Errors
    /// Returns the part of `text` that cannot be read.
    pub fn with_overrides(text: &str) -> Result<Self, String> {
        let mut prices = Self { by_country: HashMap::new(), fallback: 0 };
        let defaults =
            DEFAULTS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
        for part in defaults.chain(text.split(',')).map(str::trim).filter(|part| !part.is_empty()) {
            let (country, price) = part.split_once('=').ok_or(part)?;
            let price = parse_micros(price.trim()).ok_or(part)?;
            match country.trim() {
                "*" => prices.fallback = price,
                country
                    if country.len() == 2 && country.bytes().all(|b| b.is_ascii_alphabetic()) =>
                {
                    prices.by_country.insert(country.to_ascii_uppercase(), price);
                }
                _ => return Err(part.to_owned()),
            }
        }
        Ok(prices)
    }

    /// Returns the price of an SMS to this country, in micro-units.
    #[must_use]
    pub fn get(&self, country: &str) -> i64 {
        self.by_country.get(country).copied().unwrap_or(self.fallback)
    }

    /// Returns the highest price of all countries, in micro-units.
    #[must_use]
    pub fn highest(&self) -> i64 {
        self.by_country.values().copied().fold(self.fallback, i64::max)
    }
}

/// Parses a decimal amount into micro-units. Digits after the sixth decimal are dropped, which is
/// less than a micro-unit. The result is at least one, because no SMS is free.
fn parse_micros(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || whole.len() > 4
        || fraction.len() > 9
        || !digits(whole)
        || !digits(fraction)
    {
        return None;
    }
    let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(6).collect();
    Some((whole.parse::<i64>().ok()? * 1_000_000 + fraction.parse::<i64>().ok()?).max(1))
}

pub(super) fn read(reader: &mut Reader<'_>) -> Prices {
    let text = reader.text("SMS_PRICES");
    Prices::with_overrides(&text).unwrap_or_else(|part| {
        let problem = format!("has '{part}', which is not a country and a price");
        let fix = "write the price of an SMS by country, like IN=0.0035,US=0.012,*=0.3";
        reader.finding("SMS_PRICES", problem, fix);
        Prices::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configured_prices_replace_the_defaults_and_unlisted_countries_cost_the_fallback() {
        let prices = Prices::with_overrides("us=0.02, *=0.5").unwrap();
        assert_eq!((prices.get("US"), prices.get("XX")), (20_000, 500_000));
        assert_eq!(prices.get("IN"), 5_000);
        assert!(Prices::default().by_country.len() > 200 && Prices::default().get("XX") >= 300_000);
        for invalid in ["US", "US=", "US=-1", "USA=1", "US=1e9", "US=99999", "U5=1", "=1"] {
            assert!(Prices::with_overrides(invalid).is_err(), "{invalid}");
        }
    }
}
