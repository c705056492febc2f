//! The settings of known devices.

use super::reader::Reader;

/// When a browser counts as a known device of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceConfig {
    /// Seconds from the first sign-in until a device counts as known.
    pub known_after: i64,
    /// Seconds from the last sign-in until it is unknown again.
    pub ttl: i64,
}

impl DeviceConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            known_after: reader.number("KNOWN_DEVICE_AFTER", 0, 2_592_000),
            ttl: reader.number("DEVICE_TTL", 86_400, 31_536_000),
        }
    }
}
