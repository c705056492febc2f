//! The settings of the SMS providers.

mod authkey;
mod msg91;
mod twilio;
mod webhook;

use std::net::SocketAddr;

pub use authkey::AuthKeyConfig;
pub use msg91::Msg91Config;
pub use twilio::{TwilioConfig, TwilioSender};
pub use webhook::{SmsWebhookConfig, SmsWebhookFormat};

use super::origin::Origin;
use super::reader::Reader;

/// The settings of sending SMS.
#[derive(Debug, Clone)]
pub struct SmsConfig {
    /// The providers, in the order in which they are tried.
    pub providers: Vec<ProviderConfig>,
    /// The share of a provider's codes that people must type, in per cent. Below it, the next
    /// provider is tried first.
    pub min_conversion: u32,
    /// `true` if providers are asked to report the delivery of texts.
    pub receipts: bool,
}

/// The channel of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// A text message, which phones can read out of their inbox.
    Sms,
    /// A call in which a voice says the code.
    Voice,
}

/// An SMS provider and its settings.
#[derive(Debug, Clone)]
pub enum ProviderConfig {
    /// The request API of `AuthKey` (authkey.io): its texts, or its calls for people to whom two
    /// texts did not come.
    AuthKey(AuthKeyConfig),
    /// The Messages API of Twilio.
    Twilio(TwilioConfig),
    /// The OTP API of MSG91 (msg91.com).
    Msg91(Msg91Config),
    /// A signed request to a service of the operator.
    Webhook(SmsWebhookConfig),
    /// The development inbox: messages in memory, shown at `/dev/inbox`.
    Inbox,
}

impl ProviderConfig {
    /// Returns the name in `SMS_PROVIDERS`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::AuthKey(authkey) => match authkey.channel {
                Channel::Sms => "authkey",
                Channel::Voice => "authkey-voice",
            },
            Self::Twilio(_) => "twilio",
            Self::Msg91(_) => "msg91",
            Self::Webhook(_) => "webhook",
            Self::Inbox => "inbox",
        }
    }

    /// Returns the only channel of the provider.
    #[must_use]
    pub fn channel(&self) -> Channel {
        match self {
            Self::AuthKey(authkey) => authkey.channel,
            _ => Channel::Sms,
        }
    }
}

pub(super) fn read(reader: &mut Reader<'_>, origin: &Origin, listen: SocketAddr) -> SmsConfig {
    let default = if reader.set_value("AUTHKEY_API_KEY").is_some() { "authkey" } else { "inbox" };
    let list = reader.set_value("SMS_PROVIDERS").unwrap_or(default).to_owned();
    let names: Vec<&str> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.is_empty() || names.iter().enumerate().any(|(at, name)| names[..at].contains(name)) {
        reader.finding(
            "SMS_PROVIDERS",
            "names no provider, or one twice",
            "name each provider once, like authkey or authkey,twilio",
        );
    }
    let providers: Vec<ProviderConfig> =
        names.iter().filter_map(|name| read_provider(reader, name, origin, listen)).collect();
    if !providers.is_empty() && providers.iter().all(|own| own.channel() == Channel::Voice) {
        let fix = "add a provider of texts, like authkey,authkey-voice";
        reader.finding("SMS_PROVIDERS", "names only a provider that calls", fix);
    }
    SmsConfig {
        providers,
        min_conversion: reader.number("SMS_MIN_CONVERSION", 0, 100),
        receipts: match reader.set_value("SMS_RECEIPTS") {
            // Twilio refuses texts with an address of receipts that it cannot reach.
            None => origin.is_https() && !origin.is_loopback(),
            Some(_) => reader.one_of("SMS_RECEIPTS", &["on", "off"]) == "on",
        },
    }
}

fn read_provider(
    reader: &mut Reader<'_>,
    name: &str,
    origin: &Origin,
    listen: SocketAddr,
) -> Option<ProviderConfig> {
    match name {
        "authkey" => Some(ProviderConfig::AuthKey(AuthKeyConfig::read(reader, Channel::Sms))),
        "authkey-voice" => {
            Some(ProviderConfig::AuthKey(AuthKeyConfig::read(reader, Channel::Voice)))
        }
        "twilio" => Some(ProviderConfig::Twilio(TwilioConfig::read(reader))),
        "msg91" => Some(ProviderConfig::Msg91(Msg91Config::read(reader))),
        "webhook" => Some(ProviderConfig::Webhook(SmsWebhookConfig::read(reader))),
        "inbox" if origin.is_loopback() && listen.ip().is_loopback() => Some(ProviderConfig::Inbox),
        "inbox" => {
            let problem = "is inbox, which shows every code to every visitor of /dev/inbox, so it \
                           runs only if PUBLIC_ORIGIN and LEPTOS_SITE_ADDR are loopback";
            let fix = "set up a provider, for example with AUTHKEY_API_KEY";
            reader.finding("SMS_PROVIDERS", problem, fix);
            None
        }
        other => {
            reader.finding(
                "SMS_PROVIDERS",
                format!("has the unknown provider '{other}'"),
                "the providers are authkey, authkey-voice, twilio, msg91, webhook and inbox",
            );
            None
        }
    }
}
