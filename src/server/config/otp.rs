//! The settings of one-time codes.

use super::reader::Reader;

/// The length, lifetime and cooldowns of one-time codes. `docs/configuration.md` has the source of
/// each figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtpConfig {
    /// The number of digits of a code.
    pub code_length: u8,
    /// The lifetime of a code, in seconds.
    pub code_ttl: i64,
    /// The maximum number of attempts per challenge.
    pub code_guesses: i64,
    /// The maximum time between the right code and the submission of the details, in seconds.
    pub verification_ttl: i64,
    /// The cooldowns after the SMS messages of a challenge, in seconds. The last value also applies
    /// to all further messages.
    pub resend_cooldowns: Vec<i64>,
}

impl OtpConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let list = reader.text("RESEND_COOLDOWNS");
        let resend_cooldowns: Vec<i64> =
            list.split(',').filter_map(|cooldown| cooldown.trim().parse().ok()).collect();
        if resend_cooldowns.len() != list.split(',').count()
            || !resend_cooldowns.iter().all(|cooldown| (0..=86_400).contains(cooldown))
        {
            reader.finding(
                "RESEND_COOLDOWNS",
                "is not a list of seconds up to a day",
                "separate them by commas, like 30,60,120,300",
            );
        }
        Self {
            code_length: reader.number("CODE_LENGTH", 6, 8),
            // NIST SP 800-63B-4 §3.1.3.2 allows at most ten minutes.
            code_ttl: reader.number("CODE_TTL", 60, 600),
            code_guesses: reader.number("CODE_GUESSES", 1, 10),
            verification_ttl: reader.number("VERIFICATION_TTL", 60, 3_600),
            resend_cooldowns,
        }
    }
}
