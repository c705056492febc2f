//! Sending SMS through a fixed set of providers, each with its own parser of responses.

mod authkey;
mod breaker;
mod http_provider;
mod inbox;
mod msg91;
mod twilio;
mod webhook;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use authkey::AuthKey;
use breaker::{BreakerChange, Breakers};
pub use inbox::{Inbox, InboxMessage};
pub use msg91::Msg91;
pub use twilio::Twilio;
pub use webhook::SmsWebhook;

use super::config::{ProviderConfig, SmsConfig};
use crate::domain::challenge::Challenge;
use crate::domain::otp::Code;
use crate::domain::phone::PhoneNumber;
use crate::domain::sms_template::MessageTemplate;
use crate::domain::time::Timestamp;

/// An SMS to one phone number.
#[derive(Debug)]
pub struct SmsMessage<'a> {
    /// The id of this text, which a provider may use to recognize a repetition.
    pub id: String,
    /// The phone number of the recipient.
    pub phone: &'a PhoneNumber,
    /// The country of the number (ISO 3166-1 alpha-2).
    pub country: &'a str,
    /// The content of the message.
    pub body: SmsBody<'a>,
    /// The time of sending.
    pub sent_at: Timestamp,
}

/// The content of an SMS, from which the provider's template makes the text.
#[derive(Debug)]
pub enum SmsBody<'a> {
    /// A one-time code.
    Code {
        /// The code.
        code: &'a Code,
        /// The challenge's reference, for templates that contain it.
        reference: &'a str,
        /// The time from which the code is not accepted any more.
        expires_at: Timestamp,
    },
    /// The notice to the former number after a change.
    NumberChanged {
        /// The link with which its holder objects.
        link: &'a str,
    },
}

impl SmsMessage<'_> {
    /// Returns the text, for providers that do not have a template of their own.
    #[must_use]
    fn render(&self, template: &MessageTemplate) -> String {
        match self.body {
            SmsBody::Code { code, reference, .. } => template.render(code.digits(), reference),
            SmsBody::NumberChanged { link } => template.render_number_changed(link),
        }
    }
}

/// The outcome of sending an SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendOutcome {
    /// The provider accepted the SMS.
    Accepted,
    /// The provider refuses every SMS until the operator fixes the account: its key, credit or
    /// template.
    Misconfigured,
    /// The request was sent, but no response arrived. The SMS may be on its way, so it counts as
    /// sent and is not sent again.
    Unknown,
    /// The provider cannot be reached, or it refuses temporarily.
    Unavailable,
    /// The provider cannot send to this recipient, who may have refused texts. Another provider
    /// could not do so either, or must not.
    Rejected,
    /// The provider suspects fraud. Another provider would only pay for it.
    FraudBlocked,
}

impl SendOutcome {
    /// Returns `true` if the SMS may arrive.
    #[must_use]
    pub fn counts_as_sent(self) -> bool {
        matches!(self, Self::Accepted | Self::Unknown)
    }

    /// Returns `true` if the next provider is tried.
    #[must_use]
    fn falls_over(self) -> bool {
        matches!(self, Self::Misconfigured | Self::Unavailable)
    }
}

/// An SMS that was handed to the providers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentSms {
    /// The outcome of the last provider that was tried.
    pub outcome: SendOutcome,
    /// The name of that provider in `SMS_PROVIDERS`.
    pub provider: &'static str,
}

/// The providers, in the order in which they are tried.
#[derive(Debug)]
pub struct SmsSender {
    providers: Vec<Provider>,
    breakers: Mutex<Breakers>,
}

#[derive(Debug)]
enum Provider {
    AuthKey(AuthKey),
    Twilio(Twilio),
    Msg91(Msg91),
    Webhook(SmsWebhook),
    Inbox(Inbox),
}

impl Provider {
    fn new(settings: &ProviderConfig, template: MessageTemplate) -> Self {
        match settings.clone() {
            ProviderConfig::AuthKey(settings) => Self::AuthKey(AuthKey::new(settings)),
            ProviderConfig::Twilio(settings) => Self::Twilio(Twilio::new(settings, template)),
            ProviderConfig::Msg91(settings) => Self::Msg91(Msg91::new(settings)),
            ProviderConfig::Webhook(settings) => Self::Webhook(SmsWebhook::new(settings, template)),
            ProviderConfig::Inbox => Self::Inbox(Inbox::new(template)),
        }
    }

    /// Returns the name in `SMS_PROVIDERS`.
    fn name(&self) -> &'static str {
        match self {
            Self::AuthKey(_) => "authkey",
            Self::Twilio(_) => "twilio",
            Self::Msg91(_) => "msg91",
            Self::Webhook(_) => "webhook",
            Self::Inbox(_) => "inbox",
        }
    }

    async fn send(&self, message: &SmsMessage<'_>) -> SendOutcome {
        match self {
            Self::AuthKey(authkey) => authkey.send(message).await,
            Self::Twilio(twilio) => twilio.send(message).await,
            Self::Msg91(msg91) => msg91.send(message).await,
            Self::Webhook(webhook) => webhook.send(message).await,
            Self::Inbox(inbox) => inbox.send(message),
        }
    }

    fn sends_notices(&self) -> bool {
        match self {
            Self::AuthKey(authkey) => authkey.sends_notices(),
            Self::Webhook(webhook) => webhook.sends_notices(),
            Self::Msg91(_) => false,
            Self::Twilio(_) | Self::Inbox(_) => true,
        }
    }
}

impl SmsSender {
    /// Creates the providers of the settings, in their order.
    #[must_use]
    pub fn new(config: &SmsConfig, app_name: &str, host: &str) -> Self {
        let template = MessageTemplate::new(app_name, host);
        let provider = |settings| Provider::new(settings, template.clone());
        Self {
            providers: config.providers.iter().map(provider).collect(),
            breakers: Mutex::new(Breakers::new(config.min_conversion)),
        }
    }

    /// Sends an SMS through the first provider that accepts it. The next provider is tried only if
    /// the previous one is unavailable or misconfigured, and not if it may have sent the SMS or
    /// refuses the recipient. Providers that lately failed in this country come last.
    pub async fn send(&self, message: &SmsMessage<'_>) -> SentSms {
        let mut sent = SentSms { outcome: SendOutcome::Unavailable, provider: "" };
        let is_code = matches!(message.body, SmsBody::Code { .. });
        for index in self.order(message) {
            let provider = &self.providers[index];
            if !is_code && !provider.sends_notices() {
                continue;
            }
            let outcome = provider.send(message).await;
            sent = SentSms { outcome, provider: provider.name() };
            self.record(index, message, outcome);
            if !outcome.falls_over() {
                break;
            }
        }
        sent
    }

    /// Returns the providers in the order in which they are tried for a message.
    fn order(&self, message: &SmsMessage<'_>) -> Vec<usize> {
        let all = 0..self.providers.len();
        let mut breakers = self.breakers();
        let (mut order, mut last) = (Vec::with_capacity(all.len()), Vec::new());
        for index in all {
            // The later providers do not use up their trial for a message that this one gets.
            let is_first = order.is_empty();
            let is_closed = !breakers.is_open(index, message.country);
            if is_closed || is_first && breakers.allows(index, message.country, message.sent_at) {
                order.push(index);
            } else {
                last.push(index);
            }
        }
        order.extend(last);
        order
    }

    fn record(&self, index: usize, message: &SmsMessage<'_>, outcome: SendOutcome) {
        let country = message.country;
        let change = self.breakers().record_sent(index, country, outcome, message.sent_at);
        let provider = self.providers[index].name();
        match change {
            Some(BreakerChange::Opened { reason }) => {
                tracing::error!(provider, country, reason, "other SMS providers are tried first");
            }
            Some(BreakerChange::Closed) => {
                tracing::warn!(provider, country, "the SMS provider works again");
            }
            None => {}
        }
    }

    /// Counts that the code of a challenge was typed.
    pub fn record_typed(&self, challenge: &Challenge) {
        let named = |name: &str| self.providers.iter().position(|own| own.name() == name);
        let index = challenge.provider.as_deref().map_or(Some(0), named);
        if let (Some(index), Some(sent_at)) = (index, challenge.sent_at) {
            self.breakers().record_typed(index, &challenge.country, sent_at);
        }
    }

    fn breakers(&self) -> MutexGuard<'_, Breakers> {
        self.breakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns `true` if a provider can send notices.
    #[must_use]
    pub fn sends_notices(&self) -> bool {
        self.providers.iter().any(Provider::sends_notices)
    }

    /// Returns `true` if this is the first provider.
    #[must_use]
    pub fn is_first(&self, provider: &str) -> bool {
        self.providers.first().is_some_and(|first| first.name() == provider)
    }

    /// Returns the development inbox, if it is one of the providers.
    #[must_use]
    pub fn inbox(&self) -> Option<&Inbox> {
        self.providers.iter().find_map(|provider| match provider {
            Provider::Inbox(inbox) => Some(inbox),
            _ => None,
        })
    }
}
