//! The network that a request comes from. Limits by client address count per client network.

/// The client's address and its subnet. The address is an IPv4 address, or the IPv6 /64 of one
/// customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientNetwork {
    /// The IPv4 address or the IPv6 /64: `203.0.113.7` or `2001:db8:1:2::/64`.
    pub address: String,
    /// The /24 or /48 that contains the address: `203.0.113.0/24` or `2001:db8:1::/48`.
    pub subnet: String,
}
