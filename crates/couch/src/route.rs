//! Whether the laptop has a network, told apart from a server that does not answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use url::Host;

use crate::Site;
use crate::site::is_loopback;

/// Set aside for documentation (RFC 5737, RFC 3849): the way there is the way to any unknown network.
const ELSEWHERE: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))];

impl Site {
    /// Whether this laptop knows a way to the server's host, or for a host that is a name, to other networks at all. Asks
    /// nobody.
    pub fn has_route(&self) -> bool {
        match self.origin().host() {
            _ if is_loopback(self.origin()) => true,
            Some(Host::Ipv4(address)) => leads_to(address.into()),
            Some(Host::Ipv6(address)) => leads_to(address.into()),
            Some(Host::Domain(_)) | None => ELSEWHERE.into_iter().any(leads_to),
        }
    }
}

/// To connect a datagram socket only looks the way up; nothing is sent.
fn leads_to(address: IpAddr) -> bool {
    let any: IpAddr = match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // The port is discard's.
    UdpSocket::bind((any, 0)).and_then(|socket| socket.connect(SocketAddr::from((address, 9)))).is_ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_can_be_reached_and_a_neighbour_on_no_link_cannot() {
        assert!(leads_to(Ipv4Addr::LOCALHOST.into()));
        // Link-local, without saying on which link.
        assert!(!leads_to("fe80::1".parse().unwrap()));
        assert!(Site::parse("http://127.0.0.1:5984/ward").unwrap().has_route());
        assert!(Site::parse("http://localhost:5984/ward").unwrap().has_route());
    }
}
