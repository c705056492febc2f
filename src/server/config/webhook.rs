//! The settings of the webhook for notices.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretSlice;

use super::origin::read_https_url;
use super::reader::Reader;

/// The prefix of a secret in the form of Standard Webhooks.
const SECRET_PREFIX: &str = "whsec_";
/// The least length of a secret in bytes (Standard Webhooks).
const MIN_SECRET_BYTES: usize = 24;

/// The problem of a secret that cannot be used, and the advice about it.
pub(super) const SECRET_PROBLEM: &str = "is not whsec_ and the base64 of at least 24 random bytes";
pub(super) const SECRET_FIX: &str = "make one with echo whsec_$(openssl rand -base64 32)";

/// The webhook that gets notices.
#[derive(Debug, Clone)]
pub struct WebhookConfig {
    /// The full URL of the operator's service.
    pub url: String,
    /// The key of the signatures.
    pub secret: SecretSlice<u8>,
}

/// Parses a secret in the form of Standard Webhooks; `None` if it is too short.
pub(super) fn parse_secret(text: &str) -> Option<SecretSlice<u8>> {
    let secret = STANDARD.decode(text.trim().strip_prefix(SECRET_PREFIX)?).ok()?;
    (secret.len() >= MIN_SECRET_BYTES).then(|| secret.into())
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<WebhookConfig> {
    reader.set_value("NOTICE_WEBHOOK_URL")?;
    let url = read_https_url(reader, "NOTICE_WEBHOOK_URL", "it gets names");
    let secret = parse_secret(&reader.text("NOTICE_WEBHOOK_SECRET"));
    if secret.is_none() {
        reader.finding("NOTICE_WEBHOOK_SECRET", SECRET_PROBLEM, SECRET_FIX);
    }
    Some(WebhookConfig { url, secret: secret? })
}
