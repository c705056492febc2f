//! A proxy between a site and its PostgreSQL: it counts round trips, holds answers back, and cuts
//! the connections off.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

/// The type byte of the message with which the server ends each round trip (`ReadyForQuery`).
const READY_FOR_QUERY: u8 = b'Z';

/// A proxy in front of a database.
pub struct PostgresProxy {
    /// The URL of the database through the proxy.
    pub url: String,
    round_trips: Arc<AtomicU64>,
    is_open: watch::Sender<bool>,
    is_held: watch::Sender<bool>,
    _folder: TempDir,
}

impl PostgresProxy {
    /// Starts a proxy in front of the database at `url`, which names the folder of a socket.
    pub fn start(url: &str) -> Self {
        let (path, server) = url.split_once("?host=").unwrap();
        let folder = TempDir::new().unwrap();
        let socket = |folder: &str| format!("{folder}/.s.PGSQL.5432");
        let listener = UnixListener::bind(socket(&folder.path().display().to_string())).unwrap();
        let (server, round_trips) = (socket(server), Arc::new(AtomicU64::new(0)));
        let (is_open, opened) = watch::channel(true);
        let (is_held, held) = watch::channel(false);
        let counted = Arc::clone(&round_trips);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                if !*opened.borrow() {
                    continue;
                }
                let Ok(server) = UnixStream::connect(&server).await else { continue };
                tokio::spawn(forward(
                    (client, server),
                    Arc::clone(&counted),
                    opened.clone(),
                    held.clone(),
                ));
            }
        });
        let url = format!("{path}?host={}", folder.path().display());
        Self { url, round_trips, is_open, is_held, _folder: folder }
    }

    /// Returns the number of round trips so far.
    pub fn round_trips(&self) -> u64 {
        self.round_trips.load(Ordering::SeqCst)
    }

    /// Holds all answers of the server back until [`PostgresProxy::release`].
    pub fn hold(&self) {
        self.is_held.send_replace(true);
    }

    /// Lets the answers pass again.
    pub fn release(&self) {
        self.is_held.send_replace(false);
    }

    /// Cuts all connections and refuses new ones.
    pub fn cut(&self) {
        self.is_open.send_replace(false);
    }

    /// Accepts connections again.
    pub fn restore(&self) {
        self.is_open.send_replace(true);
    }
}

async fn forward(
    (client, server): (UnixStream, UnixStream),
    round_trips: Arc<AtomicU64>,
    mut opened: watch::Receiver<bool>,
    held: watch::Receiver<bool>,
) {
    let ((mut from_client, to_client), (from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    tokio::select! {
        _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
        () = answers(from_server, to_client, &round_trips, held) => {}
        _ = opened.wait_for(|is_open| !is_open) => {}
    }
}

/// Forwards the messages of the server, each a type byte and its length. Before them comes the
/// refusal of TLS, which is the single byte `N`, if the client asked for TLS.
async fn answers(
    mut server: OwnedReadHalf,
    mut client: OwnedWriteHalf,
    round_trips: &AtomicU64,
    mut held: watch::Receiver<bool>,
) {
    let mut is_first = true;
    loop {
        let mut message = vec![0];
        if server.read_exact(&mut message).await.is_err() {
            return;
        }
        if !(is_first && message[0] == b'N') {
            message.resize(5, 0);
            if server.read_exact(&mut message[1..]).await.is_err() {
                return;
            }
            let length = u32::from_be_bytes(message[1..5].try_into().unwrap()) as usize;
            message.resize(1 + length, 0);
            if server.read_exact(&mut message[5..]).await.is_err() {
                return;
            }
        }
        is_first = false;
        if message[0] == READY_FOR_QUERY {
            round_trips.fetch_add(1, Ordering::SeqCst);
        }
        if held.wait_for(|is_held| !is_held).await.is_err() {
            return;
        }
        if client.write_all(&message).await.is_err() {
            return;
        }
    }
}
