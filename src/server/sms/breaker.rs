//! The circuit breakers of the SMS routes. A route is one provider for one country.
//!
//! A breaker opens if the provider fails too often, or if too few of its codes are typed. While it
//! is open, the other providers are tried first. After a pause one text tries the route again, and
//! closes the breaker or keeps it open. No text is refused because of a breaker.
//!
//! Each instance of the server counts for itself, in memory: a breaker only decides on an order.

use std::collections::{HashMap, VecDeque};

use super::SendOutcome;
use crate::domain::time::Timestamp;

/// The number of latest texts of a route that decide.
const WINDOW_TEXTS: usize = 20;
/// The age in seconds at which a text does not count any more.
const WINDOW_SECONDS: i64 = 60;
/// The minimum number of failed texts in the window.
const MIN_FAILED: usize = 5;
/// The share of failed texts in the window that opens the breaker, in per cent.
const FAILED_SHARE: usize = 50;
/// The number of failed texts in a row that opens the breaker, however long ago they were: a small
/// site may not have five texts in a minute.
const FAILED_IN_A_ROW: usize = 3;
/// The pause in seconds before a failing route is tried again. Each trial that fails doubles it,
/// because the person of a trial may wait in vain.
const FAILURE_PAUSE: i64 = 30;
/// The maximum pause in seconds of a failing route.
const MAX_FAILURE_PAUSE: i64 = 300;
/// The pause in seconds before a route whose codes were not typed is tried again: an hour has time
/// to show a better share.
const CONVERSION_PAUSE: i64 = 1_800;
/// The number of seconds in which one text that tries a route must be answered.
const TRIAL_TIME: i64 = 10;
/// The length in seconds of an interval in which sent and typed codes are counted.
const INTERVAL: i64 = 60;
/// The number of newest intervals whose people may still be typing.
const UNSETTLED_INTERVALS: i64 = 3;
/// The number of intervals that are kept.
const KEPT_INTERVALS: usize = 20;
/// The minimum number of codes in the settled intervals.
const MIN_SETTLED: u32 = 20;

/// The breakers of all routes, by provider and country (ISO 3166-1 alpha-2).
#[derive(Debug)]
pub(super) struct Breakers {
    routes: HashMap<(usize, String), Route>,
    /// The share of typed codes in per cent below which a breaker opens; 0 for never.
    min_conversion: u32,
}

/// The state of one route.
#[derive(Debug, Default)]
struct Route {
    /// The latest texts: the time, and `true` if the text failed.
    texts: VecDeque<(Timestamp, bool)>,
    /// The counts of the latest intervals, the oldest first.
    intervals: VecDeque<Interval>,
    /// The time until which the breaker is open; `None` if it is closed.
    open_until: Option<Timestamp>,
    /// `true` while a text tries the route after the pause.
    is_tried: bool,
    /// The number of texts that have failed since the last accepted one.
    failed_in_a_row: usize,
    /// The number of trials that have failed since the breaker was opened.
    failed_trials: u32,
}

#[derive(Debug)]
struct Interval {
    start: i64,
    sent: u32,
    typed: u32,
}

/// A change of a breaker, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BreakerChange {
    Opened { reason: &'static str },
    Closed,
}

impl Breakers {
    pub(super) fn new(min_conversion: u32) -> Self {
        Self { routes: HashMap::new(), min_conversion }
    }

    /// Returns `true` if the provider is to be tried before those with an open breaker. If a pause
    /// is over, this text tries the route, and others go on without it.
    pub(super) fn allows(&mut self, provider: usize, country: &str, now: Timestamp) -> bool {
        let Some(route) = self.routes.get_mut(&(provider, country.to_owned())) else { return true };
        match route.open_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                route.open_until = Some(now.plus(TRIAL_TIME));
                route.is_tried = true;
                true
            }
        }
    }

    /// Returns `true` if the breaker is open.
    pub(super) fn is_open(&self, provider: usize, country: &str) -> bool {
        let route = self.routes.get(&(provider, country.to_owned()));
        route.is_some_and(|route| route.open_until.is_some())
    }

    /// Returns all routes: provider, country, and `true` for those whose pause is not over.
    pub(super) fn routes(&self, now: Timestamp) -> impl Iterator<Item = (usize, String, bool)> {
        let state = move |route: &Route| route.open_until.is_some_and(|until| now < until);
        self.routes
            .iter()
            .map(move |((index, country), route)| (*index, country.clone(), state(route)))
    }

    /// Counts the outcome of a text.
    pub(super) fn record_sent(
        &mut self,
        provider: usize,
        country: &str,
        outcome: SendOutcome,
        now: Timestamp,
    ) -> Option<BreakerChange> {
        let failed = match outcome {
            SendOutcome::Accepted => false,
            SendOutcome::Misconfigured | SendOutcome::Unknown | SendOutcome::Unavailable => true,
            // The provider works, and refuses this recipient.
            SendOutcome::Rejected | SendOutcome::FraudBlocked => {
                if let Some(route) = self.routes.get_mut(&(provider, country.to_owned())) {
                    route.is_tried = false;
                }
                return None;
            }
        };
        let min_conversion = self.min_conversion;
        let route = self.routes.entry((provider, country.to_owned())).or_default();
        if outcome.counts_as_sent() {
            route.interval(now).sent += 1;
        }
        if let Some(until) = route.open_until {
            // Texts that were under way, and those that no other provider took, decide nothing.
            if !route.is_tried {
                return None;
            }
            if failed {
                route.is_tried = false;
                route.failed_trials += 1;
                let pause = FAILURE_PAUSE.saturating_mul(1 << route.failed_trials.min(8));
                route.open_until = Some(until.max(now.plus(pause.min(MAX_FAILURE_PAUSE))));
                return None;
            }
            *route = Route::default();
            return Some(BreakerChange::Closed);
        }
        route.failed_in_a_row = if failed { route.failed_in_a_row + 1 } else { 0 };
        route.texts.push_back((now, failed));
        let too_many = route.texts.len().saturating_sub(WINDOW_TEXTS);
        route.texts.drain(..too_many);
        route.texts.retain(|(at, _)| now.seconds_since(*at) < WINDOW_SECONDS);
        let count = route.texts.iter().filter(|(_, failed)| *failed).count();
        let too_often = count >= MIN_FAILED && count * 100 >= route.texts.len() * FAILED_SHARE;
        if too_often || route.failed_in_a_row >= FAILED_IN_A_ROW {
            route.open_until = Some(now.plus(FAILURE_PAUSE));
            return Some(BreakerChange::Opened { reason: "the provider fails" });
        }
        if route.converts_less_than(min_conversion, now) {
            route.open_until = Some(now.plus(CONVERSION_PAUSE));
            return Some(BreakerChange::Opened { reason: "too few of its codes are typed" });
        }
        None
    }

    /// Counts that a code was typed whose last text went out at `sent_at`.
    pub(super) fn record_typed(&mut self, provider: usize, country: &str, sent_at: Timestamp) {
        if let Some(route) = self.routes.get_mut(&(provider, country.to_owned())) {
            let start = interval_start(sent_at);
            if let Some(own) = route.intervals.iter_mut().find(|own| own.start == start) {
                own.typed += 1;
            }
        }
    }
}

fn interval_start(at: Timestamp) -> i64 {
    at.0 - at.0.rem_euclid(INTERVAL)
}

impl Route {
    /// Returns the interval of this time, which is the newest one.
    fn interval(&mut self, now: Timestamp) -> &mut Interval {
        let start = interval_start(now);
        if self.intervals.back().is_none_or(|newest| newest.start < start) {
            let too_many = (self.intervals.len() + 1).saturating_sub(KEPT_INTERVALS);
            self.intervals.drain(..too_many);
            self.intervals.push_back(Interval { start, sent: 0, typed: 0 });
        }
        // A clock that was set back counts in the newest interval.
        let newest = self.intervals.len() - 1;
        &mut self.intervals[newest]
    }

    /// Returns `true` if the codes of the settled intervals were typed less often than this, in per
    /// cent.
    fn converts_less_than(&self, min_conversion: u32, now: Timestamp) -> bool {
        let newest = interval_start(now) - UNSETTLED_INTERVALS * INTERVAL;
        let oldest = now.0 - i64::try_from(KEPT_INTERVALS).unwrap_or(0) * INTERVAL;
        let settled = self.intervals.iter().filter(|own| (oldest..newest).contains(&own.start));
        let (sent, typed) =
            settled.fold((0, 0), |(sent, typed), own| (sent + own.sent, typed + own.typed));
        sent >= MIN_SETTLED && typed * 100 < sent * min_conversion
    }
}

#[cfg(test)]
mod tests;
