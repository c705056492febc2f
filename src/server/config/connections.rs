//! The settings of the maximum numbers of concurrent connections and of concurrent requests.

use super::reader::Reader;

/// The maximum value of the setting `MAX_CONNECTIONS`, above the connections that one machine can
/// serve.
const MAX_CONNECTIONS: usize = 1_000_000;
/// The minimum number of connections, also on a machine that allows very few open files.
const MIN_CONNECTIONS: usize = 16;
/// The minimum number of connections of one client address. A browser opens six.
const MIN_PER_ADDRESS: usize = 8;
/// The number of open files that are reserved for the database, the log, the listener and short
/// uses.
const RESERVED_FILES: usize = 128;
/// The number of open files that a connection may need: its socket, and a static file or a call to
/// a provider.
const FILES_PER_CONNECTION: usize = 2;
/// The number of client addresses that can together use all connections, by default.
const ADDRESSES_TO_FILL: usize = 20;

/// The maximum numbers of concurrent connections. The numbers per address and per subnet also limit
/// concurrent requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// The maximum number of all connections together.
    pub total: usize,
    /// The maximum number of connections of one client address.
    pub per_address: usize,
    /// The maximum number of connections of one subnet.
    pub per_subnet: usize,
}

impl ConnectionLimits {
    /// Returns the limits that this many open files allow. Without `per_address`, the limit of a
    /// client address is a twentieth of the total, but at least 8. The limit of a subnet is
    /// `subnet_factor` times the limit of a client address.
    #[must_use]
    pub fn for_open_files(
        files: usize,
        total: usize,
        per_address: Option<usize>,
        subnet_factor: usize,
    ) -> Self {
        let total = total
            .min(files.saturating_sub(RESERVED_FILES) / FILES_PER_CONNECTION)
            .max(MIN_CONNECTIONS);
        let per_address =
            per_address.unwrap_or((total / ADDRESSES_TO_FILL).max(MIN_PER_ADDRESS)).min(total);
        Self {
            total,
            per_address,
            per_subnet: per_address.saturating_mul(subnet_factor).min(total),
        }
    }

    /// Returns the number of open files that this many connections need.
    #[must_use]
    pub fn files_for(total: usize) -> usize {
        total.saturating_mul(FILES_PER_CONNECTION).saturating_add(RESERVED_FILES)
    }

    /// Reads the limits. A total that the open files do not allow is lowered, with a warning.
    pub(super) fn read(reader: &mut Reader<'_>, subnet_factor: i64, files: usize) -> Self {
        let total = reader.number("MAX_CONNECTIONS", MIN_CONNECTIONS, MAX_CONNECTIONS);
        let is_set = !reader.text("MAX_CONNECTIONS_PER_ADDRESS").is_empty();
        let per_address = is_set.then(|| {
            reader.number("MAX_CONNECTIONS_PER_ADDRESS", MIN_PER_ADDRESS, MAX_CONNECTIONS)
        });
        let limits = Self::for_open_files(
            files,
            total,
            per_address,
            usize::try_from(subnet_factor).unwrap_or(1),
        );
        // If `MAX_CONNECTIONS` is not set, the lowered default causes a warning only if less than
        // half of it is left.
        if limits.total < total && (reader.is_set("MAX_CONNECTIONS") || limits.total < total / 2) {
            let problem = format!(
                "is {total}, but this process may open only {files} files, which are enough for {} \
                 connections",
                limits.total,
            );
            let fix = format!(
                "raise the limit of open files to {} (ulimit -Hn, LimitNOFILE=, --ulimit \
                 nofile=), or set MAX_CONNECTIONS={}",
                Self::files_for(total),
                limits.total,
            );
            reader.warning("MAX_CONNECTIONS", problem, fix);
        }
        if limits.per_subnet == limits.total {
            let problem = format!(
                "times SUBNET_FACTOR is not less than the total of {} connections, so one subnet \
                 may hold all of them",
                limits.total
            );
            let fix = "lower one of the two, or raise MAX_CONNECTIONS";
            reader.warning("MAX_CONNECTIONS_PER_ADDRESS", problem, fix);
        }
        limits
    }
}
