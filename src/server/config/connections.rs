//! How many connections, and requests under way, there may be at a time.

use super::reader::Reader;

/// The maximum of `MAX_CONNECTIONS`: more connections than one machine serves.
const MAX_CONNECTIONS: usize = 1_000_000;
/// The fewest connections that can be set, and that there are where a machine has hardly any files.
const LEAST: usize = 16;
/// The fewest connections of one source: a browser opens six.
const LEAST_OF_SOURCE: usize = 8;
/// Files that belong to no connection: the database's, the log's, the listener's, and those that are open for a moment.
const RESERVE: usize = 128;
/// Files that a connection may take: its socket, and a static file or a call to a provider.
const FILES_EACH: usize = 2;
/// How many sources it takes to hold every connection, if nothing else is set.
const SOURCES: usize = 20;

/// How many there may be at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Of everybody.
    pub all: usize,
    /// Of one source.
    pub of_source: usize,
    /// Of one block.
    pub of_block: usize,
}

impl Bounds {
    /// The bounds for what is wished for, as far as so many open files bear it. A source has a twentieth of all unless something
    /// else is wished for, and a block so many times what a source has.
    #[must_use]
    pub fn within(files: usize, all: usize, of_source: Option<usize>, subnet_factor: usize) -> Self {
        let all = all.min(files.saturating_sub(RESERVE) / FILES_EACH).max(LEAST);
        let of_source = of_source.unwrap_or((all / SOURCES).max(LEAST_OF_SOURCE)).min(all);
        Self { all, of_source, of_block: of_source.saturating_mul(subnet_factor).min(all) }
    }

    /// How many open files so many connections need.
    #[must_use]
    pub fn files_for(all: usize) -> usize {
        all.saturating_mul(FILES_EACH).saturating_add(RESERVE)
    }
}

impl Bounds {
    /// How many connections there may be where so many files may be open. What does not fit is made to fit, and said.
    pub(super) fn read(reader: &mut Reader<'_>, subnet_factor: i64, files: usize) -> Self {
        let all = reader.number("MAX_CONNECTIONS", LEAST, MAX_CONNECTIONS);
        let is_set = !reader.text("MAX_CONNECTIONS_PER_SOURCE").is_empty();
        let of_source = is_set.then(|| reader.number("MAX_CONNECTIONS_PER_SOURCE", LEAST_OF_SOURCE, MAX_CONNECTIONS));
        let bounds = Bounds::within(files, all, of_source, usize::try_from(subnet_factor).unwrap_or(1));
        // The default is a wish; the operator is warned if the setting is set, or if there is far less than the default.
        if bounds.all < all && (reader.is_set("MAX_CONNECTIONS") || bounds.all < all / 2) {
            let words = format!(
                "is {all}, but this process may open {files} files, which bear {} connections, and no more are accepted; raise the \
                 limit of open files to {} (ulimit -Hn, LimitNOFILE=, --ulimit nofile=), or set MAX_CONNECTIONS={}",
                bounds.all,
                Bounds::files_for(all),
                bounds.all,
            );
            reader.warning("MAX_CONNECTIONS", &words);
        }
        if bounds.of_block == bounds.all {
            let words = format!(
                "times SUBNET_FACTOR is as much as all the {} connections that there can be, so that one network may hold them all; \
                 lower one of the two, or raise MAX_CONNECTIONS",
                bounds.all
            );
            reader.warning("MAX_CONNECTIONS_PER_SOURCE", &words);
        }
        bounds
    }
}
