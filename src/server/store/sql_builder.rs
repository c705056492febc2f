//! Builds a statement whose number of rows or conditions varies. All values are bound parameters.

use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::statement::{Param, Statement};

/// The text and the parameters of a statement that is being built.
pub(super) struct SqlBuilder {
    text: String,
    params: Vec<Param>,
}

impl SqlBuilder {
    /// Begins a statement with this text.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), params: Vec::new() }
    }

    /// Adds text whose parameters, `$1` and the following, have these values. The statement must
    /// not have parameters yet.
    pub(super) fn push_with(&mut self, text: &str, params: impl IntoIterator<Item = Param>) {
        debug_assert!(self.params.is_empty());
        self.push(text).params.extend(params);
    }

    /// Adds text.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a parameter with this value.
    pub(super) fn bind(&mut self, value: impl Into<Param>) -> &mut Self {
        self.params.push(value.into());
        let number = self.params.len().to_string();
        self.push("$").push(&number)
    }

    /// Adds parameters with these values, separated by commas.
    pub(super) fn bind_all(&mut self, values: impl IntoIterator<Item = Param>) -> &mut Self {
        for (index, value) in values.into_iter().enumerate() {
            self.push(if index == 0 { "" } else { ", " }).bind(value);
        }
        self
    }

    /// Adds rows of parameters: `($1, $2), ($3, $4)`.
    pub(super) fn rows<const N: usize>(
        &mut self,
        rows: impl IntoIterator<Item = [Param; N]>,
    ) -> &mut Self {
        for (index, row) in rows.into_iter().enumerate() {
            self.push(if index == 0 { "(" } else { ", (" }).bind_all(row).push(")");
        }
        self
    }

    /// Returns the statement.
    pub(super) fn build(self) -> Statement {
        // The text comes from literals of this crate and has only placeholders for values.
        Statement::new(AssertSqlSafe(self.text).into_sql_str(), self.params)
    }
}
