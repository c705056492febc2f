//! Tests of group commit: what the transactions of a batch share, and what they do not.

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

    /// Spawns a transaction that runs these statements, and commits if they succeed.
    fn spawn_write(&self, sql: impl Into<String>) -> JoinHandle<Result<(), Error>> {
        let (writer, sql) = (self.writer.clone(), sql.into());
        tokio::spawn(async move {
            let tx = writer.acquire().await?;
            tx.connection()?.execute_batch(&sql)?;
            tx.commit().await
        })
    }

    /// Runs these statements in this order, each in its own transaction of one batch. Returns for
    /// each whether it succeeded. The write lock of another connection holds the batch back until
    /// all transactions are queued.
    async fn run_in_one_batch(&self, statements: &[&str]) -> Vec<bool> {
        let other = open(self.folder.path());
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut writes = Vec::new();
        for sql in statements {
            writes.push(self.spawn_write(*sql));
            // The test runtime has one thread, so the spawned task has queued its transaction now.
            tokio::task::yield_now().await;
        }
        other.execute_batch("COMMIT").unwrap();
        let mut succeeded = Vec::new();
        for write in writes {
            succeeded.push(write.await.unwrap().is_ok());
        }
        succeeded
    }
}

fn open(folder: &Path) -> Connection {
    let connection = Connection::open(folder.join("test.db")).unwrap();
    connection.busy_timeout(ACQUIRE_TIMEOUT).unwrap();
    connection
}

#[tokio::test]
async fn concurrent_transactions_share_one_commit() {
    let fixture = Fixture::new();
    let other = open(fixture.folder.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writes: Vec<_> = (0..20)
        .map(|n| fixture.spawn_write(format!("INSERT INTO rows VALUES ({n}, NULL)")))
        .collect();
    tokio::task::yield_now().await;
    other.execute_batch("COMMIT").unwrap();
    let mut seen = BTreeSet::new();
    while !writes.iter().all(JoinHandle::is_finished) {
        seen.insert(fixture.rows());
        tokio::task::yield_now().await;
    }
    for write in writes {
        write.await.unwrap().unwrap();
    }
    seen.insert(fixture.rows());
    assert_eq!(seen, BTreeSet::from([0, 20]), "a reader sees all of a batch or nothing");
}

#[tokio::test]
async fn more_transactions_than_fit_in_one_batch_are_all_committed() {
    let fixture = Fixture::new();
    let writes: Vec<_> = (0..=3 * MAX_BATCH_SIZE)
        .map(|n| fixture.spawn_write(format!("INSERT INTO rows VALUES ({n}, NULL)")))
        .collect();
    for write in writes {
        write.await.unwrap().unwrap();
    }
    assert_eq!(usize::try_from(fixture.rows()).unwrap(), 3 * MAX_BATCH_SIZE + 1);
}

#[tokio::test]
async fn failed_transaction_rolls_back_only_its_own_writes() {
    let fixture = Fixture::new();
    // The second statement fails, because row 1 exists.
    let failing = "INSERT INTO rows VALUES (2, NULL); INSERT INTO rows VALUES (1, NULL)";
    let succeeded = fixture
        .run_in_one_batch(&[
            "INSERT INTO rows VALUES (1, NULL)",
            failing,
            "INSERT INTO rows VALUES (3, NULL)",
        ])
        .await;
    assert_eq!(succeeded, [true, false, true]);
    assert_eq!(fixture.rows(), 2);
}

#[tokio::test]
async fn dropped_transaction_is_rolled_back_and_does_not_block_the_next() {
    let fixture = Fixture::new();
    let dropped = fixture.writer.acquire().await.unwrap();
    dropped.connection().unwrap().execute_batch("INSERT INTO rows VALUES (1, NULL)").unwrap();
    let next = fixture.spawn_write("INSERT INTO rows VALUES (2, NULL)");
    tokio::task::yield_now().await;
    drop(dropped);
    next.await.unwrap().unwrap();
    // This request is dropped before its transaction starts.
    let current = fixture.writer.acquire().await.unwrap();
    let queued = tokio::spawn({
        let writer = fixture.writer.clone();
        async move { writer.acquire().await.map(drop) }
    });
    tokio::task::yield_now().await;
    queued.abort();
    drop(current);
    fixture.spawn_write("INSERT INTO rows VALUES (3, NULL)").await.unwrap().unwrap();
    assert_eq!(fixture.rows(), 2);
}

/// A commit waits for one full batch at most, even if other requests start and drop transactions in
/// a loop.
#[tokio::test]
async fn dropped_transactions_do_not_starve_a_commit() {
    let fixture = Fixture::new();
    let first = fixture.writer.acquire().await.unwrap();
    let dropping: Vec<_> = (0..3)
        .map(|_| {
            let writer = fixture.writer.clone();
            tokio::spawn(async move { while writer.acquire().await.map(drop).is_ok() {} })
        })
        .collect();
    tokio::task::yield_now().await;
    first.connection().unwrap().execute_batch("INSERT INTO rows VALUES (1, NULL)").unwrap();
    timeout(ACQUIRE_TIMEOUT, first.commit()).await.unwrap().unwrap();
    dropping.iter().for_each(JoinHandle::abort);
}

#[tokio::test]
async fn failed_commit_fails_every_transaction_of_its_batch() {
    let fixture = Fixture::new();
    // A row without its parent makes the commit fail.
    let succeeded = fixture
        .run_in_one_batch(&["INSERT INTO rows VALUES (1, NULL)", "INSERT INTO rows VALUES (2, 7)"])
        .await;
    assert_eq!(succeeded, [false, false]);
    assert_eq!(fixture.rows(), 0);
    fixture.spawn_write("INSERT INTO rows VALUES (1, NULL)").await.unwrap().unwrap();
    assert_eq!(fixture.rows(), 1, "the next commit succeeds");
}

#[tokio::test]
async fn batch_that_sqlite_rolls_back_is_not_reported_as_committed() {
    let fixture = Fixture::new();
    let rolls_back = "INSERT OR ROLLBACK INTO rows VALUES (1, NULL)";
    let succeeded = fixture
        .run_in_one_batch(&[
            "INSERT INTO rows VALUES (1, NULL)",
            rolls_back,
            "INSERT INTO rows VALUES (3, NULL)",
        ])
        .await;
    assert_eq!(succeeded, [false, false, true], "the third is in its own batch");
    assert_eq!(fixture.rows(), 1);
}

#[tokio::test]
async fn failed_release_rolls_back_the_whole_batch() {
    let fixture = Fixture::new();
    // This transaction releases its own savepoint, so the release by the writer fails.
    let releases_itself = "INSERT INTO rows VALUES (2, NULL); RELEASE tx";
    let succeeded = fixture
        .run_in_one_batch(&[
            "INSERT INTO rows VALUES (1, NULL)",
            releases_itself,
            "INSERT INTO rows VALUES (3, NULL)",
        ])
        .await;
    assert_eq!(succeeded, [false, false, true], "the third is in its own batch");
    assert_eq!(fixture.rows(), 1, "the writes of the failed batch are rolled back");
}

#[tokio::test]
async fn close_runs_queued_transactions_and_refuses_new_ones() {
    let fixture = Fixture::new();
    let before = fixture.spawn_write("INSERT INTO rows VALUES (1, NULL)");
    tokio::task::yield_now().await;
    fixture.writer.close().await;
    before.await.unwrap().unwrap();
    assert!(fixture.spawn_write("INSERT INTO rows VALUES (2, NULL)").await.unwrap().is_err());
    assert_eq!(fixture.rows(), 1);
    fixture.writer.close().await;
}
