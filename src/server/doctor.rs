//! The doctor behind `ringkey check`: it looks at what the settings alone do not show, and returns
//! findings. It changes nothing and sends no text.

mod clock;
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
use http::Client;

/// The settings, and the tools with which the parts of the doctor ask.
struct Examiner<'a> {
    config: &'a Config,
    clock: &'a Clock,
    keys: KeyRing,
    /// The client for other machines, which may use a proxy of the environment.
    client: Client,
    /// The client for this machine.
    local_client: Client,
}

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
    match http::send(Client::local()?.get(&url)).await {
        Ok(response) if response.status().is_success() => Ok(()),
        Ok(_) => Err(not_ready("leads to a server that is not ready".to_owned())),
        Err(reason) => Err(not_ready(reason.problem().to_owned())),
    }
}

/// Examines the deployment of valid settings. Each question over the network has a timeout of a few
/// seconds, and most are asked at the same time.
pub async fn examine(config: &Config, clock: &Clock) -> Vec<Finding> {
    let origin = config.origin.as_str();
    let (client, local_client) = match (Client::new(), Client::local()) {
        (Ok(client), Ok(local_client)) => (client, local_client),
        (Err(finding), _) | (_, Err(finding)) => return vec![finding],
    };
    let keys = KeyRing::new(origin, config.secret_key(), config.previous_secret_key());
    let examiner = Examiner { config, clock, keys, client, local_client };
    let mut findings = Vec::from_iter(clock::examine(clock.now()));
    findings.extend(files::examine(config, clock.now()));
    findings.extend(keys::examine(config));
    findings.extend(texts::examine(config));
    let is_running = examiner.is_running().await;
    findings.extend(listen::examine(config, is_running));
    let asked = tokio::join!(
        database::examine(&examiner),
        origin::examine(&examiner, is_running),
        providers::examine(&examiner),
    );
    findings.extend([asked.0, asked.1, asked.2].into_iter().flatten());
    findings
}
