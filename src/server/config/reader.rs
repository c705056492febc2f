//! The reader of settings, which collects all findings.

use std::net::SocketAddr;
use std::str::FromStr;

use leptos::config::{LeptosOptions, get_config_from_str};

use super::origin::Origin;
use super::settings::{SETTINGS, default_of};
use super::source::ConfigSource;
use super::{AuthKeyConfig, OtpConfig, ProviderConfig};
use crate::domain::session::SessionConfig;
use crate::server::countries::Countries;
use crate::server::store::Store;

/// The file is compiled in, so that a deployment is the binary and the site folder.
const LEPTOS_TOML: &str = include_str!("../../../Leptos.toml");

pub(super) struct Reader<'a> {
    source: &'a ConfigSource,
    findings: Vec<String>,
    warnings: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a ConfigSource) -> Self {
        Self { source, findings: source.findings().to_vec(), warnings: source.deprecations().collect() }
    }

    pub(super) fn finish<T>(self, value: T) -> Result<T, Vec<String>> {
        if self.findings.is_empty() { Ok(value) } else { Err(self.findings) }
    }

    pub(super) fn finding(&mut self, name: &str, what: &str) {
        self.findings.push(format!("{name}: {what}"));
    }

    /// Something that the server can start with but its operator should know.
    pub(super) fn warning(&mut self, name: &str, what: &str) {
        self.warnings.push(format!("{name}: {what}"));
    }

    pub(super) fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    pub(super) fn text(&self, name: &str) -> String {
        debug_assert!(SETTINGS.iter().any(|setting| setting.name == name), "{name} is not documented");
        self.source.get(name).unwrap_or(default_of(name)).to_owned()
    }

    /// `true` if a setting is set, so that its default does not apply.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.source.get(name).is_some()
    }

    pub(super) fn one_of(&mut self, name: &str, allowed: &[&'static str]) -> &'static str {
        let text = self.text(name);
        allowed.iter().find(|value| **value == text).copied().unwrap_or_else(|| {
            self.finding(name, &format!("must be one of: {}", allowed.join(", ")));
            ""
        })
    }

    pub(super) fn number<T: FromStr + PartialOrd + Copy + std::fmt::Display>(&mut self, name: &str, from: T, to: T) -> T {
        match self.text(name).parse() {
            Ok(number) if (from..=to).contains(&number) => number,
            _ => {
                self.finding(name, &format!("must be a whole number from {from} to {to}"));
                from
            }
        }
    }

    /// The site's settings: `Leptos.toml`, read by Leptos's own configuration, then the environment and `.env`.
    pub(super) fn site(&mut self) -> LeptosOptions {
        let address = self.source.get("LEPTOS_SITE_ADDR").map(str::parse::<SocketAddr>);
        let read = get_config_from_str(LEPTOS_TOML);
        // Leptos reads the environment itself, and takes blanks and an empty value for an address.
        let blank =
            read.is_err() && self.source.raw("LEPTOS_SITE_ADDR").is_some_and(|text| text.is_empty() || text != text.trim());
        if matches!(address, Some(Err(_))) || blank {
            self.finding("LEPTOS_SITE_ADDR", "must be an address and a port and nothing else, like 127.0.0.1:3000 or [::1]:3000");
        } else if let Err(error) = &read {
            self.finding("Leptos.toml", &format!("cannot be read together with the LEPTOS_ variables: {error}"));
        }
        let mut site = read.unwrap_or_else(|_| LeptosOptions::builder().output_name("ringkey").build());
        if let Some(Ok(address)) = address {
            site.site_addr = address;
        }
        if let Some(root) = self.source.get("LEPTOS_SITE_ROOT") {
            site.site_root = root.into();
        }
        site
    }

    pub(super) fn database_url(&mut self) -> String {
        let url = self.text("DATABASE_URL");
        if let Some(error) = Store::url_error(&url) {
            self.finding("DATABASE_URL", &error);
        }
        url
    }

    pub(super) fn countries(&mut self, origin: &Origin) -> Countries {
        let list = self.source.get("ALLOWED_COUNTRIES");
        if list.is_none() && !origin.is_loopback() {
            self.finding(
                "ALLOWED_COUNTRIES",
                "is required for an origin that others reach; list the countries you text, like IN,US",
            );
        }
        let countries = Countries::parse(list.unwrap_or("*")).unwrap_or_else(|unknown| {
            self.finding(
                "ALLOWED_COUNTRIES",
                &format!("has no country or unknown ones ({}); write ISO codes like IN,US", unknown.join(", ")),
            );
            Countries::default()
        });
        for (region, main) in countries.without_own_numbers() {
            let what = format!(
                "has {region}, whose mobile numbers are all taken as those of {main}, so that none gets a text; add {main}"
            );
            self.finding("ALLOWED_COUNTRIES", &what);
        }
        countries
    }

    pub(super) fn otp(&mut self) -> OtpConfig {
        let list = self.text("RESEND_COOLDOWNS");
        let resend_cooldowns: Vec<i64> = list.split(',').filter_map(|wait| wait.trim().parse().ok()).collect();
        if resend_cooldowns.len() != list.split(',').count() || !resend_cooldowns.iter().all(|wait| (0..=86_400).contains(wait)) {
            self.finding("RESEND_COOLDOWNS", "must be seconds separated by commas, like 30,60,120,300");
        }
        OtpConfig {
            code_length: self.number("CODE_LENGTH", 6, 8),
            // NIST SP 800-63B-4 §3.1.3.2: at most ten minutes.
            code_ttl: self.number("CODE_TTL", 60, 600),
            code_guesses: self.number("CODE_GUESSES", 1, 10),
            proof_ttl: self.number("PROOF_TTL", 60, 3_600),
            resend_cooldowns,
        }
    }

    pub(super) fn session(&mut self) -> SessionConfig {
        SessionConfig {
            idle_ttl: self.number("SESSION_IDLE_TTL", 60, 31_536_000),
            absolute_ttl: self.number("SESSION_ABSOLUTE_TTL", 60, 31_536_000),
            renewal_interval: self.number("SESSION_RENEW_EVERY", 0, 86_400),
            max_per_account: self.number("SESSIONS_PER_ACCOUNT", 1, 1_000),
        }
    }

    pub(super) fn providers(&mut self, origin: &Origin, listen: SocketAddr) -> Vec<ProviderConfig> {
        let default = if self.source.get("AUTHKEY_API_KEY").is_some() { "authkey" } else { "inbox" };
        let list = self.source.get("SMS_PROVIDERS").unwrap_or(default).to_owned();
        let names: Vec<&str> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if names.is_empty() || names.iter().enumerate().any(|(at, name)| names[..at].contains(name)) {
            self.finding("SMS_PROVIDERS", "must name each provider once, like authkey or authkey,inbox");
        }
        names.iter().filter_map(|name| self.provider(name, origin, listen)).collect()
    }

    fn provider(&mut self, name: &str, origin: &Origin, listen: SocketAddr) -> Option<ProviderConfig> {
        match name {
            "authkey" => Some(ProviderConfig::AuthKey(self.authkey())),
            "inbox" if origin.is_loopback() && listen.ip().is_loopback() => Some(ProviderConfig::Inbox),
            "inbox" => {
                let words = "is inbox, which shows every code to all who open /dev/inbox; it runs only where PUBLIC_ORIGIN and \
                             LEPTOS_SITE_ADDR are loopback. Set up a provider, for example AUTHKEY_API_KEY";
                self.finding("SMS_PROVIDERS", words);
                None
            }
            other => {
                self.finding("SMS_PROVIDERS", &format!("knows no provider '{other}'; there are authkey and inbox"));
                None
            }
        }
    }

    fn authkey(&mut self) -> AuthKeyConfig {
        for (name, what) in [
            ("AUTHKEY_API_KEY", "is required for authkey; copy it from AuthKey's console"),
            ("AUTHKEY_OTP_TEMPLATE_ID", "is required for authkey; it is the template's sid in AuthKey's console"),
        ] {
            if self.source.get(name).is_none() {
                self.finding(name, what);
            }
        }
        let base_url = self.text("AUTHKEY_BASE_URL");
        if !Origin::parse(base_url.split('/').take(3).collect::<Vec<_>>().join("/").as_str())
            .is_some_and(|o| o.is_https() || o.is_loopback())
        {
            self.finding("AUTHKEY_BASE_URL", "must be an https URL; the key and every code travel in it");
        }
        AuthKeyConfig {
            api_key: self.text("AUTHKEY_API_KEY").into(),
            template_id: self.text("AUTHKEY_OTP_TEMPLATE_ID"),
            base_url,
            otp_variable: self.text("AUTHKEY_OTP_VARIABLE"),
            extra_variables: self.extra_variables(),
        }
    }

    /// `company=Acme&time=5 minutes`; names that the request uses itself are refused.
    fn extra_variables(&mut self) -> Vec<(String, String)> {
        let text = self.text("AUTHKEY_EXTRA_VARIABLES");
        let reserved = ["authkey", "mobile", "country_code", "sid", &self.text("AUTHKEY_OTP_VARIABLE")].map(str::to_owned);
        let mut pairs = Vec::new();
        for part in text.split('&').filter(|part| !part.trim().is_empty()) {
            match part.split_once('=') {
                Some((name, value)) if !name.trim().is_empty() && !reserved.contains(&name.trim().to_owned()) => {
                    pairs.push((name.trim().to_owned(), value.trim().to_owned()));
                }
                _ => self.finding(
                    "AUTHKEY_EXTRA_VARIABLES",
                    "must be name=value pairs joined by &, like company=Acme&time=5 minutes, \
                                  and none of them may be authkey, mobile, country_code, sid or the code's own variable",
                ),
            }
        }
        pairs
    }
}
