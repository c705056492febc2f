//! The server functions under `/api/auth`. Each one calls one use case.

#![expect(missing_docs, reason = "the server macro makes a public field of every argument")]

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Post};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use super::client::FetchClient;
use super::json::Json;
use super::{ApiError, ErrorBody};
use crate::domain::passkey::PasskeyOptions;
use crate::domain::problem::Problem;
use crate::domain::response::{OtpSent, Outcome};
use crate::domain::user::UserView;

/// The response of the server function `session`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentSession {
    /// The signed-in user; `None` without a session.
    pub user: Option<UserView>,
}

/// An optional form field. A field with an empty value is present: `phone=` is an invalid number,
/// not a resend.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OptionalField(pub Option<String>);

impl Serialize for OptionalField {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl From<String> for OptionalField {
    fn from(text: String) -> Self {
        Self(Some(text))
    }
}

impl<'de> Deserialize<'de> for OptionalField {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Some(text)))
    }
}

/// Sends a code to `phone`, or resends the code of the current challenge. The form has the field
/// `cookies` if its page has set a cookie.
///
/// # Errors
/// Fails with the errors of [`crate::server::sign_in::send_otp()`].
#[server(prefix = "/api", endpoint = "auth/send-otp", client = FetchClient, output = Post<Json>)]
pub async fn send_otp(
    #[server(default)] phone: OptionalField,
    #[server(default)] country: OptionalField,
    #[server(default)] next: OptionalField,
    #[server(default)] proof: OptionalField,
    #[server(default)] cookies: OptionalField,
) -> Result<OtpSent, ApiError> {
    let typed = crate::server::sign_in::SendOtp {
        phone: phone.0,
        country: country.0,
        next: next.0,
        proof: proof.0,
        needs_cookies: cookies.0.is_some(),
    };
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::sign_in::send_otp(app, jar, typed).await
    })
    .await?)
}

/// Verifies the code. Then it signs in the owner of the number, or requires the details of a new
/// account.
///
/// # Errors
/// Fails with the errors of [`crate::server::sign_in::verify_otp()`].
#[server(prefix = "/api", endpoint = "auth/verify-otp", client = FetchClient, output = Post<Json>)]
pub async fn verify_otp(
    code: String,
    #[server(default)] reference: OptionalField,
) -> Result<Outcome, ApiError> {
    let reference = reference.0.unwrap_or_default();
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::sign_in::verify_otp(app, jar, &code, &reference).await
    })
    .await?)
}

/// Creates an account for the verified number, and signs its owner in.
///
/// # Errors
/// Fails with the errors of [`crate::server::sign_in::create_account()`].
#[server(
    prefix = "/api",
    endpoint = "auth/create-account",
    client = FetchClient,
    output = Post<Json>
)]
pub async fn create_account(
    first_name: String,
    last_name: String,
    email: String,
) -> Result<Outcome, ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::sign_in::create_account(app, jar, &first_name, &last_name, &email).await
    })
    .await?)
}

/// Returns the signed-in user, if there is one.
///
/// # Errors
/// Fails with `unavailable` if the database cannot be read.
#[server(
    prefix = "/api",
    endpoint = "auth/session",
    client = FetchClient,
    input = GetUrl,
    output = Post<Json>
)]
pub async fn session() -> Result<CurrentSession, ApiError> {
    let user = crate::server::request::run_use_case(async |app, jar| {
        crate::server::sign_in::current_user(app, jar).await
    })
    .await?;
    Ok(CurrentSession { user })
}

/// Ends the session of this browser.
///
/// # Errors
/// Fails with `unavailable` if the session could not be revoked.
#[server(prefix = "/api", endpoint = "auth/sign-out", client = FetchClient, output = Post<Json>)]
pub async fn sign_out() -> Result<Outcome, ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::sign_in::sign_out(app, jar).await
    })
    .await?)
}

/// Ends every session of the account. Its known devices are unknown afterwards.
///
/// # Errors
/// Fails with `unavailable` if the sessions could not be revoked.
#[server(
    prefix = "/api",
    endpoint = "auth/sign-out-everywhere",
    client = FetchClient,
    output = Post<Json>
)]
pub async fn sign_out_everywhere() -> Result<Outcome, ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::sign_in::sign_out_everywhere(app, jar).await
    })
    .await?)
}

impl FromServerFnError for ApiError {
    type Encoder = Json;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let problem = match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Problem::Malformed,
            // The client creates this error itself if no response comes in time.
            ServerFnErrorErr::Request(_) => Problem::Offline,
            _ => Problem::Unavailable,
        };
        Self { error: ErrorBody::unlocalized(&problem) }
    }
}

/// Returns the options with which a browser asks its authenticator for a passkey.
///
/// # Errors
/// Fails with the errors of [`crate::server::sign_in::passkey_sign_in_options()`].
#[server(
    prefix = "/api",
    endpoint = "auth/passkey/options",
    client = FetchClient,
    output = Post<Json>
)]
pub async fn passkey_sign_in_options() -> Result<PasskeyOptions, ApiError> {
    Ok(crate::server::request::run_use_case(async |app, _| {
        crate::server::sign_in::passkey_sign_in_options(app)
    })
    .await?)
}

/// Signs in with the answer of the authenticator, `credential`, as JSON.
///
/// # Errors
/// Fails with the errors of [`crate::server::sign_in::sign_in_with_passkey()`].
#[server(prefix = "/api", endpoint = "auth/passkey", client = FetchClient, output = Post<Json>)]
pub async fn sign_in_with_passkey(token: String, credential: String) -> Result<Outcome, ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::sign_in::sign_in_with_passkey(app, jar, &token, &credential).await
    })
    .await?)
}

/// Signs in to the account of `phone` with a recovery code.
///
/// # Errors
/// Fails with the errors of [`crate::server::sign_in::sign_in_with_recovery_code()`].
#[server(prefix = "/api", endpoint = "auth/recovery", client = FetchClient, output = Post<Json>)]
pub async fn sign_in_with_recovery_code(
    phone: String,
    #[server(default)] country: OptionalField,
    code: String,
) -> Result<Outcome, ApiError> {
    let country = country.0;
    let typed = crate::server::sign_in::RecoverySignIn { phone, country, code };
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::sign_in::sign_in_with_recovery_code(app, jar, typed).await
    })
    .await?)
}

/// Signs in to the dormant account of the verified number with the e-mail address of its profile.
///
/// # Errors
/// Fails with the errors of [`crate::server::sign_in::confirm_owner()`].
#[server(
    prefix = "/api",
    endpoint = "auth/confirm-owner",
    client = FetchClient,
    output = Post<Json>
)]
pub async fn confirm_owner(email: String) -> Result<Outcome, ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::sign_in::confirm_owner(app, jar, &email).await
    })
    .await?)
}
