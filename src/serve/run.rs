//! Runs the server: binds its addresses, starts its background jobs, and stops at a signal.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::{Service, listen, metrics};
use crate::server::config::ConnectionLimits;
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
    let signal = shutdown_signal()?;
    let journal = background_jobs::open_journal(&app).await?;
    let listener = TcpListener::bind(app.config.site.site_addr).await?;
    let metrics = match app.config.metrics_address {
        Some(address) => Some(TcpListener::bind(address).await?),
        None => None,
    };
    log_and_print_start(&app, listener.local_addr()?);
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
