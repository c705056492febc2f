//! The log: structured lines on standard error. What must never be in it is kept out where it is written, and where others write
//! it, by the filter.

use std::io::{IsTerminal, stderr};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::config::Config;

/// The reader of phone numbers, which names each that it reads.
const MUTED_TARGET: &str = "rlibphonenumber";

/// What is logged where an operator wants `wanted`; `info` where that makes no sense. `rlibphonenumber` is silent whatever is wanted.
#[must_use]
pub fn filter(wanted: &str) -> Targets {
    let wanted: Targets = wanted.parse().unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    let level = wanted.default_level().unwrap_or(LevelFilter::OFF);
    // A part of it would weigh more than the whole, so those go.
    let others = wanted.into_iter().filter(|(target, _)| !target.starts_with(MUTED_TARGET));
    others.collect::<Targets>().with_default(level).with_target(MUTED_TARGET, LevelFilter::OFF)
}

/// Starts it.
pub fn init(config: &Config) {
    let log = tracing_subscriber::registry().with(filter(&config.log_filter));
    if config.json_log {
        log.with(layer().with_writer(stderr).json()).init();
    } else {
        let text = layer().with_writer(stderr);
        // Colours are for a terminal: in a file they stand between a name and its value, where no search finds them.
        log.with(if stderr().is_terminal() { text } else { text.with_ansi(false) }).init();
    }
    // Where, not what: the words of a panic may hold anything.
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
    fn the_reader_of_numbers_is_silent_whatever_is_wanted() {
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
            for target in [MUTED_TARGET, "rlibphonenumber::phonenumberutil::phonenumberutil_internal"] {
                assert!(!filter(wanted).would_enable(target, &Level::ERROR), "{wanted}: {target}");
            }
        }
    }

    #[test]
    fn everything_else_is_logged_as_it_is_wanted() {
        let logs = |wanted: &str, target: &str, level: Level| filter(wanted).would_enable(target, &level);
        assert!(logs("trace", "hyper::proto", Level::TRACE));
        assert!(logs("info,ringkey::sql=trace", "ringkey::sql", Level::TRACE));
        assert!(!logs("info,ringkey::sql=trace", "ringkey::serve", Level::DEBUG));
        assert!(!logs("ringkey=trace", "hyper", Level::ERROR));
        assert!(logs("not=a=filter", "ringkey", Level::INFO) && !logs("not=a=filter", "ringkey", Level::DEBUG));
    }
}
