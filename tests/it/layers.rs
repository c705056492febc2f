//! The structure of the source: the imports that each room may have, and the size of files.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the innermost to the outermost. Each may name only those before it.
const ROOMS: [&str; 6] = ["domain", "server", "api", "components", "pages", "serve"];

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { all.extend(files(&entry)) } else { all.push(entry) }
    }
    all
}

pub fn source() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let name = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
    files(&root.join("src"))
        .iter()
        .map(|path| (name(path), fs::read_to_string(path).unwrap()))
        .collect()
}

fn room(file: &str) -> Option<usize> {
    ROOMS.iter().position(|room| {
        file.starts_with(&format!("src/{room}/")) || file == format!("src/{room}.rs")
    })
}

#[test]
fn imports_run_one_way() {
    for (file, text) in source() {
        let Some(own) = room(&file) else { continue };
        for (number, line) in text.lines().enumerate() {
            let mentions = |other: &str| {
                line.contains(&format!("crate::{other}")) && !line.trim_start().starts_with("//")
            };
            for outer in &ROOMS[own + 1..] {
                assert!(
                    !mentions(&format!("{outer}::")) && !mentions(&format!("{outer};")),
                    "{file}:{} names {outer}",
                    number + 1
                );
            }
            // Components and pages reach the server only through server functions. The client has
            // only their signatures.
            let has_server_functions = file.starts_with("src/api") || text.contains("#[server(");
            let may = has_server_functions && !line.starts_with("use ");
            let is_outside = ["src/api", "src/components", "src/pages"]
                .iter()
                .any(|room| file.starts_with(room));
            assert!(
                may || !(is_outside && mentions("server")),
                "{file}:{} names server",
                number + 1
            );
            assert!(
                !(file.starts_with("src/components/parts") && mentions("api")),
                "{file}:{}: parts know nothing of signing in",
                number + 1
            );
        }
    }
}

/// The brief: shared Leptos components are compiled for the server and for the browser.
#[test]
fn the_client_is_made_of_the_same_leptos_components_as_the_pages() {
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
    let leptos = manifest["dependencies"]["leptos"].as_table().unwrap();
    assert!(
        !leptos.contains_key("optional")
            && leptos["features"].as_array().unwrap().contains(&"islands".into())
    );
    assert!(manifest["features"]["hydrate"].as_array().unwrap().contains(&"leptos/hydrate".into()));
    let root = include_str!("../../src/lib.rs");
    for room in ["api", "components", "domain"] {
        let before = root
            .split(&format!("pub mod {room};"))
            .next()
            .unwrap()
            .lines()
            .last()
            .unwrap_or_default();
        assert!(
            root.contains(&format!("pub mod {room};")) && !before.contains("cfg"),
            "{room} is compiled for both"
        );
    }
    let components: Vec<_> =
        source().into_iter().filter(|(file, _)| file.starts_with("src/components")).collect();
    assert!(
        components.iter().all(|(_, text)| !text.contains("#[cfg(feature")),
        "a component is the same on both sides"
    );
    for (file, component) in [
        ("auth_modal", "#[island]\npub fn AuthModal"),
        ("sign_in/phone_step", "pub fn PhoneStep"),
        ("sign_in/code_step", "pub fn CodeStep"),
        ("sign_in/details_step", "pub fn DetailsStep"),
        ("account_control", "fn ProfileMenu"),
    ] {
        let (_, text) = components
            .iter()
            .find(|(name, _)| *name == format!("src/components/{file}.rs"))
            .unwrap();
        assert!(text.contains(component) && text.contains("view! {"), "{file}");
    }
}

#[test]
fn the_domain_names_no_framework() {
    for (file, text) in source().into_iter().filter(|(file, _)| file.starts_with("src/domain")) {
        for foreign in [
            "leptos",
            "axum",
            "sqlx",
            "tokio",
            "reqwest",
            "web_sys",
            "std::time",
            "std::fs",
            "std::net",
            "std::env",
            "getrandom",
        ] {
            assert!(
                !text.lines().any(|line| line.contains(&format!("use {foreign}"))
                    || line.contains(&format!("{foreign}::"))),
                "{file} names {foreign}"
            );
        }
    }
}

#[test]
fn files_stay_small_and_the_two_builds_differ_in_few_places() {
    let all = source();
    for (file, text) in &all {
        assert!(text.lines().count() <= 300, "{file} has {} lines", text.lines().count());
        assert!(!file.ends_with("/mod.rs"), "{file}");
        for banned in ["utils", "helpers", "common", "manager", "service", "handler"] {
            assert!(!file.contains(&format!("/{banned}")), "{file}");
        }
    }
    let switches = all
        .iter()
        .flat_map(|(_, text)| text.lines())
        .filter(|line| line.trim_start().starts_with("#[cfg(feature"))
        .count();
    assert!((1..=5).contains(&switches), "{switches} cfg(feature lines");
}
