//! The settings of one-time codes.

use super::reader::Reader;

/// Length, lifetime and cooldowns of one-time codes; `docs/configuration.md` says where each figure comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtpConfig {
    /// Digits of a code.
    pub code_length: u8,
    /// Seconds until a code expires.
    pub code_ttl: i64,
    /// Maximum attempts of a challenge.
    pub code_guesses: i64,
    /// Seconds between proof and details.
    pub proof_ttl: i64,
    /// Seconds to wait after each SMS before the next.
    pub resend_cooldowns: Vec<i64>,
}

impl OtpConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let list = reader.text("RESEND_COOLDOWNS");
        let resend_cooldowns: Vec<i64> = list.split(',').filter_map(|wait| wait.trim().parse().ok()).collect();
        if resend_cooldowns.len() != list.split(',').count() || !resend_cooldowns.iter().all(|wait| (0..=86_400).contains(wait)) {
            reader.finding("RESEND_COOLDOWNS", "must be seconds separated by commas, like 30,60,120,300");
        }
        Self {
            code_length: reader.number("CODE_LENGTH", 6, 8),
            // NIST SP 800-63B-4 §3.1.3.2: at most ten minutes.
            code_ttl: reader.number("CODE_TTL", 60, 600),
            code_guesses: reader.number("CODE_GUESSES", 1, 10),
            proof_ttl: reader.number("PROOF_TTL", 60, 3_600),
            resend_cooldowns,
        }
    }
}
