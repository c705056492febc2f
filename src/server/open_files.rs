//! The limit of open files, which connections, the database and the providers share.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The most that macOS takes, although it says that its hard limit has no end (`OPEN_MAX`).
const MACOS_OPEN_MAX: u64 = 10_240;

/// Raises the soft limit to the hard one, and says how many files this process may open then. The soft one is 1,024 on most
/// machines for the sake of programs that use `select`; this one does not.
#[must_use]
pub fn raise_limit() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raise_to = |current| setrlimit(Resource::Nofile, Rlimit { current, ..limit });
    // Where neither is allowed, what held before is read back.
    let _ = raise_to(limit.maximum).or_else(|_| raise_to(Some(MACOS_OPEN_MAX)));
    let files = getrlimit(Resource::Nofile).current;
    files.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX)
}
