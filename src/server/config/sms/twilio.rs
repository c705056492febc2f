//! The settings of the SMS provider Twilio.

use secrecy::SecretString;

use crate::server::config::origin::read_https_url;
use crate::server::config::reader::Reader;

/// The settings of Twilio; `server/sms/twilio.rs` describes its API.
#[derive(Debug, Clone)]
pub struct TwilioConfig {
    /// The account's SID, which begins with `AC`.
    pub account_sid: String,
    /// The account's auth token.
    pub auth_token: SecretString,
    /// The sender of the texts.
    pub sender: TwilioSender,
    /// The origin of the API, without a path.
    pub base_url: String,
}

/// The sender of Twilio's texts.
#[derive(Debug, Clone)]
pub enum TwilioSender {
    /// A phone number in E.164, or an alphanumeric sender id.
    From(String),
    /// The SID of a messaging service, which chooses the sender.
    MessagingService(String),
}

impl TwilioConfig {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let account_sid = reader.required(
            "TWILIO_ACCOUNT_SID",
            "is required for twilio",
            "copy it from Twilio's console",
        );
        let is_sid = account_sid.starts_with("AC")
            && account_sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !account_sid.is_empty() && !is_sid {
            let fix = "copy it from Twilio's console; it begins with AC";
            reader.finding("TWILIO_ACCOUNT_SID", "is not the SID of an account", fix);
        }
        let service = reader.set_value("TWILIO_MESSAGING_SERVICE_SID").map(str::to_owned);
        let from = reader.set_value("TWILIO_FROM").map(str::to_owned);
        if service.is_some() == from.is_some() {
            reader.finding(
                "TWILIO_FROM",
                "or TWILIO_MESSAGING_SERVICE_SID is required for twilio, and not both",
                "set one of them: the number or sender id of the texts, or the service",
            );
        }
        Self {
            account_sid,
            auth_token: reader
                .required(
                    "TWILIO_AUTH_TOKEN",
                    "is required for twilio",
                    "copy it from Twilio's console",
                )
                .into(),
            sender: match service {
                Some(service) => TwilioSender::MessagingService(service),
                None => TwilioSender::From(from.unwrap_or_default()),
            },
            base_url: read_https_url(reader, "TWILIO_BASE_URL", "it gets the token and every code")
                .trim_end_matches('/')
                .to_owned(),
        }
    }
}
