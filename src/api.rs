//! What goes over the wire: the server functions, their answers, and the one shape of their errors.

pub mod auth;

use std::collections::BTreeMap;

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use crate::domain::problem::Problem;
use crate::domain::proof_of_work::Puzzle;

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

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        // The contract has `fields` only for `invalid`; where a problem belongs beside one field, pages look that up.
        Self {
            code: problem.code().to_owned(),
            message: problem.message(),
            retry_after: problem.retry_after(),
            attempts_left: match problem {
                Problem::CodeIncorrect { attempts_left } => Some(attempts_left),
                _ => None,
            },
            puzzle: match &problem {
                Problem::ProofRequired { puzzle, .. } => Some(puzzle.clone()),
                _ => None,
            },
            fields: match problem {
                Problem::Invalid(fields) => Some(fields),
                _ => None,
            },
        }
    }
}

impl Refusal {
    /// The words for one field of a form, if this refusal has any for it.
    #[must_use]
    pub fn words_for(&self, field: &str) -> Option<String> {
        match &self.fields {
            Some(fields) => fields.get(field).cloned(),
            None => (field_of(&self.code) == Some(field)).then(|| self.message.clone()),
        }
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
        "no_challenge" | "code_incorrect" => 401,
        "cross_site" | "country_not_served" => 403,
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

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self { error: problem.into() }
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Problem::Malformed
            }
            ServerFnErrorErr::Request(_) => Problem::Offline,
            _ => Problem::Unavailable,
        }
        .into()
    }
}
