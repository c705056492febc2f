//! The reader of settings, which parses values and collects all findings.

use std::fmt::Display;
use std::str::FromStr;

use super::finding::Finding;
use super::settings::{SETTINGS, default_of};
use super::source::ConfigSource;

pub(super) struct Reader<'a> {
    source: &'a ConfigSource,
    findings: Vec<Finding>,
    warnings: Vec<Finding>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a ConfigSource) -> Self {
        Self {
            source,
            findings: source.findings().to_vec(),
            warnings: source.deprecations().collect(),
        }
    }

    pub(super) fn finish<T>(self, value: T) -> Result<T, Vec<Finding>> {
        if self.findings.is_empty() { Ok(value) } else { Err(self.findings) }
    }

    pub(super) fn finding(
        &mut self,
        name: &str,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.findings.push(Finding::error(name, problem, fix));
    }

    /// Adds a finding with which the server can start.
    pub(super) fn warning(
        &mut self,
        name: &str,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.warnings.push(Finding::warning(name, problem, fix));
    }

    pub(super) fn take_warnings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.warnings)
    }

    pub(super) fn text(&self, name: &str) -> String {
        debug_assert!(
            SETTINGS.iter().any(|setting| setting.name == name),
            "{name} is not documented"
        );
        self.source.get(name).unwrap_or(default_of(name)).to_owned()
    }

    /// Returns the value of a setting; `None` if it is unset or empty.
    pub(super) fn set_value(&self, name: &str) -> Option<&'a str> {
        self.source.get(name)
    }

    /// Returns the value of a setting that must be set; empty, with a finding, if it is not.
    pub(super) fn required(&mut self, name: &str, problem: &str, fix: &str) -> String {
        if self.set_value(name).is_none() {
            self.finding(name, problem, fix);
        }
        self.text(name)
    }

    /// Returns the untrimmed value of a setting that Leptos reads, too; `None` if it is unset.
    pub(super) fn raw_value(&self, name: &str) -> Option<&'a str> {
        self.source.raw(name)
    }

    /// Returns `true` if a setting is set, so that its default does not apply.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.source.get(name).is_some()
    }

    pub(super) fn one_of(&mut self, name: &str, allowed: &[&'static str]) -> &'static str {
        let text = self.text(name);
        allowed.iter().find(|value| **value == text).copied().unwrap_or_else(|| {
            let fix = format!("write one of: {}", allowed.join(", "));
            self.finding(name, "has an unknown value", fix);
            ""
        })
    }

    pub(super) fn number<T: FromStr + PartialOrd + Copy + Display>(
        &mut self,
        name: &str,
        min: T,
        max: T,
    ) -> T {
        match self.text(name).parse() {
            Ok(number) if (min..=max).contains(&number) => number,
            _ => {
                let fix = format!("write a whole number from {min} to {max}");
                self.finding(name, "is out of range", fix);
                min
            }
        }
    }
}
