//! The accept loop: a limit of connections in all, of one client and of its subnet; heads of bounded size, number of headers and
//! time; a shutdown that lets the requests under way finish.
//!
//! `axum::serve` cannot limit any of these: its documentation refers to `hyper-util` for configuration.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;

use super::Service;
use crate::domain::client_network::ClientNetwork;
use crate::server::client_ip::is_trusted;
use crate::server::config::Config;
use crate::server::connections::ConnectionLimiter;
use crate::server::refusal_counts::{Refusal, RefusalCounts};

/// Headers that a request may have; browsers send about twenty.
const MAX_HEADERS: usize = 64;
/// Bytes of a request's head, first line and all, and of what a connection keeps in memory to read and to write. All connections
/// may have one at the same time.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// How long a connection may take over a request's head, the wait for its beginning included.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client may take none of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait when the machine has no more to give.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// Serves until `stop` resolves, then lets the requests under way finish.
pub async fn serve(listener: TcpListener, site: Service, config: &Config, stop: impl Future<Output = ()>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_READ_TIMEOUT);
    // The buffer alone is no exact bound: it may be read past its end.
    http.max_headers(MAX_HEADERS).max_header_size(MAX_HEAD_BYTES).max_buf_size(MAX_HEAD_BYTES);
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(config.connections.total));
    let limiter = ConnectionLimiter::new(config.connections);
    tokio::pin!(stop);
    loop {
        let (stream, peer, slot) = tokio::select! {
            accepted = accept(&listener, &slots, &site.state.app.refusal_counts) => accepted,
            () = &mut stop => break,
        };
        // A proxy forwards many clients and is none itself.
        let proxy = is_trusted(&config.trusted_proxies, peer.ip());
        let permit = if proxy { None } else { limiter.try_acquire(ClientNetwork::from_ip(peer.ip())) };
        if !proxy && permit.is_none() {
            continue;
        }
        let site = site.clone();
        let service = service_fn(move |request| answer(site.clone(), peer, request));
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITE_TIMEOUT));
        let connection = graceful.watch(http.serve_connection(TokioIo::new(Box::pin(stream)), service));
        tokio::spawn(async move {
            // A connection that breaks is the client's affair.
            let _ = connection.await;
            drop((slot, permit));
        });
    }
    drop(listener);
    if tokio::time::timeout(config.shutdown_timeout, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

/// The next connection, once there is room for one more. What the machine has no room for is counted: it fails again at every breath.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
    refusal_counts: &RefusalCounts,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        // The semaphore is never closed.
        let Ok(slot) = Arc::clone(slots).acquire_owned().await else { continue };
        match listener.accept().await {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                return (stream, peer, slot);
            }
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => {
                refusal_counts.increment(Refusal::Connection(error.raw_os_error().unwrap_or_default()));
                tokio::time::sleep(ACCEPT_BACKOFF).await;
            }
        }
    }
}

fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn answer(site: Service, peer: SocketAddr, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    Ok(site.answer(request).await)
}
