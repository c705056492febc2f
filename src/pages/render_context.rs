//! The render context: server-only data of a page. `serve` builds it once per request.

use std::sync::Arc;

/// The server-only data of a page; the rest is the
/// [`PageContext`](crate::components::page_context::PageContext).
#[derive(Debug, Clone, Default)]
pub struct RenderContext {
    /// The product's name.
    pub app_name: String,
    /// Markup that all pages of this locale share.
    pub prerendered: Prerendered,
    /// The country to preselect.
    pub country: String,
    /// The language of the page, BCP 47.
    pub language: String,
    /// The languages that there are, each with its own name.
    pub languages: Arc<[(String, String)]>,
    /// The page's own path and query.
    pub path: String,
    /// `true` if the flash message is shown: the query is `?resent` or `?saved`.
    pub has_flash: bool,
    /// Addresses of the hashed files.
    pub assets: Assets,
    /// The messages of the development inbox; `None` where it is not in use.
    pub inbox: Option<Vec<InboxEntry>>,
}

/// Markup that is the same for everybody in a locale, and most of a page. [`super::prerender`] renders it once, at the start.
#[derive(Debug, Clone, Default)]
pub struct Prerendered {
    /// The options of the list of countries, as markup.
    pub countries: Arc<str>,
    /// The messages that the browser needs, as JSON.
    pub messages: Arc<str>,
}

/// Addresses of the files in the site's `pkg` folder, which hold a hash in a release.
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
    /// The deployment's logo.
    pub logo: Option<String>,
}

/// A message of the development inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxEntry {
    /// The number, whole.
    pub phone: String,
    /// The code.
    pub code: String,
    /// The text of the message.
    pub text: String,
    /// Seconds since it was sent.
    pub age: i64,
}
