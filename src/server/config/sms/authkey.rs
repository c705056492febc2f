//! The settings of the SMS provider `AuthKey`.

use secrecy::SecretString;

use crate::server::config::origin::read_https_url;
use crate::server::config::reader::Reader;
use crate::server::config::sms::Channel;

/// The settings of `AuthKey`; `server/sms/authkey.rs` describes its API.
#[derive(Debug, Clone)]
pub struct AuthKeyConfig {
    /// The API key from `AuthKey`'s console.
    pub api_key: SecretString,
    /// The template's id in `AuthKey`'s console (`sid`).
    pub template_id: String,
    /// The channel of the template.
    pub channel: Channel,
    /// The full request URL.
    pub base_url: String,
    /// The URL of the balance; `None` if it is not known.
    pub balance_url: Option<String>,
    /// The name of the template's variable for the code.
    pub otp_variable: String,
    /// The id of the template for notices; `None` if no notices are sent.
    pub notice_template_id: Option<String>,
    /// The name of that template's variable for the link.
    pub notice_variable: String,
    /// The names and values of the templates' other variables.
    pub extra_variables: Vec<(String, String)>,
}

impl AuthKeyConfig {
    pub(super) fn read(reader: &mut Reader<'_>, channel: Channel) -> Self {
        let (template, fix) = match channel {
            Channel::Sms => {
                ("AUTHKEY_OTP_TEMPLATE_ID", "copy the template's sid from AuthKey's console")
            }
            Channel::Voice => (
                "AUTHKEY_VOICE_TEMPLATE_ID",
                "copy the voice template's vid from AuthKey's console",
            ),
        };
        Self {
            channel,
            api_key: reader
                .required(
                    "AUTHKEY_API_KEY",
                    "is required for authkey",
                    "copy it from AuthKey's console",
                )
                .into(),
            template_id: reader.required(template, "is required for this provider", fix),
            base_url: read_https_url(reader, "AUTHKEY_BASE_URL", "it gets the key and every code"),
            // Another gateway that speaks AuthKey's API may have the balance elsewhere.
            balance_url: (reader.is_set("AUTHKEY_BALANCE_URL")
                || !reader.is_set("AUTHKEY_BASE_URL"))
            .then(|| read_https_url(reader, "AUTHKEY_BALANCE_URL", "it gets the key")),
            otp_variable: reader.text("AUTHKEY_OTP_VARIABLE"),
            notice_template_id: reader.set_value("AUTHKEY_NOTICE_TEMPLATE_ID").map(str::to_owned),
            notice_variable: reader.text("AUTHKEY_NOTICE_VARIABLE"),
            extra_variables: read_extra_variables(reader),
        }
    }
}

/// Reads pairs like `company=Acme&time=5 minutes`. A name that the request already uses is a
/// finding.
fn read_extra_variables(reader: &mut Reader<'_>) -> Vec<(String, String)> {
    let text = reader.text("AUTHKEY_EXTRA_VARIABLES");
    let reserved =
        ["authkey", "mobile", "country_code", "sid", "vid", &reader.text("AUTHKEY_OTP_VARIABLE")]
            .map(str::to_owned);
    let mut pairs = Vec::new();
    for part in text.split('&').filter(|part| !part.trim().is_empty()) {
        match part.split_once('=') {
            Some((name, value))
                if !name.trim().is_empty() && !reserved.contains(&name.trim().to_owned()) =>
            {
                pairs.push((name.trim().to_owned(), value.trim().to_owned()));
            }
            _ => reader.finding(
                "AUTHKEY_EXTRA_VARIABLES",
                "has a part that is not name=value, or a name that the request already has",
                "join pairs by &, like company=Acme&time=5 minutes; authkey, mobile, \
                 country_code, sid, vid and the value of AUTHKEY_OTP_VARIABLE are taken",
            ),
        }
    }
    pairs
}
