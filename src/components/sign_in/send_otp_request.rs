//! The arguments of a request for a code.

use crate::api::auth::OptionalField;

/// The arguments of the server function `send_otp`. Without a phone number they request a resend of
/// the current challenge's code.
#[derive(Debug, Clone, Default)]
pub struct SendOtpRequest {
    pub(super) phone: OptionalField,
    pub(super) country: OptionalField,
    pub(super) next: OptionalField,
    pub(super) proof: OptionalField,
    pub(super) cookies: OptionalField,
}

impl SendOtpRequest {
    /// Creates a request for a code to this phone number. `cookies` is the value of the form's
    /// hidden field `cookies`.
    pub fn new(phone: String, country: String, cookies: String, next: Option<String>) -> Self {
        Self {
            phone: phone.into(),
            country: country.into(),
            next: OptionalField(next),
            proof: OptionalField(None),
            cookies: cookies.into(),
        }
    }
}
