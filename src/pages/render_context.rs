//! The render context: the data of a page that stays on the server. `serve` builds the context once
//! per request.

use std::fmt;
use std::sync::Arc;

use crate::api::ErrorBody;
use crate::domain::account::AccountView;
use crate::domain::messages::{Arg, Localize};
use crate::domain::response::OtpSent;

/// The locale of a page, with the messages that have plural forms. Only the server formats those.
#[derive(Clone, Default)]
pub struct PageLocale(Option<Arc<dyn Localize + Send + Sync>>);

impl PageLocale {
    /// Creates the locale of a page.
    pub fn new(locale: impl Localize + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(locale)))
    }
}

impl Localize for PageLocale {
    fn format(&self, id: &str, args: &[(&str, Arg<'_>)]) -> String {
        self.0.as_ref().map(|locale| locale.format(id, args)).unwrap_or_default()
    }
}

impl fmt::Debug for PageLocale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageLocale(…)")
    }
}

/// The data of a page that stays on the server. The
/// [`PageContext`](crate::components::page_context::PageContext) has the rest.
#[derive(Debug, Clone, Default)]
pub struct RenderContext {
    pub(crate) app_name: String,
    pub(crate) prerendered: Prerendered,
    /// The region of the country to preselect, as an ISO 3166-1 code.
    pub(crate) country: String,
    pub(crate) locale: PageLocale,
    /// The BCP 47 tag of the page's language.
    pub(crate) language: String,
    /// The BCP 47 tag and the native name of each available language.
    pub(crate) languages: Arc<[(String, String)]>,
    /// The path and query of the page.
    pub(crate) path: String,
    /// `true` if the flash message is shown: the query is `?resent`, `?saved` or `?deleted`.
    pub(crate) has_flash: bool,
    pub(crate) assets: Assets,
    /// `true` if a provider may report the delivery of texts.
    pub(crate) has_receipts: bool,
    /// The id of the message about the delivery of the last text; `None` if there is none.
    pub(crate) delivery: Option<&'static str>,
    /// The lists of the account page.
    pub(crate) account: AccountView,
    /// The state of the forms of the account pages.
    pub(crate) action: ActionContext,
    /// The messages of the development inbox; `None` if it is not in use.
    pub(crate) inbox: Option<Vec<InboxEntry>>,
}

/// The state of the forms of the account pages.
#[derive(Debug, Clone, Default)]
pub struct ActionContext {
    /// The challenge whose code the page asks for; `None` before a code was sent.
    pub(crate) challenge: Option<OtpSent>,
    /// The error of a refused form.
    pub(crate) error: Option<ErrorBody>,
    /// The wait token that the next form presents; empty if none is required.
    pub(crate) wait: String,
    /// The number that was typed into a refused form.
    pub(crate) phone: String,
    /// The recovery code that was typed into a refused form.
    pub(crate) code: String,
    /// The e-mail address that was typed into a refused form.
    pub(crate) email: String,
    /// The masked number that an account had before; `None` if its holder cannot object any more.
    pub(crate) former_phone: Option<String>,
    /// The token in the link of a notice.
    pub(crate) token: String,
    /// The recovery codes that were just made, which this page alone shows.
    pub(crate) recovery_codes: Vec<String>,
    /// `true` if the account has a passkey with which the person can verify.
    pub(crate) has_passkeys: bool,
    /// The path to which the browser goes after the verification.
    pub(crate) next: Option<String>,
}

/// The markup that all pages in a locale share, which is most of a page. [`super::prerender`]
/// renders it once, at the start.
#[derive(Debug, Clone, Default)]
pub struct Prerendered {
    /// The options of the country list, as markup.
    pub(crate) countries: Arc<str>,
    /// The messages that the browser needs, as JSON.
    pub(crate) messages: Arc<str>,
}

/// The URLs of the files in the site's `pkg` folder. In a release their names contain a hash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assets {
    /// The URL of the JavaScript that loads the WASM.
    pub(crate) js: String,
    pub(crate) wasm: String,
    pub(crate) css: String,
    /// The URL of the style sheet with the deployment's colour; `None` for Ringkey's colour.
    pub(crate) brand: Option<String>,
    /// The URL of the deployment's logo; `None` for Ringkey's logo.
    pub(crate) logo: Option<String>,
}

/// A message of the development inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxEntry {
    /// The full phone number, not masked.
    pub(crate) phone: String,
    pub(crate) code: String,
    pub(crate) text: String,
    /// The seconds since the message was sent.
    pub(crate) age: i64,
}
