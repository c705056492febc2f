//! The page context: the data that the server gives to the components of a page. Components read it
//! in the same way on the server and in the browser.

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

/// The id of the element that contains the context for the browser, as JSON.
pub const CONTEXT_ELEMENT_ID: &str = "page-context";

/// The id of the element that contains the messages, as JSON. The messages are most of a context,
/// and they are the same on every page in a language.
pub const MESSAGES_ELEMENT_ID: &str = "messages";

/// The data that components read about their page. The page contains the data as two JSON blocks,
/// one of them for the messages. Island properties would repeat the data in each island and need a
/// second JSON parser.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageContext {
    /// The signed-in user; `None` for people who are signed out.
    pub user: Option<UserView>,
    /// The state of this browser's sign-in flow.
    pub sign_in: SignInContext,
    /// The refused form of a page that is not part of the sign-in flow.
    #[serde(default)]
    pub form: FormContext,
    /// The messages in the page's language. The browser gets only [`super::i18n::client_messages`],
    /// in a separate block.
    #[serde(skip)]
    pub messages: Messages,
    /// The URL of the deployment's logo; `None` for Ringkey's key.
    pub logo: Option<String>,
}

/// The initial state of the sign-in flow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInContext {
    /// The step that is shown first.
    pub step: Step,
    /// The title of the flow. The browser does not get this value: there the field has its default,
    /// and hydration keeps the attributes that the server rendered. So event handlers must not read
    /// it.
    #[serde(skip)]
    pub mode: AuthMode,
    /// The path of this origin to which the browser goes after signing in; `None` for the home
    /// page.
    pub next: Option<String>,
    /// The current challenge; `None` before the code step.
    pub challenge: Option<OtpSent>,
    /// The typed values of a refused form. The browser does not get them: there the field is empty,
    /// and hydration keeps the attributes that the server rendered. So event handlers must not read
    /// them.
    #[serde(skip)]
    pub values: FormValues,
    /// The error for which the form was refused.
    pub error: Option<ErrorBody>,
    /// `true` if the development inbox is in use, so that the page links to it.
    pub has_inbox: bool,
    /// The URL of the terms of use; `None` if the deployment has none.
    pub terms: Option<String>,
    /// The URL of the privacy notice; `None` if the deployment has none.
    pub privacy: Option<String>,
}

/// The title under which the sign-in flow is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AuthMode {
    /// The title “Sign in”, for people who may have an account.
    #[default]
    SignIn,
    /// The title “Sign up”, for people without an account.
    SignUp,
}

impl AuthMode {
    /// Returns the id of the message that is the title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in-title",
            Self::SignUp => "sign-up-title",
        }
    }

    /// Returns the path of the flow's first page.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::SignIn => "/sign-in",
            Self::SignUp => "/sign-up",
        }
    }
}

/// The typed values of a refused form of the sign-in flow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormValues {
    pub(crate) phone: String,
    /// The wait token that replaces a proof of work without scripts.
    pub(crate) wait: String,
    pub(crate) code: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
}

/// A refused plain form that its page shows again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormContext {
    /// The error for which the form was refused.
    pub error: Option<ErrorBody>,
    /// The typed values by field. The browser does not get them: there the map is empty, and
    /// hydration keeps the attributes that the server rendered. So event handlers must not read
    /// them.
    #[serde(skip)]
    pub values: BTreeMap<String, String>,
}

/// Returns the page's context. It is empty while Leptos lists the routes.
pub fn page_context() -> Arc<PageContext> {
    use_context().unwrap_or_default()
}

/// Provides the context to all components of the page.
pub fn provide_page_context(context: Arc<PageContext>) {
    provide_context(context);
}

/// Reads the context that the server has put into the page.
pub fn read_page_context() -> PageContext {
    PageContext {
        messages: read_json_block(MESSAGES_ELEMENT_ID),
        ..read_json_block(CONTEXT_ELEMENT_ID)
    }
}

fn read_json_block<T: DeserializeOwned + Default>(id: &str) -> T {
    let text = document().get_element_by_id(id).and_then(|element| element.text_content());
    text.as_deref().and_then(json::from_str).unwrap_or_default()
}
