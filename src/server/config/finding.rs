//! A finding about a setting: what is wrong, and what to do about it.

use std::fmt;

use serde::Serialize;

/// A finding about a setting. Its text is one line that begins with the name of the setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The gravity of the problem.
    pub severity: Severity,
    /// The name of the setting, or of the file, that has the problem.
    pub setting: String,
    /// The problem: the end of a sentence that begins with the name of the setting.
    pub problem: String,
    /// The advice to the operator.
    pub fix: String,
}

/// The gravity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The server does not start, or people cannot sign in.
    Error,
    /// The server starts and people can sign in, but something needs the operator's attention.
    Warning,
}

impl Finding {
    /// Creates the finding of a problem with which the server does not start or nobody can sign
    /// in.
    pub fn error(
        setting: impl Into<String>,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Error,
            setting: setting.into(),
            problem: problem.into(),
            fix: fix.into(),
        }
    }

    /// Creates the finding of a problem with which the server can work.
    pub fn warning(
        setting: impl Into<String>,
        problem: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self::error(setting, problem, fix).into_warning()
    }

    /// Returns the same finding as a warning.
    #[must_use]
    pub fn into_warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = format!("{}: {}; {}", self.setting, self.problem, self.fix);
        // A finding is one line, even if a message in it has line breaks.
        f.write_str(&line.replace(['\r', '\n'], " "))
    }
}
