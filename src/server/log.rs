//! The log: structured lines on standard error. What must never be in it is kept out where it is written.

use tracing_subscriber::EnvFilter;

use super::config::Config;

/// Starts it. A filter that makes no sense is taken for `info`.
pub fn start(config: &Config) {
    let filter = EnvFilter::try_new(&config.log_filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if config.json_log {
        log.json().init();
    } else {
        log.init();
    }
    // Where, not what: the words of a panic may hold anything.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
