//! The log of the whole test run, at the most verbose level of our own modules.

use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};

use ringkey::server::log::filter;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Starts to keep the log. Only the first call has an effect.
pub fn capture() {
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| {
        // The filter must silence `rlibphonenumber` although its level is raised here.
        let filter = filter(concat!(
            "info,ringkey=trace,reqwest=trace,hyper=debug,hyper_util=debug,sqlx=debug,",
            "rlibphonenumber=trace"
        ));
        let log = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_ansi(false);
        let log = log.with_writer(|| Sink);
        log.finish().with(filter).init();
    });
}

/// Returns the log up to now.
pub fn all() -> String {
    String::from_utf8_lossy(&LINES.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}
