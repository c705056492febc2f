//! The binary: `ringkey` serves, `ringkey check` validates the settings, `ringkey audit` prints the record,
//! `ringkey revoke` ends an account's sessions.

use std::process::ExitCode;

use ringkey::serve;
use ringkey::server::audit::{self, Query};
use ringkey::server::clock::Clock;
use ringkey::server::config::{Config, Source};
use ringkey::server::random::Random;
use ringkey::server::{AppState, log, revoke};

#[tokio::main]
async fn main() -> ExitCode {
    let config = match Config::load(&Source::environment()) {
        Ok(config) => config,
        Err(findings) => {
            for finding in findings {
                eprintln!("{finding}");
            }
            return ExitCode::FAILURE;
        }
    };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        None => serve(config).await,
        Some("check") => {
            for warning in &config.warnings {
                eprintln!("{warning}");
            }
            println!("settings: {}", if config.warnings.is_empty() { "nothing to mend" } else { "good to start; see above" });
            Ok(())
        }
        Some("audit") => audit(config, &arguments[1..]).await,
        Some("revoke") => revoke(config, &arguments[1..]).await,
        Some(other) => Err(format!("no command '{other}'; there are check, audit and revoke, and without one it serves")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if arguments.is_empty() {
                tracing::error!(error, "cannot serve");
            } else {
                eprintln!("{error}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn serve(config: Config) -> Result<(), String> {
    log::start(&config);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    serve::run(open(config).await?).await.map_err(|error| error.to_string())
}

async fn audit(config: Config, arguments: &[String]) -> Result<(), String> {
    let query = Query::parse(arguments)?;
    audit::print(&open(config).await?, &query, &mut std::io::stdout().lock()).await
}

async fn revoke(config: Config, arguments: &[String]) -> Result<(), String> {
    let [number] = arguments else { return Err("usage: ringkey revoke NUMBER".to_owned()) };
    let sessions = revoke::revoke(&open(config).await?, number).await?;
    println!("sessions ended: {sessions}; the account's devices count as new again");
    Ok(())
}

async fn open(config: Config) -> Result<AppState, String> {
    AppState::open(config, Clock::System, Random::system()).await.map_err(|error| error.to_string())
}
