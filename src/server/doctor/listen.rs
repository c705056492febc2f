//! The doctor's look at the addresses on which the server listens.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener};

use super::Examiner;
use crate::server::config::{Config, Finding};

impl Examiner<'_> {
    /// Returns `true` if the server of these settings runs on this machine.
    pub(super) async fn is_running(&self) -> bool {
        let local = format!("http://{}", reachable(self.config.site.site_addr));
        self.ask_for_report(&self.local_client, &local, "").await.is_ok()
    }
}

/// `is_running` says that the server of these settings has the addresses.
pub(super) fn examine(config: &Config, is_running: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (address, metrics) = (config.site.site_addr, config.metrics_address);
    if let Some(error) = bind_error(address).filter(|_| !is_running) {
        findings.push(listen_finding("LEPTOS_SITE_ADDR", address, error));
    }
    let Some(metrics) = metrics else { return findings };
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
    // The port is in use if a server runs behind the socket of systemd, whose address is unknown.
    let error = bind_error(metrics).filter(|error| *error != ErrorKind::AddrInUse);
    findings.extend(error.map(|error| listen_finding("METRICS_ADDR", metrics, error)));
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
