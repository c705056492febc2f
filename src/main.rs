//! The binary `ringkey`: the server and the operator's commands. Settings are read after the
//! arguments.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use ringkey::serve;
use ringkey::server::audit::{self, AuditArgs};
use ringkey::server::backup::{self, Backup};
use ringkey::server::clock::Clock;
use ringkey::server::config::{Config, ConfigSource, Finding, LoadMode, ProviderConfig, Severity};
use ringkey::server::error::Error;
use ringkey::server::migrate_to;
use ringkey::server::random::Random;
use ringkey::server::restore::{self, RestoreOptions, Restored};
use ringkey::server::sms::receipts_url;
use ringkey::server::token::KeyRing;
use ringkey::server::user_commands::{self, UserCommand};
use ringkey::server::{AppState, doctor, log, revoke};

/// The version of this build. `make build` sets it, with the commit.
const VERSION: &str = match option_env!("RINGKEY_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};

/// Phone-number sign-in that you run yourself.
#[derive(Debug, Parser)]
#[command(version = VERSION, after_help = "Settings come from the environment and from .env.")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the site; this is the default
    Serve,
    /// Examine the settings and the deployment, and print every finding with its fix
    Check {
        /// Print the findings as JSON
        #[arg(long)]
        json: bool,
    },
    /// Ask the running server whether it is ready, for the health check of a container
    Health,
    /// Print what happened to accounts
    Audit(AuditArgs),
    /// Look at an account, end its sessions, export it, or delete it
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Back up the SQLite database while the server runs, and check the copy
    Backup {
        /// The folder of the backup, instead of that of the settings
        folder: Option<PathBuf>,
    },
    /// Move a SQLite database into an empty PostgreSQL database
    MigrateTo {
        /// The URL of the PostgreSQL database
        url: String,
    },
    /// Put a backup in the place of the database, or bring a restored one up to date
    Restore {
        /// The backup of a SQLite database; none after a restore by PostgreSQL's tools
        file: Option<PathBuf>,
        #[command(flatten)]
        options: RestoreOptions,
    },
    /// Print the addresses at which SMS providers report the delivery of texts
    Receipts,
    /// End all sessions of an account, and make its devices unknown
    Revoke {
        /// The number of the account, with + and its country code
        number: String,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match Box::pin(run(Cli::parse().command.unwrap_or(Command::Serve))).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(findings) => {
            for finding in findings {
                // A finding is one line, even if a message in it has line breaks.
                eprintln!("{}", finding.replace(['\r', '\n'], " "));
            }
            ExitCode::FAILURE
        }
    }
}

/// Runs a command. The error holds the findings to print, one a line.
async fn run(command: Command) -> Result<(), Vec<String>> {
    match command {
        Command::Serve => serve(load(LoadMode::Serve)?).await,
        Command::Check { json } => check(json).await,
        Command::Health => {
            let ready = doctor::is_ready(&load(LoadMode::Command)?).await;
            ready.map_err(|finding| vec![finding.to_string()])
        }
        Command::Audit(arguments) => {
            let app = open(load(LoadMode::Command)?).await?;
            audit::print(&app, &arguments, &mut std::io::stdout().lock())
                .await
                .map_err(|error| vec![error])
        }
        Command::User { command } => {
            let app = open(load(LoadMode::Command)?).await?;
            user_commands::run(&app, &command, &mut std::io::stdout().lock())
                .await
                .map_err(|error| vec![error])
        }
        Command::Backup { folder } => {
            let app = open(load(LoadMode::Command)?).await?;
            back_up(&app, folder).await.map_err(|error| vec![error.to_string()])
        }
        Command::MigrateTo { url } => migrate_to(&load(LoadMode::Command)?, &url)
            .await
            .map_err(|error| vec![error.to_string()]),
        Command::Restore { file, options } => {
            let restored = Box::pin(restore(load(LoadMode::Command)?, file, options)).await;
            restored.map_err(|error| vec![error.to_string()])
        }
        Command::Receipts => {
            print_receipt_addresses(&load(LoadMode::Command)?);
            Ok(())
        }
        Command::Revoke { number } => {
            let app = open(load(LoadMode::Command)?).await?;
            let sessions = revoke::revoke(&app, &number).await.map_err(|error| vec![error])?;
            println!("sessions ended: {sessions}; the account's devices are not known any more");
            Ok(())
        }
    }
}

fn load(mode: LoadMode) -> Result<Config, Vec<String>> {
    let loaded = Config::load_for(mode, &ConfigSource::from_env());
    loaded.map_err(|findings| findings.iter().map(Finding::to_string).collect())
}

async fn serve(config: Config) -> Result<(), Vec<String>> {
    log::init(&config);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let served = match AppState::open(config, Clock::System, Random::system()).await {
        Ok(app) => serve::run(app, VERSION).await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    served.map_err(|error| {
        tracing::error!(error, "cannot serve");
        Vec::new()
    })
}

async fn back_up(app: &AppState, folder: Option<PathBuf>) -> Result<(), Error> {
    let folder = folder.or_else(|| app.config.backup.folder.clone());
    let folder = folder.ok_or(Error::Backup("name a folder, or set BACKUP_DIR"))?;
    let Backup { path, size } = backup::back_up(app, &folder).await?;
    println!("{}: {size} bytes, checked", path.display());
    Ok(())
}

async fn migrate_to(config: &Config, url: &str) -> Result<(), Error> {
    // Only a server of this version has all tables and columns.
    let (clock, random) = (Clock::System, Random::system());
    AppState::open_existing(config.clone(), clock, random).await?.store.close().await;
    for (table, digest) in migrate_to::migrate_to(config, url).await? {
        println!("{table}: {} rows, equal on both sides", digest.rows);
    }
    println!("set DATABASE_URL to the new database and start the server; sessions go on");
    Ok(())
}

async fn restore(
    config: Config,
    file: Option<PathBuf>,
    options: RestoreOptions,
) -> Result<(), Error> {
    let parts = (Clock::System, Random::system());
    let restored = match (file, config.sqlite_path()) {
        (Some(file), Some(path)) => {
            Some(restore::restore_file(config, &path, &file, options, parts).await?)
        }
        (Some(_), None) => {
            return Err(Error::Backup(
                "restore PostgreSQL by its own tools, then run `ringkey restore` without a file",
            ));
        }
        (None, Some(path)) if !path.is_file() => {
            return Err(Error::NoDatabase(format!("at {}", path.display())));
        }
        (None, _) => {
            let app = restore::open(config, options, parts).await?;
            let restored = restore::catch_up(&app).await;
            app.store.close().await;
            restored?
        }
    };
    let Some(Restored { entries, deleted, keeps_counters, former }) = restored else {
        println!("the database is not older than the journal; nothing to do");
        return Ok(());
    };
    println!("events since the backup: {entries}; accounts deleted again: {deleted}");
    println!("everybody is signed out, and codes under way have ended");
    if !keeps_counters {
        println!("the SMS budget of the day counts as spent, except for an hour's share");
    }
    if let Some(former) = former {
        println!("the former database: {}", former.display());
    }
    Ok(())
}

/// Prints the findings about the settings, and about the deployment if the settings are valid.
/// Fails if one of them is an error.
async fn check(json: bool) -> Result<(), Vec<String>> {
    let findings = match Config::load_for(LoadMode::Check, &ConfigSource::from_env()) {
        Ok(config) => {
            let mut findings = config.warnings.clone();
            findings.extend(doctor::examine(&config, &Clock::System).await);
            findings
        }
        Err(findings) => findings,
    };
    let is_ok = findings.iter().all(|finding| finding.severity != Severity::Error);
    if json {
        println!("{}", serde_json::json!({"ok": is_ok, "findings": findings}));
    } else {
        for finding in &findings {
            eprintln!("{finding}");
        }
        if is_ok {
            let rest = if findings.is_empty() { "" } else { ", with the warnings above" };
            println!("settings: ok{rest}");
        }
    }
    if is_ok { Ok(()) } else { Err(Vec::new()) }
}

fn print_receipt_addresses(config: &Config) {
    let origin = config.origin.as_str();
    let keys = KeyRing::new(origin, config.secret_key(), config.previous_secret_key());
    for provider in config.sms.providers.iter().filter(|_| config.sms.receipts) {
        let name = provider.name();
        match provider {
            ProviderConfig::Twilio(_) => println!("{name}: goes with each text by itself"),
            ProviderConfig::Msg91(_) => {
                let token = &keys.current().receipt_token;
                println!("{name}: {}/{token}", receipts_url(&config.origin, name));
            }
            ProviderConfig::Webhook(_) => {
                println!("{name}: {}", receipts_url(&config.origin, name));
            }
            _ => println!("{name}: sends none"),
        }
    }
    if !config.sms.receipts {
        println!("receipts are off; see SMS_RECEIPTS");
    }
}

/// Opens the state for a command. The database must exist and have the current schema.
async fn open(config: Config) -> Result<AppState, Vec<String>> {
    let opened = AppState::open_existing(config, Clock::System, Random::system()).await;
    opened.map_err(|error| vec![format!("DATABASE_URL: {error}")])
}
