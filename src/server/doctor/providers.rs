//! The doctor's questions to the SMS providers and the webhooks, which send no text and cost
//! nothing.

use futures_util::future::join_all;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::Examiner;
use super::http::{Client, NoAnswer, body, send};
use crate::server::config::{
    AuthKeyConfig, Channel, Finding, Msg91Config, ProviderConfig, TwilioConfig, TwilioSender,
};
use crate::server::sms::{IP_NOT_ALLOWED, REFUSED_STATUSES};

/// The status and the body of an answer.
type Answer = (u16, Value);

pub(super) async fn examine(examiner: &Examiner<'_>) -> Vec<Finding> {
    let Examiner { config, client, .. } = examiner;
    let names: Vec<&str> = config.sms.providers.iter().map(ProviderConfig::name).collect();
    let of_each = config.sms.providers.iter().map(async |provider| match provider {
        // The calls of AuthKey have the account of its texts.
        ProviderConfig::AuthKey(authkey)
            if authkey.channel == Channel::Sms || !names.contains(&"authkey") =>
        {
            examine_authkey(authkey, client).await
        }
        ProviderConfig::Twilio(twilio) => examine_twilio(twilio, client).await,
        ProviderConfig::Msg91(msg91) => examine_msg91(msg91, client).await,
        ProviderConfig::Webhook(webhook) => {
            examine_webhook("WEBHOOK_BASE_URL", webhook.url.expose_secret(), client).await
        }
        ProviderConfig::AuthKey(_) | ProviderConfig::Inbox => Vec::new(),
    });
    let of_each = join_all(of_each).await;
    let of_each: Vec<_> = config.sms.providers.iter().zip(of_each).collect();
    let sends_texts = |provider: &ProviderConfig| provider.channel() == Channel::Sms;
    let has_sound_one =
        of_each.iter().any(|(provider, found)| sends_texts(provider) && found.is_empty());
    let mut findings = Vec::new();
    for (provider, found) in of_each {
        // Another provider sends the texts meanwhile, and a text takes the place of a call.
        let is_replaced = has_sound_one || !sends_texts(provider);
        let weigh = |own: Finding| if is_replaced { own.into_warning() } else { own };
        findings.extend(found.into_iter().map(weigh));
    }
    if let Some(webhook) = &config.webhook {
        findings.extend(examine_webhook("NOTICE_WEBHOOK_URL", &webhook.url, client).await);
    }
    findings
}

async fn ask(request: reqwest::RequestBuilder) -> Result<Answer, NoAnswer> {
    let response = send(request).await?;
    let status = response.status().as_u16();
    Ok((status, serde_json::from_str(&body(response).await).unwrap_or_default()))
}

fn unreachable(setting: &str, reason: NoAnswer) -> Vec<Finding> {
    let fix = "check the URL, DNS and the firewall";
    vec![Finding::warning(setting, reason.problem(), fix)]
}

/// Asks for the balance. An answer in another form is no finding, because the form is not
/// documented.
async fn examine_authkey(authkey: &AuthKeyConfig, client: &Client) -> Vec<Finding> {
    let Some(url) = &authkey.balance_url else { return Vec::new() };
    let query = [("authkey", authkey.api_key.expose_secret())];
    let (status, answer) = match ask(client.get(url).query(&query)).await {
        Ok(answer) => answer,
        Err(reason) => return unreachable("AUTHKEY_BALANCE_URL", reason),
    };
    let words = answer.to_string().to_lowercase();
    if REFUSED_STATUSES.contains(&status) || words.contains("invalid authkey") {
        return vec![Finding::error(
            "AUTHKEY_API_KEY",
            "is not accepted by AuthKey",
            "copy it from AuthKey's console, and let the key be used from this machine's address",
        )];
    }
    if amount(&answer["balance"]).is_some_and(|balance| balance <= 0.0) {
        return vec![Finding::error(
            "AUTHKEY_API_KEY",
            "belongs to an account without balance, so AuthKey sends nothing",
            "add balance in AuthKey's console",
        )];
    }
    Vec::new()
}

/// Asks for the account, its balance and its number (API version 2010-04-01).
async fn examine_twilio(twilio: &TwilioConfig, client: &Client) -> Vec<Finding> {
    let account = format!("{}/2010-04-01/Accounts/{}", twilio.base_url, twilio.account_sid);
    let get = |url: String| {
        let token = twilio.auth_token.expose_secret();
        ask(client.get(&url).basic_auth(&twilio.account_sid, Some(token)))
    };
    let (status, answer) = match get(format!("{account}.json")).await {
        Ok(answer) => answer,
        Err(reason) => return unreachable("TWILIO_BASE_URL", reason),
    };
    match (status, answer["status"].as_str()) {
        (401 | 403, _) => {
            return vec![Finding::error(
                "TWILIO_AUTH_TOKEN",
                "is not accepted by Twilio",
                "copy it from Twilio's console; it belongs to TWILIO_ACCOUNT_SID",
            )];
        }
        (404, _) => {
            let fix = "copy it from Twilio's console";
            return vec![Finding::error("TWILIO_ACCOUNT_SID", "is no account of Twilio's", fix)];
        }
        (200, Some(state)) if state != "active" => {
            return vec![Finding::error(
                "TWILIO_ACCOUNT_SID",
                format!("is an account that is {state}, which sends nothing"),
                "see the messages in Twilio's console",
            )];
        }
        (200, _) => {}
        _ => return Vec::new(),
    }
    let mut findings = Vec::new();
    if answer["type"] == "Trial" {
        findings.push(Finding::warning(
            "TWILIO_ACCOUNT_SID",
            "is a trial account, which sends only to numbers that you have verified",
            "upgrade it in Twilio's console",
        ));
    }
    if let Ok((200, answer)) = get(format!("{account}/Balance.json")).await
        && amount(&answer["balance"]).is_some_and(|balance| balance <= 0.0)
    {
        findings.push(Finding::warning(
            "TWILIO_ACCOUNT_SID",
            "is an account without balance, which Twilio suspends unless it gets invoices",
            "add balance in Twilio's console",
        ));
    }
    if let TwilioSender::From(from) = &twilio.sender
        && from.starts_with('+')
        && let Ok((200, answer)) =
            get(format!("{account}/IncomingPhoneNumbers.json?PhoneNumber=%2B{}", &from[1..])).await
        && let Some(numbers) = answer["incoming_phone_numbers"].as_array()
        && !numbers.iter().any(|number| number["capabilities"]["sms"] == true)
    {
        findings.push(Finding::error(
            "TWILIO_FROM",
            "is no number of this account that can send texts",
            "copy a number from Twilio's console that has the capability SMS",
        ));
    }
    findings
}

/// Asks MSG91 to verify nothing. MSG91 refuses the key, or else the missing number.
async fn examine_msg91(msg91: &Msg91Config, client: &Client) -> Vec<Finding> {
    let url = format!("{}/api/v5/otp/verify", msg91.base_url);
    let request = client.get(&url).header("authkey", msg91.auth_key.expose_secret());
    let (status, answer) = match ask(request).await {
        Ok(answer) => answer,
        Err(reason) => return unreachable("MSG91_BASE_URL", reason),
    };
    let words = answer["message"].to_string().to_lowercase();
    let is_refused = matches!(status, 401 | 403) || words.contains("auth");
    if status == IP_NOT_ALLOWED || words.contains("whitelist") {
        return vec![Finding::error(
            "MSG91_AUTH_KEY",
            "may not be used from this machine's address",
            "add the address to the key's list in MSG91's panel",
        )];
    }
    let fix = "copy it from MSG91's panel";
    let finding = || Finding::error("MSG91_AUTH_KEY", "is not accepted by MSG91", fix);
    Vec::from_iter(is_refused.then(finding))
}

/// Checks that a webhook can be reached. Any answer will do, because the request is not signed.
async fn examine_webhook(setting: &str, url: &str, client: &Client) -> Vec<Finding> {
    match send(client.request(Method::HEAD, url)).await {
        Ok(_) => Vec::new(),
        Err(reason) => unreachable(setting, reason),
    }
}

/// Returns an amount of money, which some providers write as a text.
fn amount(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}
