//! The only reader of the wall clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::time::Timestamp;

/// The source of the current time.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system clock of the machine.
    System,
    /// A clock that a test sets, in Unix seconds.
    Mock(Arc<AtomicI64>),
}

impl Clock {
    /// Returns the current time in whole Unix seconds.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            #[expect(clippy::disallowed_methods, reason = "only this module reads the clock")]
            Self::System => {
                let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX))
            }
            Self::Mock(seconds) => Timestamp(seconds.load(Ordering::SeqCst)),
        }
    }
}
