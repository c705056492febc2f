//! Building blocks. They know nothing of signing in.

pub(super) mod button;
pub(super) mod country_field;
pub(super) mod dialog;
pub(super) mod field;
pub(super) mod language_switch;
pub(super) mod menu;
