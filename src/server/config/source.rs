//! The source of settings: the environment, and `.env` for the variables that it does not set.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;

use super::finding::Finding;
use super::settings::{SETTINGS, Setting};

/// The values of settings, by name.
#[derive(Clone, Default)]
pub struct ConfigSource {
    values: HashMap<String, String>,
    findings: Vec<Finding>,
}

impl ConfigSource {
    /// Reads the environment, and `.env` in the working directory for variables that the
    /// environment does not set.
    #[must_use]
    pub fn from_env() -> Self {
        let mut source = match fs::read_to_string(".env") {
            Ok(file) => Self::parse_dotenv(&file),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::default(),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                Self::with_finding(Finding::error(".env", "is not UTF-8", "save it as UTF-8"))
            }
            Err(error) => Self::with_finding(Finding::error(
                ".env",
                format!("cannot be read: {error}"),
                "let this user read it, or remove it",
            )),
        };
        for (name, value) in std::env::vars_os() {
            // Variables whose name is not UTF-8 belong to other programs.
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => drop(source.values.insert(name, value)),
                Err(_) if is_setting(&name) => {
                    source.findings.push(Finding::error(name, "is not UTF-8", "write it in UTF-8"));
                }
                Err(_) => {}
            }
        }
        source
    }

    /// Parses the lines `NAME=value` of a file. If a name occurs on several lines, the last one
    /// counts. A line that begins with `#` is a comment. After a value, `#` begins a comment if it
    /// has whitespace on both sides. Quotes around a value are removed. Variables are not expanded,
    /// so that a password may contain any character. A byte order mark and the line ends of every
    /// system are accepted.
    #[must_use]
    pub fn parse_dotenv(text: &str) -> Self {
        let mut source = Self::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        for (number, line) in (1..).zip(text.split(['\n', '\r'])) {
            let line = line.trim();
            let pair = line
                .strip_prefix("export")
                .filter(|rest| rest.starts_with(char::is_whitespace))
                .unwrap_or(line);
            match pair.split_once('=').map(|(name, value)| (name.trim(), value)) {
                _ if line.is_empty() || line.starts_with('#') => {}
                Some((name, value)) if is_name(name) => source.set(name, value),
                // The finding must not contain the line, which may contain a secret.
                _ => source.findings.push(Finding::error(
                    ".env",
                    format!("line {number} is not NAME=value"),
                    "correct or remove the line",
                )),
            }
        }
        source
    }

    fn set(&mut self, name: &str, written: &str) {
        if let Some(similar) = similar_setting(name) {
            // An unknown name is a finding if it looks like a misspelt setting.
            self.findings.push(Finding::error(
                name,
                "is not a setting, but .env sets it",
                format!("did you mean {similar}?"),
            ));
        }
        match parse_value(written) {
            Some(value) => drop(self.values.insert(name.to_owned(), value.to_owned())),
            None => self.findings.push(Finding::error(
                name,
                "begins with a quote in .env that is never closed",
                "close it",
            )),
        }
    }

    fn with_finding(finding: Finding) -> Self {
        Self { findings: vec![finding], ..Self::default() }
    }

    /// Returns the findings about the source itself.
    pub(super) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Creates a source that contains only these pairs.
    #[must_use]
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { values: pairs.into_iter().collect(), findings: Vec::new() }
    }

    /// Adds these pairs, which replace values with the same name.
    #[must_use]
    pub fn with(mut self, pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        self.values.extend(pairs);
        self
    }

    /// Returns the value of a setting, trimmed; `None` if it is unset or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).map(str::trim).filter(|value| !value.is_empty())
    }

    /// Returns the untrimmed value of a setting, for settings that Leptos reads, too.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        let value = self.values.get(name).or_else(|| self.values.get(deprecated_name(name)?));
        value.map(String::as_str)
    }

    /// Returns a warning for each deprecated name that is set.
    pub(super) fn deprecations(&self) -> impl Iterator<Item = Finding> {
        SETTINGS.iter().filter_map(|Setting { name, deprecated_name, .. }| {
            let old = deprecated_name.filter(|old| self.values.contains_key(*old))?;
            let is_ignored = self.values.contains_key(*name);
            let fix = if is_ignored {
                "remove it, since both are set and the new name wins"
            } else {
                "rename it"
            };
            Some(Finding::warning(old, format!("is the deprecated name of {name}"), fix))
        })
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Returns the value without its quotes and without a comment; `None` if a quote is not closed.
fn parse_value(written: &str) -> Option<&str> {
    let value = written.trim();
    let Some(quote) = value.chars().next().filter(|first| ['"', '\''].contains(first)) else {
        return Some(without_comment(written).trim());
    };
    let quoted = &value[1..];
    // Only a quote before the end of the line or before a comment closes the value. Other quotes
    // are part of the value.
    let is_closing_quote = |at: &usize| {
        let rest = &quoted[at + 1..];
        rest.is_empty()
            || (rest.starts_with(char::is_whitespace) && rest.trim_start().starts_with('#'))
    };
    quoted.match_indices(quote).map(|(at, _)| at).find(is_closing_quote).map(|end| &quoted[..end])
}

/// Removes a comment. Only a `#` with whitespace on both sides begins a comment, because colours
/// begin with `#`, too.
fn without_comment(written: &str) -> &str {
    let begins_comment = |at: &usize| {
        let (before, after) = (&written[..*at], &written[at + 1..]);
        before.ends_with(char::is_whitespace)
            && (after.is_empty() || after.starts_with(char::is_whitespace))
    };
    let comment = written.match_indices('#').map(|(at, _)| at).find(begins_comment);
    comment.map_or(written, |at| &written[..at])
}

/// Returns the setting that an unknown name may mean. The two names differ in at most two letters,
/// apart from case.
fn similar_setting(name: &str) -> Option<&'static str> {
    if is_setting(name) {
        return None;
    }
    let upper = name.to_ascii_uppercase();
    let names = SETTINGS.iter().map(|setting| (edit_distance(&upper, setting.name), setting.name));
    names.filter(|(distance, _)| *distance <= 2).min().map(|(_, name)| name)
}

fn is_setting(name: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.name == name || setting.deprecated_name == Some(name))
}

fn deprecated_name(name: &str) -> Option<&'static str> {
    SETTINGS.iter().find(|setting| setting.name == name)?.deprecated_name
}

/// Returns the edit distance (Levenshtein) of two names.
fn edit_distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in other.bytes().enumerate() {
            let with_substitution = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = with_substitution.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests;
