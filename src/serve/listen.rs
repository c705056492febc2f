//! Accepting connections: so many at a time, and so many of one source; headers of bounded size, number and time; a stop that
//! lets the requests under way finish.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
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
use crate::server::client_ip::{Source, trusts};
use crate::server::config::Config;

/// Headers that a request may have; browsers send about twenty.
const MOST_HEADERS: usize = 64;
/// Bytes of a request's head.
const LONGEST_HEAD: usize = 32 * 1024;
/// How long a connection may take over a request's head, the wait for its beginning included.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client may take none of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait when the machine has no more to give.
const BREATH: Duration = Duration::from_millis(100);

/// Connections under way by source, so that nobody holds all of them.
#[derive(Debug, Clone)]
struct Guests {
    most: usize,
    here: Arc<Mutex<HashMap<String, usize>>>,
}

impl Guests {
    /// Lets one in if its source has room; it has left when the guest is dropped.
    fn enter(&self, source: String) -> Option<Guest> {
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        let count = here.entry(source.clone()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Guest { source, guests: self.clone() })
    }
}

#[derive(Debug)]
struct Guest {
    source: String,
    guests: Guests,
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut here = self.guests.here.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = here.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                here.remove(&self.source);
            }
        }
    }
}

/// Serves until `stop` resolves, then lets the requests under way finish.
pub async fn serve(listener: TcpListener, site: Service, config: &Config, stop: impl Future<Output = ()>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_headers(MOST_HEADERS).max_buf_size(LONGEST_HEAD);
    let graceful = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(config.max_connections));
    let guests = Guests { most: config.max_connections_per_source, here: Arc::default() };
    tokio::pin!(stop);
    loop {
        let (stream, peer, permit) = tokio::select! {
            accepted = accept(&listener, &permits) => accepted,
            () = &mut stop => break,
        };
        // A proxy speaks for many; it is no source of its own.
        let proxy = trusts(&config.trusted_proxies, peer.ip());
        let guest = if proxy { None } else { guests.enter(Source::of(peer.ip()).name) };
        if !proxy && guest.is_none() {
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
            drop((permit, guest));
        });
    }
    drop(listener);
    if tokio::time::timeout(config.shutdown_timeout, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

/// The next connection, once there is room for one more.
async fn accept(listener: &TcpListener, permits: &Arc<Semaphore>) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        // The semaphore is never closed.
        let Ok(permit) = Arc::clone(permits).acquire_owned().await else { continue };
        match listener.accept().await {
            Ok((stream, peer)) => {
                let _ = stream.set_nodelay(true);
                return (stream, peer, permit);
            }
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept connections");
                tokio::time::sleep(BREATH).await;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_so_many_connections_and_room_again_when_one_ends() {
        let guests = Guests { most: 2, here: Arc::default() };
        let enter = |source: &str| guests.enter(source.to_owned());
        let (first, _second) = (enter("a"), enter("a"));
        assert!(first.is_some() && enter("a").is_none() && enter("b").is_some());
        drop(first);
        assert!(enter("a").is_some());
        assert_eq!(guests.here.lock().unwrap().len(), 1, "who has left is forgotten");
    }
}
