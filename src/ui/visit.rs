//! What a page knows of the visit that it is rendered for. `serve` makes it once a request and hands it down.

use std::sync::Arc;

use crate::api::Refusal;
use crate::domain::answer::OtpSent;
use crate::domain::challenge::Step;
use crate::domain::user::UserView;
use crate::domain::words::Words;

/// Everything that a page may ask.
#[derive(Debug, Clone, Default)]
pub struct Visit {
    /// The product's name.
    pub app_name: String,
    /// Who is signed in.
    pub user: Option<UserView>,
    /// Where the journey of this browser stands.
    pub journey: Journey,
    /// The countries whose numbers get texts, as [`super::options`] made them.
    pub countries: Arc<str>,
    /// The country to preselect.
    pub country: String,
    /// The language of the page, BCP 47.
    pub language: String,
    /// The languages that there are, each with its own name.
    pub languages: Arc<[(String, String)]>,
    /// Everything that is said in this one.
    pub words: Words,
    /// The page's own path and query.
    pub path: String,
    /// Names of the hashed files.
    pub assets: Assets,
    /// What is in the inbox in memory; `None` where there is none.
    pub inbox: Option<Vec<Message>>,
}

/// The journey, as its steps show it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journey {
    /// The step that is shown.
    pub step: Step,
    /// Which title it goes under.
    pub purpose: Purpose,
    /// Where to go afterwards: a same-origin path.
    pub next: Option<String>,
    /// The challenge, from the code step on.
    pub sent: Option<OtpSent>,
    /// What was typed into a form that was refused.
    pub typed: Typed,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
    /// Whether to point to the inbox in memory.
    pub inbox: bool,
    /// Where the terms of use are.
    pub terms: Option<String>,
    /// Where the privacy notice is.
    pub privacy: Option<String>,
}

/// Sign in and Sign up: one journey under two titles.
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
pub struct Typed {
    /// The number.
    pub phone: String,
    /// What stands in for a puzzle, once its time has come.
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

/// Names of the files in the site's `pkg` folder, which hold a hash in a release.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assets {
    /// The JavaScript that starts the WASM.
    pub js: String,
    /// The WASM.
    pub wasm: String,
    /// The style sheet.
    pub css: String,
    /// The style sheet of the deployment's own colour.
    pub brand: Option<String>,
    /// The deployment's own mark.
    pub logo: Option<String>,
}

/// A message of the inbox in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The number, whole.
    pub phone: String,
    /// The code.
    pub code: String,
    /// The words.
    pub text: String,
    /// Seconds since it was sent.
    pub age: i64,
}
