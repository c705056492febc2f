//! What goes on beside the requests: the purge, and what the minute's refusals came to.

use std::io;
use std::time::Duration;

use super::error::Error;
use super::shield::Refused;
use super::state::AppState;
use crate::domain::time::Timestamp;

const PURGE_EVERY: Duration = Duration::from_mins(10);
const TELL_EVERY: Duration = Duration::from_mins(1);
/// Seconds between two rounds of the purge, or since the newest row at the start, past which a clock is taken to have jumped.
const JUMP: i64 = 2 * 86_400;
/// Rounds after which a clock that jumped is believed all the same: a day, in which it would have been put right.
const DOUBTS: u32 = 144;

/// Does them until it is dropped.
pub async fn run(app: AppState) {
    tokio::join!(purge(&app), tell_every_minute(&app));
}

async fn purge(app: &AppState) {
    let (mut next, mut purge) = (tokio::time::interval(PURGE_EVERY), Purge::default());
    loop {
        next.tick().await;
        match purge.round(app).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "purged what is kept no longer"),
            Err(error) => tracing::error!(%error, "could not purge; it is tried again"),
        }
    }
}

/// The purge, round by round. A machine whose clock is wrong when it starts would have it delete everybody's sessions at once, so
/// the first round only looks how late it was when somebody was last here, and a clock that is days away from that has to stand
/// so for a day.
#[derive(Debug, Default)]
pub struct Purge {
    /// The latest moment that is known to have been: that of the newest row at the start, then of each round that went.
    believed: Option<Timestamp>,
    doubts: u32,
}

impl Purge {
    /// One round; how many rows went.
    ///
    /// # Errors
    /// When the database could not be read or written.
    pub async fn round(&mut self, app: &AppState) -> Result<u64, Error> {
        let now = app.clock.now();
        let Some(believed) = self.believed else {
            self.believed = Some(app.store.newest().await?.unwrap_or(now));
            return Ok(0);
        };
        if !self.believes(now, believed) {
            let days = (now.0 - believed.0) / 86_400;
            tracing::warn!(days, "the clock jumped; nothing is purged until it is put right, or has stood so for a day");
            return Ok(0);
        }
        app.store.purge(app.config.retention, now).await
    }

    fn believes(&mut self, now: Timestamp, believed: Timestamp) -> bool {
        if now.0.abs_diff(believed.0) > JUMP.unsigned_abs() && self.doubts < DOUBTS {
            self.doubts += 1;
            return false;
        }
        (self.believed, self.doubts) = (Some(now), 0);
        true
    }
}

async fn tell_every_minute(app: &AppState) {
    let mut next = tokio::time::interval(TELL_EVERY);
    loop {
        next.tick().await;
        tell(app);
    }
}

/// Tells what was refused since it was told last, one line for each kind: a flood must not fill the disk by way of the log.
pub fn tell(app: &AppState) {
    for (refused, times) in app.shield.take_refusals() {
        match refused {
            // Of these only the answers of `/healthz` and `/readyz` are counted.
            Refused::Answer(status @ (200 | 503)) => tracing::info!(status, times, "asked for its health in the last minute"),
            Refused::Answer(status) => tracing::info!(status, times, "refused in the last minute"),
            Refused::Connection(reason) => {
                let error = io::Error::from_raw_os_error(reason);
                tracing::error!(%error, times, "could not accept connections in the last minute");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_jumped_is_believed_once_it_is_right_or_has_stood_so_for_a_day() {
        let newest = Timestamp(1_800_000_000);
        for (seconds, believed) in [(0, true), (JUMP, true), (JUMP + 1, false), (-JUMP, true), (-JUMP - 1, false)] {
            assert_eq!(Purge::default().believes(newest.plus(seconds), newest), believed, "{seconds}");
        }
        let (mut purge, ahead) = (Purge::default(), newest.plus(400 * 86_400));
        for _ in 0..DOUBTS {
            assert!(!purge.believes(ahead, newest));
        }
        assert!(purge.believes(ahead, newest) && purge.believed == Some(ahead));
        let mut purge = Purge::default();
        assert!(!purge.believes(ahead, newest) && purge.believes(newest, newest), "put right");
        assert_eq!(purge.doubts, 0);
    }
}
