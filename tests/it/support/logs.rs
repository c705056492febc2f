//! Everything that the whole test run logs, at the most talkative level of our own rooms.

use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing_subscriber::EnvFilter;

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

/// Starts keeping what is logged; the first call counts.
pub fn capture() {
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| {
        let filter = EnvFilter::new("info,ringkey=trace,reqwest=trace,hyper=debug,hyper_util=debug,sqlx=debug");
        tracing_subscriber::fmt().with_ansi(false).with_env_filter(filter).with_writer(|| Sink).init();
    });
}

/// What was logged so far.
pub fn all() -> String {
    String::from_utf8_lossy(&LINES.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}
