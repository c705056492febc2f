//! The rest of the SMS budget, for the operator.

use super::error::Error;
use super::state::AppState;
use crate::domain::limits::budget_period::{self, BudgetPeriod};
use crate::domain::limits::counter_key::CounterKey;

/// Returns the SMS budget of the hour and of the day.
///
/// # Errors
/// Fails if the database cannot be read.
pub async fn periods(app: &AppState) -> Result<[BudgetPeriod; 2], Error> {
    let (spent, now) = ([CounterKey::spent()], app.clock.now());
    let windows = app.store.begin_autocommit().await?.read_counters(&spent, now).await?;
    Ok(budget_period::periods(&windows, &app.config.limits.budget, now))
}
