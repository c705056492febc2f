//! The doctor's look at the texts: sender, template, countries and what they may cost.

use crate::domain::limits::percent_of;
use crate::server::config::{
    AuthKeyConfig, Channel, Config, Finding, ProviderConfig, TwilioSender,
};

/// The least number of digits of an id of DLT, which has 19; an id of AuthKey's has 4 or 5.
const MIN_DLT_DIGITS: usize = 12;
/// The maximum length of a variable in a template of DLT (error 635 above it).
const MAX_DLT_CHARS: usize = 30;
/// The countries whose networks refuse texts from a sender id with letters.
const NO_SENDER_IDS: [&str; 2] = ["US", "CA"];
/// The maximum number of countries that a finding names.
const MAX_NAMED: usize = 5;

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    for provider in &config.sms.providers {
        match provider {
            ProviderConfig::AuthKey(authkey) => {
                // The texts and the calls share most settings.
                let found = examine_authkey(authkey);
                findings.extend(
                    found.into_iter().filter(|own| !findings.contains(own)).collect::<Vec<_>>(),
                );
            }
            ProviderConfig::Twilio(twilio) => {
                findings.extend(examine_sender(&twilio.sender, config));
            }
            _ => {}
        }
    }
    let is_public = !config.origin.is_loopback();
    if is_public && config.countries.serves_all() {
        findings.push(Finding::warning(
            "ALLOWED_COUNTRIES",
            "serves every country, and SMS pumping uses the expensive ones",
            "list only the countries of your people, like IN,US",
        ));
    }
    findings.extend(examine_budget(config));
    findings
}

fn examine_authkey(authkey: &AuthKeyConfig) -> Vec<Finding> {
    let mut findings = Vec::new();
    if authkey.otp_variable == "2fa" {
        findings.push(Finding::error(
            "AUTHKEY_OTP_VARIABLE",
            "is 2fa, into which AuthKey writes a code of its own",
            "use a template with {#otp#}, and write otp",
        ));
    }
    let template = match authkey.channel {
        Channel::Sms => "AUTHKEY_OTP_TEMPLATE_ID",
        Channel::Voice => "AUTHKEY_VOICE_TEMPLATE_ID",
    };
    let ids = [
        (template, Some(&authkey.template_id)),
        ("AUTHKEY_NOTICE_TEMPLATE_ID", authkey.notice_template_id.as_ref()),
    ];
    for (setting, id) in ids.into_iter().filter_map(|(setting, id)| Some((setting, id?))) {
        if !id.bytes().all(|byte| byte.is_ascii_digit()) || id.len() >= MIN_DLT_DIGITS {
            findings.push(Finding::warning(
                setting,
                "does not look like an id of AuthKey's, which has 4 or 5 digits",
                "copy the sid or vid of the template from AuthKey's console, not the DLT id",
            ));
        }
    }
    let is_notice = authkey.notice_template_id.as_ref() == Some(&authkey.template_id);
    if is_notice && authkey.channel == Channel::Sms {
        findings.push(Finding::error(
            "AUTHKEY_NOTICE_TEMPLATE_ID",
            "is the template of codes, which has no place for the link",
            "make a second template for the notice",
        ));
    }
    for (name, value) in &authkey.extra_variables {
        if value.chars().count() > MAX_DLT_CHARS {
            let problem = format!(
                "has {name} with more than {MAX_DLT_CHARS} characters, which \
                                   Indian networks refuse (DLT error 635)"
            );
            findings.push(Finding::warning("AUTHKEY_EXTRA_VARIABLES", problem, "shorten it"));
        }
    }
    findings
}

fn examine_sender(sender: &TwilioSender, config: &Config) -> Option<Finding> {
    let TwilioSender::From(from) = sender else { return None };
    let has_letters = from.bytes().any(|byte| byte.is_ascii_alphabetic());
    let refused = NO_SENDER_IDS.into_iter().find(|country| config.countries.serves(country));
    refused.filter(|_| has_letters).map(|country| {
        Finding::warning(
            "TWILIO_FROM",
            format!("is a sender id with letters, which {country} refuses"),
            "use a number, or a messaging service that chooses the sender",
        )
    })
}

/// Finds countries in which a first text, or a call, costs more than the smallest share of the
/// budget that it takes.
fn examine_budget(config: &Config) -> Vec<Finding> {
    let budget = &config.limits.budget;
    let hour = percent_of(budget.day, budget.hour_share);
    let shares = [
        ("SMS_BUDGET_HOUR_SHARE", hour - percent_of(hour, budget.known_share)),
        ("SMS_BUDGET_PREFIX_SHARE", percent_of(budget.day, budget.prefix_share)),
        ("SMS_BUDGET_COUNTRY_SHARE", percent_of(hour, budget.country_share)),
    ];
    let has_calls = config.sms.providers.iter().any(|own| own.channel() == Channel::Voice);
    let text_price = |region: &str| config.prices.text_price(region);
    let call_price = |region: &str| config.prices.call_price(region);
    let texts = too_dear("text", &shares, text_price, config);
    let calls = has_calls.then(|| too_dear("call", &shares, call_price, config)).flatten();
    // Without room for a call, people get a text.
    let calls = calls.map(Finding::into_warning);
    texts.into_iter().chain(calls).collect()
}

fn too_dear(
    message: &str,
    shares: &[(&str, i64)],
    price: impl Fn(&str) -> i64,
    config: &Config,
) -> Option<Finding> {
    let (setting, limit) = shares.iter().min_by_key(|(_, limit)| *limit)?;
    let regions: Vec<&str> = config.countries.regions().collect();
    let too_dear: Vec<&str> =
        regions.iter().copied().filter(|region| price(region) > *limit).collect();
    let mut named = too_dear[..too_dear.len().min(MAX_NAMED)].join(", ");
    if too_dear.len() > MAX_NAMED {
        named.push_str(" and others");
    }
    let problem = format!("pays for less than one {message} to {named}");
    let fix = "raise it or SMS_BUDGET_PER_DAY, check SMS_PRICES, or do not serve these countries";
    match too_dear.len() {
        0 => None,
        all if all == regions.len() => Some(Finding::error(*setting, problem, fix)),
        _ => Some(Finding::warning(*setting, problem, fix)),
    }
}
