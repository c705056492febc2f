//! The drill: a backup under load, the loss of the disk, and a restore. Nothing that was revoked,
//! deleted or used since the backup comes back to life.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::doctor::{ANOTHER_KEY, execute};
use crate::support::instance::{ChildGuard, Instance};
use crate::support::{Engine, Person, SECRET_KEY, TestApp, new_phone};

/// A server with a folder for backups.
struct Site {
    instance: Instance,
    backups: PathBuf,
    server: Option<ChildGuard>,
}

impl Site {
    async fn start() -> Self {
        let instance = Instance::new().await;
        let backups = instance.folder.path().join("backups");
        let mut site = Self { instance, backups, server: None };
        site.run().await;
        site
    }

    fn command(&self) -> Command {
        let mut command = self.instance.command();
        command.env("BACKUP_DIR", &self.backups).env("PREFIX_UNVERIFIED_SHARE", "100");
        command
    }

    async fn run(&mut self) {
        self.server = Some(ChildGuard(self.command().spawn().unwrap()));
        self.instance.ready().await;
    }

    /// Stops the server as an operator does, so that its journal is whole.
    fn stop(&mut self) {
        self.server.take().unwrap().stop();
    }

    /// Runs a command that succeeds, and returns what it prints.
    fn tell(&self, arguments: &[&str]) -> String {
        let output = output(self.command(), arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that fails, and returns the finding.
    fn fail(&self, arguments: &[&str]) -> String {
        finding(self.command(), arguments)
    }

    /// Runs a command that fails, with an empty folder for the journal, and returns the finding.
    fn fail_without_journal(&self, arguments: &[&str]) -> String {
        let mut command = self.command();
        command.env("BACKUP_DIR", self.backups.join("empty"));
        finding(command, arguments)
    }

    fn back_up(&self) -> PathBuf {
        let told = self.tell(&["backup"]);
        assert!(told.trim_end().ends_with("bytes, checked"), "{told}");
        told.split(": ").next().unwrap().into()
    }

    async fn sign_up(&self) -> (Person, String) {
        let (person, phone) = (self.instance.person(), new_phone());
        person.sign_up(&self.instance.gateway, &phone).await;
        (person, phone)
    }

    /// Types a code for this number in a new browser, and returns the status.
    async fn type_code(&self, phone: &str) -> String {
        let person = self.instance.person();
        let answer = person.prove(&self.instance.gateway, phone).await;
        answer.is(200, "").json()["status"].as_str().unwrap().to_owned()
    }
}

fn output(mut command: Command, arguments: &[&str]) -> Output {
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap()
}

fn finding(command: Command, arguments: &[&str]) -> String {
    let output = output(command, arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

async fn recover(person: &Person, phone: &str, code: &str) -> u16 {
    person.call("recovery", json!({ "phone": phone, "code": code })).await.status
}

/// Runs the drill. If the disk is lost, only the backup and the journal are left.
async fn drill(loses_disk: bool) {
    let mut site = Site::start().await;
    let (gone, gone_phone) = site.sign_up().await;
    let (thief, _) = site.sign_up().await;
    let (coded, coded_phone) = site.sign_up().await;
    let made = coded.act("recovery-codes", json!({})).await.is(200, "").json();
    let code = made["codes"][0].as_str().unwrap().to_owned();
    let (keyed, _) = site.sign_up().await;
    let mut passkey = keyed.add_passkey().await;
    let mut kept_passkey = {
        let (keeper, _) = site.sign_up().await;
        keeper.add_passkey().await
    };
    let (mover, former) = site.sign_up().await;
    let (staying, stayed) = site.sign_up().await;

    // The backup is made while others sign up.
    let others = async {
        for _ in 0..30 {
            site.sign_up().await;
        }
    };
    let backing_up = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        site.back_up()
    };
    let (backup, ()) = tokio::join!(backing_up, others);
    let permissions = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((permissions(&backup), permissions(&site.backups)), (0o600, 0o700));

    // What happens after the backup.
    gone.act("delete", json!({})).await.is(200, "");
    let stolen = thief.tabs(1).remove(0);
    thief.sign_out().await.is(200, "");
    assert_eq!(recover(&site.instance.person(), &coded_phone, &code).await, 200);
    let id = passkey.encoded_id();
    keyed.act("passkeys/remove", json!({ "passkey": id })).await.is(200, "");
    mover.take_number(&site.instance.gateway, &new_phone()).await;
    let spent = "SELECT CAST(SUM(count) AS BIGINT) FROM counters WHERE name = 'spent'";
    let spent_before = site.instance.count(spent).await;

    let refused = site.fail(&["restore", backup.to_str().unwrap()]);
    assert!(refused.contains("stop the server first"), "{refused}");
    site.stop();
    if loses_disk {
        fs::remove_file(site.instance.file()).unwrap();
        // A service manager starts the server before the operator comes. Its new, empty database is
        // not taken for the former one.
        assert!(site.fail(&["serve"]).contains("older than the journal"));
        let known_nowhere = site.fail_without_journal(&["restore", backup.to_str().unwrap()]);
        assert!(known_nowhere.contains("--without-journal"), "{known_nowhere}");
    }
    let told = site.tell(&["restore", backup.to_str().unwrap()]);
    assert!(told.contains("accounts deleted again: 1"), "{told}");
    assert!(told.contains("the former database: "), "{told}");
    assert_eq!(told.contains("counts as spent"), loses_disk, "{told}");
    assert_eq!(permissions(&site.instance.file()), 0o600);
    site.run().await;

    // Everybody is signed out, and the cookie of before opens nothing.
    for person in [&stolen, &thief, &staying, &gone] {
        assert!(person.user().await.is_null());
    }
    assert_eq!(site.type_code(&stayed).await, "signed_in", "an account is as it was");
    assert_eq!(site.type_code(&gone_phone).await, "details_required", "the deleted one is gone");
    assert_eq!(recover(&site.instance.person(), &coded_phone, &code).await, 401);
    let signed_in = site.instance.person().sign_in_with_passkey(&mut passkey).await;
    assert_eq!(signed_in.status, 401);
    let signed_in = site.instance.person().sign_in_with_passkey(&mut kept_passkey).await;
    assert_eq!(signed_in.status, 200);
    assert_eq!(site.type_code(&former).await, "owner_check_required", "a number that was given up");
    assert!(site.instance.count(spent).await >= spent_before, "the budget does not come back");
    assert_eq!(site.tell(&["audit"]).matches("database_restored").count(), 1);
    site.stop();
    site.run().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_backup_brings_nothing_back_to_life() {
    drill(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_backup_brings_nothing_back_to_life_after_the_loss_of_the_disk() {
    drill(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_does_not_start_with_a_database_that_was_copied_back() {
    let mut site = Site::start().await;
    let (person, phone) = site.sign_up().await;
    let backup = site.back_up();
    person.act("delete", json!({})).await.is(200, "");
    site.stop();
    fs::copy(&backup, site.instance.file()).unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", site.instance.file().display()));
    }
    for command in ["serve", "check"] {
        let refused = site.fail(&[command]);
        assert!(refused.contains("older than the journal"), "{command}: {refused}");
    }
    let told = site.tell(&["restore"]);
    assert!(told.contains("accounts deleted again: 1"), "{told}");
    assert!(site.tell(&["restore"]).contains("nothing to do"));
    site.run().await;
    assert_eq!(site.type_code(&phone).await, "details_required");
}

/// A server without a journal, and its commands.
impl Site {
    /// Runs a command without `BACKUP_DIR`.
    fn without_journal(&self, arguments: &[&str]) -> Output {
        let mut command = self.command();
        command.env_remove("BACKUP_DIR");
        output(command, arguments)
    }

    fn delete(&self, phone: &str) {
        assert!(self.without_journal(&["user", "delete", phone]).status.success());
    }

    fn has_account(&self, phone: &str) -> bool {
        self.without_journal(&["user", "find", phone]).status.success()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_restore_brings_nothing_back_either() {
    let mut site = Site::start().await;
    let (_, gone) = site.sign_up().await;
    let (_, stays) = site.sign_up().await;
    let backup = site.back_up();
    let backup = backup.to_str().unwrap();
    site.stop();
    // Only the former database knows of it.
    site.delete(&gone);
    for journal in [true, false, true] {
        if journal {
            site.tell(&["restore", backup]);
        } else {
            assert!(site.without_journal(&["restore", backup]).status.success());
        }
        assert!(!site.has_account(&gone) && site.has_account(&stays), "{journal}");
    }
    site.run().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_knows_is_restored_only_if_that_is_accepted() {
    let mut site = Site::start().await;
    let (_, gone) = site.sign_up().await;
    let backup = site.back_up();
    site.delete(&gone);
    site.sign_up().await;
    site.stop();
    let file = site.instance.file();
    let restore = |site: &Site| site.without_journal(&["restore", backup.to_str().unwrap()]);
    // The entry of the deletion is purged.
    let former = fs::read(&file).unwrap();
    execute(&site.instance.database(), "DELETE FROM audit WHERE event = 'deleted_by_operator'")
        .await;
    assert!(!restore(&site).status.success());
    // The backup itself was put back by hand.
    fs::copy(&backup, &file).unwrap();
    assert!(!restore(&site).status.success());
    let itself = site.without_journal(&["restore", file.to_str().unwrap()]);
    assert!(String::from_utf8(itself.stderr).unwrap().contains("the database itself"));
    // Another database has more events than the backup, and none of its own.
    fs::write(&file, former).unwrap();
    execute(&site.instance.database(), "UPDATE audit SET occurred_at = occurred_at + 1").await;
    assert!(!restore(&site).status.success());
    execute(&site.instance.database(), "UPDATE audit SET occurred_at = occurred_at - 1").await;
    assert!(restore(&site).status.success());
    assert!(!site.has_account(&gone));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_a_lost_database_is_not_played_into_the_restored_one() {
    let mut site = Site::start().await;
    let (_, phone) = site.sign_up().await;
    let backup = site.back_up();
    let (_, later) = site.sign_up().await;
    // The journal is written within a second.
    tokio::time::sleep(Duration::from_secs(2)).await;
    // A crash leaves the write-ahead log, and then the file is lost.
    drop(site.server.take());
    let file = site.instance.file();
    let log = PathBuf::from(format!("{}-wal", file.display()));
    assert!(fs::metadata(&log).unwrap().len() > 0);
    fs::remove_file(&file).unwrap();
    site.tell(&["restore", backup.to_str().unwrap()]);
    assert!(!log.exists());
    assert!(site.has_account(&phone) && !site.has_account(&later));
    site.run().await;
    assert_eq!(site.type_code(&phone).await, "signed_in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_on_a_database_that_was_copied_back_hides_nothing_from_the_journal() {
    let mut site = Site::start().await;
    let (_, gone) = site.sign_up().await;
    let (_, stays) = site.sign_up().await;
    let backup = site.back_up();
    site.delete(&gone);
    site.stop();
    fs::copy(&backup, site.instance.file()).unwrap();
    // It gets the id of the deletion.
    assert!(site.without_journal(&["user", "export", &stays]).status.success());
    for command in ["serve", "check"] {
        let refused = site.fail(&[command]);
        assert!(refused.contains("older than the journal"), "{command}: {refused}");
    }
    assert!(site.tell(&["restore"]).contains("accounts deleted again: 1"));
    assert!(!site.has_account(&gone) && site.has_account(&stays));
    assert!(site.tell(&["restore"]).contains("nothing to do"));
    site.run().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_database_that_was_copied_back_hides_nothing_either() {
    let mut site = Site::start().await;
    let (_, gone) = site.sign_up().await;
    let (_, stays) = site.sign_up().await;
    let file = site.instance.file();
    let early = site.backups.join("early.db");
    fs::rename(site.back_up(), &early).unwrap();
    site.delete(&gone);
    site.stop();
    fs::copy(&early, &file).unwrap();
    // These get the id of the deletion and the next ones, and are in the next backup.
    for _ in 0..3 {
        assert!(site.without_journal(&["user", "export", &stays]).status.success());
    }
    let backup = site.back_up();
    for _ in 0..2 {
        assert!(site.tell(&["restore", backup.to_str().unwrap()]).contains("deleted again: 1"));
        assert!(!site.has_account(&gone) && site.has_account(&stays));
    }
    // Neither entry is lost.
    let told = site.tell(&["audit"]);
    for (event, count) in [("deleted_by_operator", 1), ("exported_by_operator", 3)] {
        assert_eq!(told.matches(event).count(), count, "{told}");
    }
    // Only the former database knows of it.
    site.delete(&stays);
    assert!(site.tell(&["restore", backup.to_str().unwrap()]).contains("deleted again: 2"));
    assert!(!site.has_account(&gone) && !site.has_account(&stays));
    site.run().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_stopped_server_is_restored_although_the_journal_ends_before_it() {
    let mut site = Site::start().await;
    let (_, gone) = site.sign_up().await;
    let (_, stays) = site.sign_up().await;
    site.stop();
    site.delete(&gone);
    let backup = site.back_up();
    site.tell(&["restore", backup.to_str().unwrap()]);
    assert!(!site.has_account(&gone) && site.has_account(&stays));
    site.run().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_does_not_work_beside_a_restore() {
    let mut site = Site::start().await;
    let (_, phone) = site.sign_up().await;
    site.stop();
    let lock = fs::File::open(format!("{}.lock", site.instance.file().display())).unwrap();
    lock.lock().unwrap();
    assert!(site.fail(&["user", "delete", &phone]).contains("the database is in use"));
    lock.unlock().unwrap();
    site.delete(&phone);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_no_whole_backup_changes_nothing() {
    let mut site = Site::start().await;
    let (_, phone) = site.sign_up().await;
    let backup = site.back_up();
    site.stop();
    let mut bytes = fs::read(&backup).unwrap();
    let half = site.backups.join("half.db");
    fs::write(&half, &bytes[..bytes.len() / 2]).unwrap();
    let damaged = site.backups.join("damaged.db");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4_096].fill(0x5a);
    fs::write(&damaged, bytes).unwrap();
    let other = site.backups.join("journal");
    for file in [&half, &damaged, &other, &site.backups.join("missing.db")] {
        site.fail(&["restore", file.to_str().unwrap()]);
    }
    site.run().await;
    assert_eq!(site.type_code(&phone).await, "signed_in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_another_secret_key_is_restored_only_if_that_is_accepted() {
    let mut site = Site::start().await;
    let (person, phone) = site.sign_up().await;
    let made = person.act("recovery-codes", json!({})).await.is(200, "").json();
    let code = made["codes"][0].as_str().unwrap().to_owned();
    let backup = site.back_up();
    site.stop();
    let restore = |folder: &str, keys: &[(&str, &str)], arguments: &[&str]| {
        let mut command = site.command();
        command.envs(keys.iter().copied());
        // The folder of the database is not there yet.
        command.env("DATABASE_URL", format!("sqlite://elsewhere/{folder}/ringkey.db"));
        output(command, &[&["restore", backup.to_str().unwrap()], arguments].concat())
    };
    let other = [("SECRET_KEY", ANOTHER_KEY)];
    let refused = restore("refused", &other, &[]);
    assert!(!refused.status.success());
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("SECRET_KEY is not the key of the restored database"), "{told}");
    let folder = site.instance.folder.path().join("elsewhere/refused");
    let left: Vec<_> = fs::read_dir(&folder).unwrap().flatten().map(|file| file.path()).collect();
    let is_lock = |path: &PathBuf| path.extension().is_some_and(|end| end == "lock");
    assert!(left.iter().all(is_lock), "{left:?}");
    let rotated = [("SECRET_KEY", ANOTHER_KEY), ("SECRET_KEY_PREVIOUS", SECRET_KEY)];
    for (folder, keys, arguments) in [
        ("lost", &other[..], &["--without-key"][..]),
        ("rotated", &rotated, &[]),
        ("same", &[], &[]),
    ] {
        let restored = restore(folder, keys, arguments);
        let told = String::from_utf8(restored.stderr).unwrap();
        assert!(restored.status.success(), "{folder}: {told}");
    }
    site.tell(&["restore", backup.to_str().unwrap()]);
    site.run().await;
    assert_eq!(recover(&site.instance.person(), &phone, &code).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_journal_is_found_and_a_backup_is_restored_without_it() {
    let mut site = Site::start().await;
    let (_, phone) = site.sign_up().await;
    let backup = site.back_up();
    site.stop();
    fs::write(site.backups.join("journal"), "nonsense\n").unwrap();
    let backup = backup.to_str().unwrap();
    for arguments in [&["serve"][..], &["check"], &["restore"], &["restore", backup]] {
        let refused = site.fail(arguments);
        assert!(refused.contains("move its file `journal` away"), "{arguments:?}: {refused}");
    }
    site.tell(&["restore", backup, "--without-journal"]);
    fs::remove_file(site.backups.join("journal")).unwrap();
    site.run().await;
    assert_eq!(site.type_code(&phone).await, "signed_in");
}

/// Waits until the folder has this many backups.
async fn wait_for_backups(folder: &Path, count: usize) {
    let backups = || {
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        files.filter(|file| file.path().extension().is_some_and(|end| end == "db")).count()
    };
    for _ in 0..100 {
        if backups() == count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(backups(), count);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_made_at_the_first_start_and_then_daily() {
    let site = Site::start().await;
    wait_for_backups(&site.backups, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn backups_by_hand_are_deleted_by_age_with_the_others() {
    let mut site = Site::start().await;
    wait_for_backups(&site.backups, 1).await;
    let backup = site.back_up();
    site.stop();
    for day in 10..20 {
        fs::copy(&backup, site.backups.join(format!("ringkey-202611{day}T000000Z.db"))).unwrap();
    }
    let mut command = site.command();
    site.server = Some(ChildGuard(command.env("BACKUP_KEEP", "2").spawn().unwrap()));
    site.instance.ready().await;
    wait_for_backups(&site.backups, 2).await;
    assert!(backup.exists(), "the newest stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_postgresql_is_brought_up_to_date_by_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("BACKUP_DIR", folder.path().to_str().unwrap())];
    let Some(app) = TestApp::with_settings(Engine::Postgres, &settings).await else { return };
    let journal = ringkey::server::background_jobs::open_journal(&app.state).await.unwrap();
    let journal = journal.unwrap();
    let (gone, phone) = app.member().await;
    let (kept, _) = app.member().await;
    let sql = "DELETE FROM audit WHERE event = 'account_deleted'";
    gone.act("delete", json!({})).await.is(200, "");
    app.advance(60);
    journal.catch_up(&app.state).await.unwrap();
    drop(journal);
    // The database goes back to the time before: the account is there again.
    app.execute(sql).await;
    app.execute(
        "INSERT INTO users (id, phone, first_name, last_name, email, created_at, seen_at) \
                 SELECT user_id, NULL, 'Grace', 'Hopper', 'grace@example.com', 0, 0 FROM audit \
                 WHERE event = 'signed_up' ORDER BY id LIMIT 1",
    )
    .await;
    // After a point-in-time recovery the sequence is up to 32 values ahead.
    app.execute("SELECT setval(pg_get_serial_sequence('audit', 'id'), 35)").await;
    app.execute("DELETE FROM audit WHERE id > 1").await;
    let refused = ringkey::server::background_jobs::open_journal(&app.state).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("older than the journal")));
    let restored = ringkey::server::restore::catch_up(&app.state).await.unwrap().unwrap();
    assert_eq!((restored.deleted, restored.keeps_counters), (1, false));
    assert!(kept.user().await.is_null(), "everybody is signed out");
    assert_eq!(ringkey::server::restore::catch_up(&app.state).await.unwrap(), None);
    assert!(ringkey::server::background_jobs::open_journal(&app.state).await.is_ok());
    let answer = app.person().prove(&app.gateway, &phone).await;
    assert_eq!(answer.is(200, "").json()["status"], "details_required");
}

on_both_engines! {
    async fn entries_with_times_out_of_order_reach_the_journal(app: TestApp) {
        let folder = tempfile::tempdir().unwrap();
        let settings = [("BACKUP_DIR", folder.path().to_str().unwrap())];
        let app = app.restarted_with(&settings).await;
        let open = ringkey::server::background_jobs::open_journal;
        let journal = open(&app.state).await.unwrap().unwrap();
        // The clock of one instance is ahead: its entry comes first, and has the later time.
        let entry = "INSERT INTO audit (occurred_at, event, user_id) VALUES \
                     (1800000090, 'signed_in', 'a'), (1800000010, 'signed_in', 'b')";
        app.execute(entry).await;
        app.advance(45);
        journal.catch_up(&app.state).await.unwrap();
        let entries = ringkey::server::journal::read(folder.path()).unwrap();
        let users: Vec<_> = entries.into_iter().filter_map(|entry| entry.user_id).collect();
        assert_eq!(users, ["a", "b"]);
        assert!(open(&app.state).await.is_err(), "one server writes a journal");
    }
}
