//! The server functions under `/api/account`, for signed-in people. Each one calls one use case.

#![expect(missing_docs, reason = "the server macro makes a public field of every argument")]

use leptos::prelude::*;
use leptos::server_fn::codec::Post;

use super::ApiError;
use super::client::FetchClient;
use super::json::Json;

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
