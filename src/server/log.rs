//! The log: structured lines on standard error. The code of this application logs no secret and no
//! full phone number, and the filter silences the dependency that logs phone numbers.

use std::io::{IsTerminal, stderr};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::config::Config;

/// The log target of the parser of phone numbers, which logs each phone number that it parses.
const MUTED_TARGET: &str = "rlibphonenumber";

/// Returns the log filter that the operator's setting `wanted` describes, or `info` if `wanted` is
/// invalid. The filter always silences `rlibphonenumber`.
#[must_use]
pub fn filter(wanted: &str) -> Targets {
    let wanted: Targets =
        wanted.parse().unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    let level = wanted.default_level().unwrap_or(LevelFilter::OFF);
    // A more specific target would take precedence, so all targets within `rlibphonenumber` are
    // removed.
    let others = wanted.into_iter().filter(|(target, _)| !target.starts_with(MUTED_TARGET));
    others.collect::<Targets>().with_default(level).with_target(MUTED_TARGET, LevelFilter::OFF)
}

/// Returns `true` if a text is a log filter.
#[must_use]
pub fn is_valid_filter(wanted: &str) -> bool {
    wanted.parse::<Targets>().is_ok()
}

/// Starts the log in the configured format, and installs a hook that logs the place of every panic.
pub fn init(config: &Config) {
    let log = tracing_subscriber::registry().with(filter(&config.log_filter));
    if config.json_log {
        log.with(layer().with_writer(stderr).json()).init();
    } else {
        let text = layer().with_writer(stderr);
        // Colours are used only in terminals. In a file their codes would stand between a name and
        // its value, so a search for both together would find nothing.
        log.with(if stderr().is_terminal() { text } else { text.with_ansi(false) }).init();
    }
    // Only the place is logged, because the message of a panic may contain a secret.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn the_phone_number_parser_is_silent_with_every_filter() {
        for wanted in [
            "trace",
            "info",
            "",
            "rlibphonenumber",
            "rlibphonenumber=trace",
            "off,rlibphonenumber=error",
            "trace,rlibphonenumber::phonenumberutil::phonenumberutil_internal=trace",
            "rlib=trace,r=trace",
            "[{message}]=trace",
            "not=a=filter",
        ] {
            for target in
                [MUTED_TARGET, "rlibphonenumber::phonenumberutil::phonenumberutil_internal"]
            {
                assert!(!filter(wanted).would_enable(target, &Level::ERROR), "{wanted}: {target}");
            }
        }
    }

    #[test]
    fn all_other_targets_follow_the_filter() {
        let is_enabled =
            |wanted: &str, target: &str, level: Level| filter(wanted).would_enable(target, &level);
        assert!(is_enabled("trace", "hyper::proto", Level::TRACE));
        assert!(is_enabled("info,ringkey::sql=trace", "ringkey::sql", Level::TRACE));
        assert!(!is_enabled("info,ringkey::sql=trace", "ringkey::serve", Level::DEBUG));
        assert!(!is_enabled("ringkey=trace", "hyper", Level::ERROR));
        assert!(
            is_enabled("not=a=filter", "ringkey", Level::INFO)
                && !is_enabled("not=a=filter", "ringkey", Level::DEBUG)
        );
    }
}
