//! Sending SMS through a fixed set of providers, each with its own parser of responses.

mod authkey;
mod breaker;
mod http_provider;
mod inbox;
mod message;
mod msg91;
mod provider;
mod receipt;
mod twilio;
mod webhook;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

pub use authkey::AuthKey;
pub(super) use authkey::REFUSED_STATUSES;
use breaker::{BreakerChange, Breakers};
pub use inbox::{Inbox, InboxMessage};
pub use message::{SendOutcome, SmsBody, SmsMessage};
pub(super) use msg91::IP_NOT_ALLOWED;
pub use msg91::Msg91;
use provider::Provider;
pub use receipt::{
    RECEIPTS_PATH, Receipt, ReceiptRequest, message_id, parse_message_id, receipts_url,
};
pub use twilio::Twilio;
pub use webhook::SmsWebhook;

use super::config::{Channel, Config, Prices};
use super::metrics::Metrics;
use super::token::KeyRing;
use crate::domain::challenge::Challenge;
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

impl SmsSender {
    /// Creates the providers of the settings, in their order.
    #[must_use]
    pub fn new(config: &Config, keys: &KeyRing, metrics: Arc<Metrics>) -> Self {
        let provider = |settings| Provider::new(settings, config, keys);
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
            self.metrics.record_spend(provider, country, self.prices.price_of(provider, country));
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
        self.providers.iter().find_map(Provider::inbox)
    }

    /// Returns `true` if a provider may report the delivery of texts.
    #[must_use]
    pub fn has_receipts(&self) -> bool {
        self.providers.iter().any(Provider::sends_receipts)
    }

    /// Returns the receipt in a request to the address of a provider, with the provider's name;
    /// `None` if it is not authentic, or if there is no such provider.
    #[must_use]
    pub fn read_receipt(
        &self,
        provider: &str,
        request: &ReceiptRequest<'_>,
    ) -> Option<(&'static str, Receipt)> {
        let provider = self.providers.iter().find(|own| own.name == provider)?;
        Some((provider.name, provider.read_receipt(request)?))
    }
}
