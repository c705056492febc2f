//! The URLs of the site's files, whose names contain hashes. The names are read once, at the start.

use std::fs;
use std::path::Path;

use super::brand::BrandFiles;
use super::embedded_site;
use crate::pages::render_context::Assets;
use crate::server::config::Config;

/// Returns the URLs of the site's files in the `pkg` folder. If the folder is missing, the names
/// are those of a build without hashes, so that pages still work as plain HTML.
pub(super) fn find(config: &Config, brand_files: &BrandFiles) -> Assets {
    let site = &config.site;
    let (root, folder, output) = (&*site.site_root, &*site.site_pkg_dir, &*site.output_name);
    let mut names: Vec<String> = if config.has_embedded_site {
        embedded_site::names_in(folder).collect()
    } else {
        let files = fs::read_dir(Path::new(root).join(folder)).into_iter().flatten();
        files.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
    };
    names.retain(|name| name.starts_with(output));
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
