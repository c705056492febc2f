//! How many connections, and requests under way, there may be at a time.

use super::reader::Reader;

/// The maximum of `MAX_CONNECTIONS`: more connections than one machine serves.
const MAX_CONNECTIONS: usize = 1_000_000;
/// The fewest connections that can be set, and that there are where a machine has hardly any files.
const MIN_CONNECTIONS: usize = 16;
/// The fewest connections of one source: a browser opens six.
const MIN_PER_ADDRESS: usize = 8;
/// Files that belong to no connection: the database's, the log's, the listener's, and those that are open for a moment.
const RESERVED_FILES: usize = 128;
/// Files that a connection may take: its socket, and a static file or a call to a provider.
const FILES_PER_CONNECTION: usize = 2;
/// How many sources it takes to hold every connection, if nothing else is set.
const ADDRESSES_TO_FILL: usize = 20;

/// How many there may be at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Connections in all.
    pub total: usize,
    /// Connections of one client.
    pub per_address: usize,
    /// Connections of one subnet.
    pub per_subnet: usize,
}

impl ConnectionLimits {
    /// The limits for what is wished for, as far as so many open files bear it. A source has a twentieth of total unless something
    /// else is wished for, and a block so many times what a source has.
    #[must_use]
    pub fn for_open_files(files: usize, total: usize, per_address: Option<usize>, subnet_factor: usize) -> Self {
        let total = total.min(files.saturating_sub(RESERVED_FILES) / FILES_PER_CONNECTION).max(MIN_CONNECTIONS);
        let per_address = per_address.unwrap_or((total / ADDRESSES_TO_FILL).max(MIN_PER_ADDRESS)).min(total);
        Self { total, per_address, per_subnet: per_address.saturating_mul(subnet_factor).min(total) }
    }

    /// How many open files so many connections need.
    #[must_use]
    pub fn files_for(total: usize) -> usize {
        total.saturating_mul(FILES_PER_CONNECTION).saturating_add(RESERVED_FILES)
    }
}

impl ConnectionLimits {
    /// How many connections there may be where so many files may be open. What does not fit is made to fit, and said.
    pub(super) fn read(reader: &mut Reader<'_>, subnet_factor: i64, files: usize) -> Self {
        let total = reader.number("MAX_CONNECTIONS", MIN_CONNECTIONS, MAX_CONNECTIONS);
        let is_set = !reader.text("MAX_CONNECTIONS_PER_SOURCE").is_empty();
        let per_address = is_set.then(|| reader.number("MAX_CONNECTIONS_PER_SOURCE", MIN_PER_ADDRESS, MAX_CONNECTIONS));
        let limits = ConnectionLimits::for_open_files(files, total, per_address, usize::try_from(subnet_factor).unwrap_or(1));
        // The default is a wish; the operator is warned if the setting is set, or if there is far less than the default.
        if limits.total < total && (reader.is_set("MAX_CONNECTIONS") || limits.total < total / 2) {
            let words = format!(
                "is {total}, but this process may open {files} files, which bear {} connections, and no more are accepted; raise the \
                 limit of open files to {} (ulimit -Hn, LimitNOFILE=, --ulimit nofile=), or set MAX_CONNECTIONS={}",
                limits.total,
                ConnectionLimits::files_for(total),
                limits.total,
            );
            reader.warning("MAX_CONNECTIONS", &words);
        }
        if limits.per_subnet == limits.total {
            let words = format!(
                "times SUBNET_FACTOR is as much as total the {} connections that there can be, so that one network may hold them all; \
                 lower one of the two, or raise MAX_CONNECTIONS",
                limits.total
            );
            reader.warning("MAX_CONNECTIONS_PER_SOURCE", &words);
        }
        limits
    }
}
