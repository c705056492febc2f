//! The doctor behind `ringkey check`: it looks at what the settings alone do not show, and returns
//! findings. It changes nothing and sends no text.

mod database;
mod files;
mod http;
mod keys;
mod listen;
mod origin;
mod providers;
mod texts;

use super::clock::Clock;
use super::config::{Config, Finding};
use super::token::KeyRing;

/// Asks the server of these settings, on this machine, whether it is ready. The error says why it
/// is not.
///
/// # Errors
/// Fails if the server does not answer, or answers that it is not ready.
pub async fn is_ready(config: &Config) -> Result<(), Finding> {
    let url = format!("http://{}/readyz", listen::reachable(config.site.site_addr));
    let not_ready = |problem: String| {
        Finding::error("LEPTOS_SITE_ADDR", problem, "start the server, or read its log")
    };
    match http::send(http::Client::new()?.get(&url)).await {
        Ok(response) if response.status().is_success() => Ok(()),
        Ok(_) => Err(not_ready("leads to a server that is not ready".to_owned())),
        Err(reason) => Err(not_ready(reason.problem().to_owned())),
    }
}

/// Examines the deployment of valid settings. Everything that is asked over the network has a
/// timeout of a few seconds, and all of it is asked at the same time.
pub async fn examine(config: &Config, clock: &Clock) -> Vec<Finding> {
    let keys =
        KeyRing::new(config.origin.as_str(), config.secret_key(), config.previous_secret_key());
    let client = match http::Client::new() {
        Ok(client) => client,
        Err(finding) => return vec![finding],
    };
    let mut findings = files::examine(config, clock);
    findings.extend(keys::examine(config));
    findings.extend(texts::examine(config));
    let asked = tokio::join!(
        database::examine(config, &keys, clock),
        listen::examine(config, &client, &keys, clock),
        origin::examine(config, &client, &keys, clock),
        providers::examine(config, &client),
    );
    findings.extend([asked.0, asked.1, asked.2, asked.3].into_iter().flatten());
    findings
}
