//! The doctor's look at the addresses on which the server listens.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener};

use super::http::Client;
use super::origin::ask_for_report;
use crate::server::clock::Clock;
use crate::server::config::{Config, Finding};
use crate::server::token::KeyRing;

pub(super) async fn examine(
    config: &Config,
    client: &Client,
    keys: &KeyRing,
    clock: &Clock,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let address = config.site.site_addr;
    if let Some(error) = bind_error(address) {
        // The port is in use if the server runs.
        let is_ours = error == ErrorKind::AddrInUse
            && ask_for_report(
                &format!("http://{}", reachable(address)),
                config,
                client,
                keys,
                clock,
            )
            .await
            .is_ok();
        if !is_ours {
            findings.push(listen_finding("LEPTOS_SITE_ADDR", address, error));
        }
    }
    let Some(metrics) = config.metrics_address else { return findings };
    if metrics == address {
        findings.push(Finding::error(
            "METRICS_ADDR",
            "is the same as LEPTOS_SITE_ADDR",
            "choose another port",
        ));
    } else if is_public(metrics.ip()) {
        findings.push(Finding::warning(
            "METRICS_ADDR",
            "can be reached from other networks, and everybody there reads the metrics",
            "write an address of your private network, or 127.0.0.1",
        ));
    }
    if let Some(error) = bind_error(metrics).filter(|error| *error != ErrorKind::AddrInUse) {
        findings.push(listen_finding("METRICS_ADDR", metrics, error));
    }
    findings
}

/// Returns the reason why nobody can listen on an address now. Nothing stays bound.
fn bind_error(address: SocketAddr) -> Option<ErrorKind> {
    TcpListener::bind(address).err().map(|error| error.kind())
}

/// Returns the address at which this machine reaches a listener.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Returns `true` for every address of a machine, and for one that is not of a private network.
fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => !(ip.is_loopback() || ip.is_private() || ip.is_link_local()),
        IpAddr::V6(ip) => !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()),
    }
}

fn listen_finding(setting: &str, address: SocketAddr, error: ErrorKind) -> Finding {
    match error {
        ErrorKind::AddrInUse => Finding::warning(
            setting,
            format!(
                "is {address}, on which another program, or a server with other settings, listens"
            ),
            "stop it, restart it with these settings, or choose another port",
        ),
        ErrorKind::AddrNotAvailable => Finding::error(
            setting,
            format!("is {address}, which is no address of this machine"),
            "write 127.0.0.1 for a proxy on this machine, or 0.0.0.0 for every address",
        ),
        ErrorKind::PermissionDenied => Finding::error(
            setting,
            format!("is {address}, on which this user may not listen"),
            "choose a port from 1024 on, or let systemd open it (docs/deploy.md)",
        ),
        error => Finding::error(
            setting,
            format!("is {address}, on which nobody can listen ({error})"),
            "choose another address",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_every_network_is_public() {
        for (address, expected) in [
            ("0.0.0.0", true),
            ("::", true),
            ("203.0.113.7", true),
            ("2001:db8::1", true),
            ("127.0.0.1", false),
            ("10.0.0.5", false),
            ("fd00::1", false),
            ("::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn an_error_of_listening_says_what_to_do() {
        let address = "192.0.2.1:80".parse().unwrap();
        for (error, words) in [
            (ErrorKind::AddrInUse, "another port"),
            (ErrorKind::AddrNotAvailable, "127.0.0.1"),
            (ErrorKind::PermissionDenied, "1024"),
            (ErrorKind::Other, "another address"),
        ] {
            assert!(listen_finding("LEPTOS_SITE_ADDR", address, error).fix.contains(words));
        }
    }
}
