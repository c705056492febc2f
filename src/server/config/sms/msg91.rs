//! The settings of the SMS provider MSG91.

use secrecy::SecretString;

use crate::server::config::origin::read_https_url;
use crate::server::config::reader::Reader;

/// The settings of MSG91; `server/sms/msg91.rs` describes its API.
#[derive(Debug, Clone)]
pub struct Msg91Config {
    /// The auth key from MSG91's panel.
    pub auth_key: SecretString,
    /// The id of the OTP template.
    pub template_id: String,
    /// The origin of the API, without a path.
    pub base_url: String,
}

impl Msg91Config {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            auth_key: reader
                .required("MSG91_AUTH_KEY", "is required for msg91", "copy it from MSG91's panel")
                .into(),
            template_id: reader.required(
                "MSG91_TEMPLATE_ID",
                "is required for msg91",
                "copy the id of the OTP template from MSG91's panel",
            ),
            base_url: read_https_url(reader, "MSG91_BASE_URL", "it gets the key and every code")
                .trim_end_matches('/')
                .to_owned(),
        }
    }
}
