//! The log: structured lines on standard error. What must never be in it is kept out where it is written.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::config::Config;

/// Starts it. A filter that makes no sense is taken for `info`.
pub fn start(config: &Config) {
    let filter = config.log_filter.parse().unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    let log = tracing_subscriber::registry().with(filter);
    if config.json_log {
        log.with(layer().with_writer(std::io::stderr).json()).init();
    } else {
        log.with(layer().with_writer(std::io::stderr)).init();
    }
    // Where, not what: the words of a panic may hold anything.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
