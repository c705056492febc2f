//! The hashed names of the site's files, found out once at boot.

use std::fs;
use std::path::Path;

use super::brand::Files;
use crate::ui::visit::Assets;

/// The names, those of the build read off the `pkg` folder; where it is missing, those of a build without hashes, so that the
/// pages still work as plain HTML.
pub(super) fn find(site_root: &Path, own: &Files) -> Assets {
    let names: Vec<String> = fs::read_dir(site_root.join("pkg"))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with("ringkey"))
        .collect();
    if names.is_empty() {
        tracing::warn!(folder = %site_root.display(), "no built site there: pages come without style; run `make build`, or set LEPTOS_SITE_ROOT");
    }
    let ending_in =
        |ending: &str| names.iter().find(|name| name.ends_with(ending)).cloned().unwrap_or_else(|| format!("ringkey{ending}"));
    Assets {
        js: ending_in(".js"),
        wasm: ending_in(".wasm"),
        css: ending_in(".css"),
        brand: own.style.as_ref().map(|file| file.name.clone()),
        logo: own.logo.as_ref().map(|file| file.name.clone()),
    }
}
