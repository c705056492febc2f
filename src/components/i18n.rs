//! The messages of the page's language, for components.

use leptos::prelude::*;

use super::page_context::page_context;
use crate::domain::words::{Fill, Tongue, Words};

/// A handle on the messages, to be carried into closures.
#[derive(Debug, Clone, Copy)]
pub struct I18n(StoredValue<Words>);

/// The messages of the page.
pub fn use_i18n() -> I18n {
    I18n(StoredValue::new(page_context().messages.clone()))
}

impl I18n {
    /// The message of this id.
    pub fn t(self, id: &str) -> String {
        self.say(id)
    }

    /// A message cut in two where `name` is filled in.
    pub fn split(self, id: &str, name: &str) -> (String, String) {
        self.0.with_value(|words| words.around(id, name))
    }
}

impl Tongue for I18n {
    fn say_with(&self, id: &str, fills: &[(&str, Fill<'_>)]) -> String {
        self.0.with_value(|words| words.say_with(id, fills))
    }
}

/// The ids of the messages of the components. They alone travel in the page context; a test holds that each one that a component
/// names is here, since one that is missing is shown as `⟨id⟩`, and of the faults those that a page finds by itself.
const CLIENT_MESSAGES: &str = "\
    change-number close code-expired code-expires code-expiring code-hint code-label code-reference \
    code-sent-to code-step-title create-account details-step-lead details-step-title email-label field-code-length \
    field-code-not-digits field-email-missing field-email-shape \
    field-first-name-missing field-last-name-missing field-name-invisible field-name-too-long \
    field-phone-missing field-phone-not-digits field-phone-too-long field-phone-too-short first-name-label \
    home-edit-profile home-see-account home-signed-in-lead home-welcome last-name-label legal-note \
    log-out menu-account no-text no-text-number no-text-other no-text-spam no-text-wait offline \
    phone-label phone-not-served phone-read-back phone-step-lead phone-step-note privacy \
    problem-invalid problem-malformed problem-offline problem-unavailable resend resend-in resent \
    save saved send-code sign-in-title sign-up-title solving terms verify";

/// The ids of the messages that the browser needs.
pub fn client_messages() -> impl Iterator<Item = &'static str> {
    CLIENT_MESSAGES.split(' ')
}
