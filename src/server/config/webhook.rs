//! The settings of the webhook for notices.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretSlice;

use super::origin::Origin;
use super::reader::Reader;

/// The prefix of a secret in the form of Standard Webhooks.
const SECRET_PREFIX: &str = "whsec_";
/// The least length of a secret in bytes (Standard Webhooks).
const MIN_SECRET_BYTES: usize = 24;

/// The webhook that gets notices.
#[derive(Debug, Clone)]
pub struct WebhookConfig {
    /// The full URL.
    pub url: String,
    /// The key of the signatures.
    pub secret: SecretSlice<u8>,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<WebhookConfig> {
    let url = reader.set_value("NOTICE_WEBHOOK_URL")?.to_owned();
    let origin = url.split('/').take(3).collect::<Vec<_>>().join("/");
    if !Origin::parse(&origin).is_some_and(|origin| origin.is_https() || origin.is_loopback()) {
        reader.finding("NOTICE_WEBHOOK_URL", "must be an https URL, because it gets names");
    }
    let text = reader.text("NOTICE_WEBHOOK_SECRET");
    let secret = text.strip_prefix(SECRET_PREFIX).and_then(|text| STANDARD.decode(text).ok());
    let secret = secret.filter(|secret| secret.len() >= MIN_SECRET_BYTES);
    if secret.is_none() {
        reader.finding(
            "NOTICE_WEBHOOK_SECRET",
            "must be whsec_ and the base64 of at least 24 random bytes: make one with \
             echo whsec_$(openssl rand -base64 32)",
        );
    }
    Some(WebhookConfig { url, secret: secret?.into() })
}
