//! The limit of open files, which connections, the database and the providers share.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The maximum on macOS (`OPEN_MAX`), where the hard limit is reported as unlimited.
const MACOS_OPEN_MAX: u64 = 10_240;

/// Raises the soft limit to the hard limit and returns how many files this process may open. Most
/// machines set the soft limit to 1,024 for programs that use `select`; Ringkey does not use
/// `select`.
#[must_use]
pub fn raise_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raise_to = |current| setrlimit(Resource::Nofile, Rlimit { current, ..limit });
    // If both calls fail, the old limit remains and is read here.
    let _ = raise_to(limit.maximum).or_else(|_| raise_to(Some(MACOS_OPEN_MAX)));
    let files = getrlimit(Resource::Nofile).current;
    files.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX)
}
