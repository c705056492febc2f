//! The development inbox, with which developers try Ringkey without an SMS provider. The inbox
//! keeps messages in memory, and the page `/dev/inbox` shows them.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::{SendOutcome, SmsBody, SmsMessage};
use crate::domain::sms_template::MessageTemplate;

/// The maximum number of kept messages; the oldest is dropped first.
const MAX_MESSAGES: usize = 200;

/// A message in the inbox, which is shown only to requests from this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InboxMessage {
    /// The recipient's phone number, not masked.
    pub phone: String,
    /// The one-time code in the message; empty if the message is a notice.
    pub code: String,
    /// The text of the message.
    pub text: String,
    /// The time of sending, in Unix seconds.
    pub sent_at: i64,
}

/// The kept messages, newest first.
#[derive(Debug)]
pub struct Inbox {
    template: MessageTemplate,
    messages: Mutex<VecDeque<InboxMessage>>,
}

impl Inbox {
    /// Creates an empty inbox for messages of this template.
    #[must_use]
    pub fn new(template: MessageTemplate) -> Self {
        Self { template, messages: Mutex::default() }
    }

    /// Stores a message, which always counts as accepted.
    pub fn send(&self, message: &SmsMessage<'_>) -> SendOutcome {
        let code = match message.body {
            SmsBody::Code { code, .. } => code.digits(),
            SmsBody::NumberChanged { .. } => "",
        };
        let stored = InboxMessage {
            phone: message.phone.as_str().to_owned(),
            code: code.to_owned(),
            text: message.render(&self.template),
            sent_at: message.sent_at.0,
        };
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages.push_front(stored);
        messages.truncate(MAX_MESSAGES);
        SendOutcome::Accepted
    }

    /// Returns all messages, newest first.
    #[must_use]
    pub fn messages(&self) -> Vec<InboxMessage> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
