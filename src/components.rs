//! Shared components. The server renders all of them, and the browser hydrates the ones inside an
//! island.

#![expect(unreachable_pub, reason = "the component macro creates a public type per component")]
#![expect(clippy::must_use_candidate, reason = "a component is used by its view")]

pub mod account_control;
pub mod auth_modal;
pub mod greeting;
pub mod i18n;
pub mod page_context;
pub(crate) mod parts;
pub mod profile_form;
pub mod session;
pub mod sign_in;
