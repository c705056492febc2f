//! What goes over the wire: the server functions, their answers, and the one shape of their errors.

pub mod auth;
pub mod client;
pub mod json;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::problem::{Problem, message_id};
use crate::domain::proof_of_work::Puzzle;
use crate::domain::words::Tongue;

/// The body of every error: `{"error":{…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// What went wrong.
    pub error: Refusal,
}

/// A [`Problem`] as it travels, and as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The stable code.
    pub code: String,
    /// Plain words.
    pub message: String,
    /// Seconds until it is worth trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<i64>,
    /// Guesses left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts_left: Option<i64>,
    /// The puzzle whose proof is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub puzzle: Option<Puzzle>,
    /// Words for each field that is not valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<BTreeMap<String, String>>,
}

impl Refusal {
    /// A problem in somebody's words.
    #[must_use]
    pub fn told(problem: &Problem, tongue: &dyn Tongue) -> Self {
        // The contract has `fields` only for `invalid`; where a problem belongs beside one field, pages look that up.
        let fields = match problem {
            Problem::Invalid(faults) => Some(faults),
            _ => None,
        };
        Self {
            message: problem.told(tongue),
            retry_after: problem.retry_after(),
            attempts_left: match problem {
                Problem::CodeIncorrect { attempts_left } => Some(*attempts_left),
                _ => None,
            },
            puzzle: match problem {
                Problem::ProofRequired { puzzle, .. } => Some(puzzle.clone()),
                _ => None,
            },
            fields: fields.map(|faults| {
                let mut words = BTreeMap::new();
                words.extend(faults.iter().map(|(field, fault)| ((*field).to_owned(), fault.told(tongue))));
                words
            }),
            ..Self::untold(problem)
        }
    }

    /// A problem that was met where nobody's language is known; whoever shows it finds the words, by [`Self::tell`].
    pub(crate) fn untold(problem: &Problem) -> Self {
        let code = problem.code().to_owned();
        Self { code, message: String::new(), retry_after: None, attempts_left: None, puzzle: None, fields: None }
    }

    /// Finds the words where they are missing.
    #[must_use]
    pub fn tell(self, tongue: &dyn Tongue) -> Self {
        if self.message.is_empty() { Self { message: tongue.say(&message_id(&self.code)), ..self } } else { self }
    }

    /// The words for one field of a form, if this refusal has any for it.
    #[must_use]
    pub fn words_for(&self, field: &str) -> Option<String> {
        match &self.fields {
            Some(fields) => fields.get(field).cloned(),
            None => (field_of(&self.code) == Some(field)).then(|| self.message.clone()),
        }
    }

    /// The first of a form's fields that it has words for.
    #[must_use]
    pub fn first_of(&self, fields: &[&'static str]) -> Option<&'static str> {
        fields.iter().copied().find(|field| self.words_for(field).is_some())
    }

    /// The words for a form as a whole: those that belong to none of its `fields`.
    #[must_use]
    pub fn words_for_form(&self, fields: &[&str]) -> Option<String> {
        let beside = self.fields.is_some() || field_of(&self.code).is_some_and(|field| fields.contains(&field));
        (!beside).then(|| self.message.clone())
    }
}

/// The field that a code's words belong beside.
fn field_of(code: &str) -> Option<&'static str> {
    match code {
        "country_not_served" => Some("country"),
        "code_incorrect" | "challenge_over" | "code_expired" => Some("code"),
        _ => None,
    }
}

/// The HTTP status of a code, as the contract has it.
#[must_use]
pub fn status(code: &str) -> u16 {
    match code {
        "malformed" => 400,
        "no_challenge" | "code_incorrect" | "not_signed_in" => 401,
        "cross_site" | "country_not_served" | "cookies_blocked" => 403,
        "not_found" => 404,
        "method_not_allowed" => 405,
        "already_signed_in" | "other_challenge" | "not_verified" | "number_taken" => 409,
        "challenge_over" | "code_expired" => 410,
        "too_large" => 413,
        "wrong_host" => 421,
        "invalid" => 422,
        "proof_required" => 428,
        "too_soon" | "too_often" => 429,
        _ => 503,
    }
}

impl<T: Tongue> From<(Problem, Option<T>)> for ApiError {
    fn from((problem, tongue): (Problem, Option<T>)) -> Self {
        Self { error: tongue.map_or_else(|| Refusal::untold(&problem), |tongue| Refusal::told(&problem, &tongue)) }
    }
}
