//! Tests of group commit: what leases of a group share and what they do not.

use std::collections::BTreeSet;
use std::path::Path;

use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::*;

const SCHEMA: &str = "PRAGMA journal_mode = WAL; CREATE TABLE parents (n INTEGER PRIMARY KEY); \
    CREATE TABLE rows (n INTEGER PRIMARY KEY, \
    parent INTEGER REFERENCES parents (n) DEFERRABLE INITIALLY DEFERRED)";

struct Fixture {
    folder: TempDir,
    writer: Writer,
}

impl Fixture {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let connection = open(folder.path());
        connection.execute_batch(SCHEMA).unwrap();
        connection.busy_timeout(Duration::ZERO).unwrap();
        let file = Arc::new(DatabaseFile::new(folder.path().join("test.db")).unwrap());
        Self { folder, writer: Writer::start(connection, file) }
    }

    fn rows(&self) -> i64 {
        open(self.folder.path())
            .query_row("SELECT COUNT(*) FROM rows", [], |row| row.get(0))
            .unwrap()
    }

    /// Spawns a lease that runs a statement, and commits if it succeeds.
    fn writes(&self, sql: impl Into<String>) -> JoinHandle<Result<(), Error>> {
        let (writer, sql) = (self.writer.clone(), sql.into());
        tokio::spawn(async move {
            let lease = writer.acquire().await?;
            lease.connection()?.execute_batch(&sql)?;
            lease.commit().await
        })
    }

    /// Runs these statements in one group and in this order, which wait for another lock until all
    /// are there.
    async fn together(&self, statements: &[&str]) -> Vec<bool> {
        let other = open(self.folder.path());
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut writing = Vec::new();
        for sql in statements {
            writing.push(self.writes(*sql));
            // The spawned task is the only other one, so it has asked for its lease by now.
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
    connection.busy_timeout(ACQUIRE_TIMEOUT).unwrap();
    connection
}

#[tokio::test]
async fn leases_that_come_together_share_one_commit() {
    let fixture = Fixture::new();
    let other = open(fixture.folder.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writing: Vec<_> =
        (0..20).map(|n| fixture.writes(format!("INSERT INTO rows VALUES ({n}, NULL)"))).collect();
    tokio::task::yield_now().await;
    other.execute_batch("COMMIT").unwrap();
    let mut seen = BTreeSet::new();
    while !writing.iter().all(JoinHandle::is_finished) {
        seen.insert(fixture.rows());
        tokio::task::yield_now().await;
    }
    for write in writing {
        write.await.unwrap().unwrap();
    }
    seen.insert(fixture.rows());
    assert_eq!(seen, BTreeSet::from([0, 20]), "a reader sees all of a group or nothing");
}

#[tokio::test]
async fn more_leases_than_a_group_holds_are_all_served() {
    let fixture = Fixture::new();
    let writing: Vec<_> = (0..=3 * MAX_GROUP_SIZE)
        .map(|n| fixture.writes(format!("INSERT INTO rows VALUES ({n}, NULL)")))
        .collect();
    for write in writing {
        write.await.unwrap().unwrap();
    }
    assert_eq!(usize::try_from(fixture.rows()).unwrap(), 3 * MAX_GROUP_SIZE + 1);
}

#[tokio::test]
async fn a_lease_that_fails_rolls_back_its_own_writes_alone() {
    let fixture = Fixture::new();
    let half = "INSERT INTO rows VALUES (2, NULL); INSERT INTO rows VALUES (1, NULL)";
    let done = fixture
        .together(&["INSERT INTO rows VALUES (1, NULL)", half, "INSERT INTO rows VALUES (3, NULL)"])
        .await;
    assert_eq!(done, [true, false, true]);
    assert_eq!(fixture.rows(), 2);
}

#[tokio::test]
async fn a_lease_that_is_dropped_leaves_no_trace_and_delays_no_other() {
    let fixture = Fixture::new();
    let dropped = fixture.writer.acquire().await.unwrap();
    dropped.connection().unwrap().execute_batch("INSERT INTO rows VALUES (1, NULL)").unwrap();
    let next = fixture.writes("INSERT INTO rows VALUES (2, NULL)");
    tokio::task::yield_now().await;
    drop(dropped);
    next.await.unwrap().unwrap();
    // This request is dropped before its lease comes.
    let lock = fixture.writer.acquire().await.unwrap();
    let gone = tokio::spawn({
        let writer = fixture.writer.clone();
        async move { writer.acquire().await.map(drop) }
    });
    tokio::task::yield_now().await;
    gone.abort();
    drop(lock);
    fixture.writes("INSERT INTO rows VALUES (3, NULL)").await.unwrap().unwrap();
    assert_eq!(fixture.rows(), 2);
}

/// A commit waits for a full group at most, even if all others drop their leases and ask again.
#[tokio::test]
async fn leases_that_are_dropped_delay_no_commit() {
    let fixture = Fixture::new();
    let first = fixture.writer.acquire().await.unwrap();
    let restless: Vec<_> = (0..3)
        .map(|_| {
            let writer = fixture.writer.clone();
            tokio::spawn(async move { while writer.acquire().await.map(drop).is_ok() {} })
        })
        .collect();
    tokio::task::yield_now().await;
    first.connection().unwrap().execute_batch("INSERT INTO rows VALUES (1, NULL)").unwrap();
    timeout(ACQUIRE_TIMEOUT, first.commit()).await.unwrap().unwrap();
    restless.iter().for_each(JoinHandle::abort);
}

#[tokio::test]
async fn a_commit_that_fails_is_a_failure_for_every_lease_in_it() {
    let fixture = Fixture::new();
    // A row without its parent makes the commit fail.
    let done = fixture
        .together(&["INSERT INTO rows VALUES (1, NULL)", "INSERT INTO rows VALUES (2, 7)"])
        .await;
    assert_eq!(done, [false, false]);
    assert_eq!(fixture.rows(), 0);
    fixture.writes("INSERT INTO rows VALUES (1, NULL)").await.unwrap().unwrap();
    assert_eq!(fixture.rows(), 1, "and the next one is not");
}

#[tokio::test]
async fn a_transaction_that_sqlite_rolls_back_is_never_acknowledged() {
    let fixture = Fixture::new();
    let rolls_back = "INSERT OR ROLLBACK INTO rows VALUES (1, NULL)";
    let done = fixture
        .together(&[
            "INSERT INTO rows VALUES (1, NULL)",
            rolls_back,
            "INSERT INTO rows VALUES (3, NULL)",
        ])
        .await;
    assert_eq!(done, [false, false, true], "the third is in a group of its own");
    assert_eq!(fixture.rows(), 1);
}

#[tokio::test]
async fn a_lease_that_cannot_be_released_rolls_its_whole_group_back() {
    let fixture = Fixture::new();
    // Its savepoint is gone before the writer releases it.
    let released = "INSERT INTO rows VALUES (2, NULL); RELEASE lease";
    let done = fixture
        .together(&[
            "INSERT INTO rows VALUES (1, NULL)",
            released,
            "INSERT INTO rows VALUES (3, NULL)",
        ])
        .await;
    assert_eq!(done, [false, false, true], "the third is in a group of its own");
    assert_eq!(fixture.rows(), 1, "a refused lease left no trace");
}

#[tokio::test]
async fn requests_that_are_queued_are_served_before_the_writer_closes_and_none_after() {
    let fixture = Fixture::new();
    let before = fixture.writes("INSERT INTO rows VALUES (1, NULL)");
    tokio::task::yield_now().await;
    fixture.writer.close().await;
    before.await.unwrap().unwrap();
    assert!(fixture.writes("INSERT INTO rows VALUES (2, NULL)").await.unwrap().is_err());
    assert_eq!(fixture.rows(), 1);
    fixture.writer.close().await;
}
