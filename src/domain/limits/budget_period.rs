//! The budget of an hour and of a day, and the rest of each, for the operator.

use super::budget::Budget;
use super::counter_key::CounterKey;
use super::counter_windows::CounterWindows;
use crate::domain::time::Timestamp;

/// The budget of an hour or of a day, in micro-units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetPeriod {
    /// The whole budget.
    pub total: i64,
    /// The part that is not spent.
    pub left: i64,
}

/// Returns the budget of the hour and of the day.
#[must_use]
pub fn periods(windows: &CounterWindows, budget: &Budget, now: Timestamp) -> [BudgetPeriod; 2] {
    let spent = CounterKey::spent();
    budget.periods().map(|(span, total)| {
        let left = (total - windows.total(&spent, span, now)).max(0);
        BudgetPeriod { total, left }
    })
}
