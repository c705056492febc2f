//! An SMS, and the outcome of sending it.

use crate::domain::otp::Code;
use crate::domain::phone::PhoneNumber;
use crate::domain::sms_template::MessageTemplate;
use crate::domain::time::Timestamp;
use crate::server::config::Channel;

/// An SMS to one phone number.
#[derive(Debug)]
pub struct SmsMessage<'a> {
    /// The id of this text, which a provider may use to recognize a repetition.
    pub id: String,
    /// The phone number of the recipient.
    pub phone: &'a PhoneNumber,
    /// The country of the number (ISO 3166-1 alpha-2).
    pub country: &'a str,
    /// The channel that is tried first.
    pub channel: Channel,
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
    pub(super) fn render(&self, template: &MessageTemplate) -> String {
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
    /// Returns the name of the outcome in the metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Misconfigured => "misconfigured",
            Self::Unknown => "unknown",
            Self::Unavailable => "unavailable",
            Self::Rejected => "rejected",
            Self::FraudBlocked => "fraud_blocked",
        }
    }

    /// Returns `true` if the SMS may arrive.
    #[must_use]
    pub fn counts_as_sent(self) -> bool {
        matches!(self, Self::Accepted | Self::Unknown)
    }

    /// Returns `true` if the next provider is tried.
    #[must_use]
    pub(super) fn falls_over(self) -> bool {
        matches!(self, Self::Misconfigured | Self::Unavailable)
    }
}
