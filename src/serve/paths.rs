//! The paths of the account pages.

/// The path of the account page.
pub(super) const ACCOUNT_PAGE: &str = "/account";
/// The path of the page that verifies the number of a signed-in person again.
pub(super) const VERIFY_PAGE: &str = "/account/verify";
/// The path of the page that shows new recovery codes.
pub(super) const RECOVERY_CODES_PAGE: &str = "/account/recovery-codes";
/// The path of the page on which people sign in with a recovery code.
pub(super) const RECOVERY_PAGE: &str = "/sign-in/recovery";
/// The path of the page that asks before an account is deleted.
pub(super) const DELETE_PAGE: &str = "/account/delete";
/// The path of the page on which the owner of a dormant account confirms that it is theirs.
pub(super) const OWNER_PAGE: &str = "/sign-in/owner";
/// The path of the page that asks for the details of a new account.
pub(super) const DETAILS_PAGE: &str = "/sign-in/details";
/// The path of the page on which the holder of a former number objects to a change.
pub(super) const OBJECTION_PAGE: &str = "/objection";
/// The path of the page that changes the number.
pub(super) const NUMBER_PAGE: &str = "/account/number";
