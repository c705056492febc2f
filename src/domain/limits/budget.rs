//! The SMS budget: limits on the cost of SMS. Amounts are micro-units (millionths) of the
//! operator's currency.
//!
//! Each hour may take a share of the day's budget, so that a flood cannot spend a day's money
//! within an hour. A share of both is reserved for known devices. One account's known devices have
//! a share of the day. The SMS of other devices have three more limits: a share of the day for the
//! SMS to one prefix, verified or not, a share for the unverified SMS to one country, and a share
//! for the unverified SMS to all countries.

use super::counter_key::{CounterKey, SentAndVerified};
use super::counter_windows::CounterWindows;
use super::{DAY, HOUR, percent_of};
use crate::domain::time::Timestamp;

/// The operator's budget for SMS in any 24 hours, and the shares of it in per cent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The budget of any 24 hours, in micro-units.
    pub day: i64,
    /// Per cent of the day's budget that one hour may take.
    pub hour_share: i64,
    /// Per cent of the hour and of the day that is reserved for known devices.
    pub known_share: i64,
    /// Per cent of the hour and of the day that the unverified SMS of all countries may cost. Past
    /// it, a country with few verified SMS has only a minimum allowance.
    pub unverified_share: i64,
    /// Per cent of the hour and of the day that one country's unverified SMS may cost.
    pub country_share: i64,
    /// Per cent of the day's budget that the SMS to one prefix may cost.
    pub prefix_share: i64,
    /// Cost of unverified SMS that is always allowed, in per cent of the cost of verified SMS. It
    /// overrides `unverified_share` and `country_share`.
    pub pending_share: i64,
    /// Per cent of the day's budget that the SMS for one account's known devices may cost.
    pub account_share: i64,
}

impl Budget {
    /// Returns the hour and the day, each with its budget.
    pub(super) fn periods(&self) -> [(i64, i64); 2] {
        [(HOUR, percent_of(self.day, self.hour_share)), (DAY, self.day)]
    }

    /// Returns the hour and the day, each with what known devices, or all others, may spend.
    pub(super) fn available(&self, known_device: bool) -> [(i64, i64); 2] {
        let reserved = if known_device { 0 } else { self.known_share };
        self.periods().map(|(span, total)| (span, total - percent_of(total, reserved)))
    }
}

/// Returns `true` if the budget has room for an SMS that no limit of its own counts: a notice. It
/// may not take what is reserved for known devices.
#[must_use]
pub fn has_room(windows: &CounterWindows, price: i64, budget: &Budget, now: Timestamp) -> bool {
    let spent = CounterKey::spent();
    let available = budget.available(false);
    available
        .into_iter()
        .all(|(span, limit)| retry_after(windows, &spent, span, limit, price, now).is_none())
}

/// The status of the budget for one more SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetStatus {
    /// The budget has room for the SMS.
    Fits,
    /// The share for the prefix is used up.
    PrefixExhausted,
    /// The share for the country's unverified SMS is used up.
    CountryExhausted,
    /// The share for the unverified SMS of all countries is used up.
    UnverifiedExhausted,
    /// The share for the account's known devices is used up.
    AccountExhausted,
    /// The budget of the hour or the day is used up.
    Exhausted {
        /// Seconds until the budget has room for the SMS.
        retry_after: i64,
    },
}

/// The price of an SMS and the counters against which it is checked.
#[derive(Debug, Clone, Copy)]
pub struct PricedSms<'a> {
    /// The price of an SMS to the country, in micro-units. Verified messages count at this price.
    pub price: i64,
    /// The cost of this message: the price, or that of a call. All other messages count at this
    /// cost, as if they were calls, too, so that calls fit into each share.
    pub cost: i64,
    /// The counter of SMS to the prefix.
    pub prefix: &'a CounterKey,
    /// The counters of all SMS and of verified SMS to the country.
    pub country: &'a SentAndVerified,
    /// The counter of SMS for the account, if the request comes from one of its known devices.
    pub account: Option<&'a CounterKey>,
}

/// Checks whether the budget has room for one more SMS.
#[must_use]
pub fn check_budget(
    windows: &CounterWindows,
    charge: PricedSms<'_>,
    budget: &Budget,
    now: Timestamp,
) -> BudgetStatus {
    let PricedSms { price, cost, .. } = charge;
    let (spent, verified) = (CounterKey::spent(), CounterKey::spent_verified());
    for (span, available) in budget.available(charge.account.is_some()) {
        if let Some(seconds) = retry_after(windows, &spent, span, available, cost, now) {
            return BudgetStatus::Exhausted { retry_after: seconds };
        }
    }
    if let Some(account) = charge.account {
        // An attacker may create many accounts with expensive numbers and wait until their devices
        // are known. Such accounts must not use up the budget.
        let total = windows.total(account, DAY, now).saturating_mul(cost);
        return if total < percent_of(budget.day, budget.account_share).max(1) {
            BudgetStatus::Fits
        } else {
            BudgetStatus::AccountExhausted
        };
    }
    if windows.total(charge.prefix, DAY, now).saturating_add(1).saturating_mul(cost)
        > percent_of(budget.day, budget.prefix_share)
    {
        return BudgetStatus::PrefixExhausted;
    }
    for (span, total) in budget.periods() {
        let sum = |key: &CounterKey| windows.total(key, span, now);
        let typed = sum(&charge.country.verified);
        let untyped = sum(&charge.country.sent) - typed;
        let pending = untyped.saturating_add(1).saturating_mul(cost);
        let country_verified = typed.saturating_mul(price);
        if pending <= percent_of(country_verified, budget.pending_share) {
            // Enough SMS to this country are verified.
            continue;
        }
        let country_limit = percent_of(total, budget.country_share);
        if pending > country_limit {
            return BudgetStatus::CountryExhausted;
        }
        let pending_all = sum(&spent) - sum(&verified) + cost;
        let limit = percent_of(total, budget.unverified_share)
            .max(percent_of(sum(&verified), budget.pending_share));
        // Past that limit each country keeps a minimum allowance. So some of its codes can still be
        // verified, which gives the country more room.
        if pending_all > limit && pending > (country_limit / 10).max(cost) {
            return BudgetStatus::UnverifiedExhausted;
        }
    }
    BudgetStatus::Fits
}

/// Returns the seconds until a period has room for an SMS; `None` if it has room now.
fn retry_after(
    windows: &CounterWindows,
    spent: &CounterKey,
    span: i64,
    limit: i64,
    price: i64,
    now: Timestamp,
) -> Option<i64> {
    (windows.total(spent, span, now) + price > limit)
        .then(|| windows.wait_time(spent, span, limit, price, now).unwrap_or(span))
}

/// Returns the warning threshold, 50 or 80 per cent of the day's budget, that an SMS of this price
/// crosses; `None` if it crosses neither.
#[must_use]
pub fn crossed_threshold(
    windows: &CounterWindows,
    price: i64,
    budget: &Budget,
    now: Timestamp,
) -> Option<i64> {
    let before = windows.total(&CounterKey::spent(), DAY, now);
    [80, 50].into_iter().find(|threshold| {
        let amount = percent_of(budget.day, *threshold);
        before < amount && before + price >= amount
    })
}

#[cfg(test)]
mod tests;
