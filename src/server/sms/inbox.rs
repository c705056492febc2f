//! Messages kept in memory and shown at `/dev/inbox`: how one tries Ringkey out without an SMS provider.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::{Message, Text, Verdict};

/// How many messages are kept; the oldest goes first.
const KEPT: usize = 200;

/// A message as the inbox shows it. Nobody but this machine can ask for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InboxMessage {
    /// The number that it went to, whole.
    pub phone: String,
    /// The code that it carries.
    pub code: String,
    /// Its words.
    pub text: String,
    /// When it was sent, in Unix seconds.
    pub sent_at: i64,
}

/// The messages, newest first.
#[derive(Debug)]
pub struct Inbox {
    text: Text,
    messages: Mutex<VecDeque<InboxMessage>>,
}

impl Inbox {
    /// An empty inbox.
    #[must_use]
    pub fn new(text: Text) -> Self {
        Self { text, messages: Mutex::default() }
    }

    /// Takes a message.
    pub fn send(&self, message: &Message<'_>) -> Verdict {
        let kept = InboxMessage {
            phone: message.phone.as_str().to_owned(),
            code: message.code.digits().to_owned(),
            text: self.text.of(message),
            sent_at: message.sent_at.0,
        };
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages.push_front(kept);
        messages.truncate(KEPT);
        Verdict::Accepted
    }

    /// What is in it, newest first.
    #[must_use]
    pub fn messages(&self) -> Vec<InboxMessage> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
