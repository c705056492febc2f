//! The numbers of statements and commits, so that a test can limit the cost of a sign-in.

use std::sync::atomic::{AtomicU64, Ordering};

use super::statement::Statement;

/// The numbers of statements and commits since the start.
#[derive(Debug, Default)]
pub struct QueryCounts {
    pub(super) statements: AtomicU64,
    pub(super) commits: AtomicU64,
}

impl QueryCounts {
    pub(super) fn count(&self, statement: &Statement) {
        self.statements.fetch_add(1, Ordering::Relaxed);
        tracing::trace!(target: "ringkey::sql", sql = statement.sql(), "statement");
    }
}
