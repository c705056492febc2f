//! The data of the account pages: the lists of the account page, and the state of the forms.

use axum::http::request::Parts;

use super::ServeState;
use super::page_query::PageQuery;
use super::paths::{ACCOUNT_PAGE, DELETE_PAGE, NUMBER_PAGE, OBJECTION_PAGE, VERIFY_PAGE};
use crate::components::page_context::PageContext;
use crate::domain::account::AccountView;
use crate::domain::next::safe_redirect;
use crate::domain::otp::Purpose;
use crate::domain::problem::Problem;
use crate::pages::render_context::ActionContext;
use crate::server::account;
use crate::server::cookie_jar::CookieJar;

/// Returns the lists of the account page; empty lists for any other page.
pub(super) async fn account_view(
    state: &ServeState,
    jar: &CookieJar,
    page: &PageContext,
    parts: &Parts,
) -> Result<AccountView, Problem> {
    match &page.user {
        Some(user) if parts.uri.path() == ACCOUNT_PAGE => {
            account::account_view(&state.app, jar, &user.id).await
        }
        _ => Ok(AccountView::default()),
    }
}

/// Returns the state of the forms of the account pages; an empty one for any other page.
///
/// # Errors
/// Fails with `verification_required` if the page needs a recent verification first.
pub(super) async fn action_context(
    state: &ServeState,
    jar: &mut CookieJar,
    parts: &Parts,
) -> Result<ActionContext, Problem> {
    let query = PageQuery::of(parts);
    let next = query.next.as_deref().and_then(safe_redirect).map(str::to_owned);
    let purpose = match parts.uri.path() {
        OBJECTION_PAGE => {
            let token = query.token.unwrap_or_default();
            let former_phone = account::find_objection(&state.app, &token).await?;
            return Ok(ActionContext { former_phone, token, ..ActionContext::default() });
        }
        // People verify before they read what they are about to lose.
        DELETE_PAGE => {
            return match account::require_recent_verification(&state.app, jar).await {
                Ok(_) | Err(Problem::NotSignedIn) => Ok(ActionContext::default()),
                Err(problem) => Err(problem),
            };
        }
        VERIFY_PAGE => Purpose::StepUp,
        NUMBER_PAGE => Purpose::ChangeNumber,
        _ => return Ok(ActionContext { next, ..ActionContext::default() }),
    };
    let challenge = match account::pending_challenge(&state.app, jar, purpose).await {
        Err(Problem::NotSignedIn) => return Ok(ActionContext::default()),
        challenge => challenge?.filter(|_| query.change.is_none()),
    };
    if challenge.is_none() && purpose == Purpose::ChangeNumber {
        account::require_recent_verification(&state.app, jar).await?;
    }
    // Only the page of a step-up offers a passkey.
    let has_passkeys = purpose == Purpose::StepUp && account::has_passkeys(&state.app, jar).await?;
    Ok(ActionContext { challenge, has_passkeys, next, ..ActionContext::default() })
}
