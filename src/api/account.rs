//! The server functions under `/api/account`, for signed-in people. Each one calls one use case.

#![expect(missing_docs, reason = "the server macro makes a public field of every argument")]

use leptos::prelude::*;
use leptos::server_fn::codec::Post;

use super::ApiError;
use super::auth::OptionalField;
use super::client::FetchClient;
use super::json::Json;
use crate::domain::response::OtpSent;
use crate::domain::user::UserView;

/// Ends another session of the account, which the account page calls a device.
///
/// # Errors
/// Fails with the errors of [`crate::server::account::log_out_device()`].
#[server(
    prefix = "/api",
    endpoint = "account/devices/log-out",
    client = FetchClient,
    output = Post<Json>
)]
pub async fn log_out_device(device: String) -> Result<(), ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::account::log_out_device(app, jar, &device).await
    })
    .await?)
}

/// Ends all other sessions of the account.
///
/// # Errors
/// Fails with the errors of [`crate::server::account::log_out_other_devices()`].
#[server(
    prefix = "/api",
    endpoint = "account/devices/log-out-others",
    client = FetchClient,
    output = Post<Json>
)]
pub async fn log_out_other_devices() -> Result<(), ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::account::log_out_other_devices(app, jar).await
    })
    .await?)
}

/// Sends a code to the account's own number, so that the person can prove again that they have it.
///
/// # Errors
/// Fails with the errors of [`crate::server::account::send_step_up_code()`].
#[server(
    prefix = "/api",
    endpoint = "account/verify/send",
    client = FetchClient,
    output = Post<Json>
)]
pub async fn send_step_up_code(
    #[server(default)] proof: OptionalField,
) -> Result<OtpSent, ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::account::send_step_up_code(app, jar, proof.0).await
    })
    .await?)
}

/// Verifies the code of [`send_step_up_code`].
///
/// # Errors
/// Fails with the errors of [`crate::server::account::verify_step_up()`].
#[server(prefix = "/api", endpoint = "account/verify", client = FetchClient, output = Post<Json>)]
pub async fn verify_step_up(
    code: String,
    #[server(default)] reference: OptionalField,
) -> Result<(), ApiError> {
    let reference = reference.0.unwrap_or_default();
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::account::verify_step_up(app, jar, &code, &reference).await
    })
    .await?)
}

/// Sends a code to the new number of the account, or the same code again.
///
/// # Errors
/// Fails with the errors of [`crate::server::account::send_new_number_code()`].
#[server(
    prefix = "/api",
    endpoint = "account/number/send",
    client = FetchClient,
    output = Post<Json>
)]
pub async fn send_new_number_code(
    #[server(default)] phone: OptionalField,
    #[server(default)] country: OptionalField,
    #[server(default)] proof: OptionalField,
) -> Result<OtpSent, ApiError> {
    let (phone, country, proof) = (phone.0, country.0, proof.0);
    Ok(crate::server::request::run_use_case(async |app, jar| {
        let typed = crate::server::account::NewNumber { phone, country, proof };
        crate::server::account::send_new_number_code(app, jar, typed).await
    })
    .await?)
}

/// Verifies the code of [`send_new_number_code`], and gives the number to the account.
///
/// # Errors
/// Fails with the errors of [`crate::server::account::change_number()`].
#[server(prefix = "/api", endpoint = "account/number", client = FetchClient, output = Post<Json>)]
pub async fn change_number(
    code: String,
    #[server(default)] reference: OptionalField,
) -> Result<UserView, ApiError> {
    let reference = reference.0.unwrap_or_default();
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::account::change_number(app, jar, &code, &reference).await
    })
    .await?)
}
