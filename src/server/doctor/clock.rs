//! The doctor's look at the clock of this machine, alone and beside other clocks.

use crate::domain::time::Timestamp;
use crate::server::config::Finding;

/// A time before this version was made (2026-11-01), in Unix seconds.
const EARLIEST_TIME: Timestamp = Timestamp(1_793_491_200);
/// The greatest difference of two clocks in seconds that is no finding.
const MAX_DIFFERENCE: i64 = 10;

/// Compares the clock with the time at which this version was made.
pub(super) fn examine(now: Timestamp) -> Option<Finding> {
    is_behind("of this machine is years behind", now < EARLIEST_TIME)
}

/// Compares the clock with the time at which the database was last used.
pub(super) fn compare_with_last_use(now: Timestamp, last_use: Timestamp) -> Option<Finding> {
    let problem = "of this machine is behind the last use of the database";
    is_behind(problem, last_use > now.plus(MAX_DIFFERENCE))
}

/// Compares the clock with another one, whose owner the finding names: `PostgreSQL's`.
pub(super) fn compare(now: Timestamp, other: Timestamp, owner: &str) -> Option<Finding> {
    let difference = now.0.abs_diff(other.0);
    (difference > MAX_DIFFERENCE.unsigned_abs()).then(|| {
        Finding::warning(
            "clock",
            format!("differs by {difference} seconds from {owner}"),
            "let a time service keep both (timedatectl set-ntp true)",
        )
    })
}

fn is_behind(problem: &str, is_behind: bool) -> Option<Finding> {
    let fix = "set it, and let a time service keep it (timedatectl set-ntp true)";
    is_behind.then(|| Finding::error("clock", problem, fix))
}
