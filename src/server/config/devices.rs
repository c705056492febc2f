//! The settings of known devices: when a browser becomes one and when it ceases to be one.

use super::reader::Reader;

/// The period in which a browser is a known device of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceConfig {
    /// The time from the first sign-in until the device is known, in seconds.
    pub known_after: i64,
    /// The time from the last sign-in until the device is unknown again, in seconds.
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
