//! Ringkey: phone-number sign-in that a team runs itself.
//!
//! The rooms of the crate. Each imports only from the rooms above it, and a test checks that:
//! - [`domain`]: the rules as pure functions, compiled for the server and for the browser;
//! - [`server`]: settings, storage, SMS providers and the use cases;
//! - [`api`]: the server functions, their client and their error body;
//! - [`components`]: the shared components, rendered on the server and hydrated in the browser;
//! - [`pages`]: the document, the routes and the pages;
//! - [`serve`]: the composition root: router, middleware, plain forms, static files.

// The types of views are deeply nested.
#![recursion_limit = "256"]

pub mod api;
pub mod components;
pub mod domain;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod serve;
#[cfg(feature = "ssr")]
pub mod server;

/// Prepares the page for its islands. `public/boot.js` calls it once the WASM is loaded, and then
/// hydrates each island.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    use components::page_context::{provide_page_context, read_page_context};

    leptos::mount::hydrate_islands();
    provide_page_context(read_page_context().into());
}
