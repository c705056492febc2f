//! The binary: `ringkey` serves, `ringkey check` validates the settings.

use std::process::ExitCode;

use ringkey::serve;
use ringkey::server::clock::Clock;
use ringkey::server::config::{Config, Source};
use ringkey::server::random::Random;
use ringkey::server::{AppState, log};

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
    if std::env::args().nth(1).as_deref() == Some("check") {
        println!("settings: nothing to mend");
        return ExitCode::SUCCESS;
    }
    log::start(&config);
    match start(config).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "cannot serve");
            ExitCode::FAILURE
        }
    }
}

async fn start(config: Config) -> Result<(), String> {
    let app = AppState::open(config, Clock::System, Random::system()).await.map_err(|error| error.to_string())?;
    serve::run(app).await.map_err(|error| error.to_string())
}
