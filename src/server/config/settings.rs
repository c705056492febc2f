//! The list of all settings, with names and defaults. A test compares the list with
//! `docs/configuration.md`.

/// The names and the default of a setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The name of the environment variable.
    pub name: &'static str,
    /// The default value; empty if there is no fixed default.
    pub default: &'static str,
    /// The name in an earlier version, which is still read; `None` if the name never changed.
    pub deprecated_name: Option<&'static str>,
}

const fn setting(name: &'static str, default: &'static str) -> Setting {
    Setting { name, default, deprecated_name: None }
}

impl Setting {
    const fn formerly(self, deprecated_name: &'static str) -> Self {
        Self { deprecated_name: Some(deprecated_name), ..self }
    }
}

/// All settings, in the order of the documentation.
pub const SETTINGS: [Setting; 95] = [
    setting("PUBLIC_ORIGIN", "http://localhost:3000"),
    setting("LEPTOS_SITE_ADDR", "127.0.0.1:3000"),
    setting("LEPTOS_SITE_ROOT", "target/site"),
    setting("METRICS_ADDR", ""),
    setting("APP_NAME", "Ringkey"),
    setting("BRAND_COLOR", ""),
    setting("BRAND_LOGO", ""),
    setting("TERMS_URL", ""),
    setting("PRIVACY_URL", ""),
    setting("DATABASE_URL", "sqlite://data/ringkey.db"),
    setting("DATABASE_CONNECTIONS", "20"),
    setting("BACKUP_DIR", ""),
    setting("BACKUP_KEEP", "7"),
    setting("SECRET_KEY", ""),
    setting("SECRET_KEY_PREVIOUS", ""),
    setting("SMS_PROVIDERS", ""),
    setting("AUTHKEY_API_KEY", ""),
    setting("AUTHKEY_OTP_TEMPLATE_ID", ""),
    setting("AUTHKEY_BASE_URL", "https://api.authkey.io/request"),
    setting("AUTHKEY_BALANCE_URL", "https://console.authkey.io/restapi/getbalance.php"),
    setting("AUTHKEY_OTP_VARIABLE", "otp"),
    setting("AUTHKEY_NOTICE_TEMPLATE_ID", ""),
    setting("AUTHKEY_NOTICE_VARIABLE", "link"),
    setting("AUTHKEY_VOICE_TEMPLATE_ID", ""),
    setting("AUTHKEY_EXTRA_VARIABLES", ""),
    setting("TWILIO_ACCOUNT_SID", ""),
    setting("TWILIO_AUTH_TOKEN", ""),
    setting("TWILIO_FROM", ""),
    setting("TWILIO_MESSAGING_SERVICE_SID", ""),
    setting("TWILIO_BASE_URL", "https://api.twilio.com"),
    setting("MSG91_AUTH_KEY", ""),
    setting("MSG91_TEMPLATE_ID", ""),
    setting("MSG91_BASE_URL", "https://control.msg91.com"),
    setting("WEBHOOK_BASE_URL", ""),
    setting("WEBHOOK_SECRETS", ""),
    setting("WEBHOOK_FORMAT", "ringkey"),
    setting("SMS_MIN_CONVERSION", "20"),
    setting("SMS_RECEIPTS", ""),
    setting("NOTICE_WEBHOOK_URL", ""),
    setting("NOTICE_WEBHOOK_SECRET", ""),
    setting("ALLOWED_COUNTRIES", ""),
    setting("TRUSTED_PROXIES", ""),
    setting("CODE_LENGTH", "6"),
    setting("CODE_TTL", "300"),
    setting("CODE_GUESSES", "5"),
    setting("VERIFICATION_TTL", "900").formerly("PROOF_TTL"),
    setting("RESEND_COOLDOWNS", "30,60,120,300").formerly("RESEND_LADDER"),
    setting("SESSION_IDLE_TTL", "1209600"),
    setting("SESSION_ABSOLUTE_TTL", "2592000"),
    setting("SESSION_RENEW_EVERY", "3600"),
    setting("SESSIONS_PER_ACCOUNT", "20"),
    setting("STEP_UP_TTL", "300"),
    setting("ACCOUNT_DORMANT_AFTER", "7776000"),
    setting("CLEAR_SITE_DATA", "cache,storage"),
    setting("NUMBER_SENDS_PER_HOUR", "5"),
    setting("NUMBER_SENDS_PER_DAY", "10"),
    setting("NUMBER_SENDS_PER_DAY_WITH_PROOF", "20"),
    setting("SOURCE_SENDS_PER_HOUR", "10"),
    setting("SOURCE_SENDS_PER_HOUR_WITH_PROOF", "30"),
    setting("SUBNET_FACTOR", "4").formerly("BLOCK_FACTOR"),
    setting("PREFIX_UNVERIFIED_PER_DAY", "20"),
    setting("PREFIX_UNVERIFIED_SHARE", "30"),
    setting("PREFIX_UNVERIFIED_PER_DAY_WITH_PROOF", "60"),
    setting("PREFIX_UNVERIFIED_SHARE_WITH_PROOF", "60"),
    setting("COUNTRY_UNVERIFIED_PER_HOUR", "30"),
    setting("COUNTRY_UNVERIFIED_SHARE", "30"),
    setting("SMS_BUDGET_PER_DAY", "100"),
    setting("SMS_BUDGET_HOUR_SHARE", "25"),
    setting("SMS_BUDGET_KNOWN_SHARE", "20"),
    setting("SMS_BUDGET_UNVERIFIED_SHARE", "20"),
    setting("SMS_BUDGET_COUNTRY_SHARE", "10"),
    setting("SMS_BUDGET_PREFIX_SHARE", "10"),
    setting("SMS_BUDGET_ACCOUNT_SHARE", "1"),
    setting("SMS_BUDGET_PENDING_SHARE", "60"),
    setting("SMS_PRICES", ""),
    setting("NUMBER_GUESSES_PER_DAY", "7"),
    setting("RECOVERY_GUESSES_PER_DAY", "10"),
    setting("NUMBER_TAKEOVER_ODDS", "100000"),
    setting("WRONG_GUESSES_PER_HOUR", "200"),
    setting("PUZZLE_BITS", "18"),
    setting("PUZZLE_BITS_TOP", "22"),
    setting("PUZZLE_TTL", "600"),
    setting("PUZZLE_WAIT", "60"),
    setting("KNOWN_DEVICE_AFTER", "86400"),
    setting("DEVICE_TTL", "15552000"),
    setting("RATE_LIMIT_PER_SECOND", "50").formerly("SHIELD_CHANGES_PER_SECOND"),
    setting("RATE_LIMIT_BURST", "500").formerly("SHIELD_BURST"),
    setting("MAX_CONNECTIONS", "10000"),
    setting("MAX_CONNECTIONS_PER_ADDRESS", "").formerly("MAX_CONNECTIONS_PER_SOURCE"),
    setting("KEEP_CHALLENGES", "172800"),
    setting("KEEP_SUBNETS", "2592000").formerly("KEEP_SOURCES"),
    setting("KEEP_AUDIT", "15552000"),
    setting("LOG_FORMAT", "text"),
    setting("RUST_LOG", "info"),
    setting("SHUTDOWN_TIMEOUT", "10"),
];

/// Returns the default of a setting; empty for an unknown name.
#[must_use]
pub fn default_of(name: &str) -> &'static str {
    SETTINGS.iter().find(|setting| setting.name == name).map_or("", |setting| setting.default)
}
