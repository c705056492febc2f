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
