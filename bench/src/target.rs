//! Which gateway is loaded, and from which addresses.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

/// Sockets that share a source address: a gateway limits new sessions by address, and each address has its own ports.
const SOCKETS_PER_ADDRESS: usize = 100;

/// A gateway on this machine. Nothing else is accepted: load on somebody's server is not for a typing error to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target(pub(crate) SocketAddr);

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with("https://") || text.starts_with("wss://") {
            return Err("must be plain http:// or ws://: a gateway on loopback speaks no TLS".into());
        }
        let bare = text.strip_prefix("http://").or_else(|| text.strip_prefix("ws://")).unwrap_or(text);
        let bare = bare.strip_suffix('/').unwrap_or(bare);
        // The only name: looking up others would ask the network.
        let bare = match bare.strip_prefix("localhost:") {
            Some(port) => format!("127.0.0.1:{port}"),
            None => bare.to_owned(),
        };
        let address = bare.parse::<SocketAddr>();
        let address =
            address.map_err(|_| "must be a loopback address with a port, such as 127.0.0.1:8080".to_string())?;
        if !address.ip().is_loopback() {
            return Err(format!(
                "must be on loopback (127.0.0.0/8 or [::1]), so that only one's own gateway is loaded; {address} is not"
            ));
        }
        Ok(Self(address))
    }
}

impl Target {
    /// The URL of the socket.
    pub(crate) fn url(self) -> String {
        format!("ws://{}/ws", self.0)
    }

    /// The address that socket `index` connects from; of IPv6 there is just one. Another process gets others, so that
    /// runs one after the other do not share a gateway's limits.
    pub(crate) fn source(self, index: usize) -> Option<IpAddr> {
        if !self.0.is_ipv4() {
            return None;
        }
        let octet = |number: usize, first: u8| first.saturating_add(u8::try_from(number % 254).unwrap_or_default());
        let number = index / SOCKETS_PER_ADDRESS;
        let process = usize::try_from(std::process::id()).unwrap_or_default();
        Some(Ipv4Addr::new(127, octet(process, 1), octet(number / 254, 0), octet(number, 1)).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_a_target() {
        for text in ["127.0.0.1:8080", "http://127.0.0.1:8080", "ws://127.0.0.1:8080/", "localhost:8080"] {
            assert_eq!(text.parse::<Target>().map(Target::url), Ok("ws://127.0.0.1:8080/ws".into()), "{text}");
        }
        assert_eq!("[::1]:80".parse::<Target>().map(Target::url), Ok("ws://[::1]:80/ws".into()));
        for text in
            ["192.0.2.1:8080", "0.0.0.0:8080", "[::]:8080", "chat.example:80", "127.0.0.1", "https://127.0.0.1:1", ""]
        {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }

    #[test]
    fn sources_are_loopback_and_shared_by_few() {
        let target: Target = "127.0.0.1:8080".parse().unwrap();
        let sources: std::collections::HashSet<_> = (0..19_000).filter_map(|index| target.source(index)).collect();
        assert_eq!(sources.len(), 190);
        assert!(sources.iter().all(IpAddr::is_loopback));
        assert_eq!("[::1]:80".parse::<Target>().unwrap().source(0), None);
    }
}
