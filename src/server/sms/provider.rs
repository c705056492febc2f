//! One SMS provider of the settings: its name, its channel and its API.

use super::{
    AuthKey, Inbox, Msg91, Receipt, ReceiptRequest, SendOutcome, SmsMessage, SmsWebhook, Twilio,
    receipts_url,
};
use crate::domain::sms_template::MessageTemplate;
use crate::server::config::{Channel, Config, ProviderConfig};
use crate::server::token::KeyRing;

/// A provider of the settings.
#[derive(Debug)]
pub(super) struct Provider {
    /// The name in `SMS_PROVIDERS`.
    pub(super) name: &'static str,
    /// The only channel on which it sends.
    pub(super) channel: Channel,
    api: Api,
    /// `true` if the provider is asked to report the delivery of texts.
    reports: bool,
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
    /// Creates the provider of these settings.
    pub(super) fn new(settings: &ProviderConfig, config: &Config, keys: &KeyRing) -> Self {
        let template = MessageTemplate::new(&config.brand.name, config.origin.host());
        let reports = config.sms.receipts;
        let name = settings.name();
        let api = match settings.clone() {
            ProviderConfig::AuthKey(settings) => Api::AuthKey(AuthKey::new(settings)),
            ProviderConfig::Twilio(settings) => {
                let receipts = reports.then(|| receipts_url(&config.origin, name));
                Api::Twilio(Twilio::new(settings, template, receipts))
            }
            ProviderConfig::Msg91(settings) => {
                let tokens = keys.all().map(|key| key.receipt_token.clone());
                Api::Msg91(Msg91::new(settings, tokens.filter(|_| reports).collect()))
            }
            ProviderConfig::Webhook(settings) => Api::Webhook(SmsWebhook::new(settings, template)),
            ProviderConfig::Inbox => Api::Inbox(Inbox::new(template)),
        };
        Self { name, channel: settings.channel(), api, reports }
    }

    /// Sends a message with one request.
    pub(super) async fn send(&self, message: &SmsMessage<'_>) -> SendOutcome {
        match &self.api {
            Api::AuthKey(authkey) => authkey.send(message).await,
            Api::Twilio(twilio) => twilio.send(message).await,
            Api::Msg91(msg91) => msg91.send(message).await,
            Api::Webhook(webhook) => webhook.send(message).await,
            Api::Inbox(inbox) => inbox.send(message),
        }
    }

    /// Returns `true` if the provider can send notices.
    pub(super) fn sends_notices(&self) -> bool {
        match &self.api {
            Api::AuthKey(authkey) => self.channel == Channel::Sms && authkey.sends_notices(),
            Api::Webhook(webhook) => webhook.sends_notices(),
            Api::Msg91(_) => false,
            Api::Twilio(_) | Api::Inbox(_) => true,
        }
    }

    /// Returns `true` if the provider may report the delivery of texts. `AuthKey` documents no
    /// reports of texts.
    pub(super) fn sends_receipts(&self) -> bool {
        self.reports && matches!(&self.api, Api::Twilio(_) | Api::Msg91(_) | Api::Webhook(_))
    }

    /// Returns the receipt in a request; `None` if it is not an authentic receipt of the provider.
    pub(super) fn read_receipt(&self, request: &ReceiptRequest<'_>) -> Option<Receipt> {
        match &self.api {
            _ if !self.reports => None,
            Api::Twilio(twilio) => twilio.read_receipt(request),
            Api::Msg91(msg91) => msg91.read_receipt(request),
            Api::Webhook(webhook) => webhook.read_receipt(request),
            Api::AuthKey(_) | Api::Inbox(_) => None,
        }
    }

    /// Returns the development inbox, if it is this provider.
    pub(super) fn inbox(&self) -> Option<&Inbox> {
        match &self.api {
            Api::Inbox(inbox) => Some(inbox),
            _ => None,
        }
    }
}
