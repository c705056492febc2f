//! Group commit for `SQLite`. While one commit waits for fsync, the next transactions wait in a
//! queue. Then they run one after another as savepoints of one `SQLite` transaction (a batch), and
//! are committed together. Each `commit` returns after the shared commit. A failed or dropped
//! transaction rolls back only its own savepoint. If a savepoint can be neither released nor rolled
//! back, the whole batch is rolled back.
//!
//! The writer has one connection. It gives it to one transaction at a time, and gets it back when
//! that transaction ends. A batch is committed as soon as the queue is empty, so it never waits for
//! more transactions.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::file::DatabaseFile;
use crate::server::error::Error;

/// The maximum time to wait for the start of a transaction.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// The delay between two attempts to take the write lock while another process holds it, and the
/// maximum number of retries.
const BUSY_RETRY_DELAY: Duration = Duration::from_millis(5);
const MAX_BUSY_RETRIES: u32 = 1_000;
/// The maximum number of transactions in a batch, including those that are rolled back. It limits
/// how long the first one waits for its commit: a transaction takes about 100 µs.
const MAX_BATCH_SIZE: usize = 64;

/// A handle to the task that owns the write connection.
#[derive(Debug, Clone)]
pub(super) struct Writer(mpsc::UnboundedSender<Command>);

#[derive(Debug)]
enum Command {
    Acquire(oneshot::Sender<Result<WriteTransaction, Error>>),
    Close(oneshot::Sender<()>),
}

/// A write transaction, which is a savepoint of its batch. It has the write connection until it
/// ends. If it is dropped without a commit, it is rolled back.
#[derive(Debug)]
pub(in super::super) struct WriteTransaction {
    connection: Option<Connection>,
    return_to: Option<oneshot::Sender<ReturnedConnection>>,
}

/// The connection that an ended transaction returns. `commit_reply` is `None` if the transaction
/// must be rolled back.
#[derive(Debug)]
struct ReturnedConnection {
    connection: Connection,
    commit_reply: Option<CommitReply>,
}

/// The sender of a commit's result to the transaction that waits for it.
type CommitReply = oneshot::Sender<Result<(), Error>>;

impl WriteTransaction {
    /// Returns the connection, for statements.
    pub(in super::super) fn connection(&self) -> Result<&Connection, Error> {
        self.connection.as_ref().ok_or(Error::Closed)
    }

    /// Commits the writes. Returns after the shared commit of the batch, when they are on disk.
    pub(in super::super) async fn commit(mut self) -> Result<(), Error> {
        let (commit_reply, committed) = oneshot::channel();
        self.return_connection(Some(commit_reply));
        committed.await.unwrap_or(Err(Error::Closed))
    }

    fn return_connection(&mut self, commit_reply: Option<CommitReply>) {
        if let (Some(connection), Some(return_to)) = (self.connection.take(), self.return_to.take())
        {
            // Sending fails only if the writer's task has ended. The connection is then dropped,
            // which rolls the transaction back.
            let _ = return_to.send(ReturnedConnection { connection, commit_reply });
        }
    }
}

impl Drop for WriteTransaction {
    fn drop(&mut self) {
        self.return_connection(None);
    }
}

impl Writer {
    /// Starts the writer's task, which owns `connection`. `file` is the file of that connection.
    pub(super) fn start(connection: Connection, file: Arc<DatabaseFile>) -> Self {
        let (sender, commands) = mpsc::unbounded_channel();
        tokio::spawn(run_writer(connection, file, commands));
        Self(sender)
    }

    /// Starts a transaction, after a wait of at most `ACQUIRE_TIMEOUT`.
    pub(super) async fn acquire(&self) -> Result<WriteTransaction, Error> {
        let (reply, started) = oneshot::channel();
        self.0.send(Command::Acquire(reply)).map_err(|_| Error::Closed)?;
        match timeout(ACQUIRE_TIMEOUT, started).await {
            Ok(transaction) => transaction.unwrap_or(Err(Error::Closed)),
            Err(_) => Err(Error::WriteTimeout),
        }
    }

    /// Runs the transactions that are already queued, then closes the connection.
    pub(super) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.0.send(Command::Close(reply)).is_ok() {
            let _ = closed.await;
        }
    }
}

/// Runs batches until the writer is closed, or until its connection is lost in a panic.
async fn run_writer(
    connection: Connection,
    file: Arc<DatabaseFile>,
    mut commands: mpsc::UnboundedReceiver<Command>,
) {
    let mut connection = Some(connection);
    while let (Some(command), Some(mut idle)) = (commands.recv().await, connection.take()) {
        match command {
            Command::Acquire(first) => match begin_immediate(&mut idle).await {
                Ok(()) => connection = run_batch(idle, &file, first, &mut commands).await,
                Err(error) => {
                    let _ = first.send(Err(error.into()));
                    connection = Some(idle);
                }
            },
            Command::Close(closed) => {
                drop(idle);
                let _ = closed.send(());
            }
        }
    }
}

/// Begins the `SQLite` transaction of a batch, which takes the write lock. While another process
/// holds the lock, the task sleeps and retries, so no thread is blocked.
async fn begin_immediate(connection: &mut Connection) -> rusqlite::Result<()> {
    for _ in 0..MAX_BUSY_RETRIES {
        match run(connection, "BEGIN IMMEDIATE") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                sleep(BUSY_RETRY_DELAY).await;
            }
            done => return done,
        }
    }
    run(connection, "BEGIN IMMEDIATE")
}

/// Runs a batch: all queued transactions one after another, then the shared commit. Returns the
/// connection, or `None` if it was closed or lost.
async fn run_batch(
    mut connection: Connection,
    file: &Arc<DatabaseFile>,
    first: oneshot::Sender<Result<WriteTransaction, Error>>,
    commands: &mut mpsc::UnboundedReceiver<Command>,
) -> Option<Connection> {
    let (mut next, mut pending_commits) = (Some(Command::Acquire(first)), Vec::new());
    let (mut transactions, mut closing) = (0, None);
    while let Some(command) = next.take() {
        match command {
            Command::Acquire(reply) => {
                connection = run_transaction(connection, reply, &mut pending_commits).await?;
            }
            Command::Close(closed) => {
                closing = Some(closed);
                break;
            }
        }
        // SQLite itself rolls back the whole batch on some errors, for example a full disk.
        if connection.is_autocommit() {
            break;
        }
        transactions += 1;
        if transactions < MAX_BATCH_SIZE {
            next = commands.try_recv().ok();
        }
    }
    let connection = commit(connection, file, pending_commits).await?;
    if let Some(closed) = closing {
        drop(connection);
        let _ = closed.send(());
        return None;
    }
    Some(connection)
}

/// Runs one transaction, from the start of its savepoint to the release or rollback. Returns the
/// connection, or `None` if it was lost.
async fn run_transaction(
    connection: Connection,
    reply: oneshot::Sender<Result<WriteTransaction, Error>>,
    pending_commits: &mut Vec<CommitReply>,
) -> Option<Connection> {
    if let Err(error) = run(&connection, "SAVEPOINT tx") {
        let _ = reply.send(Err(error.into()));
        return Some(connection);
    }
    let (return_to, returned) = oneshot::channel();
    let tx = WriteTransaction { connection: Some(connection), return_to: Some(return_to) };
    // If the request was dropped, the transaction is dropped here, which returns the connection.
    let _ = reply.send(Ok(tx));
    let ReturnedConnection { connection, commit_reply } = returned.await.ok()?;
    let end = if commit_reply.is_some() { "RELEASE tx" } else { "ROLLBACK TO tx; RELEASE tx" };
    match connection.execute_batch(end) {
        Ok(()) => pending_commits.extend(commit_reply),
        Err(error) => {
            // The savepoint is in an unknown state, so the whole batch is rolled back. No `commit`
            // of the batch has returned yet.
            let _ = run(&connection, "ROLLBACK");
            if let Some(commit_reply) = commit_reply {
                let _ = commit_reply.send(Err(error.into()));
            }
        }
    }
    Some(connection)
}

/// Commits the batch on a thread that may block for fsync, and sends the result to every pending
/// commit. The commit fails if the file was moved, deleted or replaced. Returns the connection, or
/// `None` if it was lost.
async fn commit(
    connection: Connection,
    file: &Arc<DatabaseFile>,
    pending_commits: Vec<CommitReply>,
) -> Option<Connection> {
    if pending_commits.is_empty() {
        if !connection.is_autocommit() {
            let _ = run(&connection, "ROLLBACK");
        }
        return Some(connection);
    }
    let file = Arc::clone(file);
    let committed = spawn_blocking(move || {
        let committed = file.check_unmoved().and_then(|()| Ok(run(&connection, "COMMIT")?));
        if committed.is_err() && !connection.is_autocommit() {
            let _ = run(&connection, "ROLLBACK");
        }
        (connection, committed)
    });
    let (connection, committed) = committed.await.ok()?;
    let committed = committed.map_err(Arc::new);
    for commit_reply in pending_commits {
        let _ = commit_reply.send(committed.clone().map_err(Error::Commit));
    }
    Some(connection)
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

#[cfg(test)]
mod tests;
