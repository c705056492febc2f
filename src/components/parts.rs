//! Building blocks that do not depend on the sign-in flow.

pub(crate) mod button;
pub(crate) mod dialog;
pub(crate) mod field;
pub(crate) mod form;
pub(crate) mod logo;
pub(crate) mod menu;
pub(crate) mod text;
