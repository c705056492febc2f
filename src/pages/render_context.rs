//! The render context: the data of a page that stays on the server. `serve` builds the context once
//! per request.

use std::sync::Arc;

/// The data of a page that stays on the server. The
/// [`PageContext`](crate::components::page_context::PageContext) has the rest.
#[derive(Debug, Clone, Default)]
pub struct RenderContext {
    pub(crate) app_name: String,
    pub(crate) prerendered: Prerendered,
    /// The region of the country to preselect, as an ISO 3166-1 code.
    pub(crate) country: String,
    /// The BCP 47 tag of the page's language.
    pub(crate) language: String,
    /// The BCP 47 tag and the native name of each available language.
    pub(crate) languages: Arc<[(String, String)]>,
    /// The path and query of the page.
    pub(crate) path: String,
    /// `true` if the flash message is shown: the query is `?resent` or `?saved`.
    pub(crate) has_flash: bool,
    pub(crate) assets: Assets,
    /// The messages of the development inbox; `None` if it is not in use.
    pub(crate) inbox: Option<Vec<InboxEntry>>,
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
