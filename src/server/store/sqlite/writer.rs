//! Group commit: the one writer of a `SQLite` file. Requests that come while the disk is busy write
//! one after the other into one transaction, each inside a savepoint, and share its commit. Each is
//! answered only after that commit. A request that fails or is dropped rolls back its own savepoint
//! and no other. If a savepoint can be neither released nor rolled back, the group is rolled back.
//!
//! The writer leases its one connection to one request at a time and gets it back whenever the
//! lease ends. While a commit waits for the disk, the next group gathers. So no request waits for
//! others to join.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::file::DatabaseFile;
use crate::server::error::Error;

/// The timeout of a request for a lease.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// The delay between two attempts to take a write lock that another process holds, and their
/// maximum number.
const BUSY_RETRY_DELAY: Duration = Duration::from_millis(5);
const MAX_BUSY_RETRIES: u32 = 1_000;
/// The maximum number of leases in a group, committed or not. It bounds the wait of the first one,
/// because a lease takes some 100 µs.
const MAX_GROUP_SIZE: usize = 64;

/// A handle on the writer's task.
#[derive(Debug, Clone)]
pub(super) struct Writer(mpsc::UnboundedSender<Command>);

#[derive(Debug)]
enum Command {
    Acquire(oneshot::Sender<Result<WriteLease, Error>>),
    Close(oneshot::Sender<()>),
}

/// A request's lease of the write connection, inside its own savepoint. A lease that is dropped
/// without a commit is rolled back.
#[derive(Debug)]
pub(in super::super) struct WriteLease {
    connection: Option<Connection>,
    returned: Option<oneshot::Sender<Returned>>,
}

/// The connection after a lease, and the channel for the result of the commit, if there is one.
#[derive(Debug)]
struct Returned {
    connection: Connection,
    ack: Option<CommitAck>,
}

type CommitAck = oneshot::Sender<Result<(), Error>>;

impl WriteLease {
    /// Returns the connection, for statements.
    pub(in super::super) fn connection(&self) -> Result<&Connection, Error> {
        self.connection.as_ref().ok_or(Error::Closed)
    }

    /// Commits the writes and returns when they are on the disk.
    pub(in super::super) async fn commit(mut self) -> Result<(), Error> {
        let (ack, committed) = oneshot::channel();
        self.end(Some(ack));
        committed.await.unwrap_or(Err(Error::Closed))
    }

    fn end(&mut self, ack: Option<CommitAck>) {
        if let (Some(connection), Some(returned)) = (self.connection.take(), self.returned.take()) {
            // Sending fails only if the writer is gone, and then the transaction is dropped with
            // the connection.
            let _ = returned.send(Returned { connection, ack });
        }
    }
}

impl Drop for WriteLease {
    fn drop(&mut self) {
        self.end(None);
    }
}

impl Writer {
    /// Starts the writer's task on this connection to this file.
    pub(super) fn start(connection: Connection, file: Arc<DatabaseFile>) -> Self {
        let (sender, commands) = mpsc::unbounded_channel();
        tokio::spawn(write(connection, file, commands));
        Self(sender)
    }

    /// Waits for a lease, at most as long as `ACQUIRE_TIMEOUT`.
    pub(super) async fn acquire(&self) -> Result<WriteLease, Error> {
        let (reply, lease) = oneshot::channel();
        self.0.send(Command::Acquire(reply)).map_err(|_| Error::Closed)?;
        match timeout(ACQUIRE_TIMEOUT, lease).await {
            Ok(lease) => lease.unwrap_or(Err(Error::Closed)),
            Err(_) => Err(Error::WriteTimeout),
        }
    }

    /// Serves the requests that are queued, then closes the connection.
    pub(super) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.0.send(Command::Close(reply)).is_ok() {
            let _ = closed.await;
        }
    }
}

/// Runs group after group until the writer is closed or its connection is lost in a panic.
async fn write(
    connection: Connection,
    file: Arc<DatabaseFile>,
    mut commands: mpsc::UnboundedReceiver<Command>,
) {
    let mut connection = Some(connection);
    while let (Some(command), Some(mut idle)) = (commands.recv().await, connection.take()) {
        match command {
            Command::Acquire(first) => match begin(&mut idle).await {
                Ok(()) => connection = run_group(idle, &file, first, &mut commands).await,
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

/// Takes the write lock. While another process holds it, the task retries and blocks no thread.
async fn begin(connection: &mut Connection) -> rusqlite::Result<()> {
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

/// Runs a group: leases for all waiting requests, then the commit. Returns the connection.
async fn run_group(
    mut connection: Connection,
    file: &Arc<DatabaseFile>,
    first: oneshot::Sender<Result<WriteLease, Error>>,
    commands: &mut mpsc::UnboundedReceiver<Command>,
) -> Option<Connection> {
    let (mut next, mut waiters) = (Some(Command::Acquire(first)), Vec::new());
    let (mut leases, mut closing) = (0, None);
    while let Some(command) = next.take() {
        match command {
            Command::Acquire(reply) => {
                connection = run_lease(connection, reply, &mut waiters).await?;
            }
            Command::Close(closed) => {
                closing = Some(closed);
                break;
            }
        }
        // SQLite rolls back the whole transaction by itself when the disk fails.
        if connection.is_autocommit() {
            break;
        }
        leases += 1;
        if leases < MAX_GROUP_SIZE {
            next = commands.try_recv().ok();
        }
    }
    let connection = commit(connection, file, waiters).await?;
    if let Some(closed) = closing {
        drop(connection);
        let _ = closed.send(());
        return None;
    }
    Some(connection)
}

/// Runs one lease, from the start of its savepoint to its release or rollback.
async fn run_lease(
    connection: Connection,
    reply: oneshot::Sender<Result<WriteLease, Error>>,
    waiters: &mut Vec<CommitAck>,
) -> Option<Connection> {
    if let Err(error) = run(&connection, "SAVEPOINT lease") {
        let _ = reply.send(Err(error.into()));
        return Some(connection);
    }
    let (returned, ended) = oneshot::channel();
    // If the request is gone, the lease is dropped here, which returns the connection.
    let _ = reply.send(Ok(WriteLease { connection: Some(connection), returned: Some(returned) }));
    let Returned { connection, ack } = ended.await.ok()?;
    let end = if ack.is_some() { "RELEASE lease" } else { "ROLLBACK TO lease; RELEASE lease" };
    match connection.execute_batch(end) {
        Ok(()) => waiters.extend(ack),
        Err(error) => {
            // Without this savepoint the group is rolled back; none of its requests was answered
            // yet.
            let _ = run(&connection, "ROLLBACK");
            if let Some(ack) = ack {
                let _ = ack.send(Err(error.into()));
            }
        }
    }
    Some(connection)
}

/// Commits the group on a thread that may wait for the disk, and notifies its waiters. It fails if
/// the file was moved or deleted.
async fn commit(
    connection: Connection,
    file: &Arc<DatabaseFile>,
    waiters: Vec<CommitAck>,
) -> Option<Connection> {
    if waiters.is_empty() {
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
    for waiter in waiters {
        let _ = waiter.send(committed.clone().map_err(Error::Commit));
    }
    Some(connection)
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

#[cfg(test)]
mod tests;
