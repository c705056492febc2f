//! The public origin of the site.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::Uri;

use super::reader::Reader;

/// `scheme://host[:port]`, in the form that a browser's `Origin` header has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    authority: String,
    host: String,
}

impl Origin {
    /// Reads an origin; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
        let uri: Uri = text.parse().ok()?;
        let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
        let bare = uri.path_and_query().is_none_or(|path| path == "/") && !authority.as_str().contains('@');
        let default_port = match scheme {
            "https" => ":443",
            "http" => ":80",
            _ => return None,
        };
        let authority = authority.as_str().strip_suffix(default_port).unwrap_or(authority.as_str()).to_owned();
        let host = uri.host()?;
        // Browsers write an IPv6 address in one way only, whichever way it was typed.
        let written = if host.starts_with('[') { ipv6(host)? } else { host.to_owned() };
        let (authority, host) = (authority.replacen(host, &written, 1), written);
        bare.then(|| Self { text: format!("{scheme}://{authority}"), authority, host })
    }

    /// As the browser writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Host and, unless it is the scheme's own, port: what the `Host` header must say.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The host alone, as the last line of a text names it.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// Whether only this machine reaches it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(&self.host)
    }
}

/// The host `[…]` as browsers write it (WHATWG URL §4.3): the shortest form, and no IPv4 address in it.
fn ipv6(host: &str) -> Option<String> {
    let address: Ipv6Addr = host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()?;
    let [.., high, low] = address.segments();
    Some(if address.to_ipv4_mapped().is_some() { format!("[::ffff:{high:x}:{low:x}]") } else { format!("[{address}]") })
}

/// Whether a host name (without port) means this machine.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

pub(super) fn read(reader: &mut Reader<'_>) -> Origin {
    let text = reader.text("PUBLIC_ORIGIN");
    let origin = Origin::parse(&text);
    match &origin {
        None => reader.finding("PUBLIC_ORIGIN", "is not an origin; write it like https://id.example.com, without a path"),
        Some(origin) if !origin.is_https() && !origin.is_loopback() => {
            reader.finding("PUBLIC_ORIGIN", "is http but not on this machine; people's codes and sessions need https");
        }
        // To browsers that is another site than the one without it, and its cookies and texts are another site's.
        Some(origin) if origin.host.ends_with('.') => {
            reader.finding("PUBLIC_ORIGIN", "has a dot at the end of its host; write it without, as people type it");
        }
        Some(_) => {}
    }
    // Going on as if on this machine, so that one finding does not draw others after it.
    origin.unwrap_or_else(|| Origin { text: String::new(), authority: String::new(), host: "localhost".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::ConfigSource;
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_perhaps_a_port() {
        let origin = Origin::parse("https://ID.example.com:443/").unwrap();
        assert_eq!((origin.as_str(), origin.authority()), ("https://id.example.com", "id.example.com"));
        assert!(Origin::parse("http://[::1]:3000").unwrap().is_loopback());
        assert!(Origin::parse("http://127.0.0.1").unwrap().is_loopback());
        assert!(!Origin::parse("http://localhost.example.com").unwrap().is_loopback());
        for text in ["", "localhost:3000", "ftp://a.b", "https://a.b/c", "https://u@a.b", "https://a.b?c"] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_ipv6_address_is_written_as_browsers_write_it() {
        for (text, origin, host) in [
            ("http://[::1]:3000", "http://[::1]:3000", "[::1]"),
            ("http://[0:0:0:0:0:0:0:1]:80", "http://[::1]", "[::1]"),
            ("https://[2001:DB8:0:0:1::]/", "https://[2001:db8:0:0:1::]", "[2001:db8:0:0:1::]"),
            ("https://[::ffff:192.0.2.1]:8443", "https://[::ffff:c000:201]:8443", "[::ffff:c000:201]"),
        ] {
            let read = Origin::parse(text).unwrap();
            assert_eq!((read.as_str(), read.host()), (origin, host));
            assert_eq!(format!("{}://{}", text.split(':').next().unwrap(), read.authority()), origin);
        }
        for text in
            ["http://::1:3000", "http://[::1", "http://[localhost]:3000", "http://[127.0.0.1]", "https://[fe80::1%25eth0]"]
        {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_dot_at_the_end_of_the_host_is_a_finding() {
        for (text, findings) in
            [("https://id.example.com.", 1), ("https://id.example.com.:8443/", 1), ("https://id.example.com", 0)]
        {
            let source = ConfigSource::from_pairs([("PUBLIC_ORIGIN".to_owned(), text.to_owned())]);
            let mut reader = Reader::new(&source);
            read(&mut reader);
            let found = reader.finish(()).err().unwrap_or_default();
            assert_eq!(found.len(), findings, "{text}");
            assert!(found.iter().all(|finding| finding.starts_with("PUBLIC_ORIGIN: has a dot")), "{found:?}");
        }
    }
}
