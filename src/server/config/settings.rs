//! Every setting by name, with its default and its meaning: what `docs/configuration.md` is checked against.

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// What holds when it is not set; empty where there is no fixed default.
    pub default: &'static str,
}

const fn setting(name: &'static str, default: &'static str) -> Setting {
    Setting { name, default }
}

/// All of them, in the order of the documentation.
pub const SETTINGS: [Setting; 25] = [
    setting("PUBLIC_ORIGIN", "http://localhost:3000"),
    setting("LEPTOS_SITE_ADDR", "127.0.0.1:3000"),
    setting("LEPTOS_SITE_ROOT", "target/site"),
    setting("APP_NAME", "Ringkey"),
    setting("DATABASE_URL", "sqlite://data/ringkey.db"),
    setting("SECRET_KEY", ""),
    setting("SECRET_KEY_PREVIOUS", ""),
    setting("SMS_PROVIDERS", ""),
    setting("AUTHKEY_API_KEY", ""),
    setting("AUTHKEY_OTP_TEMPLATE_ID", ""),
    setting("AUTHKEY_BASE_URL", "https://api.authkey.io/request"),
    setting("AUTHKEY_OTP_VARIABLE", "otp"),
    setting("AUTHKEY_EXTRA_VARIABLES", ""),
    setting("ALLOWED_COUNTRIES", ""),
    setting("CODE_LENGTH", "6"),
    setting("CODE_TTL", "300"),
    setting("CODE_GUESSES", "5"),
    setting("PROOF_TTL", "900"),
    setting("RESEND_LADDER", "30,60,120,300"),
    setting("SESSION_IDLE_TTL", "1209600"),
    setting("SESSION_ABSOLUTE_TTL", "2592000"),
    setting("SESSION_RENEW_EVERY", "3600"),
    setting("LOG_FORMAT", "text"),
    setting("RUST_LOG", "info"),
    setting("SHUTDOWN_TIMEOUT", "10"),
];

/// The default of a setting.
#[must_use]
pub fn default_of(name: &str) -> &'static str {
    SETTINGS.iter().find(|setting| setting.name == name).map_or("", |setting| setting.default)
}
