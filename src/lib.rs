//! Ringkey: phone-number sign-in that a team runs itself.
//!
//! The map, each room importing only from those before it (a test holds that):
//! - [`domain`]: the rules, pure, compiled for the server and for the browser;
//! - [`server`]: settings, storage, texts and the use cases;
//! - [`api`]: the server functions and the shapes that go over the wire;
//! - [`live`]: what brings the pages to life in the browser, and what both call the things in them;
//! - [`ui`]: the pages;
//! - [`serve`]: the composition root: router, middleware, plain forms, static files.

// Server functions and views are macros whose output no lint can please.
#![recursion_limit = "256"]

pub mod api;
pub mod domain;
pub mod live;
#[cfg(feature = "ssr")]
pub mod serve;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
pub mod ui;

/// Called by the boot module once the WASM has arrived.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    live::begin();
}
