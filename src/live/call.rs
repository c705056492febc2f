//! The page's calls: the paths and types of the server functions, over the browser's own `fetch`. What cannot be reached is
//! refused as `offline`. The client that Leptos would make does the same at several times the weight.

use std::time::Duration;

use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestInit, Response, UrlSearchParams};

use super::document::{after, window};
use super::json;
use crate::api::{ApiError, CREATE_ACCOUNT, Refusal, SEND_OTP, VERIFY_OTP};
use crate::domain::answer::{OtpSent, Outcome};
use crate::domain::problem::Problem;

/// The server answers within 15 seconds, if only to say that it cannot; what takes longer is lost on the way.
const PATIENCE: Duration = Duration::from_secs(20);

/// What [`send_otp`] sends; what is missing is not sent at all.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// The number, as typed.
    pub(super) phone: Option<String>,
    /// The chosen country.
    pub(super) country: Option<String>,
    /// Where to go afterwards.
    pub(super) next: Option<String>,
    /// The proof of a puzzle.
    pub(super) proof: Option<String>,
}

/// Calls `api::auth::send_otp`.
pub(super) async fn send_otp(wanted: Wanted) -> Result<OtpSent, ApiError> {
    let Wanted { phone, country, next, proof } = wanted;
    let fields = [("phone", phone), ("country", country), ("next", next), ("proof", proof)];
    post(SEND_OTP, fields.into_iter().filter_map(|(name, value)| Some((name, value?)))).await
}

/// Calls `api::auth::verify_otp`.
pub(super) async fn verify_otp(code: String, reference: String) -> Result<Outcome, ApiError> {
    post(VERIFY_OTP, [("code", code), ("reference", reference)]).await
}

/// Calls `api::auth::create_account`.
pub(super) async fn create_account(first_name: String, last_name: String, email: String) -> Result<Outcome, ApiError> {
    post(CREATE_ACCOUNT, [("first_name", first_name), ("last_name", last_name), ("email", email)]).await
}

async fn post<T: DeserializeOwned>(path: &str, fields: impl IntoIterator<Item = (&'static str, String)>) -> Result<T, ApiError> {
    let lost = |_: JsValue| ApiError { error: Refusal::untold(&Problem::Offline) };
    let unread = || ApiError { error: Refusal::untold(&Problem::Unavailable) };
    let response = fetch(path, fields).await.map_err(lost)?;
    let text = JsFuture::from(response.text().map_err(lost)?).await.map_err(lost)?.as_string().unwrap_or_default();
    if response.ok() { json::read(&text).ok_or_else(unread) } else { Err(json::read(&text).unwrap_or_else(unread)) }
}

async fn fetch(path: &str, fields: impl IntoIterator<Item = (&'static str, String)>) -> Result<Response, JsValue> {
    let body = UrlSearchParams::new()?;
    fields.into_iter().for_each(|(name, value)| body.append(name, &value));
    let (request, patience) = (RequestInit::new(), AbortController::new()?);
    request.set_method("POST");
    request.set_body(&body);
    request.set_signal(Some(&patience.signal()));
    after(PATIENCE, move || patience.abort());
    JsFuture::from(window().fetch_with_str_and_init(path, &request)).await?.dyn_into()
}
