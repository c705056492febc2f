//! The setting `PUBLIC_ORIGIN`: the origin at which people reach the site.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::Uri;

use super::reader::Reader;

/// An origin `scheme://host[:port]`, in the form of a browser's `Origin` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    text: String,
    authority: String,
    host: String,
}

impl Origin {
    /// Parses an origin; `None` if the text has a path, a user or a scheme other than http and
    /// https.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('/').to_ascii_lowercase();
        let uri: Uri = text.parse().ok()?;
        let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
        let is_bare_origin = uri.path_and_query().is_none_or(|path| path == "/")
            && !authority.as_str().contains('@');
        let default_port = match scheme {
            "https" => ":443",
            "http" => ":80",
            _ => return None,
        };
        let authority =
            authority.as_str().strip_suffix(default_port).unwrap_or(authority.as_str()).to_owned();
        let host = uri.host()?;
        // Browsers write each IPv6 address in one form, which may differ from the typed form.
        let browser_host = if host.starts_with('[') { ipv6(host)? } else { host.to_owned() };
        let (authority, host) = (authority.replacen(host, &browser_host, 1), browser_host);
        is_bare_origin.then(|| Self { text: format!("{scheme}://{authority}"), authority, host })
    }

    /// Returns the origin as browsers write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the expected `Host` header: the host, and the port unless it is the scheme's default
    /// port.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Returns the host without its port, which the last line of an SMS contains.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns `true` if the scheme is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// Returns `true` if only this machine can reach the origin.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(&self.host)
    }
}

/// Returns an IPv6 host `[…]` in the form that browsers write (WHATWG URL §4.3): the shortest form,
/// without an embedded IPv4 address.
fn ipv6(host: &str) -> Option<String> {
    let address: Ipv6Addr = host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()?;
    let [.., high, low] = address.segments();
    Some(if address.to_ipv4_mapped().is_some() {
        format!("[::ffff:{high:x}:{low:x}]")
    } else {
        format!("[{address}]")
    })
}

/// Returns `true` if a host name without a port means this machine.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    let without_brackets = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || without_brackets.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Reads a URL that gets secrets. It must be https, or on this machine.
pub(super) fn read_https_url(reader: &mut Reader<'_>, name: &str, reason: &str) -> String {
    let url = reader.text(name);
    let origin = url.split('/').take(3).collect::<Vec<_>>().join("/");
    if !Origin::parse(&origin).is_some_and(|origin| origin.is_https() || origin.is_loopback()) {
        let problem = format!("is not an https URL, but {reason}");
        reader.finding(name, problem, "write the https URL of the service");
    }
    url
}

pub(super) fn read(reader: &mut Reader<'_>) -> Origin {
    let text = reader.text("PUBLIC_ORIGIN");
    let origin = Origin::parse(&text);
    match &origin {
        None => reader.finding(
            "PUBLIC_ORIGIN",
            "is not an origin",
            "write it like https://id.example.com, without a path",
        ),
        Some(origin) if !origin.is_https() && !origin.is_loopback() => {
            reader.finding(
                "PUBLIC_ORIGIN",
                "is http, but other machines can reach it, and codes and sessions need https",
                "write https://, and end TLS in a proxy",
            );
        }
        // For browsers a host with a final dot is another host. Its cookies are separate, and so
        // are the codes that an SMS binds to it.
        Some(origin) if origin.host.ends_with('.') => {
            reader.finding("PUBLIC_ORIGIN", "has a dot at the end of its host", "remove the dot");
        }
        Some(_) => {}
    }
    // A placeholder with a loopback host stands in, so that this finding does not cause others.
    origin.unwrap_or_else(|| Origin {
        text: String::new(),
        authority: String::new(),
        host: "localhost".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::ConfigSource;
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_an_optional_port() {
        let origin = Origin::parse("https://ID.example.com:443/").unwrap();
        assert_eq!(
            (origin.as_str(), origin.authority()),
            ("https://id.example.com", "id.example.com")
        );
        assert!(Origin::parse("http://[::1]:3000").unwrap().is_loopback());
        assert!(Origin::parse("http://127.0.0.1").unwrap().is_loopback());
        assert!(!Origin::parse("http://localhost.example.com").unwrap().is_loopback());
        for text in
            ["", "localhost:3000", "ftp://a.b", "https://a.b/c", "https://u@a.b", "https://a.b?c"]
        {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_ipv6_address_is_written_as_browsers_write_it() {
        for (text, origin, host) in [
            ("http://[::1]:3000", "http://[::1]:3000", "[::1]"),
            ("http://[0:0:0:0:0:0:0:1]:80", "http://[::1]", "[::1]"),
            ("https://[2001:DB8:0:0:1::]/", "https://[2001:db8:0:0:1::]", "[2001:db8:0:0:1::]"),
            (
                "https://[::ffff:192.0.2.1]:8443",
                "https://[::ffff:c000:201]:8443",
                "[::ffff:c000:201]",
            ),
        ] {
            let read = Origin::parse(text).unwrap();
            assert_eq!((read.as_str(), read.host()), (origin, host));
            assert_eq!(
                format!("{}://{}", text.split(':').next().unwrap(), read.authority()),
                origin
            );
        }
        for text in [
            "http://::1:3000",
            "http://[::1",
            "http://[localhost]:3000",
            "http://[127.0.0.1]",
            "https://[fe80::1%25eth0]",
        ] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_dot_at_the_end_of_the_host_is_a_finding() {
        for (text, findings) in [
            ("https://id.example.com.", 1),
            ("https://id.example.com.:8443/", 1),
            ("https://id.example.com", 0),
        ] {
            let source = ConfigSource::from_pairs([("PUBLIC_ORIGIN".to_owned(), text.to_owned())]);
            let mut reader = Reader::new(&source);
            read(&mut reader);
            let actual = reader.finish(()).err().unwrap_or_default();
            assert_eq!(actual.len(), findings, "{text}");
            assert!(
                actual.iter().all(|finding| finding.problem.starts_with("has a dot")),
                "{actual:?}"
            );
        }
    }
}
