//! `ringkey audit`: prints the audit log of accounts for the operator.

use std::io::{self, Write};

use super::phone;
use super::state::AppState;
use super::time::rfc3339;

const DAY: i64 = 86_400;
/// The maximum number of printed entries. If there are more entries, only the newest are printed.
const MAX_ENTRIES: i64 = 100_000;

/// The arguments of `ringkey audit`.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct AuditArgs {
    /// Number of days to go back
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub days: u32,
    /// Print one account only: its phone number, with + and country code, or its id
    #[arg(long, value_name = "NUMBER")]
    pub account: Option<String>,
}

/// Prints the entries, one per line, the oldest first: time (RFC 3339), event, account id, subnet.
///
/// # Errors
/// Fails if the phone number is invalid or has no account, if the database cannot be read, or if
/// `out` cannot be written.
pub async fn print(
    app: &AppState,
    arguments: &AuditArgs,
    out: &mut impl Write,
) -> Result<(), String> {
    let since = app.clock.now().plus(-DAY * i64::from(arguments.days));
    let account = match arguments.account.as_deref() {
        Some(number) if number.starts_with('+') => find_account(app, number).await?,
        id => id.unwrap_or_default().to_owned(),
    };
    let entries = app
        .store
        .read_audit(since, &account, MAX_ENTRIES)
        .await
        .map_err(|error| error.to_string())?;
    let written: io::Result<()> = entries.iter().try_for_each(|entry| {
        let (account, subnet) =
            (entry.user_id.as_deref().unwrap_or("-"), entry.subnet.as_deref().unwrap_or("-"));
        writeln!(out, "{} {} {account} {subnet}", rfc3339(entry.occurred_at), entry.event)
    });
    written.map_err(|error| error.to_string())
}

/// Returns the id of the account with a phone number, as the account's owner gave it to the
/// operator.
pub(super) async fn find_account(app: &AppState, number: &str) -> Result<String, String> {
    let number = phone::parse(number, None)
        .map_err(|_| "write the phone number with + and its country code".to_owned())?
        .number;
    let user_id = app.store.find_user_id(&number).await.map_err(|error| error.to_string())?;
    user_id.ok_or_else(|| "that phone number has no account".to_owned())
}
