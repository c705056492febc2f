//! The setting `SMS_PRICES`: the price of an SMS by country, and by provider where providers
//! differ. The defaults are upper bounds that limit spending, not offers.

use std::collections::HashMap;

use super::reader::Reader;
use super::sms::{Channel, SmsConfig};

/// The prices in micro-units, by country code (ISO 3166-1 alpha-2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    by_country: HashMap<String, i64>,
    fallback: i64,
    /// The prices of one provider, by its name and the country, which may be `*`.
    by_provider: HashMap<(String, String), i64>,
    /// The providers of the settings with their channels.
    providers: Vec<(&'static str, Channel)>,
}

/// The default prices: upper bounds of November 2026, whose sources the file names. If a price is
/// too high, spending stays within the budget; if it is too low, spending may exceed it.
const DEFAULTS: &str = include_str!("prices.txt");

impl Default for Prices {
    fn default() -> Self {
        Self::with_overrides("").unwrap_or(Self { fallback: 1_000_000, ..Self::empty() })
    }
}

impl Prices {
    fn empty() -> Self {
        Self {
            by_country: HashMap::new(),
            fallback: 0,
            by_provider: HashMap::new(),
            providers: Vec::new(),
        }
    }

    /// Returns the defaults, replaced by the prices in `text`, like
    /// `IN=0.0035,*=0.3,twilio:US=0.012`.
    ///
    /// # Errors
    /// Returns the part of `text` that cannot be read.
    pub fn with_overrides(text: &str) -> Result<Self, String> {
        let mut prices = Self::empty();
        let defaults =
            DEFAULTS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
        for part in defaults.chain(text.split(',')).map(str::trim).filter(|part| !part.is_empty()) {
            let (country, price) = part.split_once('=').ok_or(part)?;
            let price = parse_micros(price.trim()).ok_or(part)?;
            let (provider, country) = match country.split_once(':') {
                Some((provider, country)) => (provider.trim(), country.trim()),
                None => ("", country.trim()),
            };
            let is_code = country.len() == 2 && country.bytes().all(|b| b.is_ascii_alphabetic());
            if !is_code && country != "*" {
                return Err(part.to_owned());
            }
            let country = country.to_ascii_uppercase();
            match provider {
                "" if country == "*" => prices.fallback = price,
                "" => drop(prices.by_country.insert(country, price)),
                _ => drop(prices.by_provider.insert((provider.to_owned(), country), price)),
            }
        }
        Ok(prices)
    }

    /// Returns the price of a message of this provider to this country, in micro-units. A price of
    /// the provider for `*` is for countries that have none; calls have no other prices.
    #[must_use]
    pub fn price_of(&self, provider: &str, country: &str) -> i64 {
        let own = |country: &str| {
            self.by_provider.get(&(provider.to_owned(), country.to_owned())).copied()
        };
        let calls = (provider, Channel::Voice);
        let is_call = self.providers.iter().any(|(name, channel)| (*name, *channel) == calls);
        let of_country = || self.by_country.get(country).copied().filter(|_| !is_call);
        own(country).or_else(of_country).or_else(|| own("*")).unwrap_or(self.fallback)
    }

    /// Returns the price of an SMS to this country, in micro-units. If several providers may send
    /// it, this is the highest price, so that the budget holds with each of them.
    #[must_use]
    pub fn text_price(&self, country: &str) -> i64 {
        self.highest_of(Channel::Sms, country)
    }

    /// Returns the price of a call to this country, or of an SMS if that is more, because a text
    /// goes out if nobody can call. In micro-units.
    #[must_use]
    pub fn call_price(&self, country: &str) -> i64 {
        self.highest_of(Channel::Voice, country).max(self.text_price(country))
    }

    fn highest_of(&self, channel: Channel, country: &str) -> i64 {
        let providers = self.providers.iter().filter(|(_, own)| *own == channel);
        let prices = providers.map(|(provider, _)| self.price_of(provider, country));
        prices.max().unwrap_or_else(|| self.price_of("", country))
    }

    /// Returns the highest price of all countries and providers, in micro-units.
    #[must_use]
    pub fn highest(&self) -> i64 {
        let all = self.by_country.values().chain(self.by_provider.values());
        all.copied().fold(self.fallback, i64::max)
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

pub(super) fn read(reader: &mut Reader<'_>, sms: &SmsConfig) -> Prices {
    let text = reader.text("SMS_PRICES");
    let prices = Prices::with_overrides(&text).unwrap_or_else(|part| {
        let problem = format!("has '{part}', which is not a country and a price");
        let fix = "write the price of an SMS by country, like IN=0.0035,US=0.012,*=0.3";
        reader.finding("SMS_PRICES", problem, fix);
        Prices::default()
    });
    let providers: Vec<_> = sms.providers.iter().map(|own| (own.name(), own.channel())).collect();
    for (provider, _) in prices.by_provider.keys() {
        if !providers.iter().any(|(own, _)| own == provider) {
            let problem = format!("has prices of {provider}, which is not in SMS_PROVIDERS");
            reader.warning("SMS_PRICES", problem, "remove them, or add the provider");
        }
    }
    // The default prices are those of texts.
    for (provider, _) in providers.iter().filter(|(_, own)| *own == Channel::Voice) {
        if !prices.by_provider.contains_key(&((*provider).to_owned(), "*".to_owned())) {
            let fix = format!("add the price of a call, like {provider}:*=0.05");
            reader.finding("SMS_PRICES", format!("has no price of {provider}"), fix);
        }
    }
    Prices { providers, ..prices }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_counts_the_dearest_provider_and_a_call_its_own_price() {
        let text = "IN=0.004,twilio:IN=0.08,twilio:*=0.02,authkey-voice:*=0.05";
        let prices = Prices::with_overrides(text).unwrap();
        let with = |providers| Prices { providers, ..prices.clone() };
        let (sms, voice) = (Channel::Sms, Channel::Voice);
        assert_eq!(with(vec![("authkey", sms)]).text_price("IN"), 4_000);
        let both = with(vec![("authkey", sms), ("twilio", sms), ("authkey-voice", voice)]);
        assert_eq!((both.text_price("IN"), both.call_price("IN")), (80_000, 80_000));
        assert_eq!(
            (both.price_of("authkey", "IN"), both.price_of("twilio", "IN")),
            (4_000, 80_000)
        );
        let calls = with(vec![("authkey", sms), ("authkey-voice", voice)]);
        assert_eq!((calls.text_price("IN"), calls.call_price("IN")), (4_000, 50_000));
        // Malawi is dear, whatever a provider asks where nothing is known.
        let dear = Prices::default().text_price("MW");
        assert!(dear > 1_000_000);
        assert_eq!(with(vec![("twilio", sms)]).text_price("MW"), dear);
        assert_eq!(with(vec![("twilio", sms)]).text_price("XX"), 20_000);
    }

    #[test]
    fn configured_prices_replace_the_defaults_and_unlisted_countries_cost_the_fallback() {
        let prices = Prices::with_overrides("us=0.02, *=0.5").unwrap();
        assert_eq!((prices.text_price("US"), prices.text_price("XX")), (20_000, 500_000));
        assert_eq!(prices.text_price("IN"), 5_000);
        assert!(
            Prices::default().by_country.len() > 200
                && Prices::default().text_price("XX") >= 300_000
        );
        for invalid in [
            "US",
            "US=",
            "US=-1",
            "USA=1",
            "US=1e9",
            "US=99999",
            "U5=1",
            "=1",
            "twilio:=1",
            "a:b:US=1",
        ] {
            assert!(Prices::with_overrides(invalid).is_err(), "{invalid}");
        }
    }
}
