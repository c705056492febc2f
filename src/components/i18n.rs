//! The messages in the page's language, for components.

use leptos::prelude::*;

use super::page_context::page_context;
use crate::domain::messages::{Arg, Localize, Messages};

/// A copyable handle on the messages of the page.
#[derive(Debug, Clone, Copy)]
pub struct I18n(StoredValue<Messages>);

/// Returns the messages of the page.
pub fn use_i18n() -> I18n {
    I18n(StoredValue::new(page_context().messages.clone()))
}

impl I18n {
    /// Returns the text of the message with this id.
    pub fn t(self, id: &str) -> String {
        self.message(id)
    }

    /// Returns the message's text before and after the placeholder `name`.
    pub fn split_at_placeholder(self, id: &str, name: &str) -> (String, String) {
        self.0.with_value(|messages| messages.split_at_placeholder(id, name))
    }
}

impl Localize for I18n {
    fn format(&self, id: &str, args: &[(&str, Arg<'_>)]) -> String {
        self.0.with_value(|messages| messages.format(id, args))
    }
}

/// The ids of the messages that the browser renders itself. The page sends only these messages. A
/// test checks that the list has every id that a component uses, and every validation error that
/// the browser can find.
const CLIENT_MESSAGES: &str = "\
    change-number close code-expired code-expires code-expiring code-hint code-label \
    code-reference code-sent-to code-step-title create-account details-step-lead \
    details-step-title email-label field-code-length field-code-not-digits field-email-missing \
    field-email-shape field-first-name-missing field-last-name-missing field-name-invisible \
    field-name-too-long field-phone-missing field-phone-not-digits field-phone-too-long \
    field-phone-too-short first-name-label home-see-account home-signed-in-lead \
    home-welcome last-name-label legal-note log-out menu-account no-text no-text-number \
    no-text-other no-text-spam no-text-wait offline phone-label phone-not-served phone-read-back \
    phone-step-lead phone-step-note privacy problem-invalid problem-malformed problem-offline \
    problem-unavailable resend resend-in resent save saved send-code sign-in-title sign-up-title \
    solving terms verify";

/// Returns the ids of the messages that the browser renders itself.
pub fn client_messages() -> impl Iterator<Item = &'static str> {
    CLIENT_MESSAGES.split(' ')
}
