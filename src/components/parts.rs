//! Building blocks that know nothing of signing in.

pub mod button;
pub mod dialog;
pub mod field;
pub mod form;
pub mod logo;
pub mod menu;
pub mod text;
