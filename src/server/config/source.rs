//! Where settings come from: the environment, and `.env` for what it does not set.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;

/// Where settings come from, by name.
#[derive(Clone, Default)]
pub struct Source {
    values: HashMap<String, String>,
    findings: Vec<String>,
}

impl Source {
    /// The environment, and for what it does not set, `.env` in the working directory and nowhere else.
    #[must_use]
    pub fn environment() -> Self {
        let mut source = match fs::read_to_string(".env") {
            Ok(file) => Self::file(&file),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::default(),
            Err(error) => Self { findings: vec![format!(".env: cannot be read: {error}")], ..Self::default() },
        };
        let set = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        source.values.extend(set);
        source
    }

    /// The lines `NAME=value` of a file: `#` begins a comment line, quotes around a value are taken off, and nothing is
    /// expanded, so that a password may hold what it likes.
    #[must_use]
    pub fn file(text: &str) -> Self {
        let mut source = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim().strip_prefix("export ").unwrap_or(line.trim());
            match line.split_once('=') {
                _ if line.is_empty() || line.starts_with('#') => {}
                Some((name, value)) if !name.trim().is_empty() && !name.trim().contains(char::is_whitespace) => {
                    source.values.insert(name.trim().to_owned(), unquoted(value.trim()).to_owned());
                }
                // Never the line itself: it may hold a secret.
                _ => source.findings.push(format!(".env: line {} is not NAME=value", number + 1)),
            }
        }
        source
    }

    /// What is wrong with where they come from.
    pub(super) fn findings(&self) -> &[String] {
        &self.findings
    }

    /// The pairs given, and nothing else.
    #[must_use]
    pub fn of(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { values: pairs.into_iter().collect(), findings: Vec::new() }
    }

    /// The same with these pairs over it.
    #[must_use]
    pub fn with(mut self, pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        self.values.extend(pairs);
        self
    }

    /// The value of a setting, if it is set and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

fn unquoted(value: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(value)
}
