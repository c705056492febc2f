//! The site's settings: the listen address and the folder of the site's files.

use std::net::SocketAddr;

use leptos::config::{LeptosOptions, get_config_from_str};

use super::reader::Reader;

/// The content of `Leptos.toml`, compiled in, so that a deployment needs only the binary and the
/// site folder.
const LEPTOS_TOML: &str = include_str!("../../../Leptos.toml");

/// Returns `true` if the binary has the site in it and no other site is set.
pub(super) fn has_embedded_site(reader: &Reader<'_>) -> bool {
    cfg!(feature = "embed-site") && !reader.is_set("LEPTOS_SITE_ROOT")
}

/// Reads the address of the metrics, which are off by default.
pub(super) fn read_metrics_address(reader: &mut Reader<'_>) -> Option<SocketAddr> {
    let address = reader.set_value("METRICS_ADDR")?.parse();
    if address.is_err() {
        let fix = "write them like 127.0.0.1:9464";
        reader.finding("METRICS_ADDR", "is not an address and a port", fix);
    }
    address.ok()
}

/// Reads `Leptos.toml` with Leptos's own configuration, then the environment and `.env`.
pub(super) fn read(reader: &mut Reader<'_>) -> LeptosOptions {
    let address = reader.set_value("LEPTOS_SITE_ADDR").map(str::parse::<SocketAddr>);
    let options = get_config_from_str(LEPTOS_TOML);
    // Leptos reads the environment itself. It does not trim an address and does not ignore an empty
    // one.
    let is_untrimmed_or_empty = options.is_err()
        && reader
            .raw_value("LEPTOS_SITE_ADDR")
            .is_some_and(|text| text.is_empty() || text != text.trim());
    if matches!(address, Some(Err(_))) || is_untrimmed_or_empty {
        reader.finding(
            "LEPTOS_SITE_ADDR",
            "is not only an address and a port",
            "write them like 127.0.0.1:3000 or [::1]:3000",
        );
    } else if let Err(error) = &options {
        reader.finding(
            "Leptos.toml",
            format!("cannot be read together with the LEPTOS_ variables: {error}"),
            "remove the LEPTOS_ variables that docs/configuration.md does not have",
        );
    }
    let mut site =
        options.unwrap_or_else(|_| LeptosOptions::builder().output_name("ringkey").build());
    if let Some(Ok(address)) = address {
        site.site_addr = address;
    }
    if let Some(root) = reader.set_value("LEPTOS_SITE_ROOT") {
        site.site_root = root.into();
    }
    site
}
