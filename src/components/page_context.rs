//! The page context: what the server tells the components of one page, in the browser and on the server alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::api::{Refusal, json};
use crate::domain::answer::OtpSent;
use crate::domain::challenge::Step;
use crate::domain::user::UserView;
use crate::domain::words::Words;

/// The id of the element that carries the context to the browser, as JSON.
pub const ELEMENT_ID: &str = "page-context";

/// The id of the element that carries the messages, as JSON: by far the most of a context, and the same on every page of a language.
pub const MESSAGES_ID: &str = "messages";

/// Everything that components may know of the page that they are part of. Two JSON blocks carry it, one with the messages; the
/// properties of islands would each travel on their own, and through a second JSON reader.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageContext {
    /// Who is signed in.
    pub user: Option<UserView>,
    /// Where the sign-in flow of this browser stands.
    pub sign_in: SignInContext,
    /// The form that was refused, on a page of one's own.
    #[serde(default)]
    pub form: FormContext,
    /// The messages; in the browser only [`super::i18n::client_messages`], from a block of their own.
    #[serde(skip)]
    pub messages: Words,
    /// The address of the deployment's own mark.
    pub logo: Option<String>,
}

/// Where the sign-in flow begins, and what its steps show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInContext {
    /// The step that is shown.
    pub step: Step,
    /// The title that it goes under. Not sent to the browser: there it is the default, and hydration keeps the server's
    /// attributes. Never read it in an event handler.
    #[serde(skip)]
    pub purpose: Purpose,
    /// Where to go afterwards: a path of this origin.
    pub next: Option<String>,
    /// The challenge, from the code step on.
    pub challenge: Option<OtpSent>,
    /// The inputs of a form that was refused, as they were typed. Not sent to the browser: there they are empty, and hydration
    /// keeps the server's attributes. Never read them in an event handler.
    #[serde(skip)]
    pub values: FormValues,
    /// Why a form was refused.
    pub error: Option<Refusal>,
    /// Whether to point to the inbox in memory.
    pub has_inbox: bool,
    /// The address of the terms of use.
    pub terms: Option<String>,
    /// The address of the privacy notice.
    pub privacy: Option<String>,
}

/// The two titles of the one sign-in flow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody who may have an account.
    #[default]
    SignIn,
    /// Somebody who thinks that they have none.
    SignUp,
}

impl Purpose {
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
    /// What stands in for a proof of work without scripts, once its time has come.
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
    pub error: Option<Refusal>,
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
    PageContext { messages: read(MESSAGES_ID), ..read(ELEMENT_ID) }
}

fn read<T: DeserializeOwned + Default>(id: &str) -> T {
    let text = document().get_element_by_id(id).and_then(|element| element.text_content());
    text.as_deref().and_then(json::read).unwrap_or_default()
}
