//! The binary: `ringkey` serves, `ringkey check` validates the settings, `ringkey audit` prints the record,
//! `ringkey revoke` ends an account's sessions. What is asked for is read before any setting is.

use std::process::ExitCode;

use ringkey::serve;
use ringkey::server::audit::{self, Query};
use ringkey::server::clock::Clock;
use ringkey::server::config::{Config, ConfigSource, LoadMode};
use ringkey::server::error::Error;
use ringkey::server::random::Random;
use ringkey::server::store::Store;
use ringkey::server::{AppState, log, revoke};

const USAGE: &str = "\
usage: ringkey [COMMAND]

Without a command it serves. Settings come from the environment and from .env.

  check                                 validate the settings as the server would, and print every finding
  audit [--days N] [--account NUMBER]   print what happened to accounts in the last 7 days, or N
  revoke NUMBER                         end all sessions of an account, and make its devices unknown
  -h, --help                            print this
  -V, --version                         print the version
";
/// The exit of a process that was asked for something that there is not, as shells have it.
const MISUSED: u8 = 2;

/// A command, or serving.
#[derive(Debug)]
enum Command {
    Serve,
    Check,
    Audit(Query),
    Revoke(String),
    Help,
    Version,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let command = match parse(&arguments) {
        Ok(command) => command,
        Err(words) => {
            eprint!("{words}\n\n{USAGE}");
            return ExitCode::from(MISUSED);
        }
    };
    match run(command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(findings) => {
            for finding in findings {
                // A line each, whatever others' words have in them.
                eprintln!("{}", finding.replace(['\r', '\n'], " "));
            }
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: &[String]) -> Result<Command, String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if words.iter().any(|word| ["-h", "--help"].contains(word)) {
        return Ok(Command::Help);
    }
    match words.as_slice() {
        [] => Ok(Command::Serve),
        ["-V" | "--version"] => Ok(Command::Version),
        ["check"] => Ok(Command::Check),
        ["audit", ..] => Query::parse(&arguments[1..]).map(Command::Audit),
        ["revoke", number] if !number.starts_with('-') => Ok(Command::Revoke((*number).to_owned())),
        ["revoke", ..] => Err("revoke takes a number, with + and its country code".to_owned()),
        ["check", ..] => Err("check takes nothing".to_owned()),
        [other, ..] => Err(format!("no command '{other}'")),
    }
}

/// Does it; the error is what is to be said of a failure, a line each.
async fn run(command: Command) -> Result<(), Vec<String>> {
    match command {
        Command::Serve => serve(load(LoadMode::Serve)?).await,
        Command::Check => check(load(LoadMode::Check)?).await,
        Command::Audit(query) => {
            let app = open(load(LoadMode::Command)?).await?;
            audit::print(&app, &query, &mut std::io::stdout().lock()).await.map_err(|error| vec![error])
        }
        Command::Revoke(number) => {
            let app = open(load(LoadMode::Command)?).await?;
            let sessions = revoke::revoke(&app, &number).await.map_err(|error| vec![error])?;
            println!("sessions ended: {sessions}; the account's devices count as new again");
            Ok(())
        }
        Command::Help => {
            print!("{USAGE}");
            Ok(())
        }
        Command::Version => {
            println!("ringkey {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
    }
}

fn load(mode: LoadMode) -> Result<Config, Vec<String>> {
    Config::load_for(mode, &ConfigSource::from_env())
}

async fn serve(config: Config) -> Result<(), Vec<String>> {
    log::start(&config);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let served = match AppState::open(config, Clock::System, Random::system()).await {
        Ok(app) => serve::run(app).await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    served.map_err(|error| {
        tracing::error!(error, "cannot serve");
        Vec::new()
    })
}

/// Looks into the database too, where there is one; what the server would make or bring up to date is as it may be.
async fn check(config: Config) -> Result<(), Vec<String>> {
    match Store::connect_existing(config.database_url()).await {
        Ok(store) => store.close().await,
        Err(Error::NoDatabase(_) | Error::OutdatedSchema) => {}
        Err(error) => {
            let fix = "see that it runs, that the URL names it, and that its user may use it";
            return Err(vec![format!("DATABASE_URL: cannot be opened ({error}); {fix}")]);
        }
    }
    for warning in &config.warnings {
        eprintln!("{warning}");
    }
    println!("settings: {}", if config.warnings.is_empty() { "ok" } else { "ok, with the warnings above" });
    Ok(())
}

/// The state that the commands work on.
async fn open(config: Config) -> Result<AppState, Vec<String>> {
    let opened = AppState::open_existing(config, Clock::System, Random::system()).await;
    opened.map_err(|error| vec![format!("DATABASE_URL: {error}")])
}
