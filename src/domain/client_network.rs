//! The network that a request comes from: the unit of limits by address.

/// A client network: an IPv4 address or the IPv6 /64 of one customer, and the subnet around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientNetwork {
    /// The address: `203.0.113.7` or `2001:db8:1:2::/64`.
    pub address: String,
    /// The subnet: `203.0.113.0/24` or `2001:db8:1::/48`.
    pub subnet: String,
}
