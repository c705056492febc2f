//! The HTTP API: the server functions, their responses and their error body.

pub mod account;
pub mod auth;
pub mod client;
pub mod json;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::error_code::ErrorCode;
use crate::domain::messages::Localize;
use crate::domain::problem::{Problem, message_id};
use crate::domain::proof_of_work::Puzzle;

/// The JSON envelope of every error: `{"error":{…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// The error inside the envelope.
    pub error: ErrorBody,
}

/// The serialised form of a [`Problem`]. Pages show it as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The stable error code. `docs/api.md` lists all codes.
    pub code: ErrorCode,
    /// The message in the language of the request.
    pub message: String,
    /// Seconds after which a new request can succeed; `None` if time does not help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<i64>,
    /// Attempts that the challenge has left; `None` unless the code was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts_left: Option<i64>,
    /// The puzzle whose solution is required; `None` unless the code is `proof_required`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub puzzle: Option<Puzzle>,
    /// The localized message of each invalid field; `None` unless the code is `invalid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<BTreeMap<String, String>>,
}

impl ErrorBody {
    /// Returns the error body with its messages in the language of `locale`.
    #[must_use]
    pub fn localized(problem: &Problem, locale: &dyn Localize) -> Self {
        // In the API only `invalid` has `fields`. Pages find the field of another error by its
        // code.
        let fields = match problem {
            Problem::Invalid(errors) => Some(errors),
            _ => None,
        };
        Self {
            message: problem.message(locale),
            retry_after: problem.retry_after(),
            attempts_left: match problem {
                Problem::CodeIncorrect { attempts_left }
                | Problem::EmailIncorrect { attempts_left } => Some(*attempts_left),
                _ => None,
            },
            puzzle: match problem {
                Problem::ProofRequired { puzzle, .. } => Some(puzzle.clone()),
                _ => None,
            },
            fields: fields.map(|errors| {
                let mut messages = BTreeMap::new();
                messages.extend(
                    errors
                        .iter()
                        .map(|(field, error)| ((*field).to_owned(), error.message(locale))),
                );
                messages
            }),
            ..Self::unlocalized(problem)
        }
    }

    /// Returns the error body with the code alone. [`Self::localize`] fills in the message.
    pub(crate) fn unlocalized(problem: &Problem) -> Self {
        Self {
            code: problem.code(),
            message: String::new(),
            retry_after: None,
            attempts_left: None,
            puzzle: None,
            fields: None,
        }
    }

    /// Returns the error body with its message, which is filled in if it is empty.
    #[must_use]
    pub fn localize(self, locale: &dyn Localize) -> Self {
        if self.message.is_empty() {
            Self { message: locale.message(&message_id(self.code)), ..self }
        } else {
            self
        }
    }

    /// Returns the message to show beside this field; `None` if the error is not for this field.
    #[must_use]
    pub fn field_message(&self, field: &str) -> Option<String> {
        match &self.fields {
            Some(fields) => fields.get(field).cloned(),
            None => (self.code.field() == Some(field)).then(|| self.message.clone()),
        }
    }

    /// Returns the first of these fields that has a message; `None` if none has one.
    #[must_use]
    pub fn first_invalid(&self, fields: &[&'static str]) -> Option<&'static str> {
        fields.iter().copied().find(|field| self.field_message(field).is_some())
    }

    /// Returns the message for the whole form, which has these `fields`; `None` if the message
    /// belongs to a field.
    #[must_use]
    pub fn form_message(&self, fields: &[&str]) -> Option<String> {
        let belongs_to_field =
            self.fields.is_some() || self.code.field().is_some_and(|field| fields.contains(&field));
        (!belongs_to_field).then(|| self.message.clone())
    }
}

impl<T: Localize> From<(Problem, Option<T>)> for ApiError {
    fn from((problem, locale): (Problem, Option<T>)) -> Self {
        Self {
            error: locale.map_or_else(
                || ErrorBody::unlocalized(&problem),
                |locale| ErrorBody::localized(&problem, &locale),
            ),
        }
    }
}
