//! What a group of turns may and may not share.

use std::collections::BTreeSet;
use std::path::Path;

use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::*;

const SCHEMA: &str = "PRAGMA journal_mode = WAL; CREATE TABLE parents (n INTEGER PRIMARY KEY); \
    CREATE TABLE rows (n INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (n) DEFERRABLE INITIALLY DEFERRED)";

struct Desk {
    folder: TempDir,
    writer: Writer,
}

impl Desk {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let connection = open(folder.path());
        connection.execute_batch(SCHEMA).unwrap();
        connection.busy_timeout(Duration::ZERO).unwrap();
        let file = Arc::new(File::new(folder.path().join("test.db")).unwrap());
        Self { folder, writer: Writer::start(connection, file) }
    }

    fn rows(&self) -> i64 {
        open(self.folder.path()).query_row("SELECT COUNT(*) FROM rows", [], |row| row.get(0)).unwrap()
    }

    /// A turn that runs a statement, and commits if it worked.
    fn writes(&self, sql: impl Into<String>) -> JoinHandle<Result<(), Error>> {
        let (writer, sql) = (self.writer.clone(), sql.into());
        tokio::spawn(async move {
            let turn = writer.turn().await?;
            turn.connection()?.execute_batch(&sql)?;
            turn.commit().await
        })
    }

    /// Lets these statements into one group, in this order: they gather while somebody else holds the lock.
    async fn together(&self, statements: &[&str]) -> Vec<bool> {
        let other = open(self.folder.path());
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut writing = Vec::new();
        for sql in statements {
            writing.push(self.writes(*sql));
            // Whoever was spawned has asked by now: this is the only other task.
            tokio::task::yield_now().await;
        }
        other.execute_batch("COMMIT").unwrap();
        let mut done = Vec::new();
        for write in writing {
            done.push(write.await.unwrap().is_ok());
        }
        done
    }
}

fn open(folder: &Path) -> Connection {
    let connection = Connection::open(folder.join("test.db")).unwrap();
    connection.busy_timeout(PATIENCE).unwrap();
    connection
}

#[tokio::test]
async fn turns_that_come_together_share_one_commit() {
    let desk = Desk::new();
    let other = open(desk.folder.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writing: Vec<_> = (0..20).map(|n| desk.writes(format!("INSERT INTO rows VALUES ({n}, NULL)"))).collect();
    tokio::task::yield_now().await;
    other.execute_batch("COMMIT").unwrap();
    let mut seen = BTreeSet::new();
    while !writing.iter().all(JoinHandle::is_finished) {
        seen.insert(desk.rows());
        tokio::task::yield_now().await;
    }
    for write in writing {
        write.await.unwrap().unwrap();
    }
    seen.insert(desk.rows());
    assert_eq!(seen, BTreeSet::from([0, 20]), "a reader sees all of a group or nothing");
}

#[tokio::test]
async fn more_turns_than_a_group_holds_are_all_served() {
    let desk = Desk::new();
    let writing: Vec<_> = (0..=3 * MOST).map(|n| desk.writes(format!("INSERT INTO rows VALUES ({n}, NULL)"))).collect();
    for write in writing {
        write.await.unwrap().unwrap();
    }
    assert_eq!(usize::try_from(desk.rows()).unwrap(), 3 * MOST + 1);
}

#[tokio::test]
async fn a_turn_that_fails_takes_back_its_own_writes_alone() {
    let desk = Desk::new();
    let half = "INSERT INTO rows VALUES (2, NULL); INSERT INTO rows VALUES (1, NULL)";
    let done = desk.together(&["INSERT INTO rows VALUES (1, NULL)", half, "INSERT INTO rows VALUES (3, NULL)"]).await;
    assert_eq!(done, [true, false, true]);
    assert_eq!(desk.rows(), 2);
}

#[tokio::test]
async fn a_turn_that_is_given_up_leaves_no_trace_and_holds_nobody_up() {
    let desk = Desk::new();
    let given_up = desk.writer.turn().await.unwrap();
    given_up.connection().unwrap().execute_batch("INSERT INTO rows VALUES (1, NULL)").unwrap();
    let next = desk.writes("INSERT INTO rows VALUES (2, NULL)");
    tokio::task::yield_now().await;
    drop(given_up);
    next.await.unwrap().unwrap();
    // Somebody who asked and went away before the turn came.
    let lock = desk.writer.turn().await.unwrap();
    let gone = tokio::spawn({
        let writer = desk.writer.clone();
        async move { writer.turn().await.map(drop) }
    });
    tokio::task::yield_now().await;
    gone.abort();
    drop(lock);
    desk.writes("INSERT INTO rows VALUES (3, NULL)").await.unwrap().unwrap();
    assert_eq!(desk.rows(), 2);
}

/// Whoever has written waits for a full group at most, even where all others give up and ask again at once.
#[tokio::test]
async fn turns_that_are_given_up_hold_no_commit_up() {
    let desk = Desk::new();
    let first = desk.writer.turn().await.unwrap();
    let restless: Vec<_> = (0..3)
        .map(|_| {
            let writer = desk.writer.clone();
            tokio::spawn(async move { while writer.turn().await.map(drop).is_ok() {} })
        })
        .collect();
    tokio::task::yield_now().await;
    first.connection().unwrap().execute_batch("INSERT INTO rows VALUES (1, NULL)").unwrap();
    timeout(PATIENCE, first.commit()).await.unwrap().unwrap();
    restless.iter().for_each(JoinHandle::abort);
}

#[tokio::test]
async fn a_commit_that_fails_is_a_failure_for_everybody_in_it() {
    let desk = Desk::new();
    // A row without its parent is found out at the commit.
    let done = desk.together(&["INSERT INTO rows VALUES (1, NULL)", "INSERT INTO rows VALUES (2, 7)"]).await;
    assert_eq!(done, [false, false]);
    assert_eq!(desk.rows(), 0);
    desk.writes("INSERT INTO rows VALUES (1, NULL)").await.unwrap().unwrap();
    assert_eq!(desk.rows(), 1, "and the next one is not");
}

#[tokio::test]
async fn what_sqlite_takes_back_as_a_whole_was_acknowledged_to_nobody() {
    let desk = Desk::new();
    let rolls_back = "INSERT OR ROLLBACK INTO rows VALUES (1, NULL)";
    let done = desk.together(&["INSERT INTO rows VALUES (1, NULL)", rolls_back, "INSERT INTO rows VALUES (3, NULL)"]).await;
    assert_eq!(done, [false, false, true], "the third is in a group of its own");
    assert_eq!(desk.rows(), 1);
}

#[tokio::test]
async fn a_turn_that_cannot_be_kept_takes_its_whole_group_back() {
    let desk = Desk::new();
    // Its savepoint is gone before the writer releases it.
    let released = "INSERT INTO rows VALUES (2, NULL); RELEASE turn";
    let done = desk.together(&["INSERT INTO rows VALUES (1, NULL)", released, "INSERT INTO rows VALUES (3, NULL)"]).await;
    assert_eq!(done, [false, false, true], "the third is in a group of its own");
    assert_eq!(desk.rows(), 1, "whoever was refused left no trace");
}

#[tokio::test]
async fn whoever_has_asked_is_served_before_the_writer_closes_and_nobody_after() {
    let desk = Desk::new();
    let before = desk.writes("INSERT INTO rows VALUES (1, NULL)");
    tokio::task::yield_now().await;
    desk.writer.close().await;
    before.await.unwrap().unwrap();
    assert!(desk.writes("INSERT INTO rows VALUES (2, NULL)").await.unwrap().is_err());
    assert_eq!(desk.rows(), 1);
    desk.writer.close().await;
}
