//! The one writer, which commits in groups: requests that come while the disk is busy write one after the other into one
//! transaction, each inside a savepoint, and share its commit. Each is answered only after that commit; one that fails or is
//! given up takes its own savepoint back, and nothing of the others'. One whose savepoint cannot be ended ends the group.
//!
//! The connection goes from hand to hand: the writer lends it for a turn and gets it back when the turn is over, however it
//! ends. While a commit waits for the disk the next group gathers, so that nobody ever waits for company.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::CLOSED;
use super::file::File;
use crate::server::error::Error;

/// How long a request waits for its turn before it is refused.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long until the lock is asked for again that another process holds, and how often.
const BREATH: Duration = Duration::from_millis(5);
const TRIES: u32 = 1_000;
/// Turns in a transaction at most, whether they are kept or not, so that the first does not wait for long: a turn takes some 100 µs.
const MOST: usize = 64;

/// Where turns are asked for.
#[derive(Debug, Clone)]
pub(super) struct Writer(mpsc::UnboundedSender<Ask>);

#[derive(Debug)]
enum Ask {
    Turn(oneshot::Sender<Result<Turn, Error>>),
    Close(oneshot::Sender<()>),
}

/// A request's turn to write, inside a savepoint of its own; dropped, it leaves no trace.
#[derive(Debug)]
pub(in super::super) struct Turn {
    lent: Option<Connection>,
    over: Option<oneshot::Sender<Over>>,
}

/// A turn that is over: the connection, and who waits for the commit if there is something to commit.
#[derive(Debug)]
struct Over {
    connection: Connection,
    kept: Option<Kept>,
}

type Kept = oneshot::Sender<Result<(), Error>>;

impl Turn {
    /// The connection, for statements.
    pub(in super::super) fn connection(&self) -> Result<&Connection, Error> {
        self.lent.as_ref().ok_or(CLOSED)
    }

    /// Keeps what was written; back when it is on the disk.
    pub(in super::super) async fn commit(mut self) -> Result<(), Error> {
        let (kept, committed) = oneshot::channel();
        self.end(Some(kept));
        committed.await.unwrap_or(Err(CLOSED))
    }

    fn end(&mut self, kept: Option<Kept>) {
        if let (Some(connection), Some(over)) = (self.lent.take(), self.over.take()) {
            // Nobody takes it back only where the writer is gone, and then the transaction goes with the connection.
            let _ = over.send(Over { connection, kept });
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.end(None);
    }
}

impl Writer {
    /// Starts it on this connection to this file.
    pub(super) fn start(connection: Connection, file: Arc<File>) -> Self {
        let (ask, asked) = mpsc::unbounded_channel();
        tokio::spawn(write(connection, file, asked));
        Self(ask)
    }

    /// Waits for a turn.
    pub(super) async fn turn(&self) -> Result<Turn, Error> {
        let (ask, turn) = oneshot::channel();
        self.0.send(Ask::Turn(ask)).map_err(|_| CLOSED)?;
        match timeout(PATIENCE, turn).await {
            Ok(turn) => turn.unwrap_or(Err(CLOSED)),
            Err(_) => Err(Error::Inconsistent { table: "file", what: "no turn to write in time" }),
        }
    }

    /// Lets everybody finish who has asked, and closes the connection.
    pub(super) async fn close(&self) {
        let (ask, closed) = oneshot::channel();
        if self.0.send(Ask::Close(ask)).is_ok() {
            let _ = closed.await;
        }
    }
}

/// Writes group after group until it is closed, or the connection is lost with a thread that panicked.
async fn write(connection: Connection, file: Arc<File>, mut asked: mpsc::UnboundedReceiver<Ask>) {
    let mut connection = Some(connection);
    while let (Some(ask), Some(mut lent)) = (asked.recv().await, connection.take()) {
        match ask {
            Ask::Turn(first) => match begin(&mut lent).await {
                Ok(()) => connection = group(lent, &file, first, &mut asked).await,
                Err(error) => {
                    let _ = first.send(Err(error.into()));
                    connection = Some(lent);
                }
            },
            Ask::Close(closed) => {
                drop(lent);
                let _ = closed.send(());
            }
        }
    }
}

/// Takes the write lock. While another process holds it, it is asked for again, and no thread sleeps.
async fn begin(connection: &mut Connection) -> rusqlite::Result<()> {
    for _ in 0..TRIES {
        match run(connection, "BEGIN IMMEDIATE") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => sleep(BREATH).await,
            done => return done,
        }
    }
    run(connection, "BEGIN IMMEDIATE")
}

/// Gives turns to whoever waits, and commits when nobody does; gives the connection back.
async fn group(
    mut connection: Connection,
    file: &Arc<File>,
    first: oneshot::Sender<Result<Turn, Error>>,
    asked: &mut mpsc::UnboundedReceiver<Ask>,
) -> Option<Connection> {
    let (mut next, mut members) = (Some(Ask::Turn(first)), Vec::new());
    let (mut turns, mut closing) = (0, None);
    while let Some(ask) = next.take() {
        match ask {
            Ask::Turn(ask) => connection = turn(connection, ask, &mut members).await?,
            Ask::Close(closed) => {
                closing = Some(closed);
                break;
            }
        }
        // SQLite takes a whole transaction back by itself when the disk fails it.
        if connection.is_autocommit() {
            break;
        }
        turns += 1;
        if turns < MOST {
            next = asked.try_recv().ok();
        }
    }
    let connection = commit(connection, file, members).await?;
    if let Some(closed) = closing {
        drop(connection);
        let _ = closed.send(());
        return None;
    }
    Some(connection)
}

/// One turn, from savepoint to savepoint.
async fn turn(connection: Connection, ask: oneshot::Sender<Result<Turn, Error>>, members: &mut Vec<Kept>) -> Option<Connection> {
    if let Err(error) = run(&connection, "SAVEPOINT turn") {
        let _ = ask.send(Err(error.into()));
        return Some(connection);
    }
    let (over, ended) = oneshot::channel();
    // Whoever asked and is not there any more drops the turn, and so gives it back.
    let _ = ask.send(Ok(Turn { lent: Some(connection), over: Some(over) }));
    let Over { connection, kept } = ended.await.ok()?;
    let end = if kept.is_some() { "RELEASE turn" } else { "ROLLBACK TO turn; RELEASE turn" };
    match connection.execute_batch(end) {
        Ok(()) => members.extend(kept),
        Err(error) => {
            // What can be neither kept nor taken back alone is taken back with all the others: nobody was answered yet.
            let _ = run(&connection, "ROLLBACK");
            if let Some(kept) = kept {
                let _ = kept.send(Err(error.into()));
            }
        }
    }
    Some(connection)
}

/// Commits the group on a thread that may wait for the disk, and tells its members. A file that was moved or deleted keeps nothing.
async fn commit(connection: Connection, file: &Arc<File>, members: Vec<Kept>) -> Option<Connection> {
    if members.is_empty() {
        if !connection.is_autocommit() {
            let _ = run(&connection, "ROLLBACK");
        }
        return Some(connection);
    }
    let file = Arc::clone(file);
    let committed = spawn_blocking(move || {
        let committed = file.is_there().and_then(|()| Ok(run(&connection, "COMMIT")?));
        if committed.is_err() && !connection.is_autocommit() {
            let _ = run(&connection, "ROLLBACK");
        }
        (connection, committed)
    });
    let (connection, committed) = committed.await.ok()?;
    let committed = committed.map_err(Arc::new);
    for member in members {
        let _ = member.send(committed.clone().map_err(Error::Commit));
    }
    Some(connection)
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

#[cfg(test)]
mod tests;
