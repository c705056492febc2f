//! The metrics of one instance, in the text format of Prometheus.
//!
//! Labels are types with few values: providers and outcomes of the code, countries of the numbering
//! plans, routes of the router. No label has a number, an address or an account.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, prometheus_text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::domain::limits::budget_period::BudgetPeriod;
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::time::Timestamp;

/// The upper bounds of the buckets of the durations, in seconds. A request ends after 15 seconds.
const DURATION_BUCKETS: [f64; 10] = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0];
/// The number of micro-units in a unit of the operator's currency.
const MICRO_UNITS: f64 = 1e6;

/// The metrics of one instance, and their registry.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    sms_sends: Family<SmsLabels, Counter>,
    sms_spend: Family<ProviderLabels, Counter<f64, AtomicU64>>,
    codes_verified: Family<ProviderLabels, Counter>,
    sms_receipts: Family<ReceiptLabels, Counter>,
    limit_refusals: Family<LimitLabels, Counter>,
    requests: Family<RequestLabels, Counter>,
    request_durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    sms_budget: Family<WindowLabels, Gauge<f64, AtomicU64>>,
    sms_budget_left: Family<WindowLabels, Gauge<f64, AtomicU64>>,
    breakers_open: Family<ProviderLabels, Gauge>,
    backup_time: Gauge,
    backup_size: Gauge,
    build: Family<BuildLabels, Gauge>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SmsLabels {
    provider: &'static str,
    country: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProviderLabels {
    provider: &'static str,
    country: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReceiptLabels {
    provider: &'static str,
    country: String,
    delivery: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitLabels {
    limit: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WindowLabels {
    window: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let durations: fn() -> Histogram = || Histogram::new(DURATION_BUCKETS);
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("ringkey")),
            sms_sends: Family::default(),
            sms_spend: Family::default(),
            codes_verified: Family::default(),
            sms_receipts: Family::default(),
            limit_refusals: Family::default(),
            requests: Family::default(),
            request_durations: Family::new_with_constructor(durations),
            sms_budget: Family::default(),
            sms_budget_left: Family::default(),
            breakers_open: Family::default(),
            backup_time: Gauge::default(),
            backup_size: Gauge::default(),
            build: Family::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&self) {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        registry.register(
            "sms_sends",
            "Requests to SMS providers; an outcome of accepted or unknown counts as sent",
            self.sms_sends.clone(),
        );
        registry.register(
            "sms_spend",
            "The price of the texts that count as sent, in the operator's currency",
            self.sms_spend.clone(),
        );
        registry.register(
            "codes_verified",
            "Codes that were typed right, by the provider of their last text",
            self.codes_verified.clone(),
        );
        registry.register(
            "sms_receipts",
            "Texts that a provider has reported as delivered or failed",
            self.sms_receipts.clone(),
        );
        registry.register(
            "limit_refusals",
            "Requests for a text that met a limit",
            self.limit_refusals.clone(),
        );
        registry.register("http_requests", "Responses of the site", self.requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "The time until the head of the response",
            self.request_durations.clone(),
        );
        registry.register(
            "sms_budget",
            "The SMS budget of an hour and of a day, in the operator's currency",
            self.sms_budget.clone(),
        );
        registry.register(
            "sms_budget_left",
            "The rest of the SMS budget of the hour and of the day, in the operator's currency",
            self.sms_budget_left.clone(),
        );
        registry.register(
            "sms_breaker_open",
            "1 while the other providers are tried first for a country",
            self.breakers_open.clone(),
        );
        registry.register(
            "backup_last_success_timestamp_seconds",
            "The time of the newest backup in Unix seconds; 0 without a folder, 1 before the first",
            self.backup_time.clone(),
        );
        registry.register(
            "backup_size_bytes",
            "The size of the newest backup",
            self.backup_size.clone(),
        );
        registry.register("build_info", "The version of this build", self.build.clone());
    }

    /// Sets the time of the newest backup, `None` if there is none yet, and its size in bytes.
    pub fn set_backup(&self, taken_at: Option<Timestamp>, size: u64) {
        self.backup_time.set(taken_at.map_or(1, |at| at.0));
        self.backup_size.set(i64::try_from(size).unwrap_or(i64::MAX));
    }

    /// Sets the version of this build.
    pub fn set_version(&self, version: &'static str) {
        self.build.get_or_create(&BuildLabels { version }).set(1);
    }

    /// Counts a request to a provider with this outcome.
    pub fn record_send(&self, provider: &'static str, country: &str, outcome: &'static str) {
        let labels = SmsLabels { provider, country: country.to_owned(), outcome };
        self.sms_sends.get_or_create(&labels).inc();
    }

    /// Counts the price of a text that counts as sent, in micro-units.
    pub fn record_spend(&self, provider: &'static str, country: &str, price: i64) {
        let labels = ProviderLabels { provider, country: country.to_owned() };
        self.sms_spend.get_or_create(&labels).inc_by(to_units(price));
    }

    /// Counts a code that was typed right.
    pub fn record_verified(&self, provider: &'static str, country: &str) {
        let labels = ProviderLabels { provider, country: country.to_owned() };
        self.codes_verified.get_or_create(&labels).inc();
    }

    /// Counts a text about whose delivery its provider has reported.
    pub fn record_receipt(&self, provider: &'static str, country: String, delivery: &'static str) {
        self.sms_receipts.get_or_create(&ReceiptLabels { provider, country, delivery }).inc();
    }

    /// Counts a request for a text that met a limit on this counter.
    pub fn record_limit(&self, counter: &CounterKey) {
        self.limit_refusals.get_or_create(&LimitLabels { limit: counter.kind_name() }).inc();
    }

    /// Counts a response of the site.
    pub fn record_response(
        &self,
        method: &'static str,
        route: &str,
        status: u16,
        duration: Duration,
    ) {
        let labels = RequestLabels { method, route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        let labels = RouteLabels { route: labels.route };
        self.request_durations.get_or_create(&labels).observe(duration.as_secs_f64());
    }

    /// Sets the SMS budget of the hour and of the day, and the rest of each, in micro-units.
    pub fn set_budget(&self, budget: [BudgetPeriod; 2]) {
        for (window, period) in ["hour", "day"].into_iter().zip(budget) {
            let labels = WindowLabels { window };
            self.sms_budget.get_or_create(&labels).set(to_units(period.total));
            self.sms_budget_left.get_or_create(&labels).set(to_units(period.left));
        }
    }

    /// Sets whether the breaker of a provider for a country is open.
    pub fn set_breaker(&self, provider: &'static str, country: String, is_open: bool) {
        let labels = ProviderLabels { provider, country };
        self.breakers_open.get_or_create(&labels).set(i64::from(is_open));
    }

    /// Returns all metrics in the text format of Prometheus, version 0.0.4.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        // Writing into a string does not fail.
        let _ = prometheus_text::encode(&mut text, &registry);
        text
    }
}

/// Returns an amount in the operator's currency.
#[expect(clippy::cast_precision_loss, reason = "2^53 micro-units are nine thousand million")]
fn to_units(micro_units: i64) -> f64 {
    micro_units as f64 / MICRO_UNITS
}
