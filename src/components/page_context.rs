//! The page context: what the server tells the components of one page, in the browser and on the server alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::api::{ErrorBody, json};
use crate::domain::messages::Messages;
use crate::domain::response::OtpSent;
use crate::domain::step::Step;
use crate::domain::user::UserView;

/// The id of the element that carries the context to the browser, as JSON.
pub const CONTEXT_ELEMENT_ID: &str = "page-context";

/// The id of the element that carries the messages, as JSON: by far the most of a context, and the same on every page of a language.
pub const MESSAGES_ELEMENT_ID: &str = "messages";

/// The data that components read about their page. Two JSON blocks carry it, one with the messages; the
/// properties of islands would each travel on their own, and through a second JSON reader.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageContext {
    /// The signed-in user.
    pub user: Option<UserView>,
    /// The state of this browser's sign-in flow.
    pub sign_in: SignInContext,
    /// The form that was refused, on a page of one's own.
    #[serde(default)]
    pub form: FormContext,
    /// The messages; in the browser only [`super::i18n::client_messages`], from a block of their own.
    #[serde(skip)]
    pub messages: Messages,
    /// The address of the deployment's logo.
    pub logo: Option<String>,
}

/// The initial state of the sign-in flow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInContext {
    /// The step that is shown.
    pub step: Step,
    /// The title that it goes under. Not sent to the browser: there it is the default, and hydration keeps the server's
    /// attributes. Never read it in an event handler.
    #[serde(skip)]
    pub mode: AuthMode,
    /// The redirect after signing in: a path of this origin.
    pub next: Option<String>,
    /// The challenge, from the code step on.
    pub challenge: Option<OtpSent>,
    /// The inputs of a form that was refused, as they were typed. Not sent to the browser: there they are empty, and hydration
    /// keeps the server's attributes. Never read them in an event handler.
    #[serde(skip)]
    pub values: FormValues,
    /// Why a form was refused.
    pub error: Option<ErrorBody>,
    /// `true` if the development inbox is in use, so that the page links to it.
    pub has_inbox: bool,
    /// The address of the terms of use.
    pub terms: Option<String>,
    /// The address of the privacy notice.
    pub privacy: Option<String>,
}

/// The title under which the sign-in flow is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AuthMode {
    /// For people who may have an account.
    #[default]
    SignIn,
    /// For people who have none yet.
    SignUp,
}

impl AuthMode {
    /// The message that is its title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in-title",
            Self::SignUp => "sign-up-title",
        }
    }

    /// The page that begins it.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::SignIn => "/sign-in",
            Self::SignUp => "/sign-up",
        }
    }
}

/// The fields of a form that was refused, as they were typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormValues {
    /// The number.
    pub phone: String,
    /// The wait token that replaces a proof of work without scripts.
    pub wait: String,
    /// The code.
    pub code: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail.
    pub email: String,
}

/// A plain form that was refused, as its page shows it again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormContext {
    /// Why it was refused.
    pub error: Option<ErrorBody>,
    /// The inputs as they were typed, by field. Not sent to the browser: there they are none, and hydration keeps the server's
    /// attributes. Never read them in an event handler.
    #[serde(skip)]
    pub values: BTreeMap<String, String>,
}

/// The context of the page; an empty one while the routes are being listed.
pub fn page_context() -> Arc<PageContext> {
    use_context().unwrap_or_default()
}

/// Provides the context to all components of the page.
pub fn provide_page_context(context: Arc<PageContext>) {
    provide_context(context);
}

/// Reads the context that the server has put into the page.
pub fn read_page_context() -> PageContext {
    PageContext { messages: read_json_block(MESSAGES_ELEMENT_ID), ..read_json_block(CONTEXT_ELEMENT_ID) }
}

fn read_json_block<T: DeserializeOwned + Default>(id: &str) -> T {
    let text = document().get_element_by_id(id).and_then(|element| element.text_content());
    text.as_deref().and_then(json::from_str).unwrap_or_default()
}
