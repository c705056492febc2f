//! Sending SMS through a fixed set of providers, each with its own parser of responses.

mod authkey;
mod breaker;
mod http_provider;
mod inbox;
mod message;
mod msg91;
mod twilio;
mod webhook;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

pub use authkey::AuthKey;
use breaker::{BreakerChange, Breakers};
pub use inbox::{Inbox, InboxMessage};
pub use message::{SendOutcome, SmsBody, SmsMessage};
pub use msg91::Msg91;
pub use twilio::Twilio;
pub use webhook::SmsWebhook;

use super::config::{Channel, Config, Prices, ProviderConfig};
use super::metrics::Metrics;
use crate::domain::challenge::Challenge;
use crate::domain::sms_template::MessageTemplate;
use crate::domain::time::Timestamp;

/// The time after which no further provider is tried. With the request of the last one, a text is
/// sent within ten seconds, before the request of the page ends.
const FAILOVER_TIME: Duration = Duration::from_secs(5);

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
    prices: Prices,
    metrics: Arc<Metrics>,
}

/// A provider of the settings.
#[derive(Debug)]
struct Provider {
    /// The name in `SMS_PROVIDERS`.
    name: &'static str,
    /// Its only channel.
    channel: Channel,
    api: Api,
}

#[derive(Debug)]
enum Api {
    AuthKey(AuthKey),
    Twilio(Twilio),
    Msg91(Msg91),
    Webhook(SmsWebhook),
    Inbox(Inbox),
}

impl Provider {
    fn new(settings: &ProviderConfig, template: MessageTemplate) -> Self {
        let api = match settings.clone() {
            ProviderConfig::AuthKey(settings) | ProviderConfig::AuthKeyVoice(settings) => {
                Api::AuthKey(AuthKey::new(settings))
            }
            ProviderConfig::Twilio(settings) => Api::Twilio(Twilio::new(settings, template)),
            ProviderConfig::Msg91(settings) => Api::Msg91(Msg91::new(settings)),
            ProviderConfig::Webhook(settings) => Api::Webhook(SmsWebhook::new(settings, template)),
            ProviderConfig::Inbox => Api::Inbox(Inbox::new(template)),
        };
        Self { name: settings.name(), channel: settings.channel(), api }
    }

    async fn send(&self, message: &SmsMessage<'_>) -> SendOutcome {
        match &self.api {
            Api::AuthKey(authkey) => authkey.send(message).await,
            Api::Twilio(twilio) => twilio.send(message).await,
            Api::Msg91(msg91) => msg91.send(message).await,
            Api::Webhook(webhook) => webhook.send(message).await,
            Api::Inbox(inbox) => inbox.send(message),
        }
    }

    fn sends_notices(&self) -> bool {
        match &self.api {
            Api::AuthKey(authkey) => self.channel == Channel::Sms && authkey.sends_notices(),
            Api::Webhook(webhook) => webhook.sends_notices(),
            Api::Msg91(_) => false,
            Api::Twilio(_) | Api::Inbox(_) => true,
        }
    }
}

impl SmsSender {
    /// Creates the providers of the settings, in their order.
    #[must_use]
    pub fn new(config: &Config, metrics: Arc<Metrics>) -> Self {
        let template = MessageTemplate::new(&config.brand.name, config.origin.host());
        let provider = |settings| Provider::new(settings, template.clone());
        Self {
            providers: config.sms.providers.iter().map(provider).collect(),
            breakers: Mutex::new(Breakers::new(config.sms.min_conversion)),
            prices: config.prices.clone(),
            metrics,
        }
    }

    /// Sends an SMS through the first provider that accepts it. The next provider is tried only if
    /// the previous one is unavailable or misconfigured, and not if it may have sent the SMS or
    /// refuses the recipient. Providers that lately failed in this country come last. A message for
    /// a call becomes a text if nobody can call.
    pub async fn send(&self, message: &SmsMessage<'_>) -> SentSms {
        let mut sent = SentSms { outcome: SendOutcome::Unavailable, provider: "" };
        let is_code = matches!(message.body, SmsBody::Code { .. });
        let begun = Instant::now();
        for index in self.order(message) {
            if begun.elapsed() >= FAILOVER_TIME {
                break;
            }
            let provider = &self.providers[index];
            if !is_code && !provider.sends_notices() {
                continue;
            }
            let outcome = provider.send(message).await;
            sent = SentSms { outcome, provider: provider.name };
            self.record(index, message, outcome);
            if !outcome.falls_over() {
                break;
            }
        }
        sent
    }

    /// Returns the providers in the order in which they are tried for a message.
    fn order(&self, message: &SmsMessage<'_>) -> Vec<usize> {
        let of = |channel| {
            let providers = self.providers.iter().enumerate();
            let own = providers.filter(move |(_, provider)| provider.channel == channel);
            own.map(|(index, _)| index)
        };
        let calls = of(Channel::Voice).filter(|_| message.channel == Channel::Voice);
        let mut breakers = self.breakers();
        let (mut order, mut last) = (Vec::with_capacity(self.providers.len()), Vec::new());
        for index in calls.chain(of(Channel::Sms)) {
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
        let provider = self.providers[index].name;
        self.metrics.record_send(provider, country, outcome.as_str());
        if outcome.counts_as_sent() {
            self.metrics.record_spend(provider, country, self.prices.of(provider, country));
        }
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
        let named = |name: &str| self.providers.iter().position(|own| own.name == name);
        let index = challenge.provider.as_deref().map_or(Some(0), named);
        if let (Some(index), Some(sent_at)) = (index, challenge.sent_at) {
            self.breakers().record_typed(index, &challenge.country, sent_at);
            self.metrics.record_verified(self.providers[index].name, &challenge.country);
        }
    }

    /// Returns the routes that have sent a text, and `true` for those whose breaker is open: the
    /// name of the provider and the country.
    #[must_use]
    pub fn breakers_open(&self, now: Timestamp) -> Vec<(&'static str, String, bool)> {
        let breakers = self.breakers();
        let routes = breakers.routes(now);
        routes
            .map(|(index, country, is_open)| (self.providers[index].name, country, is_open))
            .collect()
    }

    fn breakers(&self) -> MutexGuard<'_, Breakers> {
        self.breakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns `true` if a provider can send notices.
    #[must_use]
    pub fn sends_notices(&self) -> bool {
        self.providers.iter().any(Provider::sends_notices)
    }

    /// Returns `true` if a provider can call.
    #[must_use]
    pub fn can_call(&self) -> bool {
        self.providers.iter().any(|provider| provider.channel == Channel::Voice)
    }

    /// Returns `true` if this is the first provider.
    #[must_use]
    pub fn is_first(&self, provider: &str) -> bool {
        self.providers.first().is_some_and(|first| first.name == provider)
    }

    /// Returns the development inbox, if it is one of the providers.
    #[must_use]
    pub fn inbox(&self) -> Option<&Inbox> {
        self.providers.iter().find_map(|provider| match &provider.api {
            Api::Inbox(inbox) => Some(inbox),
            _ => None,
        })
    }
}
