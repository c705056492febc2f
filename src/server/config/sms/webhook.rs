//! The settings of the SMS provider `webhook`.

use secrecy::{SecretSlice, SecretString};

use crate::server::config::origin::read_https_url;
use crate::server::config::reader::Reader;
use crate::server::config::webhook::{SECRET_FIX, SECRET_PROBLEM, parse_secret};

/// The settings of the webhook that sends texts.
#[derive(Debug, Clone)]
pub struct SmsWebhookConfig {
    /// The full URL, which may contain a secret.
    pub url: SecretString,
    /// The keys of the signatures. While one is replaced there are two.
    pub secrets: Vec<SecretSlice<u8>>,
    /// The shape of the body.
    pub format: SmsWebhookFormat,
}

/// The shape of the body of the webhook's requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmsWebhookFormat {
    /// Ringkey's own: `{"type":"sms.code","timestamp":…,"data":{…}}`.
    Ringkey,
    /// Supabase's Send SMS hook: `{"user":{"phone":…},"sms":{"otp":…}}`.
    Supabase,
}

impl SmsWebhookConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let text = reader.text("WEBHOOK_SECRETS");
        let secrets: Option<Vec<_>> = text.split(',').map(parse_secret).collect();
        if secrets.is_none() {
            let fix = format!("{SECRET_FIX}; while one is replaced, write new,old");
            reader.finding("WEBHOOK_SECRETS", SECRET_PROBLEM, fix);
        }
        Self {
            url: read_https_url(reader, "WEBHOOK_BASE_URL", "it gets every code").into(),
            secrets: secrets.unwrap_or_default(),
            format: match reader.one_of("WEBHOOK_FORMAT", &["ringkey", "supabase"]) {
                "supabase" => SmsWebhookFormat::Supabase,
                _ => SmsWebhookFormat::Ringkey,
            },
        }
    }
}
