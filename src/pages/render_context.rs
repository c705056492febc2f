//! What a page is rendered from on the server. `serve` makes it once a request and hands it down.

use std::sync::Arc;

/// Everything that only the server needs to know of a page; the rest is the
/// [`PageContext`](crate::components::page_context::PageContext).
#[derive(Debug, Clone, Default)]
pub struct RenderContext {
    /// The product's name.
    pub app_name: String,
    /// What all pages of this language have in common.
    pub prerendered: Prerendered,
    /// The country to preselect.
    pub country: String,
    /// The language of the page, BCP 47.
    pub language: String,
    /// The languages that there are, each with its own name.
    pub languages: Arc<[(String, String)]>,
    /// The page's own path and query.
    pub path: String,
    /// The address's word that the page's plain form was taken: `?resent`, `?saved`.
    pub done: bool,
    /// Addresses of the hashed files.
    pub assets: Assets,
    /// What is in the inbox in memory; `None` where there is none.
    pub inbox: Option<Vec<Message>>,
}

/// What is the same for everybody in a language, and by far the most of a page: written once, at the start, by [`super::prerender`].
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
