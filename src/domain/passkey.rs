//! The options of a passkey ceremony, as the server functions return them.

use serde::{Deserialize, Serialize};

/// The options of a `WebAuthn` ceremony, for the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyOptions {
    /// The JSON text for `PublicKeyCredential.parseCreationOptionsFromJSON()` or
    /// `parseRequestOptionsFromJSON()`.
    pub options: String,
    /// The token of the ceremony, which the browser sends back with the authenticator's answer.
    pub token: String,
}
