//! Runs the server: binds its addresses, starts its background jobs, and stops at a signal.

use std::io;
use std::net::SocketAddr;

use listenfd::ListenFd;
use tokio::net::TcpListener;

use super::{Service, listen, metrics};
use crate::server::config::{Config, ConnectionLimits};
use crate::server::error::Error;
use crate::server::{AppState, background_jobs};

/// Serves a build of this version until SIGTERM or SIGINT, then lets the requests in progress
/// finish.
///
/// # Errors
/// Fails if an address cannot be bound, if the signals cannot be handled, or if the database is
/// older than the journal.
pub async fn run(app: AppState, version: &'static str) -> Result<(), Error> {
    // The signal handlers are installed before the address is bound, because another process may
    // stop the server as soon as it answers.
    let signal = shutdown_signal().map_err(Error::Listen)?;
    let journal = background_jobs::open_journal(&app).await?;
    let (listener, metrics) = bind(&app.config).await.map_err(Error::Listen)?;
    log_and_print_start(&app, listener.local_addr().map_err(Error::Listen)?);
    app.metrics.set_version(version);
    let metrics = metrics.map(|listener| tokio::spawn(metrics::serve(listener, app.clone())));
    let (stopping, config) = (app.clone(), app.config.clone());
    let jobs = tokio::spawn(background_jobs::run(app.clone(), journal.clone()));
    listen::serve(listener, Service::new(app), &config, async {
        signal.await;
        tracing::info!("stopping: no new requests are accepted; requests in progress may finish");
    })
    .await;
    jobs.abort();
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    if let Some(journal) = journal
        && let Err(error) = journal.catch_up(&stopping).await
    {
        tracing::error!(%error, "could not write the journal at the end");
    }
    stopping.store.close().await;
    Ok(())
}

/// Returns the listeners of the site and of the metrics. The site's is the first socket that
/// systemd passes, if there is one. Systemd keeps it open, so that requests wait during a restart.
async fn bind(config: &Config) -> io::Result<(TcpListener, Option<TcpListener>)> {
    let passed = ListenFd::from_env().take_tcp_listener(0)?;
    let listener = match passed {
        Some(socket) => {
            socket.set_nonblocking(true)?;
            TcpListener::from_std(socket)?
        }
        None => TcpListener::bind(config.site.site_addr).await?,
    };
    let metrics = match config.metrics_address {
        Some(address) => Some(TcpListener::bind(address).await?),
        None => None,
    };
    Ok((listener, metrics))
}

fn log_and_print_start(app: &AppState, address: SocketAddr) {
    let origin = app.config.origin.as_str();
    let ConnectionLimits { total, per_address, per_subnet } = app.config.connections;
    tracing::info!(%address, origin, "serving");
    tracing::info!(total, per_address, per_subnet, "limits of concurrent connections");
    println!("Ringkey is ready: {origin}");
    if app.config.has_inbox() {
        println!("Messages show up at: {origin}/dev/inbox");
    }
}

/// Returns a future that resolves at the first SIGTERM or SIGINT from now on.
fn shutdown_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
