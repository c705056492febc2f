//! The client address of a request: its peer, or, behind trusted proxies, the right-most address in
//! `X-Forwarded-For` that does not belong to a trusted proxy.
//!
//! `axum-client-ip` is not used, because it takes the right-most entry and has no list of trusted
//! networks.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

use crate::domain::client_network::ClientNetwork;

impl ClientNetwork {
    /// Returns the network of an address. An IPv4-mapped IPv6 address counts as its IPv4 address.
    #[must_use]
    pub fn from_ip(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                Self { address: v4.to_string(), subnet: format!("{a}.{b}.{c}.0/24") }
            }
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                let net = |d| Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0);
                Self { address: format!("{}/64", net(d)), subnet: format!("{}/48", net(0)) }
            }
        }
    }

    /// Returns the network that all requests with an unknown address share.
    #[must_use]
    pub fn unknown() -> Self {
        Self { address: "unknown".into(), subnet: "unknown".into() }
    }
}

impl Default for ClientNetwork {
    fn default() -> Self {
        Self::unknown()
    }
}

/// Returns the client address of a request from `peer`. `X-Forwarded-For` is read from the right,
/// as long as the address so far belongs to a trusted proxy. An entry that is not an address ends
/// the reading, and the proxy that forwarded this entry counts as the client.
#[must_use]
pub fn client_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.to_canonical();
    let hops: Vec<&str> = forwarded_for(headers).collect();
    for hop in hops.iter().rev() {
        if !is_trusted(trusted, client) {
            break;
        }
        match parse_hop(hop) {
            Some(address) => client = address,
            None => break,
        }
    }
    client
}

/// Returns the entries of `X-Forwarded-For` from left to right. Each is decoded separately, so that
/// invalid bytes in one entry do not hide the others.
pub fn forwarded_for(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lists = headers.get_all("x-forwarded-for").iter();
    lists
        .flat_map(|list| list.as_bytes().split(|byte| *byte == b','))
        .map(|hop| std::str::from_utf8(hop).unwrap_or("?").trim())
}

/// Returns `true` if the address belongs to a trusted proxy.
#[must_use]
pub fn is_trusted(trusted: &[IpNet], address: IpAddr) -> bool {
    trusted.iter().any(|net| net.contains(&address.to_canonical()))
}

/// Parses an address, with or without a port, because some proxies add a port.
pub(super) fn parse_hop(hop: &str) -> Option<IpAddr> {
    let without_brackets =
        hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let address = without_brackets
        .parse()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for list in forwarded {
            headers.append("x-forwarded-for", list.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        client_ip(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn the_forwarded_header_of_an_untrusted_peer_is_ignored() {
        assert_eq!(client("198.51.100.9", &["203.0.113.7"], &[]), "198.51.100.9");
        assert_eq!(client("198.51.100.9", &["203.0.113.7"], &["10.0.0.0/8"]), "198.51.100.9");
        assert_eq!(
            client("127.0.0.1", &["203.0.113.7"], &[]),
            "127.0.0.1",
            "loopback is not trusted by default"
        );
    }

    #[test]
    fn behind_trusted_proxies_the_right_most_untrusted_hop_is_the_client() {
        let trusted = ["10.0.0.0/8", "2001:db8::/32"];
        for (forwarded, expected) in [
            (vec!["203.0.113.7"], "203.0.113.7"),
            (vec!["1.1.1.1, 203.0.113.7"], "203.0.113.7"),
            (vec!["1.1.1.1", "203.0.113.7"], "203.0.113.7"),
            (vec!["1.1.1.1, 203.0.113.7, 10.9.9.9"], "203.0.113.7"),
            (vec!["203.0.113.7:4711, 10.9.9.9"], "203.0.113.7"),
            (vec!["[2001:db9::5]:443"], "2001:db9::5"),
            (vec!["[2001:db9::5]"], "2001:db9::5"),
            (vec!["::ffff:203.0.113.7"], "203.0.113.7"),
            (vec![], "10.0.0.1"),
            (vec![""], "10.0.0.1"),
            (vec!["203.0.113.7, unknown"], "10.0.0.1"),
            (vec!["203.0.113.7, 10.9.9.9, _hidden, 10.8.8.8"], "10.8.8.8"),
            (vec!["10.1.1.1"], "10.1.1.1"),
        ] {
            assert_eq!(client("10.0.0.1", &forwarded, &trusted), expected, "{forwarded:?}");
        }
    }

    #[test]
    fn invalid_bytes_do_not_hide_other_hops() {
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-forwarded-for",
            axum::http::HeaderValue::from_bytes(b"\xff, 203.0.113.7").unwrap(),
        );
        let client =
            client_ip("10.0.0.1".parse().unwrap(), &headers, &["10.0.0.0/8".parse().unwrap()]);
        assert_eq!(client.to_string(), "203.0.113.7");
    }

    #[test]
    fn ipv4_uses_32_and_24_and_ipv6_uses_64_and_48() {
        let network = |address: &str| ClientNetwork::from_ip(address.parse().unwrap());
        assert_eq!(
            network("203.0.113.7"),
            ClientNetwork { address: "203.0.113.7".into(), subnet: "203.0.113.0/24".into() }
        );
        assert_eq!(network("::ffff:203.0.113.7"), network("203.0.113.7"));
        let v6 =
            ClientNetwork { address: "2001:db8:1:2::/64".into(), subnet: "2001:db8:1::/48".into() };
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), v6);
        assert_eq!(network("2001:DB8:1:2::"), v6, "in any spelling");
    }
}
