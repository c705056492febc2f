//! The page's calls: the paths and types of the server functions, over the browser's own `fetch`. The client that the macro
//! makes does the same at several times the weight; it is not linked.

use std::time::Duration;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::wasm_bindgen::{JsCast, JsValue};
use serde::de::DeserializeOwned;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestInit, Response, UrlSearchParams};

use super::auth::{CreateAccount, SendOtp, VerifyOtp};
use super::{ApiError, Refusal};
use crate::domain::answer::{OtpSent, Outcome};
use crate::domain::problem::Problem;

/// The server answers within 15 seconds, if only to say that it cannot; what takes longer is lost on the way.
const PATIENCE: Duration = Duration::from_secs(20);

/// What [`send_otp`] sends; what is missing is not sent at all.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The number, as typed.
    pub phone: Option<String>,
    /// The chosen country.
    pub country: Option<String>,
    /// Where to go afterwards.
    pub next: Option<String>,
    /// The proof of a puzzle.
    pub proof: Option<String>,
}

/// Calls [`super::auth::send_otp`].
///
/// # Errors
/// What it answers; `offline` where no answer comes.
pub async fn send_otp(wanted: Wanted) -> Result<OtpSent, ApiError> {
    let Wanted { phone, country, next, proof } = wanted;
    let fields = [("phone", phone), ("country", country), ("next", next), ("proof", proof)];
    post(SendOtp::PATH, fields.into_iter().filter_map(|(name, value)| Some((name, value?)))).await
}

/// Calls [`super::auth::verify_otp`].
///
/// # Errors
/// What it answers; `offline` where no answer comes.
pub async fn verify_otp(code: String, reference: String) -> Result<Outcome, ApiError> {
    post(VerifyOtp::PATH, [("code", code), ("reference", reference)]).await
}

/// Calls [`super::auth::create_account`].
///
/// # Errors
/// What it answers; `offline` where no answer comes.
pub async fn create_account(first_name: String, last_name: String, email: String) -> Result<Outcome, ApiError> {
    post(CreateAccount::PATH, [("first_name", first_name), ("last_name", last_name), ("email", email)]).await
}

async fn post<T: DeserializeOwned>(path: &str, fields: impl IntoIterator<Item = (&'static str, String)>) -> Result<T, ApiError> {
    let lost = |_: JsValue| ApiError { error: Refusal::untold(&Problem::Offline) };
    let unread = |_: serde_json::Error| ApiError { error: Refusal::untold(&Problem::Unavailable) };
    let response = fetch(path, fields).await.map_err(lost)?;
    let text = JsFuture::from(response.text().map_err(lost)?).await.map_err(lost)?.as_string().unwrap_or_default();
    if response.ok() {
        serde_json::from_str(&text).map_err(unread)
    } else {
        Err(serde_json::from_str(&text).unwrap_or_else(unread))
    }
}

async fn fetch(path: &str, fields: impl IntoIterator<Item = (&'static str, String)>) -> Result<Response, JsValue> {
    let body = UrlSearchParams::new()?;
    fields.into_iter().for_each(|(name, value)| body.append(name, &value));
    let (request, patience) = (RequestInit::new(), AbortController::new()?);
    request.set_method("POST");
    request.set_body(&body);
    request.set_signal(Some(&patience.signal()));
    set_timeout(move || patience.abort(), PATIENCE);
    JsFuture::from(window().fetch_with_str_and_init(path, &request)).await?.dyn_into()
}
