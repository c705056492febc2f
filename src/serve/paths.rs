//! The paths of the account pages.

/// The path of the account page.
pub(super) const ACCOUNT_PAGE: &str = "/account";
/// The path of the page that verifies the number of a signed-in person again.
pub(super) const VERIFY_PAGE: &str = "/account/verify";
/// The path of the page that changes the number.
pub(super) const NUMBER_PAGE: &str = "/account/number";
