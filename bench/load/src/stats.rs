//! Statistics of a run: counts, failures by reason, and the durations of each step.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

#[derive(Default)]
pub struct Stats {
    steps: BTreeMap<&'static str, Vec<u32>>,
    failures: BTreeMap<String, u64>,
    journeys: u64,
}

impl Stats {
    /// Records the duration of a step, or a failure if `worked` is `false`.
    pub fn record_step(&mut self, name: &'static str, took: Duration, worked: bool) {
        if worked {
            self.steps
                .entry(name)
                .or_default()
                .push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
        } else {
            self.record_failure(name.to_owned());
        }
    }

    /// Records a journey that was completed.
    pub fn record_journey(&mut self) {
        self.journeys += 1;
    }

    /// Records a failed journey and its reason.
    pub fn record_failure(&mut self, why: String) {
        *self.failures.entry(why).or_default() += 1;
    }

    /// Returns all statistics; the times are in milliseconds.
    pub fn to_json(&self, took: Duration) -> Value {
        let seconds = took.as_secs_f64();
        let steps: serde_json::Map<String, Value> = self
            .steps
            .iter()
            .map(|(name, times)| ((*name).to_owned(), percentiles(times)))
            .collect();
        let requests: usize = self.steps.values().map(Vec::len).sum();
        json!({
            "seconds": seconds,
            "journeys": self.journeys,
            "journeys_per_second": self.journeys as f64 / seconds,
            "requests_per_second": requests as f64 / seconds,
            "failed": self.failures,
            "steps": steps,
        })
    }
}

fn percentiles(times: &[u32]) -> Value {
    let mut times = times.to_vec();
    times.sort_unstable();
    let at = |share: f64| f64::from(times[((times.len() - 1) as f64 * share) as usize]) / 1_000.0;
    json!({ "count": times.len(), "p50": at(0.5), "p99": at(0.99), "max": at(1.0) })
}
