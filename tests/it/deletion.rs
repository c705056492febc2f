//! The deletion of an account: nothing of it stays, its number is free, and the limits still count.

use std::fmt::Write as _;

use ringkey::server::user_commands::{self, UserArgs, UserCommand};
use serde_json::json;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row};

use crate::support::{Person, TestApp};

/// Returns every value in every table of the database, as text.
async fn dump(app: &TestApp) -> String {
    let mut text = String::new();
    let url = app.state.config.database_url();
    let is_postgres = url.starts_with("postgres");
    let tables = if is_postgres {
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table'"
    };
    let mut database = AnyConnection::connect(url).await.unwrap();
    let tables = sqlx::query(tables).fetch_all(&mut database).await.unwrap();
    for table in tables {
        let table: String = table.get(0);
        let cast = if is_postgres { "t::text" } else { "*" };
        let columns = if is_postgres {
            cast.to_owned()
        } else {
            let sql = format!("SELECT name FROM pragma_table_info('{table}')");
            let columns = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut database).await.unwrap();
            let quoted = |row: &sqlx::any::AnyRow| format!("quote({})", row.get::<String, _>(0));
            columns.iter().map(quoted).collect::<Vec<_>>().join(" || ' ' || ")
        };
        let sql = format!("SELECT {columns} FROM {table} t");
        for row in sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut database).await.unwrap() {
            writeln!(text, "{table}: {}", row.get::<String, _>(0)).unwrap();
        }
    }
    text
}

impl Person {
    async fn delete_account(&self) {
        let done = self.submit("/account/delete", &[]).await;
        assert_eq!((done.status, done.header("location")), (303, "/?deleted"), "{}", done.text);
    }
}

on_both_engines! {
    async fn nothing_of_a_deleted_account_stays_and_its_number_is_free(app: TestApp) {
        let (person, phone) = app.member().await;
        let laptop = app.person().with_address("203.0.113.7");
        laptop.prove(&app.gateway, &phone).await.is(200, "");
        person.add_passkey().await;
        let codes = person.make_recovery_codes().await;
        let fields = [("first_name", "Grace"), ("last_name", "Hopper"), ("email", "g@navy.mil")];
        assert_eq!(person.submit("/account", &fields).await.status, 303);
        // A code for a number that the person has not taken over yet.
        let other_number = crate::support::new_phone();
        let send = json!({ "phone": other_number });
        person.act("number/send", send).await.is(200, "");
        let id = person.user().await["id"].as_str().unwrap().to_owned();
        let before = dump(&app).await;
        for kept in [&phone, &other_number, &id, "Grace", "g@navy.mil", "203.0.113.0/24"] {
            assert!(before.contains(kept), "{kept} is not in the dump");
        }

        assert!(person.get("/account").await.text.contains("action=\"/account/delete\""));
        let page = person.get("/account/delete").await;
        assert!(page.status == 200 && page.text.contains("Delete your account?"));
        person.delete_account().await;
        let home = person.get("/?deleted").await;
        assert!(home.text.contains("Your account is deleted."));
        assert!(person.user().await.is_null() && laptop.user().await.is_null());
        assert_eq!(person.cookie("session"), None);
        let after = dump(&app).await;
        for gone in [&phone, &other_number, "Grace", "Hopper", "g@navy.mil"] {
            assert!(!after.contains(gone), "{gone}: {after}");
        }
        // The limits of a client address belong to nobody's account.
        let networks = after.lines().filter(|line| line.contains("203.0.113"));
        assert!(networks.clone().all(|line| line.starts_with("count")), "{after}");
        let kept: Vec<&str> = after.lines().filter(|line| line.contains(&id)).collect();
        // The random id tells nothing any more. It is in the audit log and in counters.
        let is_log = |line: &&str| line.starts_with("audit: ") || line.starts_with("counter");
        assert!(kept.iter().all(is_log), "{kept:?}");
        assert!(kept.iter().any(|line| line.contains("account_deleted")), "{kept:?}");

        // Nothing of the account opens anything.
        app.stranger().recover(&phone, &codes[0]).await.is(401, "recovery_code_incorrect");
        let again = app.person();
        again.sign_up(&app.gateway, &phone).await;
        let user = again.user().await;
        assert_ne!(user["id"], id.as_str());
        assert_eq!(user["first_name"], "Ada");
        let page = again.get("/account").await.text;
        assert!(!page.contains("Grace") && !page.contains("You added a passkey."));
    }

    async fn a_deletion_needs_a_step_up_and_its_session(app: TestApp) {
        let (owner, phone) = app.member().await;
        let thief = app.person();
        thief.prove(&app.gateway, &phone).await.is(200, "");
        app.advance(300);
        for person in [&owner, &thief] {
            let page = person.get("/account/delete").await;
            assert_eq!(page.header("location"), "/account/verify?next=/account/delete");
            let form = person.submit("/account/delete", &[]).await;
            assert_eq!(form.header("location"), "/account/verify?next=/account/delete");
        }
        assert!(!owner.user().await.is_null());
        app.stranger().act("delete", json!({})).await.is(401, "not_signed_in");
        owner.act("devices/log-out-others", json!({})).await.is(200, "");
        thief.act("delete", json!({})).await.is(401, "not_signed_in");
        assert!(!owner.user().await.is_null());
    }

    async fn the_operator_deletes_an_account(app: TestApp) {
        let (person, phone) = app.member().await;
        let command =
            UserCommand::Delete(UserArgs { account: phone.clone(), json: true });
        let mut out = Vec::new();
        user_commands::run(&app.state, &command, &mut out).await.unwrap();
        assert!(String::from_utf8(out).unwrap().contains("\"deleted\": true"));
        assert!(person.user().await.is_null());
        assert!(user_commands::run(&app.state, &command, &mut Vec::new()).await.is_err());
        assert!(dump(&app).await.contains("deleted_by_operator"));
    }
}

on_both_engines! { limited:
    async fn a_deletion_gives_nobody_new_limits(app: TestApp) {
        let (person, phone) = app.member().await;
        for _ in 0..5 {
            app.advance(1_000);
            let stranger = app.stranger();
            stranger.send_otp(&phone).await;
            for _ in 0..5 {
                stranger.verify("000000").await;
            }
        }
        person.sign_out().await;
        app.advance(600);
        let before = app.stranger().send_otp(&phone).await;
        assert_eq!(before.status, 428, "{}", before.text);
        let command = UserCommand::Delete(UserArgs { account: phone.clone(), json: false });
        user_commands::run(&app.state, &command, &mut Vec::new()).await.unwrap();
        let after = app.stranger().send_otp(&phone).await;
        assert_eq!(after.status, 428, "{}", after.text);
    }
}
