//! The accept loop. It limits connections in total, per client address and per subnet. It limits
//! the size, the number of headers and the time of a request's head. At a shutdown it lets the
//! requests in progress finish.
//!
//! `axum::serve` is not used, because it has none of these limits; its documentation refers to
//! `hyper-util` for configuration.

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

/// The maximum number of headers of a request; browsers send about twenty.
const MAX_HEADERS: usize = 64;
/// The maximum size of a request's head, first line included, and of the buffers in which a
/// connection reads and writes, in bytes. Every connection may have such buffers at the same time.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// The timeout of a request's head, including the wait for its first byte.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The timeout for a client that reads nothing of a response.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// The time at a shutdown in which connections that were accepted a moment ago send their request.
/// hyper closes a connection that has sent nothing yet, and its client would get no answer.
const FIRST_REQUEST_TIME: Duration = Duration::from_millis(500);
/// The pause after a connection could not be accepted for lack of open files or memory.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(100);

/// Serves until `stop` resolves, then lets the requests in progress finish.
pub async fn serve(
    listener: TcpListener,
    site: Service,
    config: &Config,
    stop: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_READ_TIMEOUT);
    // The buffer size alone is not an exact limit, because a read may exceed it.
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
        // A trusted proxy forwards many clients, so the limits of one client do not apply to it.
        let is_trusted_proxy = is_trusted(&config.trusted_proxies, peer.ip());
        let permit = if is_trusted_proxy {
            None
        } else {
            limiter.try_acquire(ClientNetwork::from_ip(peer.ip()))
        };
        if !is_trusted_proxy && permit.is_none() {
            continue;
        }
        let site = site.clone();
        let service = service_fn(move |request| respond(site.clone(), peer, request));
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITE_TIMEOUT));
        let connection =
            graceful.watch(http.serve_connection(TokioIo::new(Box::pin(stream)), service));
        tokio::spawn(async move {
            // An error of a connection affects its client only.
            let _ = connection.await;
            drop((slot, permit));
        });
    }
    drop(listener);
    if graceful.count() > 0 {
        tokio::time::sleep(FIRST_REQUEST_TIME).await;
    }
    if tokio::time::timeout(config.shutdown_timeout, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

/// Accepts the next connection, as soon as the total limit allows one more. Errors for lack of
/// files or memory are only counted, because they repeat with every retry.
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
            Err(error) if is_connection_error(&error) => {}
            Err(error) => {
                refusal_counts
                    .increment(Refusal::Connection(error.raw_os_error().unwrap_or_default()));
                tokio::time::sleep(ACCEPT_BACKOFF).await;
            }
        }
    }
}

fn is_connection_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn respond(
    site: Service,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    Ok(site.respond(request).await)
}
