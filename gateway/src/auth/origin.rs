//! Which pages may talk to the gateway. Browsers name the page's origin; other clients name none and are not stopped
//! here: this deters copying a widget to another site, while tokens and rate limits protect.

use http::Uri;

/// A page's origin (RFC 6454): scheme, host and port, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    host: String,
    /// `host` or `host:port`, as it stood.
    authority: String,
    scheme: String,
}

impl Origin {
    /// Reads an `Origin` header. `null`, and whatever else is not `scheme://host[:port]`, is `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let authority = uri.authority()?;
        let bare = authority.as_str().len() + uri.scheme_str()?.len() + "://".len() == text.len();
        (bare && !authority.as_str().contains('@')).then(|| Self {
            host: authority.host().to_ascii_lowercase(),
            authority: authority.as_str().to_ascii_lowercase(),
            scheme: uri.scheme_str().unwrap_or_default().to_ascii_lowercase(),
        })
    }

    /// Whether it is the gateway's own: its public URL, or the host that the request itself was sent to.
    #[must_use]
    pub fn is_own(&self, public_url: Option<&str>, host: Option<&str>) -> bool {
        match public_url {
            Some(url) => Self::parse(url.trim_end_matches('/')).is_some_and(|own| own == *self),
            None => host.is_some_and(|host| without_default_port(host, &self.scheme) == self.authority),
        }
    }

    /// Whether a widget's list lets it in: the host exactly, or a subdomain of a `*.` entry. An empty list lets in all.
    #[must_use]
    pub fn is_allowed(&self, domains: &[String]) -> bool {
        domains.is_empty()
            || domains.iter().any(|domain| match domain.strip_prefix("*.") {
                Some(parent) => self.host.strip_suffix(parent).is_some_and(|sub| sub.len() > 1 && sub.ends_with('.')),
                None => self.host == *domain,
            })
    }
}

/// Browsers leave the scheme's own port out of an origin; some clients leave it in the Host header.
fn without_default_port(host: &str, scheme: &str) -> String {
    let port = if scheme == "https" { ":443" } else { ":80" };
    host.strip_suffix(port).unwrap_or(host).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(origin: &str, domains: &[&str]) -> bool {
        let domains: Vec<String> = domains.iter().map(ToString::to_string).collect();
        Origin::parse(origin).is_some_and(|origin| origin.is_allowed(&domains))
    }

    #[test]
    fn domains_match_whole_labels_only() {
        assert!(allowed("https://shop.example", &["shop.example"]));
        assert!(allowed("https://SHOP.example:8443", &["shop.example"]));
        assert!(allowed("https://a.b.shop.example", &["*.shop.example"]));
        assert!(allowed("http://anything.test", &[]));
        for stranger in [
            "https://evilshop.example",
            "https://shop.example.evil.test",
            "https://shop.examples",
            "https://.shop.example",
            "https://shop.example@evil.test",
            "https://evil.test/shop.example",
            "null",
            "",
        ] {
            assert!(!allowed(stranger, &["shop.example", "*.shop.example"]), "{stranger}");
        }
        assert!(!allowed("https://shop.example", &["*.shop.example"]));
    }

    #[test]
    fn own_is_the_requests_host_or_the_public_url_and_nothing_near_it() {
        let origin = Origin::parse("http://127.0.0.1:8080").unwrap();
        assert!(origin.is_own(None, Some("127.0.0.1:8080")));
        assert!(!origin.is_own(None, Some("127.0.0.1:80801")));
        assert!(!origin.is_own(None, None));
        assert!(!origin.is_own(Some("https://chat.example"), Some("127.0.0.1:8080")));
        let public = Origin::parse("https://chat.example").unwrap();
        assert!(public.is_own(Some("https://chat.example/"), Some("10.0.0.1:8080")));
        assert!(!Origin::parse("http://chat.example").unwrap().is_own(Some("https://chat.example"), None));
        assert!(public.is_own(None, Some("chat.example:443")));
    }
}
