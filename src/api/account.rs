//! The server functions under `/api/account`, for signed-in people. Each one calls one use case.

#![expect(missing_docs, reason = "the server macro makes a public field of every argument")]

use leptos::prelude::*;
use leptos::server_fn::codec::Post;

use super::ApiError;
use super::auth::OptionalField;
use super::client::FetchClient;
use super::json::Json;
use crate::domain::passkey::PasskeyOptions;
use crate::domain::response::{OtpSent, Outcome, RecoveryCodes};
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

/// Returns the options with which a browser creates a passkey for the account.
///
/// # Errors
/// Fails with the errors of [`crate::server::account::passkey_creation_options()`].
#[server(
    prefix = "/api",
    endpoint = "account/passkeys/options",
    client = FetchClient,
    output = Post<Json>
)]
pub async fn passkey_creation_options() -> Result<PasskeyOptions, ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::account::passkey_creation_options(app, jar).await
    })
    .await?)
}

/// Adds the passkey of the authenticator's answer, `credential`, as JSON.
///
/// # Errors
/// Fails with the errors of [`crate::server::account::add_passkey()`].
#[server(prefix = "/api", endpoint = "account/passkeys", client = FetchClient, output = Post<Json>)]
pub async fn add_passkey(token: String, credential: String) -> Result<(), ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::account::add_passkey(app, jar, &token, &credential).await
    })
    .await?)
}

/// Gives a passkey of the account another name.
///
/// # Errors
/// Fails with the errors of [`crate::server::account::rename_passkey()`].
#[server(
    prefix = "/api",
    endpoint = "account/passkeys/rename",
    client = FetchClient,
    output = Post<Json>
)]
pub async fn rename_passkey(passkey: String, name: String) -> Result<(), ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::account::rename_passkey(app, jar, &passkey, &name).await
    })
    .await?)
}

/// Removes a passkey of the account.
///
/// # Errors
/// Fails with the errors of [`crate::server::account::remove_passkey()`].
#[server(
    prefix = "/api",
    endpoint = "account/passkeys/remove",
    client = FetchClient,
    output = Post<Json>
)]
pub async fn remove_passkey(passkey: String) -> Result<(), ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::account::remove_passkey(app, jar, &passkey).await
    })
    .await?)
}

/// Returns the options with which the person verifies with a passkey.
///
/// # Errors
/// Fails with the errors of [`crate::server::account::step_up_options()`].
#[server(
    prefix = "/api",
    endpoint = "account/verify/passkey/options",
    client = FetchClient,
    output = Post<Json>
)]
pub async fn step_up_options() -> Result<PasskeyOptions, ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::account::step_up_options(app, jar).await
    })
    .await?)
}

/// Verifies with the answer of the authenticator, `credential`, as JSON.
///
/// # Errors
/// Fails with the errors of [`crate::server::account::step_up_with_passkey()`].
#[server(
    prefix = "/api",
    endpoint = "account/verify/passkey",
    client = FetchClient,
    output = Post<Json>
)]
pub async fn step_up_with_passkey(token: String, credential: String) -> Result<(), ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::account::step_up_with_passkey(app, jar, &token, &credential).await
    })
    .await?)
}

/// Makes ten recovery codes in place of the former ones.
///
/// # Errors
/// Fails with the errors of [`crate::server::account::make_recovery_codes()`].
#[server(
    prefix = "/api",
    endpoint = "account/recovery-codes",
    client = FetchClient,
    output = Post<Json>
)]
pub async fn make_recovery_codes() -> Result<RecoveryCodes, ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::account::make_recovery_codes(app, jar).await
    })
    .await?)
}

/// Deletes the account, and signs out.
///
/// # Errors
/// Fails with the errors of [`crate::server::account::delete_account()`].
#[server(prefix = "/api", endpoint = "account/delete", client = FetchClient, output = Post<Json>)]
pub async fn delete_account() -> Result<Outcome, ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::account::delete_account(app, jar).await
    })
    .await?)
}

/// Gives the number back to the account that had it before, and signs in to that account.
///
/// # Errors
/// Fails with the errors of [`crate::server::account::restore_account()`].
#[server(prefix = "/api", endpoint = "account/restore", client = FetchClient, output = Post<Json>)]
pub async fn restore_account() -> Result<Outcome, ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::account::restore_account(app, jar).await
    })
    .await?)
}
