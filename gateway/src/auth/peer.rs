//! The other end of a connection, as its request's headers tell.

use std::net::{IpAddr, SocketAddr};

use http::header::{self, HeaderMap, HeaderName};
use ipnet::IpNet;
use protocol::limit;
use protocol::value::clean_line;

use super::origin::Origin;

/// The cookie that holds an agent's token.
pub const AGENT_COOKIE: &str = "chatdesk_agent";

/// Who is at the other end.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The client's address, behind trusted proxies if there are any.
    pub address: IpAddr,
    /// The page's origin: `None` for what is not a browser, `Some(None)` for an origin that cannot be read.
    pub origin: Option<Option<Origin>>,
    /// The Host header.
    pub host: Option<String>,
    /// The agent's token from the cookie.
    pub agent_token: Option<String>,
    /// The User-Agent header, cut.
    pub user_agent: Option<String>,
}

impl Peer {
    /// Reads a request's headers.
    #[must_use]
    pub fn new(headers: &HeaderMap, address: SocketAddr, trusted: &[IpNet]) -> Self {
        let text = |name: HeaderName| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
        Self {
            address: client_address(headers, address.ip(), trusted),
            origin: text(header::ORIGIN).map(|origin| Origin::parse(&origin)),
            host: text(header::HOST).map(|host| host.into_owned()),
            agent_token: cookie(headers, AGENT_COOKIE).map(str::to_owned),
            user_agent: text(header::USER_AGENT).map(|agent| clean_line(&agent, limit::NAME_BYTES * 2)),
        }
    }

    /// Forgets what the headers say of the page and the browser, for those who need no more than the address.
    pub fn forget_page(&mut self) {
        (self.origin, self.host, self.agent_token, self.user_agent) = (None, None, None, None);
    }

    /// Whether the request comes from the gateway's own pages, or from no browser at all.
    #[must_use]
    pub fn is_own_or_no_page(&self, public_url: Option<&str>) -> bool {
        match &self.origin {
            None => true,
            Some(None) => false,
            Some(Some(origin)) => origin.is_own(public_url, self.host.as_deref()),
        }
    }

    /// Whether the request comes from a page that may embed the widget, from the gateway's own, or from no browser.
    #[must_use]
    pub fn may_embed(&self, public_url: Option<&str>, allowed_domains: &[String]) -> bool {
        match &self.origin {
            // A list that is empty lets in even pages with an opaque origin, such as a file or a sandboxed frame.
            Some(None) => allowed_domains.is_empty(),
            Some(Some(origin)) if origin.is_allowed(allowed_domains) => true,
            _ => self.is_own_or_no_page(public_url),
        }
    }
}

/// The address of the client: the rightmost hop that is not one of our proxies. What stands left of it is the
/// client's own word.
fn client_address(headers: &HeaderMap, peer: IpAddr, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address.to_canonical()));
    let mut client = peer.to_canonical();
    let hops = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = hops.flat_map(|value| value.split(',')).map(str::trim).collect();
    for hop in hops.iter().rev() {
        if !is_trusted(client) {
            break;
        }
        match hop.parse::<IpAddr>() {
            Ok(address) => client = address.to_canonical(),
            Err(_) => break,
        }
    }
    client
}

/// A cookie's value (RFC 6265, section 4.2).
fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(headers: &[(&'static str, &str)], trusted: &[&str]) -> Peer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        Peer::new(&map, "10.0.0.9:1234".parse().unwrap(), &trusted)
    }

    #[test]
    fn forwarded_addresses_are_believed_from_trusted_proxies_only() {
        let forged = ("x-forwarded-for", "1.1.1.1, 203.0.113.7, 10.0.0.2");
        let address = |trusted: &[&str]| peer(&[forged], trusted).address.to_string();
        assert_eq!(address(&[]), "10.0.0.9");
        assert_eq!(address(&["10.0.0.0/8"]), "203.0.113.7");
        assert_eq!(address(&["10.0.0.9/32"]), "10.0.0.2");
        assert_eq!(peer(&[("x-forwarded-for", "nonsense")], &["10.0.0.0/8"]).address.to_string(), "10.0.0.9");
    }

    #[test]
    fn an_opaque_origin_is_a_stranger_unless_everybody_is_welcome() {
        let sandboxed = peer(&[("origin", "null"), ("host", "chat.example")], &[]);
        assert!(sandboxed.may_embed(None, &[]));
        assert!(!sandboxed.may_embed(None, &["shop.example".into()]));
        assert!(!sandboxed.is_own_or_no_page(None));
        let bot = peer(&[("host", "chat.example")], &[]);
        assert!(bot.may_embed(None, &["shop.example".into()]));
        let own = peer(&[("origin", "http://chat.example"), ("host", "chat.example")], &[]);
        assert!(own.may_embed(None, &["shop.example".into()]) && own.is_own_or_no_page(None));
    }

    #[test]
    fn the_cookie_is_found_by_its_whole_name() {
        let headers = [("cookie", "xchatdesk_agent=a; theme=dark"), ("cookie", "chatdesk_agent=b")];
        assert_eq!(peer(&headers, &[]).agent_token.as_deref(), Some("b"));
        assert_eq!(peer(&headers[..1], &[]).agent_token, None);
    }
}
