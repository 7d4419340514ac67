//! Which addresses a call of ours may reach. An address that somebody outside chose (a callback) must not let them
//! look into the institution's own network: what a name resolves to is judged, not the name, and the connection goes to
//! the very address that was judged. The client asks; what an operator configured for a provider is not judged.

use engine::world::Allow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far a client reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Wherever the operator's configuration points to.
    Anywhere,
    /// Public addresses, and these ranges besides.
    Public(Vec<Allow>),
}

impl Reach {
    /// Whether an address may be connected to.
    pub fn permits(&self, address: IpAddr) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Public(besides) => {
                is_public(address) || besides.iter().any(|range| range.contains(address))
            }
        }
    }
}

/// Whether an address is one of the public internet, by the registries of special addresses (RFC 6890 and its successors).
/// An IPv4 address inside an IPv6 one (mapped, compatible, NAT64, 6to4, Teredo) is never public: nobody needs to write it so.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// IANA IPv4 Special-Purpose Address Registry; 169.254.0.0/16 holds the metadata services of clouds, and Alibaba's
/// 100.100.100.200 stands in the shared space of carriers.
fn is_public_v4(address: Ipv4Addr) -> bool {
    !match address.octets() {
        [0 | 10 | 127 | 240..=255, ..] => true,
        // RFC 6598: shared address space of carriers.
        [100, b, ..] => (64..128).contains(&b),
        [169, 254, ..] => true,
        [172, b, ..] => (16..32).contains(&b),
        // RFC 6890 protocol assignments, RFC 5737 documentation, RFC 7526 6to4 relays, RFC 1918.
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [192, 168, ..] => true,
        // RFC 2544 benchmarks, RFC 5737 documentation.
        [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        // RFC 5771 multicast.
        [a, ..] => (224..240).contains(&a),
    }
}

/// IANA IPv6 Special-Purpose Address Registry: only global unicast (2000::/3) is public, without the ranges inside it
/// that are set aside.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    match first {
        // RFC 2928 protocol assignments (Teredo, ORCHID, benchmarks), RFC 3849 documentation.
        0x2001 => second >= 0x0200 && second != 0x0db8,
        // RFC 3056: an IPv4 address in disguise.
        0x2002 => false,
        // RFC 9637 documentation.
        0x3fff => second >= 0x1000,
        _ => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        let inside = [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for address in inside {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.0.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2001:4860:4860::8888",
            "2400:3200::1",
            "2606:4700::1111",
            "3fff:1000::1",
        ];
        for address in public {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_range_may_be_permitted_besides() {
        let reach = Reach::Public(vec![Allow::parse("10.1.0.0/16").unwrap()]);
        let permits = |address: &str| reach.permits(address.parse().unwrap());
        assert!(permits("10.1.2.3") && permits("::ffff:10.1.2.3") && permits("8.8.8.8"));
        assert!(!permits("10.2.0.1") && !permits("127.0.0.1"));
        assert!(Reach::Anywhere.permits("127.0.0.1".parse().unwrap()));
    }
}
