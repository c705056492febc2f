//! The hashed names of the site's files, read once at the start.

use std::fs;
use std::path::Path;

use leptos::config::LeptosOptions;

use super::brand::BrandFiles;
use crate::pages::render_context::Assets;

/// Returns the addresses of the site's files, as the `pkg` folder names them. If the folder is
/// missing, they are those of a build without hashes, so that pages still work as plain HTML.
pub(super) fn find(site: &LeptosOptions, own: &BrandFiles) -> Assets {
    let (root, folder, output) = (&*site.site_root, &*site.site_pkg_dir, &*site.output_name);
    let names: Vec<String> = fs::read_dir(Path::new(root).join(folder))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with(output))
        .collect();
    if names.is_empty() {
        tracing::warn!(
            folder = root,
            "no built site in this folder, so pages have no styles; \
             run `make build` or set LEPTOS_SITE_ROOT"
        );
    }
    let ending_in = |ending: &str| {
        names
            .iter()
            .find(|name| name.ends_with(ending))
            .cloned()
            .unwrap_or_else(|| format!("{output}{ending}"))
    };
    let address = |name: &str| format!("/{folder}/{name}");
    Assets {
        js: address(&ending_in(".js")),
        wasm: address(&ending_in(".wasm")),
        css: address(&ending_in(".css")),
        brand: own.style.as_ref().map(|file| address(&file.name)),
        logo: own.logo.as_ref().map(|file| address(&file.name)),
    }
}
