//! `ringkey user …`: the operator looks at accounts and ends their sessions. Nothing here shows a
//! code, a key or a token.

use std::io::Write;

use serde_json::{Value, json};

use super::account::{AccountExport, delete_by_operator, export_of};
use super::audit::find_account;
use super::error::Error;
use super::revoke::revoke_account;
use super::state::AppState;
use super::store::AuditEvent;
use super::time::rfc3339;

/// The arguments of a command on one account.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args)]
pub struct UserArgs {
    /// The account: its phone number, with + and country code, or its id
    #[arg(value_name = "NUMBER|ID")]
    pub account: String,
    /// Print JSON instead of a table
    #[arg(long)]
    pub json: bool,
}

/// The commands on one account.
#[derive(Debug, Clone, PartialEq, Eq, clap::Subcommand)]
pub enum UserCommand {
    /// Print the id of the account of a phone number
    Find(UserArgs),
    /// Print the profile of an account, with a masked number
    Show(UserArgs),
    /// Print the live sessions of an account
    Sessions(UserArgs),
    /// End all sessions of an account, and make its devices unknown
    SignOut(UserArgs),
    /// Delete an account, with everything that is kept about its owner
    Delete(UserArgs),
    /// Print everything that is kept about an account, as JSON
    Export(UserArgs),
}

/// Runs a command and writes its output.
///
/// # Errors
/// Fails if there is no such account, if the database cannot be read or written, or if `out` cannot
/// be written.
pub async fn run(
    app: &AppState,
    command: &UserCommand,
    out: &mut impl Write,
) -> Result<(), String> {
    let (UserCommand::Find(arguments)
    | UserCommand::Show(arguments)
    | UserCommand::Sessions(arguments)
    | UserCommand::SignOut(arguments)
    | UserCommand::Delete(arguments)
    | UserCommand::Export(arguments)) = command;
    let id = match arguments.account.as_str() {
        number if number.starts_with('+') => find_account(app, number).await?,
        id => id.to_owned(),
    };
    let said = |error: Error| error.to_string();
    let no_account = || "there is no account with that id".to_owned();
    let account = app.store.find_account(&id).await.map_err(said)?.ok_or_else(no_account)?;
    let export =
        async || export_of(app, &id, app.clock.now()).await.map_err(said)?.ok_or_else(no_account);
    let output = match command {
        UserCommand::Find(_) => output_of(vec![json!({ "id": id })], arguments.json),
        UserCommand::Show(_) => {
            let shown = json!({
                "id": id,
                "first_name": account.user.first_name,
                "last_name": account.user.last_name,
                "email": account.user.email,
                "phone": account.user.phone,
                "created_at": rfc3339(account.created_at),
                "sessions": export().await?.devices.len(),
            });
            output_of(vec![shown], arguments.json)
        }
        UserCommand::Sessions(_) => output_of(sessions(&export().await?), arguments.json),
        UserCommand::SignOut(_) => {
            let ended = revoke_account(app, &id).await.map_err(said)?;
            output_of(vec![json!({ "sessions_ended": ended })], arguments.json)
        }
        UserCommand::Delete(_) => {
            let deleted = delete_by_operator(app, &id).await.map_err(said)?;
            output_of(vec![json!({ "id": id, "deleted": deleted })], arguments.json)
        }
        UserCommand::Export(_) => {
            let export = export().await?;
            let event = AuditEvent::ExportedByOperator;
            app.store.record(event, &id, "", app.clock.now()).await.map_err(said)?;
            serde_json::to_string_pretty(&export).unwrap_or_default() + "\n"
        }
    };
    out.write_all(output.as_bytes()).map_err(|error| error.to_string())
}

fn sessions(export: &AccountExport) -> Vec<Value> {
    let to_json = |device| serde_json::to_value(device).unwrap_or_default();
    export.devices.iter().map(to_json).collect()
}

/// Returns rows as a JSON array, or as a table with one line a field and an empty line between two
/// rows.
fn output_of(rows: Vec<Value>, is_json: bool) -> String {
    if is_json {
        return format!("{:#}\n", Value::Array(rows));
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let line = |(name, value): (&String, &Value)| format!("{name:<14} {}\n", text(value));
    let table = |row: &Value| {
        row.as_object().map(|fields| fields.iter().map(line).collect()).unwrap_or_default()
    };
    rows.iter().map(table).collect::<Vec<String>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_line_for_each_field_and_json_is_an_array() {
        let rows = vec![json!({ "id": "a" }), json!({ "id": "b", "n": 2 })];
        assert_eq!(
            output_of(rows.clone(), false),
            "id             a\n\nid             b\nn              2\n"
        );
        let parsed: Value = serde_json::from_str(&output_of(rows.clone(), true)).unwrap();
        assert_eq!(parsed, Value::Array(rows));
    }
}
