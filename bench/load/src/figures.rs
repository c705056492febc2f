//! What was seen: how many, how many failed and how, and how long each step took.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

#[derive(Default)]
pub struct Figures {
    steps: BTreeMap<&'static str, Vec<u32>>,
    failed: BTreeMap<String, u64>,
    journeys: u64,
    took: Option<Duration>,
}

impl Figures {
    /// A step that took so long.
    pub fn step(&mut self, name: &'static str, took: Duration, worked: bool) {
        if worked {
            self.steps.entry(name).or_default().push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
        } else {
            self.fail(name.to_owned());
        }
    }

    /// A journey that came to its end.
    pub fn journey(&mut self) {
        self.journeys += 1;
    }

    /// One that did not, and why.
    pub fn fail(&mut self, why: String) {
        *self.failed.entry(why).or_default() += 1;
    }

    /// How long the part lasted that counts.
    pub fn took(&mut self, took: Duration) {
        self.took = Some(took);
    }

    /// Everything; times in milliseconds.
    pub fn to_json(&self, all: Duration) -> Value {
        let seconds = self.took.unwrap_or(all).as_secs_f64();
        let steps: serde_json::Map<String, Value> =
            self.steps.iter().map(|(name, times)| ((*name).to_owned(), percentiles(times))).collect();
        let requests: usize = self.steps.values().map(Vec::len).sum();
        json!({
            "seconds": seconds,
            "journeys": self.journeys,
            "journeys_a_second": self.journeys as f64 / seconds,
            "requests_a_second": requests as f64 / seconds,
            "failed": self.failed,
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
