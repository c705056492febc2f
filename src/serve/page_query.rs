//! The query parameters of pages.

use axum::extract::Query;
use axum::http::request::Parts;
use serde::Deserialize;

/// The query parameters of a page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PageQuery {
    /// The path to which the browser returns after signing in.
    pub(super) next: Option<String>,
    /// The code of an error that a script could not show.
    pub(super) problem: Option<String>,
    /// Set to show the phone form although there is a challenge.
    pub(super) change: Option<String>,
    /// Set after a resend without scripts.
    pub(super) resent: Option<String>,
    /// Set after a saved form without scripts.
    pub(super) saved: Option<String>,
    /// The token in the link of a notice.
    pub(super) token: Option<String>,
    /// Set to begin a new account with a number that has a dormant one.
    pub(super) new: Option<String>,
    /// Set after an account was deleted.
    pub(super) deleted: Option<String>,
}

impl PageQuery {
    /// Parses the query of a request. An invalid query counts as empty.
    pub(super) fn of(parts: &Parts) -> Self {
        Query::try_from_uri(&parts.uri).map(|Query(query)| query).unwrap_or_default()
    }

    pub(super) fn has_flash(&self) -> bool {
        self.resent.is_some() || self.saved.is_some() || self.deleted.is_some()
    }
}
