//! `ringkey audit`: prints the audit log of accounts for the operator.

use std::io::{self, Write};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::phone;
use super::state::AppState;
use crate::domain::time::Timestamp;

const DAY: i64 = 86_400;
/// Maximum number of printed entries; the newest ones are kept.
const MAX_ENTRIES: i64 = 100_000;

/// The arguments of the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    days: i64,
    account: String,
}

impl Query {
    /// Reads `[--days N] [--account NUMBER]`, the number with `+`, or an account's id; a week of everybody without them.
    ///
    /// # Errors
    /// The usage of the command.
    pub fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut query = Self { days: 7, account: String::new() };
        let usage = || "audit takes --days with a whole number, and --account with a number or an id".to_owned();
        for pair in arguments.chunks(2) {
            match pair {
                [name, days] if name == "--days" => query.days = days.parse::<u32>().map_err(|_| usage())?.into(),
                [name, account] if name == "--account" => query.account.clone_from(account),
                _ => return Err(usage()),
            }
        }
        Ok(query)
    }
}

/// Prints the entries, the oldest first: time, event, account, source.
///
/// # Errors
/// When the number has no account, the database cannot be read or nobody listens.
pub async fn print(app: &AppState, query: &Query, out: &mut impl Write) -> Result<(), String> {
    let since = app.clock.now().plus(query.days.saturating_mul(-DAY));
    let account = if query.account.starts_with('+') { find_account(app, &query.account).await? } else { query.account.clone() };
    let entries = app.store.read_audit(since, &account, MAX_ENTRIES).await.map_err(|error| error.to_string())?;
    let written: io::Result<()> = entries.iter().try_for_each(|entry| {
        let (account, source) = (entry.user_id.as_deref().unwrap_or("-"), entry.source.as_deref().unwrap_or("-"));
        writeln!(out, "{} {} {account} {source}", rfc3339(entry.occurred_at), entry.event)
    });
    written.map_err(|error| error.to_string())
}

/// The id of a number's account, for an operator who was called by its owner.
pub(super) async fn find_account(app: &AppState, number: &str) -> Result<String, String> {
    let number = phone::parse(number, None).map_err(|_| "write the number with + and its country code".to_owned())?.number;
    let found = app.store.find_user_id(&number).await.map_err(|error| error.to_string())?;
    found.ok_or_else(|| "that number has no account".to_owned())
}

fn rfc3339(at: Timestamp) -> String {
    let time = OffsetDateTime::from_unix_timestamp(at.0).ok();
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_else(|| at.0.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_parsed_or_the_usage_is_shown() {
        let parse = |arguments: &str| Query::parse(&arguments.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(parse(""), Ok(Query { days: 7, account: String::new() }));
        assert_eq!(parse("--account abc --days 30"), Ok(Query { days: 30, account: "abc".into() }));
        for bad in ["--days", "--days x", "--days -1", "30", "--all 1"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(rfc3339(Timestamp(1_800_000_000)), "2027-01-15T08:00:00Z");
    }
}
