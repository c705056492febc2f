//! Reads the limits of `domain/limits`, prices, devices, connections and retention periods.

use ipnet::IpNet;

use super::prices::Prices;
use super::reader::Reader;
use crate::domain::limits::guess::fits;
use crate::domain::limits::money::Budget;
use crate::domain::limits::{Allowance, Limits};
use crate::server::connections::{Bounds, LEAST, LEAST_OF_SOURCE};
use crate::server::puzzle::PuzzleConfig;
use crate::server::shield::Rate;
use crate::server::store::Retention;

/// The maximum of a count: above any sensible value, and far from overflow where counts are multiplied.
const MAX_COUNT: i64 = 1_000_000_000;
/// The maximum of `MAX_CONNECTIONS`: more connections than one machine serves.
const MAX_CONNECTIONS: usize = 1_000_000;
/// Micro-units in a unit of money.
const MICROS_PER_UNIT: i64 = 1_000_000;

/// When a browser counts as a known device of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceConfig {
    /// Seconds from the first sign-in until a device counts as known.
    pub known_after: i64,
    /// Seconds from the last sign-in until it is unknown again.
    pub ttl: i64,
}

impl Reader<'_> {
    pub(super) fn limits(&mut self, code_guesses: i64, code_length: u8) -> Limits {
        let limits = Limits {
            number_hour: self.count("NUMBER_SENDS_PER_HOUR"),
            number_day: self.count("NUMBER_SENDS_PER_DAY"),
            number_day_with_proof: self.count("NUMBER_SENDS_PER_DAY_WITH_PROOF"),
            source_hour: self.count("SOURCE_SENDS_PER_HOUR"),
            source_hour_with_proof: self.count("SOURCE_SENDS_PER_HOUR_WITH_PROOF"),
            block_factor: self.number("BLOCK_FACTOR", 1, 1_000),
            prefix: self.allowance("PREFIX_UNVERIFIED_PER_DAY", "PREFIX_UNVERIFIED_SHARE"),
            prefix_with_proof: self.allowance("PREFIX_UNVERIFIED_PER_DAY_WITH_PROOF", "PREFIX_UNVERIFIED_SHARE_WITH_PROOF"),
            country: self.allowance("COUNTRY_UNVERIFIED_PER_HOUR", "COUNTRY_UNVERIFIED_SHARE"),
            budget: self.budget(),
            guesses_day: self.number("NUMBER_GUESSES_PER_DAY", 1, 1_000),
            odds: self.number("NUMBER_TAKEOVER_ODDS", 1_000, 10_000_000),
            wrong_hour: self.count("WRONG_GUESSES_PER_HOUR"),
            puzzle_bits: self.number("PUZZLE_BITS", 8, 30),
            puzzle_bits_top: self.number("PUZZLE_BITS_TOP", 8, 30),
        };
        if !fits(&limits, code_guesses, code_length) {
            let words = "is too much for NUMBER_TAKEOVER_ODDS: with CODE_LENGTH and CODE_GUESSES as they are, a day's guesses and \
                         one longer code an hour must stay under those odds";
            self.finding("NUMBER_GUESSES_PER_DAY", words);
        }
        if limits.puzzle_bits_top < limits.puzzle_bits {
            self.finding("PUZZLE_BITS_TOP", "must be at least PUZZLE_BITS");
        }
        limits
    }

    fn count(&mut self, name: &str) -> i64 {
        self.number(name, 1, MAX_COUNT)
    }

    fn share(&mut self, name: &str) -> i64 {
        self.number(name, 0, 100)
    }

    fn allowance(&mut self, least: &str, share: &str) -> Allowance {
        Allowance { least: self.count(least), share: self.share(share) }
    }

    fn budget(&mut self) -> Budget {
        Budget {
            day: self.number("SMS_BUDGET_PER_DAY", 1, MAX_COUNT) * MICROS_PER_UNIT,
            hour_share: self.share("SMS_BUDGET_HOUR_SHARE"),
            known_share: self.share("SMS_BUDGET_KNOWN_SHARE"),
            unverified_share: self.share("SMS_BUDGET_UNVERIFIED_SHARE"),
            country_share: self.share("SMS_BUDGET_COUNTRY_SHARE"),
            prefix_share: self.share("SMS_BUDGET_PREFIX_SHARE"),
            pending_share: self.share("SMS_BUDGET_PENDING_SHARE"),
            account_share: self.share("SMS_BUDGET_ACCOUNT_SHARE"),
        }
    }

    pub(super) fn prices(&mut self) -> Prices {
        let text = self.text("SMS_PRICES");
        Prices::with_overrides(&text).unwrap_or_else(|part| {
            let words =
                format!("has '{part}', which is no country and price; write what a text costs, like IN=0.0035,US=0.012,*=0.3");
            self.finding("SMS_PRICES", &words);
            Prices::default()
        })
    }

    pub(super) fn puzzles(&mut self) -> PuzzleConfig {
        PuzzleConfig { ttl: self.number("PUZZLE_TTL", 60, 3_600), wait: self.number("PUZZLE_WAIT", 1, 3_600) }
    }

    pub(super) fn devices(&mut self) -> DeviceConfig {
        DeviceConfig {
            known_after: self.number("KNOWN_DEVICE_AFTER", 0, 2_592_000),
            ttl: self.number("DEVICE_TTL", 86_400, 31_536_000),
        }
    }

    pub(super) fn shield(&mut self) -> Rate {
        Rate { per_second: self.count("SHIELD_CHANGES_PER_SECOND"), burst: self.count("SHIELD_BURST") }
    }

    /// How many connections there may be where so many files may be open. What does not fit is made to fit, and said.
    pub(super) fn connections(&mut self, block_factor: i64, files: usize) -> Bounds {
        let all = self.number("MAX_CONNECTIONS", LEAST, MAX_CONNECTIONS);
        let is_set = !self.text("MAX_CONNECTIONS_PER_SOURCE").is_empty();
        let of_source = is_set.then(|| self.number("MAX_CONNECTIONS_PER_SOURCE", LEAST_OF_SOURCE, MAX_CONNECTIONS));
        let bounds = Bounds::within(files, all, of_source, usize::try_from(block_factor).unwrap_or(1));
        // The default is a wish; the operator is warned if the setting is set, or if there is far less than the default.
        if bounds.all < all && (self.is_set("MAX_CONNECTIONS") || bounds.all < all / 2) {
            let words = format!(
                "is {all}, but this process may open {files} files, which bear {} connections, and no more are accepted; raise the \
                 limit of open files to {} (ulimit -Hn, LimitNOFILE=, --ulimit nofile=), or set MAX_CONNECTIONS={}",
                bounds.all,
                Bounds::files_for(all),
                bounds.all,
            );
            self.warning("MAX_CONNECTIONS", &words);
        }
        if bounds.of_block == bounds.all {
            let words = format!(
                "times BLOCK_FACTOR is as much as all the {} connections that there can be, so that one network may hold them all; \
                 lower one of the two, or raise MAX_CONNECTIONS",
                bounds.all
            );
            self.warning("MAX_CONNECTIONS_PER_SOURCE", &words);
        }
        bounds
    }

    pub(super) fn retention(&mut self) -> Retention {
        // The longest window is a day; what is younger still counts.
        Retention {
            challenges: self.number("KEEP_CHALLENGES", 172_800, 31_536_000),
            sources: self.number("KEEP_SOURCES", 86_400, 31_536_000),
            audit: self.number("KEEP_AUDIT", 86_400, 315_360_000),
        }
    }

    pub(super) fn trusted_proxies(&mut self) -> Vec<IpNet> {
        let text = self.text("TRUSTED_PROXIES");
        let parts = || text.split(',').map(str::trim).filter(|part| !part.is_empty());
        // A bare address is the network of that one address.
        let net = |part: &str| part.parse().or_else(|_| part.parse::<std::net::IpAddr>().map(IpNet::from)).ok();
        let nets: Vec<IpNet> = parts().filter_map(net).collect();
        if nets.len() != parts().count() {
            self.finding("TRUSTED_PROXIES", "must be addresses or networks separated by commas, like 10.0.0.5,2001:db8::5");
        }
        if nets.iter().any(|net| net.prefix_len() == 0) {
            self.finding("TRUSTED_PROXIES", "would believe everybody; name the addresses of your proxies");
        }
        nets
    }

    /// The value of `Clear-Site-Data`, if it is sent.
    pub(super) fn clear_site_data(&mut self) -> Option<String> {
        let text = self.text("CLEAR_SITE_DATA");
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        match parts.as_slice() {
            ["none"] => None,
            parts if parts.iter().all(|part| ["cache", "storage"].contains(part)) => {
                Some(parts.iter().map(|part| format!("\"{part}\"")).collect::<Vec<_>>().join(", "))
            }
            _ => {
                self.finding("CLEAR_SITE_DATA", "must be cache, storage, cache,storage or none");
                None
            }
        }
    }
}
