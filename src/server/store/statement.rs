//! A statement that counts itself and names itself in the trace, so that a test can hold what a journey asks of the database.

use std::sync::atomic::Ordering;

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, Encode, SqlSafeStr, SqlStr, Type};

use super::Cost;

/// One statement and its parameters.
pub(super) struct Statement {
    sql: SqlStr,
    query: Query<'static, Any, AnyArguments>,
}

/// A statement of this text.
pub(super) fn query(sql: impl SqlSafeStr) -> Statement {
    let sql = sql.into_sql_str();
    Statement { query: sqlx::query(sql.clone()), sql }
}

impl Statement {
    /// The same with one more parameter.
    pub(super) fn bind<T: 'static + Encode<'static, Any> + Type<Any>>(self, value: T) -> Self {
        Self { query: self.query.bind(value), ..self }
    }

    /// The query, counted.
    pub(super) fn run(self, cost: &Cost) -> Query<'static, Any, AnyArguments> {
        cost.statements.fetch_add(1, Ordering::Relaxed);
        tracing::trace!(target: "ringkey::sql", sql = self.sql.as_str(), "statement");
        self.query
    }
}
