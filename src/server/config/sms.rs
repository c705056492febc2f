//! The settings of the SMS providers.

use std::net::SocketAddr;

use secrecy::SecretString;

use super::origin::Origin;
use super::reader::Reader;

/// An SMS provider and its settings.
#[derive(Debug, Clone)]
pub enum ProviderConfig {
    /// The request API of `AuthKey` (authkey.io).
    AuthKey(AuthKeyConfig),
    /// The development inbox: messages in memory, shown at `/dev/inbox`.
    Inbox,
}

/// The settings of `AuthKey`; `server/sms/authkey.rs` describes its API.
#[derive(Debug, Clone)]
pub struct AuthKeyConfig {
    /// The API key from `AuthKey`'s console.
    pub api_key: SecretString,
    /// The template's id in `AuthKey`'s console (`sid`).
    pub template_id: String,
    /// The full request URL.
    pub base_url: String,
    /// The name of the template's variable for the code.
    pub otp_variable: String,
    /// The id of the template for notices; `None` if no notices are sent.
    pub notice_template_id: Option<String>,
    /// The name of that template's variable for the link.
    pub notice_variable: String,
    /// The names and values of the templates' other variables.
    pub extra_variables: Vec<(String, String)>,
}

pub(super) fn read(
    reader: &mut Reader<'_>,
    origin: &Origin,
    listen: SocketAddr,
) -> Vec<ProviderConfig> {
    let default = if reader.set_value("AUTHKEY_API_KEY").is_some() { "authkey" } else { "inbox" };
    let list = reader.set_value("SMS_PROVIDERS").unwrap_or(default).to_owned();
    let names: Vec<&str> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.is_empty() || names.iter().enumerate().any(|(at, name)| names[..at].contains(name)) {
        reader.finding(
            "SMS_PROVIDERS",
            "must name each provider once, like authkey or authkey,inbox",
        );
    }
    names.iter().filter_map(|name| read_provider(reader, name, origin, listen)).collect()
}

fn read_provider(
    reader: &mut Reader<'_>,
    name: &str,
    origin: &Origin,
    listen: SocketAddr,
) -> Option<ProviderConfig> {
    match name {
        "authkey" => Some(ProviderConfig::AuthKey(AuthKeyConfig::read(reader))),
        "inbox" if origin.is_loopback() && listen.ip().is_loopback() => Some(ProviderConfig::Inbox),
        "inbox" => {
            let words = "is inbox, which shows every code to every visitor of /dev/inbox; it runs \
                         only if PUBLIC_ORIGIN and LEPTOS_SITE_ADDR are loopback. Set up a \
                         provider, for example with AUTHKEY_API_KEY";
            reader.finding("SMS_PROVIDERS", words);
            None
        }
        other => {
            reader.finding(
                "SMS_PROVIDERS",
                &format!("has the unknown provider '{other}'; the providers are authkey and inbox"),
            );
            None
        }
    }
}

impl AuthKeyConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        for (name, words) in [
            ("AUTHKEY_API_KEY", "is required for authkey; copy it from AuthKey's console"),
            (
                "AUTHKEY_OTP_TEMPLATE_ID",
                "is required for authkey; it is the template's sid in AuthKey's console",
            ),
        ] {
            if reader.set_value(name).is_none() {
                reader.finding(name, words);
            }
        }
        let base_url = reader.text("AUTHKEY_BASE_URL");
        if !Origin::parse(base_url.split('/').take(3).collect::<Vec<_>>().join("/").as_str())
            .is_some_and(|origin| origin.is_https() || origin.is_loopback())
        {
            reader.finding(
                "AUTHKEY_BASE_URL",
                "must be an https URL, because it gets the key and every code",
            );
        }
        Self {
            api_key: reader.text("AUTHKEY_API_KEY").into(),
            template_id: reader.text("AUTHKEY_OTP_TEMPLATE_ID"),
            base_url,
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
        ["authkey", "mobile", "country_code", "sid", &reader.text("AUTHKEY_OTP_VARIABLE")]
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
                "must be name=value pairs joined by &, like company=Acme&time=5 minutes; no name \
                 may be authkey, mobile, country_code, sid or the value of AUTHKEY_OTP_VARIABLE",
            ),
        }
    }
    pairs
}
