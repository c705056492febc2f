//! The URLs of the site's files, whose names contain hashes. The names are read once, at the start.

use std::fs;
use std::path::Path;

use leptos::config::LeptosOptions;

use super::brand::BrandFiles;
use crate::pages::render_context::Assets;

/// Returns the URLs of the site's files in the `pkg` folder. If the folder is missing, the names
/// are those of a build without hashes, so that pages still work as plain HTML.
pub(super) fn find(site: &LeptosOptions, brand_files: &BrandFiles) -> Assets {
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
    let name_with_ending = |ending: &str| {
        names
            .iter()
            .find(|name| name.ends_with(ending))
            .cloned()
            .unwrap_or_else(|| format!("{output}{ending}"))
    };
    let url_of = |name: &str| format!("/{folder}/{name}");
    Assets {
        js: url_of(&name_with_ending(".js")),
        wasm: url_of(&name_with_ending(".wasm")),
        css: url_of(&name_with_ending(".css")),
        brand: brand_files.style.as_ref().map(|file| url_of(&file.name)),
        logo: brand_files.logo.as_ref().map(|file| url_of(&file.name)),
    }
}
