//! The settings of the limits and of the SMS budget.

use super::reader::Reader;
use crate::domain::limits::attempts::leaves_hourly_allowance;
use crate::domain::limits::budget::Budget;
use crate::domain::limits::{Allowance, Limits};

/// The maximum value of a count, which is above every useful value. Products of such counts stay
/// far from overflow.
const MAX_COUNT: i64 = 1_000_000_000;
/// The number of micro-units in one unit of money.
const MICROS_PER_UNIT: i64 = 1_000_000;

pub(super) fn read(reader: &mut Reader<'_>, code_guesses: i64, code_length: u8) -> Limits {
    let limits = Limits {
        number_sends_per_hour: count(reader, "NUMBER_SENDS_PER_HOUR"),
        number_sends_per_day: count(reader, "NUMBER_SENDS_PER_DAY"),
        number_sends_per_day_with_proof: count(reader, "NUMBER_SENDS_PER_DAY_WITH_PROOF"),
        address_sends_per_hour: count(reader, "SOURCE_SENDS_PER_HOUR"),
        address_sends_per_hour_with_proof: count(reader, "SOURCE_SENDS_PER_HOUR_WITH_PROOF"),
        subnet_factor: reader.number("SUBNET_FACTOR", 1, 1_000),
        prefix_unverified_per_day: allowance(
            reader,
            "PREFIX_UNVERIFIED_PER_DAY",
            "PREFIX_UNVERIFIED_SHARE",
        ),
        prefix_unverified_per_day_with_proof: allowance(
            reader,
            "PREFIX_UNVERIFIED_PER_DAY_WITH_PROOF",
            "PREFIX_UNVERIFIED_SHARE_WITH_PROOF",
        ),
        country_unverified_per_hour: allowance(
            reader,
            "COUNTRY_UNVERIFIED_PER_HOUR",
            "COUNTRY_UNVERIFIED_SHARE",
        ),
        budget: budget(reader),
        number_attempts_per_day: reader.number("NUMBER_GUESSES_PER_DAY", 1, 1_000),
        recovery_attempts_per_day: reader.number("RECOVERY_GUESSES_PER_DAY", 1, 1_000),
        takeover_odds: reader.number("NUMBER_TAKEOVER_ODDS", 1_000, 10_000_000),
        failed_attempts_per_hour: count(reader, "WRONG_GUESSES_PER_HOUR"),
        puzzle_bits: reader.number("PUZZLE_BITS", 8, 30),
        puzzle_bits_top: reader.number("PUZZLE_BITS_TOP", 8, 30),
    };
    if !leaves_hourly_allowance(&limits, code_guesses, code_length) {
        let problem = "is too high: with these CODE_LENGTH and CODE_GUESSES, the attempts of a day \
                       and one longer code an hour exceed NUMBER_TAKEOVER_ODDS";
        let fix = "lower it or CODE_GUESSES, or lengthen the code";
        reader.finding("NUMBER_GUESSES_PER_DAY", problem, fix);
    }
    if limits.puzzle_bits_top < limits.puzzle_bits {
        reader.finding("PUZZLE_BITS_TOP", "is less than PUZZLE_BITS", "raise it");
    }
    limits
}

pub(super) fn count(reader: &mut Reader<'_>, name: &str) -> i64 {
    reader.number(name, 1, MAX_COUNT)
}

fn share(reader: &mut Reader<'_>, name: &str) -> i64 {
    reader.number(name, 0, 100)
}

fn allowance(reader: &mut Reader<'_>, minimum: &str, percent: &str) -> Allowance {
    Allowance { minimum: count(reader, minimum), share: share(reader, percent) }
}

fn budget(reader: &mut Reader<'_>) -> Budget {
    Budget {
        day: reader.number("SMS_BUDGET_PER_DAY", 1, MAX_COUNT) * MICROS_PER_UNIT,
        hour_share: share(reader, "SMS_BUDGET_HOUR_SHARE"),
        known_share: share(reader, "SMS_BUDGET_KNOWN_SHARE"),
        unverified_share: share(reader, "SMS_BUDGET_UNVERIFIED_SHARE"),
        country_share: share(reader, "SMS_BUDGET_COUNTRY_SHARE"),
        prefix_share: share(reader, "SMS_BUDGET_PREFIX_SHARE"),
        pending_share: share(reader, "SMS_BUDGET_PENDING_SHARE"),
        account_share: share(reader, "SMS_BUDGET_ACCOUNT_SHARE"),
    }
}
