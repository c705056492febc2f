//! Building blocks that know nothing of signing in.

pub mod button;
pub mod dialog;
pub mod field;
pub mod form;
pub mod mark;
pub mod menu;
pub mod text;
