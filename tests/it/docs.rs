//! The docs: each path, link, anchor, command and setting that they name exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ringkey::server::config::settings::SETTINGS;

use crate::layers::files;

/// Names in capitals that are no settings.
const OTHER_NAMES: [&str; 2] = ["MALLOC_ARENA_MAX", "RINGKEY_MODEL"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The pages with their text.
fn pages() -> Vec<(PathBuf, String)> {
    let top = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name));
    let docs = files(&root().join("docs")).into_iter();
    let pages = docs.filter(|path| path.extension().is_some_and(|end| end == "md")).chain(top);
    pages.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The pieces of code in a text: everything between single backticks, outside fences.
fn code(text: &str) -> Vec<&str> {
    let prose = text.split("```").step_by(2);
    prose.flat_map(|part| part.split('`').skip(1).step_by(2)).collect()
}

/// `a/{b,c}.rs` is `a/b.rs` and `a/c.rs`.
fn expand(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else { return vec![path.to_owned()] };
    let (list, after) = rest.split_once('}').unwrap_or((rest, ""));
    list.split(',').map(|part| format!("{before}{}{after}", part.trim())).collect()
}

#[test]
fn every_path_that_the_docs_name_exists() {
    const FOLDERS: [&str; 11] = [
        "src",
        "tests",
        "docs",
        "end2end",
        "migrations",
        "public",
        "style",
        "bench",
        "scripts",
        "fuzz",
        "locales",
    ];
    const ROOMS: [&str; 6] = ["domain", "server", "api", "components", "pages", "serve"];
    let sources: Vec<PathBuf> = ["src", "tests", "bench/load/src"]
        .iter()
        .flat_map(|folder| files(&root().join(folder)))
        .collect();
    let (mut missing, mut found) = (Vec::new(), 0);
    for (page, text) in pages() {
        // The changelog names files of earlier versions.
        let named = code(&text).into_iter().filter(|_| !page.ends_with("CHANGELOG.md"));
        for piece in named.filter(|piece| !piece.contains(['<', '…', '*', ' ', '$'])) {
            let path = piece.split("::").next().unwrap().split('#').next().unwrap();
            let (first, _) = path.split_once('/').unwrap_or_default();
            let base = match first {
                first if FOLDERS.contains(&first) => Some(root()),
                first if ROOMS.contains(&first) && path.contains('.') => Some(root().join("src")),
                // Within a paragraph the end of a source file's path may stand for it.
                _ if Path::new(path).extension().is_some_and(|end| end == "rs") => None,
                _ => continue,
            };
            for path in expand(path) {
                found += 1;
                let is_there = match &base {
                    Some(base) => base.join(&path).exists(),
                    None => sources.iter().any(|source| source.ends_with(&path)),
                };
                if !is_there {
                    missing.push(format!("{}: {path}", page.display()));
                }
            }
        }
    }
    assert!(found > 50 && missing.is_empty(), "{found} found; missing:\n{}", missing.join("\n"));
}

/// The anchors of a page: its headings as GitHub writes them, and `<a id="…">`.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let slug = |line: &str| {
        let kept = line.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>()
    };
    let named = text.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    headings.map(slug).chain(named.map(str::to_owned)).collect()
}

#[test]
fn every_link_of_the_docs_leads_somewhere() {
    let (mut broken, mut found) = (Vec::new(), 0);
    for (page, text) in pages() {
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.contains(' ')) {
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path =
                if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            let has_anchor = || anchor.is_empty() || anchors(&read(&path)).contains(anchor);
            found += 1;
            if !path.exists() || !has_anchor() {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(found > 30 && broken.is_empty(), "{found} found; broken:\n{}", broken.join("\n"));
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn every_command_and_setting_that_the_docs_name_exists() {
    let makefile = read(&root().join("Makefile"));
    let main = read(&root().join("src/main.rs"));
    let known = |name: &str| {
        SETTINGS.iter().any(|one| one.name == name || one.deprecated_name == Some(name))
    };
    let mut wrong = Vec::new();
    for (page, text) in pages() {
        for piece in code(&text) {
            let mut words = piece.split_whitespace();
            let is_right = match (words.next(), words.next()) {
                (Some("make"), Some(target)) => makefile.contains(&format!("\n{target}:")),
                (Some("ringkey"), Some(command)) if !command.starts_with('-') => {
                    // The command `migrate-to` is the variant `MigrateTo`.
                    let words = command.split('-').filter(|word| !word.is_empty());
                    let name: String =
                        words.map(|word| word[..1].to_uppercase() + &word[1..]).collect();
                    main.contains(&format!("\n    {name}"))
                }
                (Some(name), None) => {
                    let name = name.split('=').next().unwrap_or_default();
                    let is_upper = name.contains('_')
                        && name.starts_with(|c: char| c.is_ascii_uppercase())
                        && !name.contains(|c: char| !c.is_ascii_uppercase() && c != '_');
                    !is_upper || known(name) || OTHER_NAMES.contains(&name)
                }
                _ => true,
            };
            if !is_right {
                wrong.push(format!("{}: {piece}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
