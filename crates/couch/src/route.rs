//! Whether the laptop has a network, told apart from a server that cannot be reached.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use url::Host;

use crate::Site;
use crate::site::is_loopback;

/// Set aside for documentation (RFC 5737, RFC 3849): the way there is the way to any unknown network.
const ELSEWHERE: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))];

impl Site {
    /// Whether this laptop knows a way to the server's host, or for a host that is a name, out of its own network. Asks
    /// nobody. In an office without a way out, a server that has a name counts as out of reach.
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
    let looked_up =
        UdpSocket::bind((any, 0)).and_then(|socket| socket.connect(SocketAddr::from((address, 9))));
    !looked_up.is_err_and(|error| means_no_route(&error))
}

fn means_no_route(error: &io::Error) -> bool {
    use ErrorKind::{AddrNotAvailable, HostUnreachable, NetworkDown, NetworkUnreachable};
    matches!(error.kind(), AddrNotAvailable | HostUnreachable | NetworkDown | NetworkUnreachable)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_can_always_be_reached() {
        assert!(leads_to(Ipv4Addr::LOCALHOST.into()));
        assert!(Site::parse("http://127.0.0.1:5984/ward").unwrap().has_route());
        assert!(Site::parse("http://localhost:5984/ward").unwrap().has_route());
    }

    #[test]
    fn only_a_missing_way_is_no_network() {
        let no_way: io::Error = ErrorKind::NetworkUnreachable.into();
        let too_many_files = io::Error::from_raw_os_error(24);
        assert!(means_no_route(&no_way) && !means_no_route(&too_many_files));
    }
}
