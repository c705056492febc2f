//! The setting `TRUSTED_PROXIES`: the proxies whose `X-Forwarded-For` is trusted.

use ipnet::IpNet;

use super::reader::Reader;

pub(super) fn read(reader: &mut Reader<'_>) -> Vec<IpNet> {
    let text = reader.text("TRUSTED_PROXIES");
    let parts = || text.split(',').map(str::trim).filter(|part| !part.is_empty());
    // An address without a prefix length is a network of one address.
    let to_network = |part: &str| {
        part.parse().or_else(|_| part.parse::<std::net::IpAddr>().map(IpNet::from)).ok()
    };
    let networks: Vec<IpNet> = parts().filter_map(to_network).collect();
    if networks.len() != parts().count() {
        reader.finding(
            "TRUSTED_PROXIES",
            "is not a list of addresses or networks",
            "separate them by commas, like 10.0.0.5,2001:db8::5",
        );
    }
    if networks.iter().any(|network| network.prefix_len() == 0) {
        reader.finding(
            "TRUSTED_PROXIES",
            "would trust every client",
            "name the addresses of your proxies",
        );
    }
    networks
}
